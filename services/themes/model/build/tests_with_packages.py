"""The steps of the build that compute, on small made-up data: `scripts/build-theme-model test`."""

import tempfile
import unittest
from pathlib import Path

import numpy
import torch
from tokenizers import Tokenizer, models, pre_tokenizers

import compare
import distil
import quantise
import reference
import refine
import settings
import table_file
import teacher
from bags import Bags, cosines, without_empty
from directions import principal_directions

WORDS = 400
TEACHER = 384


def drawn(seed, *shape):
    """Numbers drawn from a normal distribution."""
    return numpy.random.default_rng(seed).normal(size=shape).astype(numpy.float32)


def toy():
    """Texts of made-up words with their tokenizer, a plain table, and a teacher that turns another table's vectors
    into more dimensions."""
    words = ["[UNK]"] + [f"w{number}" for number in range(WORDS - 1)]
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    draw = numpy.random.default_rng(1)
    texts = [" ".join(draw.choice(words[1:], draw.integers(2, 9))) for _ in range(900)]
    plain = drawn(2, WORDS, settings.DIMENSIONS)
    bags = Bags(texts, tokenizer)
    wanted = bags.vectors(torch.from_numpy(plain + 0.7 * drawn(3, WORDS, settings.DIMENSIONS)), torch.arange(900))
    return texts, tokenizer, plain.astype(numpy.float64), bags, wanted.numpy() @ drawn(4, settings.DIMENSIONS, TEACHER)


class Directions(unittest.TestCase):
    def test_they_are_orthonormal_the_strongest_first_and_of_one_sign(self):
        vectors = drawn(1, 500, 6) * [3, 1, 9, 2, 0.1, 0.1] + 5
        mean, found = principal_directions(vectors, 4)
        self.assertTrue(numpy.allclose(mean, vectors.mean(axis=0)))
        self.assertTrue(numpy.allclose(found @ found.T, numpy.eye(4)))
        self.assertEqual(numpy.abs(found).argmax(axis=1).tolist(), [2, 0, 3, 1])
        self.assertTrue((found.max(axis=1) > 0.9).all())


class Plain(unittest.TestCase):
    def test_a_rarer_piece_weighs_more(self):
        weights = distil.weights(29_525)
        self.assertTrue((numpy.diff(weights) > 0).all())
        self.assertTrue(0 < weights[0] < 0.01 and 0.5 < weights[-1] < 1)
        self.assertEqual(distil.plain_table(drawn(1, 300, TEACHER)).shape, (300, settings.DIMENSIONS))


class Bag(unittest.TestCase):
    def test_a_text_has_the_vector_of_its_words_whatever_stands_beside_it(self):
        texts, tokenizer, plain, bags, _ = toy()
        table = torch.from_numpy(plain)
        some = bags.vectors(table, torch.tensor([7, 3]))
        for place, text in enumerate((7, 3)):
            rows = [tokenizer.token_to_id(word) for word in texts[text].split()]
            wanted = plain[rows].sum(axis=0)
            self.assertTrue(numpy.allclose(some[place], wanted / numpy.linalg.norm(wanted)))

    def test_unknown_words_do_not_count_and_a_text_of_them_alone_is_empty(self):
        _, tokenizer, plain, _, _ = toy()
        bags = Bags(["w3 xx", "w3", "xx yy", "w9"], tokenizer)
        self.assertEqual(without_empty(bags).tolist(), [0, 1, 3])
        vectors = bags.vectors(torch.from_numpy(plain), torch.arange(4))
        self.assertTrue(torch.equal(vectors[0], vectors[1]))
        self.assertEqual(float(vectors[2].abs().sum()), 0)


class Refined(unittest.TestCase):
    def test_it_comes_nearer_to_the_teacher_and_repeats_bit_for_bit(self):
        _, _, plain, bags, wanted = toy()
        table, reached = refine.refined(plain, bags, wanted)
        self.assertEqual(table.shape, plain.shape)
        self.assertEqual(len(reached), settings.EPOCHS + 1)
        self.assertGreater(reached[-1], reached[0])
        again, _ = refine.refined(plain, bags, wanted)
        self.assertEqual(table.tobytes(), again.tobytes())

    def test_the_map_undoes_a_turn_of_the_axes(self):
        _, _, plain, bags, _ = toy()
        turn = numpy.linalg.qr(drawn(5, settings.DIMENSIONS, settings.DIMENSIONS))[0].astype(numpy.float64)
        every = torch.arange(900)
        turned = bags.vectors(torch.from_numpy(plain @ turn), every)
        mapped = refine.mapped(plain, bags, turned.numpy(), every)
        self.assertGreater(cosines(bags.vectors(torch.from_numpy(mapped), every), turned), 0.999999)


class Written(unittest.TestCase):
    def test_the_reference_reads_a_table_as_the_build_does_and_turned_axes_are_alike(self):
        texts, tokenizer, plain, bags, _ = toy()
        with tempfile.TemporaryDirectory() as folder:
            folders = [Path(folder, name) for name in ("one", "other")]
            turn = numpy.linalg.qr(drawn(6, settings.DIMENSIONS, settings.DIMENSIONS))[0]
            for place, table in zip(folders, (plain, plain @ turn)):
                place.mkdir()
                file = table_file.written(quantise.quantised(table.ravel().tolist()), *plain.shape)
                (place / "model.safetensors").write_bytes(file)
                tokenizer.save(str(place / "tokenizer.json"))
            steps, _, dimensions = table_file.read((folders[0] / "model.safetensors").read_bytes())
            vector = reference.vector_of(texts[0], steps, dimensions, tokenizer)
            table, _ = compare.table_in(folders[0])
            self.assertTrue(numpy.allclose(vector, bags.vectors(table, torch.tensor([0]))[0], atol=1e-6))
            cosine, correlation = compare.alike(*folders, texts)
            self.assertTrue(0.99 < cosine < 1 and 0.99 < correlation < 1)
            self.assertLess(abs(compare.alike(folders[0], folders[0], texts)[0] - 1), 1e-6)


class Kept(unittest.TestCase):
    def test_another_sentence_is_another_chunk_and_what_is_kept_is_not_read_again(self):
        names = {teacher.name_of(texts) for texts in (["a", "b"], ["a b"], ["b", "a"], ["a", "c"])}
        self.assertEqual(len(names), 4)
        texts = [f"text {number}" for number in range(settings.CHUNK + 1)]
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            vectors = drawn(7, len(texts), TEACHER)
            for chunk, those in ((texts[: settings.CHUNK], vectors[:-1]), (texts[settings.CHUNK :], vectors[-1:])):
                teacher.put(folder / teacher.name_of(chunk), those)
            self.assertTrue((teacher.sentence_vectors(texts, folder / "no teacher", folder, 1) == vectors).all())


if __name__ == "__main__":
    unittest.main()
