"""What makes a network's numbers mean what they say: temperature, sets of possible classes, oddness.

Fitted once, on patients in neither training nor test; numbers go into the card's [calibration], arrays into the
weights under `calibration.`. What is reported of it is cross-fitted: each patient as the other patients' fit sees it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import conformal, oddness
from models.conformal import Sets, coverage_by_patient, patient_weights
from models.oddness import Distance, Oddness
from models.temperature import calibration_error, log_loss, reliability, softmax, temperature

ALPHA = 0.1
PREFIX = "calibration."
Others = Mapping[str, tuple[NDArray[np.floating], NDArray[np.floating] | None]]


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Cells of known class and patient. Classes are columns of `logits`, in the order of `names`."""

    logits: NDArray[np.floating]  # (cells, classes)
    labels: NDArray[np.integer]  # (cells,) columns
    patients: NDArray[Any]  # (cells,)
    names: tuple[str, ...]
    features: NDArray[np.floating] | None = None  # (cells, …) of the layer before the last

    def __post_init__(self) -> None:
        for key in ("logits", "labels", "patients"):
            object.__setattr__(self, key, np.asarray(getattr(self, key)))
        cells = len(self.labels)
        if self.logits.shape != (cells, len(self.names)) or self.patients.shape != (cells,) or self.labels.ndim != 1:
            raise ValueError(
                f"expected logits (cells, {len(self.names)}) with as many labels and patients, found logits "
                f"{self.logits.shape}, labels {self.labels.shape}, patients {self.patients.shape}"
            )
        if self.features is not None and len(self.features) != cells:
            raise ValueError(f"expected features of {cells} cells, found {len(self.features)}")
        if not cells or not np.issubdtype(self.labels.dtype, np.integer):
            raise ValueError("expected labels as whole numbers, at least one; found none or no whole numbers")
        if self.labels.min() < 0 or self.labels.max() >= len(self.names):
            raise ValueError(f"expected labels from 0 to {len(self.names) - 1}, found others")
        if not np.isfinite(self.logits).all():
            raise ValueError("expected finite logits, found others: the network is at fault")
        if len(np.unique(self.patients)) < 2:
            raise ValueError("expected at least two patients, found one: nothing could be tested on another")


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Applied to each batch. Without sets and oddness it is a plain softmax."""

    names: tuple[str, ...]
    temperature: float = 1.0
    sets: Sets | None = None
    oddness: Oddness | None = None
    fitted_on: Mapping[str, int] = field(default_factory=dict)  # 'patients', 'cells'

    def probabilities(self, logits: NDArray[np.floating]) -> NDArray[np.float32]:
        return softmax(logits, self.temperature).astype(np.float32)

    def named(
        self, logits: NDArray[np.floating], features: NDArray[np.floating] | None = None
    ) -> tuple[NDArray[np.float32], tuple[tuple[str, ...], ...], NDArray[np.float32] | None]:
        """Probabilities, possible classes (likeliest first; empty without sets), oddness (None without)."""
        exact = softmax(logits, self.temperature)
        possible = () if self.sets is None else conformal.named(self.sets.members(exact), exact, self.names)
        odd = None if self.oddness is None else self.oddness(logits, features)
        return exact.astype(np.float32), possible, odd

    def card(self) -> dict[str, Any]:
        """The card's [calibration]: numbers and names only."""
        table: dict[str, Any] = {"temperature": self.temperature, **self.fitted_on}
        if self.sets is not None:
            table["sets"] = {
                "score": self.sets.score,
                "alpha": self.sets.alpha,
                "thresholds": dict(zip(self.names, self.sets.thresholds, strict=True)),
                "pools": dict(zip(self.names, self.sets.pools, strict=True)),
            }
        if self.oddness is not None:
            table["oddness"] = {"score": self.oddness.score}
        return table

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What travels with the weights."""
        if self.oddness is None:
            return {}
        arrays: dict[str, NDArray[Any]] = {f"{PREFIX}quantiles": self.oddness.quantiles}
        if self.oddness.distance is not None:
            for key in ("centre", "whiten", "means"):
                arrays[PREFIX + key] = np.ascontiguousarray(getattr(self.oddness.distance, key))
        return arrays


def read(names: Sequence[str], table: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Calibration:
    """From a card's [calibration] and the weights' arrays (others than `calibration.…` are passed over)."""
    sets = odd = None
    try:
        if "sets" in table:
            sets = conformal.thresholds_of(table["sets"], names)
        if "oddness" in table:
            score, distance = table["oddness"]["score"], None
            if score == "distance":
                distance = Distance(*(arrays[PREFIX + key] for key in ("centre", "whiten", "means")))
            odd = Oddness(score, arrays[f"{PREFIX}quantiles"], distance)
    except KeyError as missing:
        raise ValueError(
            f"expected {missing} in the card's [calibration] or the weights, found none; "
            "make card and weights anew with the training command"
        ) from missing
    fitted = {key: int(table[key]) for key in ("patients", "cells") if key in table}
    return Calibration(tuple(names), float(table.get("temperature", 1.0)), sets, odd, fitted)


def fit(
    cells: Labelled, lineages: Mapping[str, str], *, alpha: float = ALPHA, others: Others | None = None
) -> tuple[Calibration, dict[str, Any]]:
    """The calibration of all these patients, and figures of it (cross-fitted) for the card.

    The conformal score is the one of the two whose cross-fitted sets are smaller at the same coverage target: a set
    is there to be read, and a reader gains nothing from a larger one.
    """
    columns = [lineages[name] for name in cells.names]
    heat = temperature(cells.logits, cells.labels, patient_weights(cells.patients))
    heats = _heats(cells)
    sizes = {}
    for score in conformal.SCORES:
        probabilities, members = cross_fitted(cells, lineages, alpha=alpha, score=score, heats=heats)
        sizes[score] = coverage_by_patient(members, cells.labels, cells.patients, alpha)
    chosen = min(conformal.SCORES, key=lambda score: sizes[score]["size"])
    sets = conformal.fit(softmax(cells.logits, heat), cells.labels, cells.patients, columns, alpha, chosen)
    odd, told = oddness.fit(cells.logits, cells.features, cells.labels, cells.patients, others or {})
    counts = {"patients": len(np.unique(cells.patients)), "cells": len(cells.labels)}
    figures = {
        "fit": "each patient by the fit of the others",
        "temperature": heat,
        **_errors(cells, probabilities),
        "coverage": sizes[chosen],
        "size_by_score": {score: found["size"] for score, found in sizes.items()},
        "auroc_by_score": told,
        **counts,
    }
    return Calibration(cells.names, heat, sets, odd, counts), figures


def cross_fitted(
    cells: Labelled,
    lineages: Mapping[str, str],
    *,
    alpha: float = ALPHA,
    score: str = "least",
    heats: Mapping[Any, float] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Probabilities and set members of each patient, by temperature and thresholds of the other patients.

    The same patients so give both the fit and an honest look at it. `heats` spares working the temperatures out twice.
    """
    columns = [lineages[name] for name in cells.names]
    heats = heats or _heats(cells)
    probabilities = np.empty(cells.logits.shape)
    members = np.empty(cells.logits.shape, dtype=bool)
    for patient in np.unique(cells.patients):
        its = cells.patients == patient
        logits, labels, patients = cells.logits[~its], cells.labels[~its], cells.patients[~its]
        sets = conformal.fit(softmax(logits, heats[patient]), labels, patients, columns, alpha, score)
        probabilities[its] = softmax(cells.logits[its], heats[patient])
        members[its] = sets.members(probabilities[its])
    return probabilities, members


def _heats(cells: Labelled) -> dict[Any, float]:
    """For each patient the temperature that all others ask for."""
    heats = {}
    for patient in np.unique(cells.patients):
        rest = cells.patients != patient
        heats[patient] = temperature(cells.logits[rest], cells.labels[rest], patient_weights(cells.patients[rest]))
    return heats


def _errors(cells: Labelled, calibrated: NDArray[np.float64]) -> dict[str, Any]:
    """Calibration error and log loss, plain and calibrated; the points of the calibrated curve."""
    weights = patient_weights(cells.patients)
    hit = calibrated[np.arange(len(cells.labels)), cells.labels]
    return {
        "calibration_error": calibration_error(calibrated, cells.labels),
        "calibration_error_plain": calibration_error(softmax(cells.logits), cells.labels),
        "log_loss": float(np.average(-np.log(np.maximum(hit, 1e-12)), weights=weights)),
        "log_loss_plain": log_loss(cells.logits, cells.labels, weights, 1.0),
        "reliability": [[round(said, 4), round(true, 4), n] for said, true, n in reliability(calibrated, cells.labels)],
    }
