"""What the teacher makes of sentences and of single pieces of its vocabulary.

Sentences are read a chunk at a time, by as many processes as are asked for, and each chunk's vectors are kept on
disk under a name that follows from its sentences and from how they are read: a build that was killed goes on where it
was. Each process computes on one thread, so that the number of processes changes nothing in the vectors.
"""

import hashlib
import multiprocessing
import os

import numpy
import torch
from tokenizers import Tokenizer
from tqdm import tqdm
from transformers import AutoModel
from transformers.utils import logging

from settings import BATCH, CHUNK, TEACHER_TOKENS, TEACHER_WEIGHTS_SHA256
from versions import versions

SPECIAL = ("[CLS]", "[SEP]")


class Teacher:
    """The transformer, reading on one thread."""

    def __init__(self, folder):
        torch.set_num_threads(1)
        torch.use_deterministic_algorithms(True)
        logging.disable_progress_bar()
        self.model = AutoModel.from_pretrained(folder, local_files_only=True, dtype=torch.float32).eval()
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(TEACHER_TOKENS)
        self.tokenizer.enable_padding()

    @torch.inference_mode()
    def means(self, ids, mask):
        """The mean over the tokens of each row (where the mask is 1): rows x 384."""
        hidden = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).float()
        return (hidden * weights).sum(1) / weights.sum(1)

    def sentences(self, texts):
        """One vector of unit length a text, as float32: texts x 384."""
        vectors = numpy.zeros((len(texts), self.model.config.hidden_size), numpy.float32)
        order = sorted(range(len(texts)), key=lambda text: (len(texts[text]), text))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            encoded = self.tokenizer.encode_batch([texts[text] for text in batch])
            ids = torch.tensor([one.ids for one in encoded])
            mask = torch.tensor([one.attention_mask for one in encoded])
            vectors[batch] = torch.nn.functional.normalize(self.means(ids, mask), dim=1).numpy()
        return vectors

    def pieces(self, numbers):
        """One vector for each piece of the vocabulary, read as if it were a sentence: pieces x 384, float32."""
        first, last = (self.tokenizer.token_to_id(token) for token in SPECIAL)
        read = []
        for start in tqdm(range(0, len(numbers), BATCH), desc="pieces", unit="batch"):
            ids = torch.tensor([[first, number, last] for number in numbers[start : start + BATCH]])
            read.append(self.means(ids, torch.ones_like(ids)).numpy())
        return numpy.concatenate(read)


def name_of(texts):
    """The name under which a chunk's vectors are kept: another sentence, teacher or way of reading, another name."""
    how = [TEACHER_WEIGHTS_SHA256, str(TEACHER_TOKENS), str(BATCH), *versions()]
    return hashlib.sha256("\n".join(how + texts).encode()).hexdigest()[:32] + ".npy"


def put(file, vectors):
    """Puts vectors in place at once, so that a kill leaves either all of them or none."""
    part = file.with_suffix(".part")
    with open(part, "wb") as content:
        numpy.save(content, vectors)
    os.replace(part, file)


def begin(folder):
    """Loads the teacher of a process that reads chunks."""
    global reader
    reader = Teacher(folder)


def keep(chunk):
    """Reads a chunk (where it is kept, its texts) and keeps its vectors; the number of its texts."""
    file, texts = chunk
    put(file, reader.sentences(texts))
    return len(texts)


def sentence_vectors(texts, folder, kept, workers):
    """The teacher's vectors of texts, in their order, read or found in `kept`: texts x 384, float32."""
    kept.mkdir(parents=True, exist_ok=True)
    chunks = [texts[start : start + CHUNK] for start in range(0, len(texts), CHUNK)]
    chunks = [(kept / name_of(chunk), chunk) for chunk in chunks]
    missing = [chunk for chunk in chunks if not chunk[0].exists()]
    with tqdm(total=len(texts), desc="sentences", unit="sentence") as bar:
        bar.update(len(texts) - sum(len(chunk) for _, chunk in missing))
        if missing:
            processes = multiprocessing.get_context("spawn")
            with processes.Pool(min(workers, len(missing)), begin, (folder,)) as pool:
                for count in pool.imap_unordered(keep, missing):
                    bar.update(count)
                pool.close()
                pool.join()
    return numpy.concatenate([numpy.load(file) for file, _ in chunks])


def piece_vectors(numbers, folder, kept):
    """The teacher's vectors of pieces of its vocabulary (their numbers), read or found in `kept`: pieces x 384."""
    kept.mkdir(parents=True, exist_ok=True)
    file = kept / name_of(["pieces", *map(str, numbers)])
    if not file.exists():
        put(file, Teacher(folder).pieces(numbers))
    return numpy.load(file)
