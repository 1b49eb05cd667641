"""How alike two tables are, whatever the directions of their axes."""

import numpy
import torch
from tokenizers import Tokenizer

import table_file
from bags import Bags


def table_in(artefact):
    """The table in a folder as pieces x dimensions, float32, and its tokenizer."""
    steps, rows, dimensions = table_file.read((artefact / "model.safetensors").read_bytes())
    table = numpy.frombuffer(steps, numpy.int8).reshape(rows, dimensions).astype(numpy.float32)
    tokenizer = Tokenizer.from_file(str(artefact / "tokenizer.json"))
    tokenizer.no_padding()
    return torch.from_numpy(table), tokenizer


def vectors_in(artefact, texts):
    """The vectors of unit length that the table in a folder gives texts: texts x dimensions."""
    table, tokenizer = table_in(artefact)
    return Bags(texts, tokenizer).vectors(table, torch.arange(len(texts))).numpy().astype(numpy.float64)


def alike(artefact, other, texts):
    """Two figures over texts, 1 for the same table: the mean cosine of their vectors once the one's axes are turned
    to fit the other's (orthogonal Procrustes), and the correlation of the similarities of the texts to one another
    (of each text to the next)."""
    mine, theirs = vectors_in(artefact, texts), vectors_in(other, texts)
    left, _, right = numpy.linalg.svd(mine.T @ theirs)
    cosine = float(((mine @ (left @ right)) * theirs).sum(axis=1).mean())
    similar = [(vectors[:-1] * vectors[1:]).sum(axis=1) for vectors in (mine, theirs)]
    return cosine, float(numpy.corrcoef(*similar)[0, 1])
