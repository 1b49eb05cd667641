"""The steps of the build that need neither the network nor a package."""

import json
import math
import os
import random
import tempfile
import unittest
from array import array
from pathlib import Path
from unittest import mock

import corpus
import inputs
import quantise
import table_file
import vocabulary
import wordnet
import write
from failure import Failure
from settings import ARTEFACT, WORDNET_FILES

ADVERB = (
    '00002436 02 r 03 horseback 0 on_horseback(a) 0 a_la_carte 2 001 ! 00001740 r 0000 | on the back of a  horse; '
    '"he rode horseback to town"; "managed to escape"; "rode"; "a quote left open  \n'
)


class Inputs(unittest.TestCase):
    def test_a_file_with_another_content_than_the_pinned_is_refused_by_name(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in WORDNET_FILES:
                Path(folder, name).write_text("00000001 02 n 01 word 0 000 | another word net")
            with mock.patch.dict(os.environ, {"WORDNET": folder}):
                with self.assertRaisesRegex(Failure, r"data\.adj has the SHA-256 [0-9a-f]{64}, not the pinned c89120df"):
                    inputs.wordnet(Path(folder))

    def test_a_named_folder_that_is_missing_is_said_and_nothing_fetched(self):
        with mock.patch.dict(os.environ, {"WORDNET": "/nowhere"}), self.assertRaisesRegex(Failure, "WORDNET"):
            inputs.wordnet(Path("/nowhere"))


class WordNet(unittest.TestCase):
    def test_a_line_gives_its_words_with_the_definition_and_its_examples_of_three_words_or_more(self):
        self.assertEqual(
            wordnet.sentences_of(ADVERB),
            [
                "horseback, on horseback, a la carte: on the back of a horse",
                "he rode horseback to town",
                "managed to escape",
            ],
        )

    def test_the_number_of_words_is_hexadecimal(self):
        words = [f"word{i}" for i in range(17)]
        line = "00000001 02 n 11 " + " ".join(word + " 0" for word in words) + " 000 | many words  \n"
        self.assertEqual(wordnet.sentences_of(line), [", ".join(words) + ": many words"])

    def test_the_licence_is_not_read(self):
        self.assertEqual(wordnet.sentences_of("  1 This software | and database is being provided  \n"), [])


class Corpus(unittest.TestCase):
    def setUp(self):
        self.sentences = [f"sentence number {i} of many" for i in range(200)]

    def test_the_choice_depends_on_the_sentences_and_not_on_their_order(self):
        shuffled = list(self.sentences)
        random.Random(3).shuffle(shuffled)
        self.assertNotEqual(shuffled, self.sentences)
        self.assertEqual(corpus.choose(shuffled, 50), corpus.choose(self.sentences, 50))
        self.assertEqual(
            corpus.choose(self.sentences, 2), ["sentence number 1 of many", "sentence number 34 of many"]
        )

    def test_more_rows_begin_with_fewer(self):
        self.assertEqual(corpus.choose(self.sentences, 150)[:50], corpus.choose(self.sentences, 50))

    def test_sentences_alike_but_for_capitals_count_once_and_only_those_of_a_middling_length(self):
        some = ["A cup of tea", "a cup of tea", "too few words", " ".join(["w"] * 14), " ".join(["w"] * 15)]
        self.assertEqual(sorted(corpus.choose(some, 2)), ["A cup of tea", " ".join(["w"] * 14)])
        with self.assertRaises(corpus.TooFew):
            corpus.choose(some, 3)


class Vocabulary(unittest.TestCase):
    def setUp(self):
        pieces = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[", "bin", "##s", "[unused"]
        flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
        self.teacher = {
            "version": "1.0",
            "added_tokens": [{"id": i, "content": piece, **flags} for i, piece in enumerate(pieces[:6]) if i != 1],
            "normalizer": {"type": "BertNormalizer"},
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": {"type": "TemplateProcessing"},
            "decoder": {"type": "WordPiece"},
            "model": {"type": "WordPiece", "vocab": {piece: i for i, piece in enumerate(pieces)}},
        }

    def test_pieces_that_no_text_has_are_dropped_and_the_rest_numbered_anew(self):
        kept = vocabulary.kept(self.teacher)
        self.assertEqual(kept, [("[PAD]", 0), ("[UNK]", 2), ("[", 6), ("bin", 7), ("##s", 8), ("[unused", 9)])
        made = json.loads(vocabulary.tokenizer(self.teacher))
        self.assertEqual(list(made["model"]["vocab"].items()), [(piece, i) for i, (piece, _) in enumerate(kept)])
        self.assertEqual([(token["content"], token["id"]) for token in made["added_tokens"]], [("[PAD]", 0), ("[UNK]", 1)])
        self.assertIsNone(made["post_processor"])


class Quantise(unittest.TestCase):
    def test_a_round_trip_is_off_by_half_a_step_at_most(self):
        draw = random.Random(5)
        numbers = array("f", [draw.gauss(0, 1) for _ in range(10_000)])
        step = quantise.step_of(numbers)
        steps = array("b", quantise.quantised(numbers))
        self.assertEqual(max(map(abs, steps)), quantise.MOST)
        self.assertLessEqual(max(abs(number - step * whole) for number, whole in zip(numbers, steps)), step / 2 * 1.000001)

    def test_what_is_no_number_is_refused(self):
        for numbers in ([1.0, math.nan], [math.inf, 1.0], [0.0, 0.0]):
            with self.assertRaises(quantise.NotFinite):
                quantise.quantised(numbers)


class TableFile(unittest.TestCase):
    def test_the_header_ends_on_a_multiple_of_eight_and_says_where_the_rows_are(self):
        file = table_file.written(bytes(range(6)), 3, 2)
        length = int.from_bytes(file[:8], "little")
        self.assertEqual(length % 8, 0)
        self.assertEqual(
            json.loads(file[8 : 8 + length]), {"embeddings": {"dtype": "I8", "shape": [3, 2], "data_offsets": [0, 6]}}
        )
        self.assertEqual(file[8 + length :], bytes(range(6)))
        self.assertEqual(table_file.read(file), (bytes(range(6)), 3, 2))

    def test_another_number_of_rows_is_refused(self):
        with self.assertRaises(ValueError):
            table_file.written(bytes(6), 2, 2)
        for broken in (table_file.written(bytes(6), 3, 2)[:-1], b"", b"\xff" * 16):
            with self.assertRaises(table_file.Unreadable):
                table_file.read(broken)


class Artefact(unittest.TestCase):
    def test_the_artefact_in_place_is_in_the_layout_that_is_written(self):
        file = (ARTEFACT / "model.safetensors").read_bytes()
        self.assertEqual(table_file.written(*table_file.read(file)), file)
        self.assertEqual(write.configuration().encode(), (ARTEFACT / "config.json").read_bytes())


if __name__ == "__main__":
    unittest.main()
