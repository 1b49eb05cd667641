"""The versions of the packages that compute: with another one, the last bits may differ."""

from importlib.metadata import version


def versions():
    """`package==version` of each package that the numbers depend on."""
    return [f"{package}=={version(package)}" for package in ("numpy", "tokenizers", "torch", "transformers")]
