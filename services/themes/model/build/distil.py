"""The plain distillation, in the manner of model2vec: one vector for each piece of the vocabulary.

Each piece's vector is what the teacher makes of it alone, reduced to the principal directions of all pieces and
weighted by its expected rarity: SIF (Arora, Liang and Ma, A Simple but Tough-to-Beat Baseline for Sentence Embeddings,
2017) with frequencies by Zipf's law from the order of the vocabulary, which is by frequency.
"""

import numpy

from directions import principal_directions
from settings import DIMENSIONS, SIF


def weights(count):
    """The SIF weight of each of `count` pieces, the most frequent first: above 0, below 1."""
    share = 1 / numpy.arange(2, count + 2)
    share /= share.sum()
    return SIF / (SIF + share)


def plain_table(pieces):
    """The teacher's vectors of pieces (pieces x 384) as a table (pieces x DIMENSIONS, float64)."""
    mean, directions = principal_directions(pieces, DIMENSIONS)
    return (pieces - mean) @ directions.T * weights(len(pieces))[:, None]
