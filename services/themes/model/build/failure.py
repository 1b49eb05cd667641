"""What ends a build before its time."""


class Failure(Exception):
    """What went wrong and what to do about it, as a sentence for the person at the terminal."""
