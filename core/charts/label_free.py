"""Label-free cells as pictures show them: curves and bars of values, points to pick cells from, the branches' balance.

Marker values come from the reading alone: what must not be seen is not in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core import labels
from core.charts import words
from core.charts.markers import ALL_COLOUR, Row
from core.readings import LabelFreeReading, MarkerReading
from core.records import Call, Cell, MarkerValue, ModelStamp, Review, Seen
from core.vocabulary import Vocabulary

POINTS = 120  # at which a curve is drawn
BARS = 36
FEWEST = 20  # cells below which no shape is drawn, as in core.aggregate.label_free
AREAS = ("area_um2", "area_px")
BRANCHES = ("the class", "the markers")  # of a call's gate


@dataclass(frozen=True, slots=True)
class Curve:
    """How densely a group's values lie; its highest place is 1, so that small groups can be seen beside large ones."""

    name: str
    colour: str
    at: tuple[float, ...]
    height: tuple[float, ...]
    median: float


@dataclass(frozen=True, slots=True)
class Bars:
    """Shares of a group's own cells, 0–1, between edges that all groups have in common."""

    name: str
    colour: str
    edges: tuple[float, ...]
    shares: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Axis:
    id: str  # 'area', 'marker.CD16', 'probability.granulocyte', 'phase'
    name: str


@dataclass(frozen=True, slots=True)
class Point:
    cell: str
    x: float
    y: float
    code: str
    said: str


@dataclass(frozen=True, slots=True)
class Cloud:
    """The points of one class."""

    name: str
    colour: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """One marker of one cell, as its line says it."""

    name: str
    value: str
    interval: str
    flag: str  # why the value is beyond what was learned; '' when it is not


def curves(rows: Sequence[Row]) -> tuple[Curve, ...]:
    """Smoothed by Silverman's rule, drawn over all groups' values."""
    held = [row for row in rows if len(row.values) > 1]
    if not held:
        return ()
    low, high = min(row.values[0] for row in held), max(row.values[-1] for row in held)
    margin = 0.06 * max(high - low, 1e-6)
    at = np.linspace(low - margin, high + margin, POINTS)
    return tuple(
        Curve(row.name, row.colour, tuple(at), tuple(_density(np.array(row.values), at)), float(np.median(row.values)))
        for row in held
    )


def bars(rows: Sequence[Row]) -> tuple[Bars, ...]:
    """One set of edges for every group."""
    held = [row for row in rows if row.values]
    if not held:
        return ()
    low, high = min(row.values[0] for row in held), max(row.values[-1] for row in held)
    edges = np.linspace(low, max(high, low + 1e-6), BARS + 1)
    found = []
    for row in held:
        counts = np.histogram(row.values, edges)[0]
        shares = tuple(float(count) / len(row.values) for count in counts)
        found.append(Bars(row.name, row.colour, tuple(edges), shares, tuple(map(int, counts))))
    return tuple(found)


def reach(rows: Sequence[Row], step: float = 0.05) -> tuple[float, float]:
    """From where to where a cut-off can be moved: all values, outwards to the next step."""
    values = [value for row in rows if row.values for value in (row.values[0], row.values[-1])]
    if not values:
        return 0.0, 1.0
    low, high = np.floor(min(values) / step) * step, np.ceil(max(values) / step) * step
    return round(float(low), 4), round(float(max(high, low + step)), 4)


def axes(reading: LabelFreeReading, seen: Seen, vocabulary: Vocabulary) -> tuple[Axis, ...]:
    """What a point may stand at: markers that may be seen, then area, phase, and each class's probability."""
    open_ = () if reading.markers_withheld else tuple(m for m in reading.markers if not m.withheld)
    return (
        *(Axis(f"marker.{m.name}", f"{m.name}, {m.units}") for m in open_),
        Axis("area", "Area, µm²" if _area(seen) == AREAS[0] else "Area, pixels"),
        Axis("phase", "Mean phase, rad"),
        *(Axis(f"probability.{c.code}", f"Probability of {c.name}") for c in vocabulary.classes),
    )


def clouds(
    across: str,
    up: str,
    reading: LabelFreeReading,
    seen: Seen,
    vocabulary: Vocabulary,
    reviews: Sequence[Review] = (),
) -> tuple[Cloud, ...]:
    """Every cell that has both, under the class it is called now. Its place in a cloud is that of its id."""
    named, calls = labels.settled(seen, reviews), {call.cell: call for call in seen.calls}
    held = [(cell, calls[cell.id]) for cell in seen.cells if cell.id in calls and cell.id in named]
    area, names = _area(seen), {c.code: c.name for c in vocabulary.classes}
    by_class: dict[str, list[Point]] = {}
    columns = (_column(axis, held, reading, area) for axis in (across, up))
    for (cell, call), x, y in zip(held, *columns, strict=True):
        if x is not None and y is not None:
            code = named[cell.id]
            said = f"{names[code]}, {call.probabilities.get(code, 0.0) * 100:.0f} %"
            by_class.setdefault(code, []).append(Point(cell.id, x, y, code, said))
    return tuple(Cloud(c.plural, c.colour, tuple(by_class[c.code])) for c in vocabulary.classes if c.code in by_class)


def above(marker: MarkerReading, reading: LabelFreeReading, seen: Seen) -> tuple[str, ...]:
    """Cells whose value lies above the cut-off, the highest first."""
    if marker.cut is None or marker.withheld:
        return ()
    told = {cell.id: reading.values.get(cell.id, {}).get(marker.name) for cell in seen.cells}
    found = [(value.value, cell) for cell, value in told.items() if value is not None and value.value > marker.cut]
    return tuple(cell for _, cell in sorted(found, reverse=True))


def gates(branch: int, seen: Seen, vocabulary: Vocabulary, reviews: Sequence[Review] = ()) -> tuple[Row, ...]:
    """The convolutional branch's share in 0–100, over all cells and by class; `branch` is a place in `BRANCHES`."""
    named = labels.settled(seen, reviews)
    told = {call.cell: 100 * call.gate[branch] for call in seen.calls if call.gate and call.cell in named}
    if not told:
        return ()
    rows = [Row("All cells", ALL_COLOUR, tuple(sorted(told.values())))]
    for c in vocabulary.classes:
        its = tuple(sorted(value for cell, value in told.items() if named[cell] == c.code))
        if len(its) >= FEWEST:
            rows.append(Row(c.plural[:1].upper() + c.plural[1:], c.colour, its))
    return tuple(rows)


def one_sided(rows: Sequence[Row]) -> str:
    """Which branch speaks nearly alone, in words; '' when both are heard."""
    if not rows:
        return ""
    middle = float(np.median(rows[0].values))
    if middle >= 95:
        return "The convolutional branch decides nearly alone: attention adds next to nothing here."
    if middle <= 5:
        return "Attention decides nearly alone: the convolutional branch adds next to nothing here."
    return ""


def told(values: Mapping[str, MarkerValue], models: Sequence[ModelStamp]) -> tuple[Told, ...]:
    """A cell's markers, each with its interval and, where its value lies beyond what was learned, a flag."""
    ranges = {name: ends for model in models for name, ends in model.marker_ranges.items()}
    return tuple(_told(name, value, ranges.get(name)) for name, value in values.items())


def beyond(reading: LabelFreeReading) -> tuple[str, ...]:
    """Cells with a marker value outside the range that the network learned in."""
    return tuple(
        cell for cell, values in reading.values.items() if any(one.flag for one in told(values, reading.models))
    )


def _told(name: str, value: MarkerValue, ends: tuple[float, float] | None) -> Told:
    known = value.low is not None and value.high is not None
    interval = f"{value.low:.2f} to {value.high:.2f}" if known else "no interval could be made"
    flag = ""
    if ends and not ends[0] <= value.value <= ends[1]:
        side = "below" if value.value < ends[0] else "above"
        flag = f"{side} the range it learned in, {ends[0]:.2f} to {ends[1]:.2f}"
    return Told(name, f"{value.value:.2f}", interval, flag)


def _area(seen: Seen) -> str:
    """In µm² where every field has a scale; pixels of several scales are never mixed with them."""
    return AREAS[0] if all(AREAS[0] in cell.measures for cell in seen.cells) else AREAS[1]


def _column(
    axis: str, held: Sequence[tuple[Cell, Call]], reading: LabelFreeReading, area: str
) -> Sequence[float | None]:
    """Where each cell stands on an axis."""
    kind, _, name = axis.partition(".")
    if kind == "marker":
        told = (reading.values.get(cell.id, {}).get(name) for cell, _ in held)
        return [None if value is None else value.value for value in told]
    if kind == "probability":
        return [call.probabilities.get(name, 0.0) for _, call in held]
    if kind == "area":
        return [cell.measures.get(area) for cell, _ in held]
    return [call.measures.get("phase_mean_rad") for _, call in held]


def _density(values: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    quarter = float(np.subtract(*np.percentile(values, (75, 25)))) / 1.34
    spread = min(float(values.std()), quarter) or float(values.std())
    width = max(0.9 * spread * len(values) ** -0.2, 0.004 * float(at[-1] - at[0]))
    height = np.exp(-0.5 * ((at[:, None] - values) / width) ** 2).sum(1)
    return np.asarray(height / max(float(height.max()), 1e-12))


def number_and_range(row: Row) -> tuple[str, str, str]:
    """Cells, median and middle half of a row, as its line in a table."""
    low, middle, high = np.percentile(row.values, (25, 50, 75))
    return str(len(row.values)), f"{words.number(float(middle))} %", f"{low:.1f}–{high:.1f} %"
