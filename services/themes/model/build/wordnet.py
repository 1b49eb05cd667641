"""The sentences in WordNet's data files: each synset's words with its definition, and the examples of their use.

The format is that of wndb(5WN): a line a synset, the number of its words (hexadecimal) in the fourth field, then each
word with a number, and after a bar the gloss: definitions and quoted examples, parted by semicolons. The lines of the
licence at the top of each file begin with two spaces.
"""

import re

EXAMPLE = re.compile(r'"([^"]+)"')
QUOTED = re.compile(r'"[^"]*"?')
MARKER = re.compile(r"\([^)]*\)$")


def sentences_of(line):
    """The sentences of one line, spaces made single: `word, word: definition`, then its examples of three words or
    more. None for a line of the licence or without a gloss."""
    if line.startswith("  ") or "|" not in line:
        return []
    fields, gloss = line.split("|", 1)
    fields = fields.split()
    count = int(fields[3], 16)
    words = [MARKER.sub("", word).replace("_", " ") for word in fields[4 : 4 + 2 * count : 2]]
    definition = QUOTED.sub("", gloss).strip(" ;\r\n")
    examples = [example for example in EXAMPLE.findall(gloss) if len(example.split()) > 2]
    return [" ".join(sentence.split()) for sentence in [", ".join(words) + ": " + definition, *examples]]


def sentences_in(files):
    """The sentences of data files (paths), in the order of the files and of their lines."""
    found = []
    for file in files:
        with open(file, encoding="latin-1", newline="\n") as lines:
            for line in lines:
                found.extend(sentences_of(line))
    return found
