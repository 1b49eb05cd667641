"""The artefact in a folder: the table, its tokenizer and configuration, and beside them what they were made from."""

import hashlib
import json
import os

import quantise
import settings
import table_file


def configuration():
    """The text of the artefact's config.json, in model2vec's format."""
    described = {
        "model_type": "model2vec",
        "architectures": ["StaticModel"],
        "tokenizer_name": settings.TEACHER_NAME,
        "apply_pca": settings.DIMENSIONS,
        "sif_coefficient": settings.SIF,
        "hidden_dim": settings.DIMENSIONS,
        "seq_length": 1_000_000,
        "normalize": True,
        "pooling": "mean",
        "max_length": settings.MOST_TOKENS,
        "embedding_dtype": "int8",
    }
    return json.dumps(described, indent=1)


def record(files, made_with):
    """The text of build.json: the inputs, every number of the settings, what was reached, and the files' SHA-256."""
    constants = {
        name: value
        for name, value in vars(settings).items()
        if name.isupper() and isinstance(value, (int, float, str, dict)) and name != "ROWS"
    }
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    return json.dumps({**made_with, "settings": constants, "sha256": digests}, indent=1) + "\n"


def artefact(folder, tokenizer, numbers, rows, made_with):
    """Writes the artefact of a table (its numbers, row after row) into a folder, each file put in place at once."""
    table = table_file.written(quantise.quantised(numbers), rows, settings.DIMENSIONS)
    files = {
        "model.safetensors": table,
        "tokenizer.json": tokenizer.encode(),
        "config.json": configuration().encode(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {**files, "build.json": record(files, made_with).encode()}.items():
        (folder / (name + ".part")).write_bytes(content)
        os.replace(folder / (name + ".part"), folder / name)
