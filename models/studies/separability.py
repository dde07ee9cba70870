"""The paper's measure: can a line between two classes still be drawn when their surroundings are changed?

For every pair of classes a linear support-vector classifier on a model's features, five folds, once for every setting;
its accuracy is the mean of the two classes' recalls, which is the published one where both have as many cells. Every
background is averaged, not only the first, and every class takes part in every setting:

    same-class     each cell on a donor of its own class
    other-class    both classes of the pair on donors of a third, for every third class
    transferred    learned on unaltered crops, tested on the setting: what a model that is in use would do;
                   other-class then is every class but the cell's own

The published study splits by cell, so that one patient (one plate) is on both sides; here that is done once as
published and once by patient.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.svm import SVC

from models.imaging.backgrounds import Setting

FOLDS = 5
FEWEST = 10  # cells of a class that takes part
BOOTSTRAPS = 500
GOAL = 0.015  # same − other: a background that costs no more does not decide
ORDER = tuple(Setting)
Features = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A model's features of the same cells in every setting."""

    unaltered: Features
    on: Mapping[str, Features]  # by the class of the donors
    cell_free: Features
    masked: Features


@dataclass(frozen=True, slots=True)
class Separated:
    """Mean accuracy over pairs of classes in each setting, with 95 % intervals from drawing patients anew."""

    folds: str  # 'stratified' as published, or 'by patient'
    learned: str  # 'in the setting' as published, or 'on unaltered crops'
    pairs: int
    accuracy: Mapping[str, float]
    interval: Mapping[str, tuple[float, float]]
    gap: float  # same − other
    gap_interval: tuple[float, float]

    @property
    def passes(self) -> bool:
        """Whether the background decides no more than the goal allows."""
        return self.gap <= GOAL


def separated(shown: Shown, labels: NDArray[np.str_], patients: NDArray[np.str_], seed: int = 0) -> list[Separated]:
    """Both ways to fold, each learned in the setting and on unaltered crops."""
    classes = sorted({c for c in labels.tolist() if (labels == c).sum() >= FEWEST})
    if len(classes) < 2:
        raise ValueError(f"Expected two classes with at least {FEWEST} cells; found {classes}. Take more cells.")
    scaled = _scaled(shown)
    found = []
    for how in ("stratified", "by patient"):
        table = _Table(len(list(combinations(classes, 2))), patients)
        for number, pair in enumerate(combinations(classes, 2)):
            rows = np.flatnonzero(np.isin(labels, pair))
            side = (labels[rows] == pair[1]).astype(int)
            for train, test in _folds(how, side, patients[rows], seed):
                for key, right in _asked(scaled, labels, rows, side, train, test, pair, classes):
                    table.add(key, number, rows[test], side[test], right)
        found += [table.summed(how, learned) for learned in ("in the setting", "on unaltered crops")]
    return found


def _scaled(shown: Shown) -> Shown:
    """Features about nought and of unit spread over the unaltered cells, so that no feature outweighs the others."""
    middle, spread = shown.unaltered.mean(0), shown.unaltered.std(0) + 1e-6
    length = np.sqrt(shown.unaltered.shape[1])

    def brought(features: Features) -> Features:
        return np.asarray((np.asarray(features, np.float32) - middle) / spread / length, np.float32)

    on = {c: brought(f) for c, f in shown.on.items()}
    return Shown(brought(shown.unaltered), on, brought(shown.cell_free), brought(shown.masked))


def _folds(
    how: str, side: NDArray[Any], patients: NDArray[np.str_], seed: int
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Folds whose part for learning holds both classes."""
    places = np.zeros(len(side))
    if how == "stratified":
        splits = StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(places, side)
    else:
        count = min(FOLDS, len(np.unique(patients)))
        if count < 2 or min(len(np.unique(patients[side == k])) for k in (0, 1)) < 2:
            return
        count = min(count, int(np.bincount(side).min()))
        splits = StratifiedGroupKFold(count, shuffle=True, random_state=seed).split(places, side, patients)
    for train, test in splits:
        if len(np.unique(side[train])) == 2:
            yield train, test


def _asked(
    shown: Shown,
    labels: NDArray[np.str_],
    rows: NDArray[np.intp],
    side: NDArray[Any],
    train: NDArray[np.intp],
    test: NDArray[np.intp],
    pair: tuple[str, str],
    classes: Sequence[str],
) -> Iterator[tuple[tuple[str, str], NDArray[np.float64]]]:
    """For each setting the share of versions in which each tested cell was told rightly."""
    own = np.empty_like(shown.unaltered[rows])
    for name in pair:
        own[labels[rows] == name] = shown.on[name][rows][labels[rows] == name]
    thirds = [shown.on[c][rows] for c in classes if c not in pair] or [shown.on[c][rows] for c in pair]
    plain = shown.unaltered[rows]
    versions = {
        Setting.UNALTERED: [plain],
        Setting.SAME_CLASS: [own],
        Setting.OTHER_CLASS: thirds,
        Setting.CELL_FREE: [shown.cell_free[rows]],
        Setting.MASKED: [shown.masked[rows]],
    }
    for setting, several in versions.items():
        right = [_line(v[train], side[train]).predict(v[test] @ v[train].T) == side[test] for v in several]
        yield (setting.value, "in the setting"), np.mean(right, axis=0)
    line = _line(plain[train], side[train])
    for setting, several in versions.items():
        if setting is not Setting.OTHER_CLASS:
            right = [line.predict(v[test] @ plain[train].T) == side[test] for v in several]
            yield (setting.value, "on unaltered crops"), np.mean(right, axis=0)
    others = np.zeros(len(test))
    asked = np.zeros(len(test))
    for name in classes:
        foreign = labels[rows][test] != name
        told = line.predict(shown.on[name][rows][test] @ plain[train].T) == side[test]
        others, asked = others + told * foreign, asked + foreign
    yield (Setting.OTHER_CLASS.value, "on unaltered crops"), others / np.maximum(asked, 1)


def _line(features: Features, side: NDArray[Any]) -> SVC:
    return SVC(kernel="precomputed", C=1.0, class_weight="balanced").fit(features @ features.T, side)


class _Table:
    """Right answers by setting, pair, class and patient: all that the accuracies and their intervals need."""

    def __init__(self, pairs: int, patients: NDArray[np.str_]) -> None:
        self._names, self._of = np.unique(patients, return_inverse=True)
        self._pairs = pairs
        self._sums: dict[tuple[str, str], NDArray[np.float64]] = {}

    def add(
        self,
        key: tuple[str, str],
        pair: int,
        rows: NDArray[np.intp],
        side: NDArray[Any],
        right: NDArray[np.float64],
    ) -> None:
        sums = self._sums.setdefault(key, np.zeros((2, self._pairs, 2, len(self._names))))
        np.add.at(sums[0, pair], (side, self._of[rows]), right)
        np.add.at(sums[1, pair], (side, self._of[rows]), 1)

    def summed(self, folds: str, learned: str) -> Separated:
        rng = np.random.default_rng(0)
        draws = rng.multinomial(len(self._names), np.full(len(self._names), 1 / len(self._names)), BOOTSTRAPS)
        weights = np.concatenate([np.ones((1, len(self._names))), draws])
        means = {s: self._means((s.value, learned), weights) for s in ORDER}
        gap = means[Setting.SAME_CLASS] - means[Setting.OTHER_CLASS]
        there = np.isfinite(self._recalls((Setting.UNALTERED.value, learned), weights[:1])[0]).all(-1)
        return Separated(
            folds,
            learned,
            int(there.sum()),
            {s.value: float(m[0]) for s, m in means.items()},
            {s.value: _middle(m[1:]) for s, m in means.items()},
            float(gap[0]),
            _middle(gap[1:]),
        )

    def _recalls(self, key: tuple[str, str], weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """(draws, pairs, 2)."""
        right, count = (np.einsum("dp,qsp->dqs", weights, part) for part in self._sums[key])
        return np.divide(right, count, out=np.full_like(right, np.nan), where=count > 0)

    def _means(self, key: tuple[str, str], weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.nanmean(self._recalls(key, weights).mean(-1), axis=1))


def _middle(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)
