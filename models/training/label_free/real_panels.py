"""A smoke test on real cells: 36 DPC_Left panels of known class from published BSCCM figures, single view.

Each panel was scaled on its own, so that absolute brightness is lost: its 0.5th and 99.5th percentile are put .86 apart
around a background of 1, the middle of what BSCCM's views show. That was fixed beforehand. Nothing is tuned on these
cells and none is trained on.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import nn

from models.imaging import dpc
from models.imaging.phase import BSCCM
from models.training.label_free.cells import LABELS, SIDE
from models.training.label_free.recipe import Recipe
from models.training.label_free.run import Task, predicted
from models.training.sources import ROOT

APART = 0.86
KNOWN = LABELS[:3]
ROUNDS = 2000


def panels(root: Path = ROOT) -> tuple[NDArray[np.float16], NDArray[np.int64]]:
    """Windows (n, 4, SIDE, SIDE), all but the left view absent, and classes."""
    views, labels = [], []
    with (root / "bsccm_panels" / "manifest.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if not row["file"].startswith("gs_"):
                continue
            grey = cv2.imread(str(root / "bsccm_panels" / row["file"]), cv2.IMREAD_GRAYSCALE)
            picture = np.full((4, *grey.shape), np.nan, np.float32)
            picture[0] = over_background(grey.astype(np.float32))
            middle = (grey.shape[1] / 2, grey.shape[0] / 2)
            views.append(dpc.window(picture, middle, BSCCM.um_per_px * 128 / len(grey), SIDE))
            labels.append(KNOWN.index(row["label3"].lower()))
    return np.stack(views).astype(np.float16), np.array(labels)


def over_background(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    rim = np.concatenate([grey[:8].ravel(), grey[-8:].ravel(), grey[:, :8].ravel(), grey[:, -8:].ravel()])
    low, high = np.percentile(grey, [0.5, 99.5])
    return (1 + (grey - np.median(rim)) * APART / max(high - low, 1e-6)).astype(np.float32)


def smoke(network: nn.Module, recipe: Recipe, root: Path = ROOT) -> dict[str, Any]:
    """Balanced accuracy among the three classes, by cells resampled within class, and the confusion."""
    views, labels = panels(root)
    task = Task(views, labels, np.zeros((len(labels), 0), np.float32), len(LABELS))
    logits = predicted(network, task, np.arange(len(labels)), recipe).logits
    said = logits[:, :3].argmax(1)
    other = float((logits.argmax(1) == LABELS.index("other")).mean())
    rng = np.random.default_rng(0)
    groups = [np.flatnonzero(labels == k) for k in range(3)]
    drawn = [np.mean([(said[rng.choice(g, len(g))] == k).mean() for k, g in enumerate(groups)]) for _ in range(ROUNDS)]
    confusion = np.zeros((3, 3), int)
    np.add.at(confusion, (labels, said), 1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return {
        "cells": len(labels),
        "views": "left alone",
        "balanced_accuracy": round(float(np.mean([(said[g] == k).mean() for k, g in enumerate(groups)])), 4),
        "balanced_accuracy_interval": [round(float(low), 4), round(float(high), 4)],
        "called_other": round(other, 4),
        "confusion_rows_true": confusion.tolist(),
        "classes": list(KNOWN),
    }
