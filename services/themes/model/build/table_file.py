"""The table as a safetensors file: the length of the header (eight bytes, little-endian), the header (JSON, spaces up
to a multiple of eight), then the rows, one signed byte a number."""

import json
import struct

NAME = "embeddings"


class Unreadable(Exception):
    """The file is not a table in this layout."""


def written(steps, rows, dimensions):
    """The bytes of the file for `rows` x `dimensions` steps. Raises ValueError for another number of them."""
    if len(steps) != rows * dimensions:
        raise ValueError(f"{len(steps)} numbers are not {rows} rows of {dimensions}")
    described = {NAME: {"dtype": "I8", "shape": [rows, dimensions], "data_offsets": [0, len(steps)]}}
    header = json.dumps(described, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + steps


def read(file):
    """The steps, the number of rows and of dimensions in the bytes of a file. Raises Unreadable."""
    try:
        (length,) = struct.unpack_from("<Q", file)
        table = json.loads(file[8 : 8 + length])[NAME]
        rows, dimensions = table["shape"]
    except (struct.error, ValueError, KeyError) as error:
        raise Unreadable(f"no table with a readable header: {error}") from error
    steps = file[8 + length :]
    if table["dtype"] != "I8" or table["data_offsets"] != [0, len(steps)] or len(steps) != rows * dimensions:
        raise Unreadable("the table is not of signed bytes, or not as long as its header says")
    return steps, rows, dimensions
