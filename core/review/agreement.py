"""Do two people agree? Overall, class by class, and beyond what chance would bring (Cohen's κ).

Only cells that both read are compared; the others are counted and told. κ says how much of the agreement that chance
leaves open was reached: (agreed − by chance) / (1 − by chance), with chance from the two readers' own class shares. Its
interval: Fleiss, Cohen and Everitt's large-sample variance (1969), turned into the number of independent cells that
would vary as much (never more than there are), and Wilson's interval of the agreement on that number. So it stays
within bounds, and does not shrink to a point where two readers agree on every cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core import statistics
from core.appraisals import Agreement, ClassAgreement, Dispute, Rate
from core.readings import Interval

FEW = 30  # cells; below this κ says little

Ints = NDArray[np.int64]


def between(first: Mapping[str, str], second: Mapping[str, str], classes: Sequence[str]) -> Agreement:
    """Two readers' cells → labels. Every label must be one of `classes`."""
    place = {code: n for n, code in enumerate(classes)}
    strange = sorted({*first.values(), *second.values()} - place.keys())
    if strange:
        raise ValueError(f"labels among {', '.join(classes)} are needed; got {', '.join(strange)}")
    both = [cell for cell in first if cell in second]
    table = np.zeros((len(classes), len(classes)), dtype=np.int64)
    for cell in both:
        table[place[first[cell]], place[second[cell]]] += 1
    value, interval, why = kappa(table)
    missing = len(first) - len(both), len(second) - len(both)
    return Agreement(
        compared=len(both),
        only_first=missing[0],
        only_second=missing[1],
        overall=rate(int(np.trace(table)), len(both)),
        kappa=value,
        kappa_interval=interval,
        classes=tuple(_class(code, table, place[code]) for code in classes),
        table=tuple(tuple(int(n) for n in row) for row in table),
        disputed=tuple(Dispute(c, first[c], second[c]) for c in both if first[c] != second[c]),
        notes=tuple(_notes(len(both), missing, why, table)),
    )


def rate(count: int, total: int) -> Rate:
    """A share with Wilson's interval; without a value when there is nothing to divide by."""
    return Rate(count, total, count / total, statistics.wilson(count, total)) if total else Rate(count, total)


def kappa(table: Ints) -> tuple[float | None, Interval | None, str]:
    """Cohen's κ of a square table with its interval, or why there is none."""
    total = int(table.sum())
    if not total:
        return None, None, "no cell was read by both"
    shares = table / total
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    agreed, chance = float(np.trace(shares)), float(rows @ columns)
    if chance > 1 - 1e-12:
        return None, None, "both gave every cell the same one class: κ has nothing to tell from chance"
    value = (agreed - chance) / (1 - chance)
    n = _independent(shares, agreed, chance, total)
    ends = statistics.wilson(agreed * n, n)
    low, high = ((end - chance) / (1 - chance) for end in (ends.low, ends.high))
    method = f"Wilson on the variance of Fleiss, Cohen and Everitt, {total} cells"
    return value, Interval(max(-1.0, min(low, value)), min(1.0, max(high, value)), statistics.LEVEL, method), ""


def _independent(shares: NDArray[np.float64], agreed: float, chance: float, total: int) -> float:
    """Cells whose plain agreement, with chance known exactly, would vary as much as κ does."""
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    value = (agreed - chance) / (1 - chance)
    diagonal = np.diag(shares) * (1 - (rows + columns) * (1 - value)) ** 2
    crossed = shares * (columns[:, None] + rows[None, :]) ** 2  # the chance that the two, the other way round, agree
    off = (1 - value) ** 2 * float(crossed.sum() - np.trace(crossed))
    variance = (float(diagonal.sum()) + off - (value - chance * (1 - value)) ** 2) / (total * (1 - chance) ** 2)
    plain = agreed * (1 - agreed) / (1 - chance) ** 2
    return float(min(total, plain / variance)) if variance > 1e-12 and plain > 0 else float(total)


def _class(code: str, table: Ints, place: int) -> ClassAgreement:
    first, second, both = int(table[place].sum()), int(table[:, place].sum()), int(table[place, place])
    either = first + second - both
    if not either:
        return ClassAgreement(code, 0, 0, 0, None, None)
    jaccard = statistics.wilson(both, either)  # a share of cells; the specific agreement follows from it
    low, high = (2 * end / (1 + end) for end in (jaccard.low, jaccard.high))
    interval = Interval(low, high, jaccard.level, "Wilson of both among either")
    return ClassAgreement(code, first, second, both, 2 * both / (first + second), interval)


def _notes(compared: int, missing: tuple[int, int], why: str, table: Ints) -> list[str]:
    notes = [f"No κ: {why}."] if why else []
    if any(missing):
        alone = f"{missing[0]} cells were read by the first alone, {missing[1]} by the second alone"
        notes.append(f"{alone}: not compared.")
    if not why and compared < FEW:
        notes.append(f"{compared} cells compared, fewer than {FEW}: κ says little.")
    most = int((table.sum(axis=0) + table.sum(axis=1)).max(initial=0))
    if not why and most > 1.8 * compared:
        notes.append("Nine in ten cells are of one class: κ is low for little disagreement. Read it with the table.")
    return notes
