"""A table of numbers as whole steps of -127 to 127, all of one size: what is kept of it in the artefact.

One step for the whole table, not one a row: the length of a row is its weight in a sentence, and the size of the step
falls away where vectors are made unit length.
"""

from array import array

MOST = 127


class NotFinite(Exception):
    """The table holds a number that is not one, or none but zeros."""


def step_of(numbers):
    """The size of one step: the largest magnitude is MOST of them. Raises NotFinite."""
    largest = 0.0
    for number in numbers:
        magnitude = abs(number)
        if not magnitude < float("inf"):
            raise NotFinite(f"the table holds {number}")
        largest = max(largest, magnitude)
    if largest == 0.0:
        raise NotFinite("the table holds nothing but zeros")
    return largest / MOST


def quantised(numbers):
    """The numbers (floats, any sequence) as steps, one signed byte each, halves to the even. Raises NotFinite."""
    step = step_of(numbers)
    return array("b", [round(number / step) for number in numbers]).tobytes()
