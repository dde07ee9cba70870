"""What a label-free network is good for, in numbers with intervals over donors.

A pooled correlation of a marker is partly the separation of classes, and in BSCCM the classes are themselves gates on
markers. So beside it stand the correlation within classes, and that among cells alike in area, eccentricity and phase.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from models.temperature import calibration_error, softmax

ROUNDS = 400
STRATA = (6, 3, 6)  # of area, eccentricity, phase: cells in one stratum count as alike
LEAST = 3  # cells of a stratum or class that can say anything
Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is known of the cells that were predicted."""

    labels: NDArray[np.int64]  # −1 unknown
    markers: Floats  # (n, markers), NaN missing
    groups: NDArray[np.str_]
    alike: Floats  # (n, 3): area, eccentricity, phase, as measured on the picture; NaN where they could not be
    names: Sequence[str]  # of the classes
    marker_names: Sequence[str]


def of_classes(logits: Floats, truth: Truth) -> dict[str, Any]:
    """Accuracy and what belongs to it."""
    known = truth.labels >= 0
    p, y, groups = softmax(np.asarray(logits, np.float32)[known]), truth.labels[known], truth.groups[known]

    def numbers(rows: NDArray[np.intp]) -> dict[str, float]:
        said, true = p[rows].argmax(1), y[rows]
        recall = [float((said[true == k] == k).mean()) for k in np.unique(true)]
        return {"accuracy": float((said == true).mean()), "balanced_accuracy": float(np.mean(recall))}

    every = np.arange(len(y))
    found = {key: round(value, 4) for key, value in numbers(every).items()}
    met = [k for k in range(p.shape[1]) if 0 < (y == k).sum() < len(y)]
    found["auroc"] = round(float(np.mean([roc_auc_score(y == k, p[:, k]) for k in met])), 4)
    found["calibration_error"] = round(float(calibration_error(p, y)), 4)
    spread = intervals(groups, numbers)
    per_class = {
        truth.names[k]: {
            "cells": int((y == k).sum()),
            "recall": round(float((p[y == k].argmax(1) == k).mean()), 4),
            "precision": round(float((y[p.argmax(1) == k] == k).mean()), 4) if (p.argmax(1) == k).any() else 0.0,
        }
        for k in met
    }
    return {"cells": len(y), "groups": len(np.unique(groups)), **found, **spread, "per_class": per_class}


def of_markers(values: Floats, truth: Truth) -> dict[str, dict[str, Any]]:
    """For every marker: r over all cells, within classes, and among cells alike in size, shape and phase."""
    strata = alike(truth.alike)
    found: dict[str, dict[str, Any]] = {}
    for k, marker in enumerate(truth.marker_names):
        there = np.isfinite(truth.markers[:, k])
        if there.sum() < 10 * LEAST:
            continue
        x, y = np.asarray(values)[there, k], truth.markers[there, k]
        classes, like, groups = truth.labels[there], strata[there], truth.groups[there]

        def numbers(
            rows: NDArray[np.intp], x: Floats = x, y: Floats = y, classes: Any = classes, like: Any = like
        ) -> dict[str, float]:
            return {
                "pooled": within(x[rows], y[rows], np.zeros(len(rows), int)),
                "within_class": within(x[rows], y[rows], classes[rows]),
                "alike": within(x[rows], y[rows], like[rows]),
            }

        every = np.arange(len(x))
        by_class = {
            truth.names[c]: round(within(x[classes == c], y[classes == c], np.zeros((classes == c).sum(), int)), 4)
            for c in np.unique(classes[classes >= 0])
            if (classes == c).sum() >= 10 * LEAST
        }
        spread = intervals(groups, numbers)
        found[marker] = {k: round(v, 4) for k, v in numbers(every).items()} | spread | {"by_class": by_class}
    return found


def within(x: Floats, y: Floats, groups: NDArray[Any]) -> float:
    """Pearson's r after each group's own means are taken off; groups below 0 (unknown) and small ones do not count."""
    _, index, counts = np.unique(groups, return_inverse=True, return_counts=True)
    use = (counts[index] >= LEAST) & (groups >= 0)
    if use.sum() < 2 * LEAST:
        return float("nan")
    x, y, index = x[use].astype(float), y[use].astype(float), index[use]
    number = np.maximum(np.bincount(index), 1)
    a = x - (np.bincount(index, x) / number)[index]
    b = y - (np.bincount(index, y) / number)[index]
    return float((a * b).sum() / max(np.sqrt((a * a).sum() * (b * b).sum()), 1e-12))


def alike(measures: Floats) -> NDArray[np.int64]:
    """The stratum of each cell by quantiles of area, eccentricity and phase; −1 where one was not measured."""
    stratum = np.zeros(len(measures), np.int64)
    known = np.isfinite(measures).all(1)
    for column, parts in zip(measures.T, STRATA, strict=True):
        cuts = np.quantile(column[known], np.linspace(0, 1, parts + 1)[1:-1]) if known.any() else []
        stratum = stratum * parts + np.searchsorted(cuts, column)
    return np.where(known, stratum, -1)


def intervals(
    groups: NDArray[np.str_], numbers: Callable[[NDArray[np.intp]], Mapping[str, float]]
) -> dict[str, list[float]]:
    """95 % intervals of the numbers over donors drawn with replacement; empty with fewer than three donors."""
    names, index = np.unique(groups, return_inverse=True)
    if len(names) < 3:
        return {}
    members = [np.flatnonzero(index == k) for k in range(len(names))]
    rng = np.random.default_rng(0)
    rounds = [
        numbers(np.concatenate([members[k] for k in rng.integers(0, len(names), len(names))])) for _ in range(ROUNDS)
    ]
    return {
        f"{key}_interval": [round(float(v), 4) for v in np.nanpercentile([r[key] for r in rounds], [2.5, 97.5])]
        for key in rounds[0]
    }
