"""The vectors that the Rust code is held to: the same artefact read by other code than it uses itself.

The pieces of a text come from the tokenizers package, their rows are added up as whole numbers, and the sum is made
unit length in double precision.
"""

import json
import math

from tokenizers import Tokenizer

import table_file

TEXTS = (
    "Our staff need better laptops to work from home.",
    "Cost.",
    "We can't share data between services; the systems don't talk to each other!",
    "Rèidio Gàidhlig – naïve café, 100% £3.50 / day",
    "the council " * 40,
)
DECIMALS = 7


def vector_of(text, steps, dimensions, tokenizer):
    """The vector of unit length that a table (its bytes) gives a text; zeros for a text without a known piece."""
    unknown = tokenizer.token_to_id("[UNK]")
    total = [0] * dimensions
    for piece in tokenizer.encode(text, add_special_tokens=False).ids:
        if piece != unknown:
            row = memoryview(steps).cast("b")[piece * dimensions : (piece + 1) * dimensions]
            total = [sum(pair) for pair in zip(total, row)]
    length = math.sqrt(sum(number * number for number in total)) or 1.0
    return [number / length for number in total]


def reference(artefact):
    """The text of the reference file for the artefact in a folder."""
    steps, _, dimensions = table_file.read((artefact / "model.safetensors").read_bytes())
    tokenizer = Tokenizer.from_file(str(artefact / "tokenizer.json"))
    tokenizer.no_padding()
    cases = []
    for text in TEXTS:
        vector = [round(number, DECIMALS) for number in vector_of(text, steps, dimensions, tokenizer)]
        cases.append({"text": text, "vector": vector})
    return json.dumps(cases, ensure_ascii=False)
