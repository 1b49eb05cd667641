"""The principal directions of a set of vectors."""

import numpy


def principal_directions(vectors, count):
    """The mean of vectors (n x d) and the `count` directions along which they vary most (count x d, of unit length,
    the strongest first), from the eigenvectors of their covariance in double precision. The sign of each is chosen so
    that its largest part is positive."""
    vectors = vectors.astype(numpy.float64)
    mean = vectors.mean(axis=0)
    centred = vectors - mean
    _, found = numpy.linalg.eigh(centred.T @ centred / len(vectors))
    directions = found[:, ::-1][:, :count].T
    largest = numpy.abs(directions).argmax(axis=1)
    signs = numpy.sign(directions[numpy.arange(count), largest])
    return mean, directions * signs[:, None]
