"""The same network trained with and without what is to keep it from reading surroundings: the ablation's, by seed.

Each is asked for its own calls in the five settings. Right calls are told as the mean of the classes' recalls, as in
the published protocol; the gap is what is lost from donors of the same class to donors of another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.imaging.backgrounds import Setting
from models.studies import flips
from models.studies.separability import FEWEST
from models.studies.subjects import Subjects

BOTH = "full"  # the ablation's name for a network trained with everything
SHOWN = tuple(Setting)
NAMES = {
    "full": "with both",
    "no background swap": "without background swap",
    "no centre–border regularisation": "without centre–border regularisation",
    "no background swap, no centre–border regularisation": "without either",
}


def measured(
    cells: Subjects, said: Mapping[Setting, NDArray[np.float32]], labels: Sequence[str], part: str, seed: int
) -> dict[str, Any]:
    """One network: `said` are its probabilities in each setting."""
    right = {setting: _recalls(cells, table, labels) for setting, table in said.items()}
    before = said[Setting.UNALTERED]
    told = {
        setting: flips.flips(before, table, cells.labels, labels, cells.patients, cells.stands_for)
        for setting, table in said.items()
    }
    return {
        "part": part,
        "seed": seed,
        "recall": {str(setting): values.tolist() for setting, values in right.items()},  # first the cells as they are
        "flipped": {str(setting): one.flipped[0] for setting, one in told.items()},
        "f1": {str(setting): one.f1[0] for setting, one in told.items()},
    }


def _recalls(cells: Subjects, table: NDArray[np.float32], labels: Sequence[str]) -> NDArray[np.float64]:
    """Mean recall of the classes with enough cells; then the same of patients drawn anew."""
    called = np.asarray(labels)[table.argmax(1)]
    people, of = np.unique(cells.patients, return_inverse=True)
    classes = [name for name in cells.classes if (cells.labels == name).sum() >= FEWEST]
    truth = np.array([classes.index(name) if name in classes else -1 for name in cells.labels.tolist()])
    kept = truth >= 0
    total, right = (np.zeros((len(people), len(classes))) for _ in range(2))
    np.add.at(total, (of[kept], truth[kept]), 1)
    np.add.at(right, (of[kept], truth[kept]), (called == cells.labels)[kept])
    draws = flips.drawn(len(people), flips.BOOTSTRAPS)
    under, over = draws @ total, draws @ right
    each = np.divide(over, under, out=np.full_like(over, np.nan), where=under > 0)
    return np.asarray(np.nanmean(each, axis=1))


def summary(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A way of training a row: means over its seeds, and how far they lie apart."""
    found = []
    for part in NAMES:
        its = [row for row in rows if row["part"] == part]
        if not its:
            continue
        recall = {setting: np.array([row["recall"][str(setting)] for row in its]) for setting in SHOWN}
        gaps = 100 * (recall[Setting.SAME_CLASS] - recall[Setting.OTHER_CLASS])
        low, high = np.percentile(gaps.mean(0)[1:], [2.5, 97.5])
        found.append(
            {
                "part": part,
                "seeds": len(its),
                "unaltered": _spread(100 * recall[Setting.UNALTERED][:, 0]),
                "gap": _spread(gaps[:, 0]),
                "gap_interval": (float(low), float(high)),
                "f1": _spread(np.array([row["f1"][str(Setting.UNALTERED)] for row in its])),
                "flipped": {s: _spread(100 * np.array([row["flipped"][str(s)] for row in its])) for s in SHOWN[1:]},
            }
        )
    return found


def _spread(values: NDArray[np.float64]) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else float("nan")


def head() -> tuple[str, ...]:
    flipped = (f"{setting}: flipped, %" for setting in SHOWN[1:])
    return ("trained", "seeds", "recall unaltered, %", "weighted F1 unaltered", "same − other, points", *flipped)


def lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    for one in summary(rows):
        low, high = one["gap_interval"]
        yield (
            NAMES[one["part"]],
            str(one["seeds"]),
            _figure(one["unaltered"], 1),
            _figure(one["f1"], 3),
            f"{_figure(one['gap'], 1, sign=True)} [{low:+.1f}, {high:+.1f}]",
            *(_figure(one["flipped"][setting], 1) for setting in SHOWN[1:]),
        )


def verdict(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What the rows say, and what they do not."""
    told = {one["part"]: one for one in summary(rows)}
    both = told.get(BOTH)
    if both is None or len(told) < 2:
        return
    for part, one in told.items():
        if part == BOTH:
            continue
        gap, better = one["gap"][0] - both["gap"][0], one["unaltered"][0] - both["unaltered"][0]
        apart = max(one["gap"][1], both["gap"][1])
        size = "no more than seeds differ" if abs(gap) <= apart else "more than seeds differ"
        here, there = (row["flipped"][Setting.OTHER_CLASS][0] for row in (one, both))
        yield (
            f"- {NAMES[part][:1].upper()}{NAMES[part][1:]}, {here:.1f} % of calls flip among surroundings of another "
            f"class, with both {there:.1f} %. The gap is {gap:+.1f} points beside that with both ({size}, which is by "
            f"{apart:.1f}), the recall of unaltered cells {better:+.1f} points."
        )


def _figure(value: tuple[float, float], digits: int, *, sign: bool = False) -> str:
    mean = f"{value[0]:+.{digits}f}" if sign else f"{value[0]:.{digits}f}"
    return mean if np.isnan(value[1]) else f"{mean} ± {value[1]:.{digits}f}"
