"""Fits the classical baseline classifier on procedural cells and writes its weights and card.

The shipped weights were made with (about 4 minutes on one core):

    python -m models.training.train_classical

Fields are drawn with one look each; the detector finds the cells; a found cell that overlaps a true one by at
least half (IoU) takes its label. Where the detector passes over thrombocytes and smudges, the true contour is
used. Looks are split, never cells: fitting, calibration (one temperature), held out. The scale is withheld from a
third of the cells and blurred for the rest, because that is how pictures arrive. `--real FILE` adds figures on
real cells (a Parquet file with columns image, class, patient) to the card; nothing is fitted on them.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import save
from scipy.optimize import minimize_scalar
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import accuracy_score, f1_score, log_loss

from models.boosted_trees import exported
from models.classical_classifier import ClassicalClassifier
from models.classical_detector import ClassicalDetector
from models.classical_features import measures
from models.imaging.contours import cut_out, matched
from models.registry import CARDS, WEIGHTS, load
from models.synthesis.smear import LABELS, draw_look, field
from models.training.classical_card import classifier_card

SEED = 20_251_121
FIELDS = {"fit": 190, "calibrate": 30, "held out": 40}
CELLS = 28  # in a field of SIZE
SIZE = (1024, 1024)
WEIGHTS_FILE = "baseline-classifier.safetensors"
SCALE_ERROR = 0.08  # relative standard deviation of a scale measured from erythrocytes
REAL_CLASSES = {
    "Blast, no lineage spec": "blast",
    "Promyelocyte": "promyelocyte",
    "Promonocyte": "promonocyte",
    "Myelocyte": "myelocyte",
    "Metamyelocyte": "metamyelocyte",
    "Band neutrophils": "band",
    "Segmented neutrophils": "segmented",
    "Eosinophils": "eosinophil",
    "Basophil": "basophil",
    "Monocyte": "monocyte",
    "Lymphocyte": "lymphocyte",
    "Prolymphocyte": "lymphocyte",
    "Lymphocyte, variant": "variant_lymphocyte",
    "Plasma cells": "plasma_cell",
    "Erythroblast": "erythroblast",
    "Smudge cells": "smudge",
    "Giant thrombocyte": "other",
    "Thrombocyte aggregation": "other",
    "Unidentified": "other",
}


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Measured cells: one row each, with the label and whether the detector found it."""

    features: tuple[str, ...]
    rows: NDArray[np.float64]
    labels: NDArray[np.str_]
    found: NDArray[np.bool_]


def procedural_cells(first: int, fields: int, detector: ClassicalDetector) -> Table:
    """The cells of `fields` fields, one look each, numbered from `first`."""
    rows: list[list[float]] = []
    labels: list[str] = []
    seen: list[bool] = []
    names: tuple[str, ...] = ()
    for number in range(first, first + fields):
        rng = np.random.default_rng([SEED, number])
        drawn = field(SEED + number, mix=dict.fromkeys(LABELS, 1.0), cells=CELLS, size=SIZE, look=draw_look(number))
        contours = [c for c, _ in detector.find(drawn.pixels, drawn.um_per_px)]
        pairs = {true: mine for mine, true, _ in matched(contours, [c.contour for c in drawn.cells])}
        for k, cell in enumerate(drawn.cells):
            if cell.touches_edge or (k not in pairs and cell.label not in ("other", "smudge")):
                continue
            um = None if rng.random() < 0.33 else drawn.um_per_px * float(rng.lognormal(0, SCALE_ERROR))
            crop, mask, _ = cut_out(drawn.pixels, contours[pairs[k]] if k in pairs else cell.contour)
            measured = measures(crop, mask, um)
            names = tuple(measured)
            rows.append(list(measured.values()))
            labels.append(cell.label)
            seen.append(k in pairs)
        if (number - first + 1) % 20 == 0:
            print(f"  {number - first + 1} of {fields} fields, {len(rows)} cells", file=sys.stderr, flush=True)
    return Table(names, np.array(rows), np.array(labels), np.array(seen))


def fitted(table: Table) -> HistGradientBoostingClassifier:
    """Boosted trees, classes weighted equally."""
    model = HistGradientBoostingClassifier(
        learning_rate=0.12,
        max_iter=90,
        max_leaf_nodes=14,
        min_samples_leaf=20,
        l2_regularization=2.0,
        max_features=0.4,
        class_weight="balanced",
        early_stopping=False,
        random_state=SEED,
    )
    return model.fit(table.rows, table.labels)


def temperature(model: HistGradientBoostingClassifier, table: Table) -> float:
    """What to divide scores by so that probabilities mean what they say on looks not fitted on."""
    scores = model.decision_function(table.rows)

    def loss(log_t: float) -> float:
        scaled = scores / np.exp(log_t)
        powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return float(log_loss(table.labels, powers / powers.sum(axis=1, keepdims=True), labels=model.classes_))

    return float(np.exp(minimize_scalar(loss, bounds=(-1.5, 2.5), method="bounded").x))


def figures(truth: NDArray[Any], probabilities: NDArray[Any], labels: tuple[str, ...]) -> dict[str, Any]:
    """Accuracy, F1 (macro over the classes present) and expected calibration error."""
    said = np.array(labels)[probabilities.argmax(axis=1)]
    top = probabilities.max(axis=1)
    bins = np.minimum((top * 10).astype(int), 9)
    right = said == truth
    gap = sum(abs(right[bins == b].mean() - top[bins == b].mean()) * np.mean(bins == b) for b in np.unique(bins))
    present = sorted(set(truth.tolist()))
    return {
        "cells": len(truth),
        "accuracy": round(float(accuracy_score(truth, said)), 3),
        "weighted_f1": round(float(f1_score(truth, said, average="weighted", zero_division=0)), 3),
        "macro_f1": round(float(f1_score(truth, said, labels=present, average="macro", zero_division=0)), 3),
        "calibration_error": round(float(gap), 3),
    }


def real_figures(
    file: Path, detector: ClassicalDetector, classifier: ClassicalClassifier, limit: int = 1500
) -> dict[str, Any]:
    """Figures on real cells: the cell in the middle of each crop, found by the detector; scale from erythrocytes."""
    import pandas as pd

    table = pd.read_parquet(file, columns=["image", "class", "patient"])
    table = table.sample(limit, random_state=SEED)
    crops, masks, scales, truth = [], [], [], []
    for content, name in zip(table["image"], table["class"], strict=True):
        pixels = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), np.uint8)
        um = detector.scale(pixels)
        middle = np.array(pixels.shape[1::-1]) / 2
        inside = [c for c, _ in detector.find(pixels, um) if cv2.pointPolygonTest(c, middle.tolist(), True) > -8]
        if inside:
            crop, mask, _ = cut_out(pixels, max(inside, key=lambda c: cv2.pointPolygonTest(c, middle.tolist(), True)))
            crops.append(crop)
            masks.append(mask)
            scales.append(um)
            truth.append(REAL_CLASSES[name])
    probabilities = classifier.name(crops, masks, scales).probabilities
    missing = round(1 - len(truth) / len(table), 3)
    return figures(np.array(truth), probabilities, classifier.labels) | {"not_found_by_detector": missing}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", type=Path, help="Parquet file of real cells to measure on; never fitted on")
    parser.add_argument("--cards", type=Path, default=CARDS)
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    began = time.perf_counter()
    detector = load("baseline-detector")
    tables, first = {}, 0
    for part, count in FIELDS.items():
        print(part, file=sys.stderr)
        tables[part] = procedural_cells(first, count, detector)
        first += count
    model = fitted(tables["fit"])
    heat = temperature(model, tables["calibrate"])
    content = save(exported(model, heat).arrays())
    options.weights.mkdir(parents=True, exist_ok=True)
    (options.weights / WEIGHTS_FILE).write_bytes(content)
    labels = tuple(str(c) for c in model.classes_)
    digest = hashlib.sha256(content).hexdigest()
    measured: dict[str, Any] = {}
    for _ in range(2):  # the classifier is measured as it will be loaded, from its card
        text = classifier_card(
            WEIGHTS_FILE, digest, labels, tables["fit"].features, len(tables["fit"].labels), measured
        )
        tomllib.loads(text)
        (options.cards / "baseline-classifier.toml").write_text(text, encoding="utf-8")
        if not measured:
            classifier = load("baseline-classifier", options.cards, options.weights)
            held = tables["held out"]
            measured["procedural_held_out"] = figures(held.labels, classifier._trees.probabilities(held.rows), labels)
            if options.real:
                measured["real_cells"] = real_figures(options.real, detector, classifier)
    print(f"{len(content) / 1e6:.2f} MB, {time.perf_counter() - began:.0f} s, temperature {heat:.2f}, {measured}")


if __name__ == "__main__":
    main()
