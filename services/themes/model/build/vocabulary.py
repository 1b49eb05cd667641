"""The table's tokenizer, made from the teacher's: the same pieces less those that no text has, numbered anew.

The table has one row for each piece. Sentences are read without [CLS] and [SEP], and never padded.
"""

import json
import re

from settings import DROPPED_TOKENS, MOST_TOKENS

DROPPED = re.compile(DROPPED_TOKENS)


def kept(teacher):
    """Of a teacher's tokenizer (the parsed tokenizer.json): its pieces that the table has, as (piece, the teacher's
    number), in the teacher's order; a piece's place here is its number in the table."""
    pieces = sorted(teacher["model"]["vocab"].items(), key=lambda piece: piece[1])
    return [(piece, number) for piece, number in pieces if not DROPPED.fullmatch(piece)]


def tokenizer(teacher):
    """The text of the table's tokenizer.json."""
    numbers = {piece: number for number, (piece, _) in enumerate(kept(teacher))}
    added = [
        {
            "id": numbers[token["content"]],
            "content": token["content"],
            "single_word": token["single_word"],
            "lstrip": token["lstrip"],
            "rstrip": token["rstrip"],
            "normalized": token["normalized"],
            "special": token["special"],
        }
        for token in teacher["added_tokens"]
        if token["content"] in numbers
    ]
    made = {
        "version": teacher["version"],
        "truncation": {"direction": "Right", "max_length": MOST_TOKENS, "strategy": "LongestFirst", "stride": 0},
        "padding": {
            "strategy": {"Fixed": 0},
            "direction": "Right",
            "pad_to_multiple_of": None,
            "pad_id": numbers["[PAD]"],
            "pad_type_id": 0,
            "pad_token": "[PAD]",
        },
        "added_tokens": added,
        "normalizer": teacher["normalizer"],
        "pre_tokenizer": teacher["pre_tokenizer"],
        "post_processor": None,
        "decoder": teacher["decoder"],
        "model": {**teacher["model"], "vocab": numbers},
    }
    return json.dumps(made, ensure_ascii=False, separators=(",", ":"))
