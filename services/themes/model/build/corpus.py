"""Which sentences the teacher reads.

A draw by hash: sentences are ordered by the SHA-256 of the seed and their text, and the first ones taken. So the
choice depends neither on the order in which they were read nor on a random generator, and a larger number of rows
begins with the smaller one's, whose chunks the teacher need not read again.
"""

import hashlib

from failure import Failure
from settings import FEWEST_WORDS, MOST_WORDS, SEED


class TooFew(Failure):
    """More rows were asked for than there are sentences."""


def place(sentence):
    """Where a sentence stands in the draw: 32 bytes."""
    return hashlib.sha256((SEED + "\n" + sentence).encode()).digest()


def choose(sentences, rows):
    """`rows` of the sentences of FEWEST_WORDS to MOST_WORDS words, no two alike but for capitals, in drawn order.

    Raises TooFew where there are not so many.
    """
    alike = {}
    for sentence in sentences:
        if FEWEST_WORDS <= len(sentence.split()) <= MOST_WORDS:
            key = sentence.lower()
            alike[key] = min(alike.get(key, sentence), sentence)
    if rows > len(alike):
        raise TooFew(f"{rows} rows were asked for, and there are {len(alike)} sentences")
    return sorted(alike.values(), key=place)[:rows]
