"""Makes the theme model anew: `scripts/build-theme-model`, see README.md beside this file."""

import argparse
import json
import os
import sys
from array import array

import settings
from failure import Failure


def arguments():
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="scripts/build-theme-model", description="Makes the embedded theme model.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    build = verbs.add_parser("build", help="teacher, refinement and artefact, under target/theme-model")
    build.add_argument("--rows", type=int, default=settings.ROWS, help="sentences the teacher reads (%(default)s)")
    build.add_argument("--workers", type=int, default=os.cpu_count(), help="processes that read (%(default)s)")
    verbs.add_parser("reference", help="write the vectors that the Rust tests compare with, for the artefact in place")
    verbs.add_parser("test", help="the build's own tests")
    asked = parser.parse_args()
    if asked.verb == "build" and (asked.rows < settings.FEWEST_ROWS or asked.workers < 1):
        parser.error(f"--rows is at least {settings.FEWEST_ROWS}, --workers at least 1")
    return asked


def say(sentence):
    """A line for the person at the terminal."""
    print(sentence, file=sys.stderr, flush=True)


def build(rows, workers):
    """Makes the artefact of so many rows; its folder. Raises Failure, TooFew."""
    import bags
    import compare
    import corpus
    import distil
    import inputs
    import refine
    import teacher
    import versions
    import vocabulary
    import wordnet
    import write
    from tokenizers import Tokenizer

    say("inputs: the teacher and WordNet")
    folder = inputs.teacher(settings.WORK)
    texts = corpus.choose(wordnet.sentences_in(inputs.wordnet(settings.WORK)), rows)
    kept = settings.WORK / "vectors"
    say(f"teacher: {rows} sentences, read by {workers} processes, kept under {kept}")
    vectors = teacher.sentence_vectors(texts, folder, kept, workers)

    original = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    made = vocabulary.tokenizer(original)
    numbers = [number for _, number in vocabulary.kept(original)]
    plain = distil.plain_table(teacher.piece_vectors(numbers, folder, kept))
    tokenizer = Tokenizer.from_str(made)
    tokenizer.no_padding()
    table, reached = refine.refined(plain, bags.Bags(texts, tokenizer), vectors)

    target = settings.WORK / f"rows-{rows}"
    made_with = {"rows": rows, "packages": versions.versions(), "cosines": reached}
    write.artefact(target, made, array("f", table.tobytes()), len(numbers), made_with)
    cosine, correlation = compare.alike(target, settings.ARTEFACT, texts)
    say(f"cosine to the teacher on held-out sentences: {reached[0]:.4f} mapped, {reached[-1]:.4f} refined")
    say(f"beside the artefact in place: cosine {cosine:.4f}, correlation of similarities {correlation:.4f}")
    return target


def main():
    asked = arguments()
    if asked.verb == "reference":
        import reference

        settings.REFERENCE.write_text(reference.reference(settings.ARTEFACT), encoding="utf-8")
        print(settings.REFERENCE)
    else:
        print(build(asked.rows, asked.workers))


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"build-theme-model: {failure}")
