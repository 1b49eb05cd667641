"""Sentences as bags of the table's pieces, and what a table makes of them."""

import numpy
import torch


class Bags:
    """The pieces of texts one after another, and where each text begins; a piece that the vocabulary lacks is left
    out, as it is where the model is used."""

    def __init__(self, texts, tokenizer):
        unknown = tokenizer.token_to_id("[UNK]")
        encoded = tokenizer.encode_batch(texts, add_special_tokens=False)
        bags = [[piece for piece in one.ids if piece != unknown] for one in encoded]
        self.lengths = torch.tensor([len(bag) for bag in bags])
        self.starts = torch.cumsum(self.lengths, 0) - self.lengths
        self.pieces = torch.tensor([piece for bag in bags for piece in bag], dtype=torch.int64)

    def of(self, texts):
        """The pieces of some texts (their numbers, a tensor), and where each begins."""
        lengths = self.lengths[texts]
        starts = torch.cumsum(lengths, 0) - lengths
        places = torch.arange(int(lengths.sum())) + torch.repeat_interleave(self.starts[texts] - starts, lengths)
        return self.pieces[places], starts

    def vectors(self, table, texts):
        """The unit vectors (as a tensor, gradients kept) that a table gives some texts: the mean of their rows."""
        pieces, starts = self.of(texts)
        means = torch.nn.functional.embedding_bag(pieces, table, starts, mode="mean")
        return torch.nn.functional.normalize(means, dim=1)


def cosines(vectors, others):
    """The mean cosine of vectors of unit length to others, row by row."""
    return float((vectors * others).sum(1).mean())


def without_empty(bags):
    """The numbers of the texts that have a piece at all."""
    return torch.from_numpy(numpy.flatnonzero(bags.lengths.numpy()))
