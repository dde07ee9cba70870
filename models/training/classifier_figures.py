"""What a classifier is worth: figures over cells, with intervals from drawing patients anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score, precision_recall_fscore_support, roc_auc_score

from models.temperature import calibration_error
from models.training.recipe import LABELS

CBLC = tuple(LABELS.index(c) for c in ("blast", "promyelocyte", "promonocyte"))
MATURE = {
    "segmented": ("segmented", "band"),
    "lymphocyte": ("lymphocyte", "variant_lymphocyte"),
    "monocyte": ("monocyte",),
    "eosinophil": ("eosinophil",),
    "basophil": ("basophil",),
}  # calls that agree with a class of segmentation_wbc, which knows no bands and no variant lymphocytes
ALIKE = {
    "granulocytic_stages": ("promyelocyte", "myelocyte", "metamyelocyte", "band", "segmented"),
    "lymphoid": ("lymphocyte", "variant_lymphocyte", "plasma_cell"),
    "cblc": ("blast", "promyelocyte", "promonocyte"),
    "monocytic_stages": ("promonocyte", "monocyte"),
}  # classes that readers confuse with each other
BOOTSTRAPS = 500
Probabilities = NDArray[np.float32]
Classes = NDArray[np.int64]


def figures(labels: Classes, p: Probabilities) -> dict[str, float]:
    """Weighted and macro F1 (over the classes that occur), AUROC of CBLC-3 against the rest, and calibration error."""
    called = p.argmax(axis=1)
    there = np.unique(labels)
    composite = np.isin(labels, CBLC)
    return {
        "weighted_f1": float(f1_score(labels, called, average="weighted", zero_division=0)),
        "macro_f1": float(f1_score(labels, called, average="macro", labels=there, zero_division=0)),
        "cblc_auroc": float(roc_auc_score(composite, p[:, CBLC].sum(axis=1))) if 0 < composite.mean() < 1 else np.nan,
        "calibration_error": calibration_error(p, labels),
    }


def mature_accuracy(labels: Classes, p: Probabilities) -> float:
    """Share of `segmentation_wbc` called rightly, all sixteen classes being open to the network."""
    called = [LABELS[k] for k in p.argmax(axis=1)]
    return float(np.mean([c in MATURE[LABELS[k]] for c, k in zip(called, labels, strict=True)]))


def interval(
    patients: NDArray[Any], measure: Callable[[NDArray[np.intp]], dict[str, float]], times: int = BOOTSTRAPS
) -> dict[str, list[float]]:
    """95 % intervals: patients are drawn anew with all their cells."""
    rng = np.random.default_rng(0)
    names = np.unique(patients)
    rows = {name: np.flatnonzero(patients == name) for name in names}
    tries = [measure(np.concatenate([rows[n] for n in rng.choice(names, len(names))])) for _ in range(times)]
    return {
        key: [round(float(v), 4) for v in np.nanpercentile([t[key] for t in tries], [2.5, 97.5])] for key in tries[0]
    }


def per_class(labels: Classes, p: Probabilities) -> dict[str, dict[str, float]]:
    """Precision, recall, F1 and number of each class."""
    columns = precision_recall_fscore_support(labels, p.argmax(axis=1), labels=range(len(LABELS)), zero_division=0)
    names = ("precision", "recall", "f1", "cells")
    return {
        label: {n: (int(c[k]) if n == "cells" else round(float(c[k]), 3)) for n, c in zip(names, columns, strict=True)}
        for k, label in enumerate(LABELS)
    }


def merged(labels: Classes, p: Probabilities) -> dict[str, float]:
    """Weighted F1 when calls within one group of classes that readers confuse count as right: `none`, each, and `all`.

    What a merger brings is the most that surer labels there could bring; what `all` still lacks is not the readers'.
    """
    called = p.argmax(axis=1)
    groups = {"none": (), **{k: (v,) for k, v in ALIKE.items()}, "all": tuple(ALIKE.values())}
    found = {}
    for name, some in groups.items():
        like = [{LABELS.index(c) for c in group} for group in some]
        right = [any(a in g and b in g for g in like) for a, b in zip(labels, called, strict=True)]
        found[name] = round(float(f1_score(labels, np.where(right, labels, called), average="weighted")), 4)
    return found


def confusion(labels: Classes, p: Probabilities) -> NDArray[np.int64]:
    """Rows: what the expert said; columns: what was called."""
    table = np.zeros((len(LABELS), len(LABELS)), np.int64)
    np.add.at(table, (labels, p.argmax(axis=1)), 1)
    return table
