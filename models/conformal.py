"""Sets of classes that hold the right one with a stated probability: split conformal prediction by patient.

Cells of one patient resemble each other, so a patient counts once however many of its cells were labelled: each of
K patients weighs 1/(K+1), shared among its cells, and the last 1/(K+1) lies beyond every score (hierarchical
conformal prediction, Lee, Barber and Willett 2023). That covers a cell of a new patient *like these* with probability
at least 1 − alpha; of another laboratory it promises nothing.

A class has its own threshold when 100 of its cells from 20 patients were labelled. Others share one with the other
scarce classes of their lineage (100 cells from 10 patients), else with every scarce class left, else with all cells: a
common class, easily told, must not lend its threshold to a rare one as long as the rare ones can fill one themselves.

The price of so few patients: 15 of them ask for the quantile at 90 % · 16/15 = 96 %, so that sets fitted for 90 % cover
nearly 96 % of cells like these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ENOUGH_CELLS = 100
ENOUGH_PATIENTS = 20
POOL_PATIENTS = 10  # of classes that share a threshold: of fewer than nine no score reaches 90 %
SCORES = ("least", "adaptive")


def patient_weights(patients: NDArray[Any]) -> Floats:
    """The same weight for each patient, shared among its cells; the sum is 1."""
    _, inverse, counts = np.unique(patients, return_inverse=True, return_counts=True)
    return 1.0 / (len(counts) * counts[inverse])


def scores(probabilities: NDArray[np.floating], score: str) -> Floats:
    """How badly each class fits each cell, 0 to 1.

    'least' is 1 − p, which gives the smallest sets on average; 'adaptive' is the mass of all classes at least as
    likely (APS without its random part, so that the same cell always has the same set), which evens coverage out
    between easy and hard cells at the price of larger sets.
    """
    p = np.asarray(probabilities, np.float64)
    if score == "least":
        return 1.0 - p
    if score == "adaptive":
        order = np.argsort(-p, axis=1, kind="stable")
        ranked = np.take_along_axis(p, order, axis=1)
        mass = np.cumsum(ranked, axis=1)
        for at in range(p.shape[1] - 2, -1, -1):  # equals share the larger mass: no class is preferred by its place
            mass[:, at] = np.where(ranked[:, at] == ranked[:, at + 1], mass[:, at + 1], mass[:, at])
        out = np.empty_like(p)
        np.put_along_axis(out, order, np.minimum(mass, 1.0), axis=1)
        return out
    raise ValueError(f"expected a score of {' or '.join(SCORES)}, found {score!r}")


@dataclass(frozen=True, slots=True)
class Sets:
    """Thresholds by class: a class is possible while its score does not exceed its own. 1 lets it in always."""

    score: str
    alpha: float
    thresholds: tuple[float, ...]
    pools: tuple[str, ...]  # whose cells each threshold was taken from: 'class', 'lineage …', 'scarce', 'all'

    def members(self, probabilities: NDArray[np.floating]) -> NDArray[np.bool_]:
        """(cells, classes): the possible ones. The likeliest always is, so that no set is empty."""
        inside = scores(probabilities, self.score) <= np.asarray(self.thresholds)
        inside[np.arange(len(inside)), np.asarray(probabilities).argmax(axis=1)] = True
        return inside


def fit(
    probabilities: NDArray[np.floating],
    labels: NDArray[np.integer],
    patients: NDArray[Any],
    lineages: Sequence[str],
    alpha: float,
    score: str,
) -> Sets:
    """Thresholds from calibrated probabilities; `lineages` names the lineage of each column."""
    if not 0 < alpha < 1:
        raise ValueError(f"expected alpha between 0 and 1, found {alpha}")
    own = scores(probabilities, score)[np.arange(len(labels)), labels]
    pools = _pools(labels, patients, lineages)
    weights = patient_weights(patients)
    taken = {pool: _threshold(own[m], weights[m], len(np.unique(patients[m])), alpha) for pool, m in pools.values()}
    names = [pools[column][0] for column in range(len(lineages))]
    return Sets(score, alpha, tuple(taken[name] for name in names), tuple(name.split("=")[0] for name in names))


def _pools(
    labels: NDArray[np.integer], patients: NDArray[Any], lineages: Sequence[str]
) -> dict[int, tuple[str, NDArray[np.bool_]]]:
    """For each column the name of its pool, and the cells in it."""
    chosen: dict[int, tuple[str, NDArray[np.bool_]]] = {}
    left = list(range(len(lineages)))

    def take(name: str, columns: Sequence[int]) -> None:
        mask = np.isin(labels, list(columns))
        least = ENOUGH_PATIENTS if len(columns) == 1 else POOL_PATIENTS  # one class is no pool, whatever its name
        if mask.sum() >= ENOUGH_CELLS and len(np.unique(patients[mask])) >= least:
            chosen.update(dict.fromkeys(columns, (name, mask)))

    for column in left:
        take(f"class={column}", [column])
    left = [column for column in left if column not in chosen]
    for lineage in sorted({lineages[column] for column in left}):
        take(f"lineage {lineage}", [column for column in left if lineages[column] == lineage])
    left = [column for column in left if column not in chosen]
    if left:
        take("scarce", left)
    everything = np.ones(len(labels), dtype=bool)
    return chosen | {column: ("all", everything) for column in left if column not in chosen}


def _threshold(own: Floats, weights: Floats, known: int, alpha: float) -> float:
    """The least score that the weights up to it bring to 1 − alpha; 1 when too few patients reach it.

    A patient brings to a class what share of its own cells the class has: thresholds so weighted cover, over all
    classes, the random cell of a random patient. The same weight for each patient *within* a class would let those
    with one stray cell of it decide, and overcovered by 6 points on made-up patients.
    """
    order = np.argsort(own, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum() * known / (known + 1) >= 1 - alpha - 1e-12
    return float(own[order][int(reached.argmax())]) if reached.any() else 1.0


def coverage_by_patient(
    members: NDArray[np.bool_], labels: NDArray[np.integer], patients: NDArray[Any], alpha: float, least: int = 10
) -> dict[str, float]:
    """Share of cells whose set holds the right class, by patient: what a site should look at, not the pooled share.

    `worst` and `below` look at patients with at least `least` cells; fewer make a share of nothing much.
    """
    hit = members[np.arange(len(labels)), labels]
    names, inverse, counts = np.unique(patients, return_inverse=True, return_counts=True)
    shares = np.bincount(inverse, weights=hit.astype(float)) / counts
    judged = shares[counts >= least]
    return {
        "target": 1 - alpha,
        "mean": float(shares.mean()),
        "worst": float(judged.min()) if len(judged) else float("nan"),
        "below": float((judged < 1 - alpha).mean()) if len(judged) else float("nan"),
        "patients": len(names),
        "judged": len(judged),
        "cells": float(hit.mean()),
        "size": float(np.average(members.sum(axis=1), weights=patient_weights(patients))),
        "unsure": float(np.average(members.sum(axis=1) > 1, weights=patient_weights(patients))),
    }


def named(
    members: NDArray[np.bool_], probabilities: NDArray[np.floating], names: Sequence[str]
) -> tuple[tuple[str, ...], ...]:
    """The sets as names, the likeliest first."""
    order = np.argsort(-np.asarray(probabilities), axis=1, kind="stable")
    pairs = zip(order, members, strict=True)
    return tuple(tuple(names[column] for column in row if inside[column]) for row, inside in pairs)


def thresholds_of(table: Mapping[str, Any], names: Sequence[str]) -> Sets:
    """Read back from the card, by the names of the classes."""
    return Sets(
        table["score"],
        float(table["alpha"]),
        tuple(float(table["thresholds"][name]) for name in names),
        tuple(str(table["pools"][name]) for name in names),
    )
