"""How unlike the calibration cells a cell is: a sign that a network is asked about what it has not seen.

Two scores, chosen by how well they tell other pictures (another stain, laboratory, blur, no blood at all) from the
calibration cells: the Mahalanobis distance to the nearest class in the penultimate features, and the energy of the
logits. What is reported is neither, but the share of calibration cells that scored less.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.conformal import patient_weights

Floats = NDArray[np.float64]
Array = NDArray[np.float32]
DIMENSIONS = 64
FOLDS = 20  # of patients
CLASS_CELLS = 5  # a class with fewer has no mean worth measuring from
STEPS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Distance:
    """Squared Mahalanobis distance to the nearest class mean, in a space where the shared spread is a unit ball."""

    centre: Array  # (features,)
    whiten: Array  # (features, dimensions)
    means: Array  # (classes, dimensions)

    def __call__(self, features: NDArray[np.floating]) -> Floats:
        placed = (np.asarray(features, np.float64) - self.centre) @ self.whiten.astype(np.float64)
        return _nearest(placed, self.means.astype(np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class Oddness:
    """The chosen score, and quantiles of it among calibration cells, each patient weighing the same."""

    score: str  # 'distance' or 'energy'
    quantiles: Floats  # at 0, 1/1000 … 1
    distance: Distance | None = None

    def __call__(self, logits: NDArray[np.floating], features: NDArray[np.floating] | None) -> Array:
        """Share of calibration cells that were less odd, 0 to 1."""
        if self.distance is None:
            raw = energy(logits)
        elif features is None:
            raise ValueError("expected the penultimate features, which this oddness is measured in; found none")
        else:
            raw = self.distance(features)
        steps = np.linspace(0, 1, len(self.quantiles))
        return np.interp(raw, self.quantiles, steps).astype(np.float32)


def energy(logits: NDArray[np.floating]) -> Floats:
    """Minus the log of the summed exponentials: high where no class is claimed loudly."""
    z = np.asarray(logits, np.float64)
    top = z.max(axis=1)
    return -(top + np.log(np.exp(z - top[:, None]).sum(axis=1)))


def auroc(inside: NDArray[np.floating], outside: NDArray[np.floating]) -> float:
    """Chance that a cell from outside scores higher than one from inside; ties count half."""
    ordered = np.sort(inside)
    below = np.searchsorted(ordered, outside, "left") + np.searchsorted(ordered, outside, "right")
    return float(below.mean() / (2 * len(inside)))


def fit(
    logits: NDArray[np.floating],
    features: NDArray[np.floating] | None,
    labels: NDArray[np.integer],
    patients: NDArray[Any],
    others: Mapping[str, tuple[NDArray[np.floating], NDArray[np.floating] | None]],
) -> tuple[Oddness, dict[str, dict[str, float]]]:
    """The better of the two scores, and the AUROC of each on each set of other pictures.

    A calibration cell is measured from the cells of the *other* patients: measured from a mean that it helped to
    make it would seem less odd than any cell to come. Without other pictures the distance is taken.
    """
    raw = {"energy": energy(logits)}
    distance = None
    if features is not None:
        distance, raw["distance"] = _measured(features, labels, patients)
    told: dict[str, dict[str, float]] = {score: {} for score in raw}
    for name, (its_logits, its_features) in others.items():
        told["energy"][name] = auroc(raw["energy"], energy(its_logits))
        if distance is not None:
            if its_features is None:
                raise ValueError(f"expected features of the other pictures {name!r}, found none")
            told["distance"][name] = auroc(raw["distance"], distance(its_features))
    best = max(sorted(raw), key=lambda score: np.mean(list(told[score].values()) or [score == "distance"]))
    quantiles = _quantiles(raw[best], patient_weights(patients))
    return Oddness(best, quantiles, distance if best == "distance" else None), told


def _measured(
    features: NDArray[np.floating], labels: NDArray[np.integer], patients: NDArray[Any]
) -> tuple[Distance, Floats]:
    """The distance fitted on all cells, and each patient's distances as fitted, axes and all, on others."""
    wide = np.asarray(features, np.float64)
    _, place = np.unique(patients, return_inverse=True)
    apart = np.empty(len(labels))
    for fold in range(min(FOLDS, place.max() + 1)):
        its = place % FOLDS == fold
        apart[its] = _distance(wide[~its], labels[~its])(wide[its])
    return _distance(wide, labels), apart


def _distance(wide: Floats, labels: NDArray[np.integer]) -> Distance:
    centre = wide.mean(axis=0).astype(np.float32)
    axes = _axes(wide - centre)
    whiten, means = _spread((wide - centre) @ axes, labels)
    return Distance(centre, (axes @ whiten).astype(np.float32), means.astype(np.float32))


def _axes(centred: Floats) -> Floats:
    """The directions of the greatest spread, (features, dimensions)."""
    values, vectors = np.linalg.eigh(centred.T @ centred / len(centred))
    kept = int(min(DIMENSIONS, (values > values[-1] * 1e-9).sum()))
    return vectors[:, ::-1][:, :kept]


def _spread(placed: Floats, labels: NDArray[np.integer]) -> tuple[Floats, Floats]:
    """What makes the shared spread within classes a unit ball, and the class means in that space."""
    counts = np.bincount(labels)
    classes = np.flatnonzero(counts >= CLASS_CELLS)
    if not len(classes):
        raise ValueError(f"expected a class with at least {CLASS_CELLS} calibration cells, found none")
    means = np.stack([placed[labels == cls].mean(axis=0) for cls in classes])
    known = np.isin(labels, classes)
    rest = placed[known] - means[np.searchsorted(classes, labels[known])]
    values, vectors = np.linalg.eigh(_shrunk(rest))
    whiten = vectors / np.sqrt(values)
    return whiten, means @ whiten


def _shrunk(rest: Floats) -> Floats:
    """Covariance drawn towards a ball as far as so few cells ask (oracle approximating shrinkage, Chen 2010)."""
    count, size = rest.shape
    spread = rest.T @ rest / count
    ball, square = float(np.trace(spread)) / size, float((spread**2).mean())
    over = (count + 1) * (square - ball**2 / size)
    share = 1.0 if over <= 0 else min(1.0, (square + ball**2) / over)
    return (1 - share) * spread + max(share, 1e-6) * ball * np.eye(size)


def _nearest(placed: Floats, means: Floats) -> Floats:
    apart = (placed**2).sum(axis=1)[:, None] - 2 * placed @ means.T + (means**2).sum(axis=1)
    return np.maximum(apart.min(axis=1), 0.0)


def _quantiles(raw: Floats, weights: Floats) -> Floats:
    order = np.argsort(raw, kind="stable")
    reached = np.cumsum(weights[order])
    places = np.searchsorted(reached, np.linspace(0, 1, STEPS + 1) - 1e-12, "left")
    return raw[order][np.minimum(places, len(raw) - 1)]
