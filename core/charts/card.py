"""A model's card laid out for reading: whatever tables it holds, as pairs, grids, matrices and curves.

Nothing here knows which figures a card has: a new key appears by itself, in words made of its name. What is known by
name is only how some are best shown: intervals beside their figure, a square of counts as a map, points as a curve.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.charts import words

INTERVAL = "_interval"
GROUPS = ("composite", "other counted", "uncounted")
LONG = 160  # characters: a longer value is folded away by who draws it
SPELT = {"um": "µm", "px": "pixel", "f1": "F1", "iou": "IoU", "auroc": "AUROC", "cblc": "CBLC", "gpu": "GPU",
         "map50": "mAP50", "map": "mAP", "sha256": "SHA-256", "um2": "µm²", "apl": "APL", "aml": "AML"}  # fmt: skip
MEANT = {
    "accuracy": "share of cells named as the expert named them",
    "weighted_f1": "how well precision and recall hold together, each class weighing by its cells",
    "macro_f1": "the same with every class weighing alike, so that rare ones count",
    "cblc_auroc": "how well early cells are ranked above the others: 0.5 is chance, 1 is perfect",
    "calibration_error": "how far the stated probability is from the share that was right; 0 is perfect",
    "calibration_error_plain": "the same before calibration",
    "recall": "share of the true cells that were found, or named so",
    "precision": "share of what was found, or named so, that was right",
    "mean_iou": "how far an outline and the true one cover each other; 1 is complete",
    "f1": "precision and recall in one number",
    "not_found_by_detector": "share of cells the detector did not find",
    "temperature": "what the network's scores are divided by: above 1 it was too sure of itself",
    "target": "share of cells whose set of possible classes should hold the right one",
    "mean": "average over the patients",
    "worst": "the patient it goes worst for",
    "below": "share of patients below the target",
    "size": "classes in a set, on average",
    "unsure": "share of cells with more than one possible class",
    "log_loss": "how badly probabilities fit; smaller is better",
    "alpha": "share of cells whose set may miss the right class",
    "patients": "people, not cells: figures rest on as many",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """A figure or a fact: its name, its value, its 95 % interval if it has one, and what it means if that is known."""

    name: str
    value: str
    interval: str = ""
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Pairs:
    title: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows with the same columns: classes, folds, the parts of a recipe."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Counts: rows are what the expert said, columns what was called. Shares are of the row; None in an empty row."""

    title: str
    names: tuple[str, ...]
    counts: tuple[tuple[float, ...], ...]
    shares: tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """Points (probability stated, share that was right, cells)."""

    title: str
    points: tuple[tuple[float, float, int], ...]


Block = Pairs | Grid | Matrix | Curve


def blocks(
    table: Mapping[str, Any], labels: Sequence[str] = (), spoken: Mapping[str, str] | None = None
) -> list[Block]:
    """Everything in one of a card's tables, outer before inner. `spoken` gives class codes their names."""
    return list(_blocks(table, (), tuple(labels), spoken or {}))


def _blocks(
    table: Mapping[str, Any], path: tuple[str, ...], labels: tuple[str, ...], spoken: Mapping[str, str]
) -> Iterator[Block]:
    title = " · ".join(_name(key, spoken) for key in path)
    drawn = {key: block for key, value in table.items() if (block := _drawn(key, value, title, labels, spoken))}
    pairs = tuple(_pairs(table, drawn.keys(), spoken))
    if pairs:
        yield Pairs(title, pairs)
    yield from drawn.values()
    inner = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    if grid := _grid(title, inner, spoken):
        yield grid
        return
    for key, value in inner.items():
        nested = _grid(_joined(title, key, spoken), value, spoken) if value and _all_tables(value) else None
        if nested:
            yield nested
        else:
            yield from _blocks(value, (*path, key), labels, spoken)


def _pairs(table: Mapping[str, Any], drawn: Any, spoken: Mapping[str, str]) -> Iterator[Pair]:
    for key, value in table.items():
        if isinstance(value, Mapping) or key in drawn:
            continue
        if key.endswith(INTERVAL) and key.removesuffix(INTERVAL) in table and _is_range(value):
            continue
        yield Pair(_name(key, spoken), written(value), _beside(table, key), MEANT.get(key, ""))


def _drawn(key: str, value: Any, title: str, labels: tuple[str, ...], spoken: Mapping[str, str]) -> Block | None:
    """Squares of counts and curves of points; what is known for each patient is counted, not shown."""
    if not isinstance(value, list | tuple) or len(value) < 2 or not all(isinstance(v, list | tuple) for v in value):
        return None
    name = _joined(title, key, spoken)
    if all(_numbers(row) and len(row) == len(value) for row in value) and (len(value) == len(labels) or len(value) > 3):
        names = tuple(_name(c, spoken) for c in labels) if len(labels) == len(value) else ()
        names = names or tuple(str(k + 1) for k in range(len(value)))
        counts = tuple(tuple(float(v) for v in row) for row in value)
        return Matrix(name, names, counts, tuple(_of_row(row) for row in counts))
    if all(_numbers(row) and len(row) == 3 for row in value) and all(0 <= v <= 1 for row in value for v in row[:2]):
        return Curve(name, tuple((float(a), float(b), int(n)) for a, b, n in value))
    if all(isinstance(row, list | tuple) and row and all(_numbers(r) for r in row) for row in value):
        return _summed(name, value)
    return None


def _summed(title: str, matrices: Sequence[Sequence[Sequence[float]]]) -> Grid | Pairs:
    """Small squares of many patients as one: the sum. Threes are the groups of `models.confusion`."""
    size = len(matrices[0])
    told = f"{title} · {words.size(len(matrices), 'patient')}, summed"
    if not all(len(m) == size and all(len(row) == size for row in m) for m in matrices):
        return Pairs(title, (Pair("Patients", str(len(matrices))),))
    names = GROUPS if size == len(GROUPS) else tuple(str(k + 1) for k in range(size))
    total = [[sum(m[k][j] for m in matrices) for j in range(size)] for k in range(size)]
    return Grid(
        told,
        ("expert", *(f"called {name}" for name in names)),
        tuple((name, *(f"{v:.0f}" for v in row)) for name, row in zip(names, total, strict=True)),
    )


def _grid(title: str, inner: Mapping[str, Any], spoken: Mapping[str, str]) -> Grid | None:
    """Tables that share their columns, as one; None where they do not."""
    if not _all_tables(inner) or any(isinstance(v, Mapping) for row in inner.values() for v in row.values()):
        return None
    if any(isinstance(v, list | tuple) and not _is_range(v) for row in inner.values() for v in row.values()):
        return None
    rows = list(inner.values())
    columns = list(dict.fromkeys(key for row in rows for key in row))
    shared = sum(len(row) for row in rows) / (len(rows) * max(len(columns), 1))
    if shared < 0.6 or len(rows) < 2:
        return None
    shown = [c for c in columns if not (c.endswith(INTERVAL) and c.removesuffix(INTERVAL) in columns)]
    heads = ("", *(_name(c, spoken) for c in shown))
    return Grid(
        title, heads, tuple((_name(key, spoken), *(_cell(row, c) for c in shown)) for key, row in inner.items())
    )


def _cell(row: Mapping[str, Any], column: str) -> str:
    if column not in row:
        return words.NOTHING
    beside = _beside(row, column)
    return written(row[column]) + (f" ({beside})" if beside else "")


def _beside(table: Mapping[str, Any], key: str) -> str:
    """The interval that a card keeps beside a figure."""
    found: Any = table.get(key + INTERVAL)
    return span(found) if _is_range(found) else ""


def _of_row(row: Sequence[float]) -> tuple[float | None, ...]:
    total = sum(row)
    return tuple(v / total if total else None for v in row)


def written(value: Any) -> str:
    """A value as a person writes it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}".replace(",", "\u202f")
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, list | tuple):
        return span(value) if _is_range(value) else ", ".join(written(v) for v in value)
    return str(value)


def span(ends: Sequence[float]) -> str:
    low, high = (written(v) for v in ends)
    return f"{low} to {high}" if "-" in low + high else f"{low}–{high}"


def _float(value: float) -> str:
    if value != value:
        return words.NOTHING
    if value in (0.0, 1.0) or 0.001 <= abs(value) < 1:
        return f"{value:.3f}"
    return f"{value:.4g}" if abs(value) < 10_000 else f"{value:,.0f}".replace(",", "\u202f")


def _name(key: str, spoken: Mapping[str, str]) -> str:
    """'weighted_f1' → 'Weighted F1'; a class is called by its name."""
    text = spoken.get(key) or " ".join(SPELT.get(word, word) for word in key.split("_"))
    return text[:1].upper() + text[1:] if not text.startswith(("µ", "mAP")) else text


def _joined(title: str, key: str, spoken: Mapping[str, str]) -> str:
    return f"{title} · {_name(key, spoken)}" if title else _name(key, spoken)


def _numbers(row: Any) -> bool:
    return isinstance(row, list | tuple) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in row)


def _is_range(value: Any) -> bool:
    return _numbers(value) and len(value) == 2 and value[0] <= value[1]


def _all_tables(table: Mapping[str, Any]) -> bool:
    return bool(table) and all(isinstance(value, Mapping) for value in table.values())
