"""A card with everything that a trained classifier's may hold, and hostile text in it, written as files."""

from __future__ import annotations

import hashlib
from pathlib import Path

from models.synthesis.smear import LABELS

WEIGHTS = b"not really weights"
HOSTILE = '<img src=x onerror="alert(1)"> **bold** [a](http://b.example) $x$ :red[y]'


def written(folder: Path, name: str = "sample") -> Path:
    """The card and its weights in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.safetensors").write_bytes(WEIGHTS)
    (folder / f"{name}.toml").write_text(text(name), encoding="utf-8")
    return folder


TEMPLATE = """
name = "@name"
task = "classifier"
version = "3"
notice = "research use"
domain = @hostile
licence = "AGPL-3.0-or-later"
vocabulary = "shipped16"
cannot_do = ["be relied on for healthy people", @hostile]
data = ["DeepAPL, 83 patients", @hostile]
labels = @labels
weights = "@name.safetensors"
sha256 = "@digest"

[preprocessing]
side = 96
balance = true
cell_mean = [62.0, 12.0, -14.0]

[parameters]
activation = "relu6"

[scales]
smear_cells = 0.14

[figures.held_out]
cells = 12304
patients = 83
weighted_f1 = 0.7712
weighted_f1_interval = [0.75, 0.79]
a_key_nobody_knew = 17
said = @hostile
confusion = @square

@classes

@parts

[figures.calibration]
temperature = 1.31
calibration_error = 0.02
reliability = [[0.3, 0.28, 100], [0.6, 0.63, 100], [0.95, 0.93, 100]]

[figures.calibration.coverage]
target = 0.9
mean = 0.94
worst = 0.81
patients = 15

[training]
command = "python -m models.training.train_classifier shipped"
hardware = "two cores"
last_gpu_run = "never"

[calibration]
temperature = 1.31

[calibration.sets]
alpha = 0.1

[calibration.sets.thresholds]
blast = 0.7
band = 0.9

[confusion.cblc]
called = [[[9, 1, 0], [1, 8, 0], [0, 0, 3]], [[5, 0, 0], [2, 9, 1], [0, 1, 2]]]
probable = [[[8.5, 1.5, 0], [1, 8, 0], [0, 0, 3]], [[5, 0, 0], [2, 9, 1], [0, 1, 2]]]
"""


def text(name: str = "sample") -> str:
    labels = sorted(LABELS)
    square = [[(90 if i == j else 1) * (i > 0) for j in range(16)] for i in range(16)]  # nobody had the first class
    classes = "\n".join(
        f"[figures.held_out.per_class.{c}]\nprecision = 0.9{k % 10}\nrecall = 0.8\nf1 = 0.84\ncells = {40 + k}"
        for k, c in enumerate(labels)
    )
    parts = "\n".join(
        f"[figures.ablation.{json_key}]\nweighted_f1 = 0.7{k}\nweighted_f1_interval = [0.6, 0.8]\nminutes = {k}.5"
        for k, json_key in enumerate(['"full"', '"no stain normalisation"', '"no background swap"'])
    )
    said = {
        "@name": name, "@hostile": repr(HOSTILE), "@labels": repr(labels), "@square": repr(square),
        "@classes": classes, "@parts": parts, "@digest": hashlib.sha256(WEIGHTS).hexdigest(),
    }  # fmt: skip
    made = TEMPLATE
    for mark, value in said.items():
        made = made.replace(mark, value)
    return made
