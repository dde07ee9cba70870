"""What a model's own calls do when the surroundings change: how many flip, where the composite's probability goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BOOTSTRAPS = 1000
Interval = tuple[float, float]
Measured = tuple[float, Interval]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Flips:
    """A setting beside the unaltered crops; every cell counts for as many as it stands for."""

    flipped: Measured  # share of cells whose call is another
    moved: Measured  # mean absolute change of the composite's probability
    shifted: Measured  # mean change, with its sign
    f1: Measured  # weighted F1 in the setting
    gained: Measured  # change of weighted F1
    by_class: Mapping[str, float]  # share flipped, of the cells that an expert put in each class


def flips(
    before: NDArray[np.float32],
    after: NDArray[np.float32],
    truth: NDArray[np.str_],
    labels: Sequence[str],
    patients: NDArray[np.str_],
    weights: Floats,
    composite: Sequence[str] = (),
    bootstraps: int = BOOTSTRAPS,
) -> Flips:
    """How `after` differs from `before`, two tables of probabilities of the same cells."""
    first, second = before.argmax(1), after.argmax(1)
    columns = [k for k, label in enumerate(labels) if label in composite]
    change = (after[:, columns].sum(1) - before[:, columns].sum(1)).astype(np.float64)
    other = first != second
    people, of = np.unique(patients, return_inverse=True)
    draws = drawn(len(people), bootstraps)
    known = {c: k for k, c in enumerate([*labels, *sorted(set(truth.tolist()) - set(labels))])}
    expert = np.array([known[c] for c in truth.tolist()])
    scores = [_f1(draws, _tables(expert, called, of, weights, len(people), len(known))) for called in (first, second)]
    total = draws @ np.bincount(of, weights, len(people))

    def mean(values: Floats) -> Floats:
        return np.asarray(draws @ np.bincount(of, weights * values, len(people)) / total)

    measured = [
        _measured(values)
        for values in (mean(other * 1.0), mean(np.abs(change)), mean(change), scores[1], scores[1] - scores[0])
    ]
    by_class = {c: float(other[truth == c].mean()) for c in sorted(set(truth.tolist()))}
    return Flips(*measured, by_class=by_class)


def drawn(people: int, bootstraps: int) -> Floats:
    """How often each patient is drawn: once each, then at random as many as there are."""
    rng = np.random.default_rng(0)
    random = rng.multinomial(people, np.full(people, 1 / people), bootstraps)
    return np.concatenate([np.ones((1, people)), random])


def _tables(
    expert: NDArray[np.intp], called: NDArray[np.intp], of: NDArray[np.intp], weights: Floats, people: int, classes: int
) -> Floats:
    """(people, classes, classes): what the expert said by what was called, of each patient."""
    tables = np.zeros((people, classes, classes))
    np.add.at(tables, (of, expert, called), weights)
    return tables


def _f1(draws: Floats, tables: Floats) -> Floats:
    """Weighted F1 of every drawing of patients."""
    whole = np.einsum("dp,pij->dij", draws, tables)
    support, said, right = whole.sum(2), whole.sum(1), np.einsum("dii->di", whole)
    each = np.divide(2 * right, support + said, out=np.zeros_like(right), where=support + said > 0)
    return np.asarray((each * support).sum(1) / support.sum(1))


def _measured(values: Floats) -> Measured:
    low, high = np.percentile(values[1:], [2.5, 97.5]) if len(values) > 1 else (np.nan, np.nan)
    return float(values[0]), (float(low), float(high))
