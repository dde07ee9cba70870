"""One marker over all cells and within each class: rows for a picture, and the lines of the table beside it."""

from __future__ import annotations

from dataclasses import dataclass

from core import labels
from core.charts import words
from core.readings import Distribution, LabelFreeReading, MarkerReading, Quantile
from core.records import Review, Seen
from core.vocabulary import Vocabulary

ALL_COLOUR = "#7d8b94"


@dataclass(frozen=True, slots=True)
class Row:
    """The values of one group of cells; none where they are too few to show how they lie."""

    name: str
    colour: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One group as the table tells it."""

    name: str
    colour: str
    cells: str
    median: str
    median_range: str
    middle_half: str
    above: str
    above_range: str


def rows(
    marker: MarkerReading,
    reading: LabelFreeReading,
    seen: Seen,
    vocabulary: Vocabulary,
    reviews: tuple[Review, ...] = (),
) -> tuple[Row, ...]:
    """All counted cells first, then each class that has enough of them."""
    named = labels.settled(seen, reviews)
    found = []
    for some in (marker.whole, *marker.classes):
        if some.withheld:
            continue
        codes = {some.code} if some.code else {one.code for one in marker.classes}
        told = (reading.values.get(cell, {}).get(marker.name) for cell, code in named.items() if code in codes)
        found.append(Row(_name(some), colour(some, vocabulary), tuple(sorted(v.value for v in told if v is not None))))
    return tuple(found)


def lines(marker: MarkerReading, vocabulary: Vocabulary) -> tuple[Line, ...]:
    """The same groups in numbers; one with too few cells says so."""
    return tuple(_line(some, vocabulary) for some in (marker.whole, *marker.classes))


def colour(some: Distribution, vocabulary: Vocabulary) -> str:
    return vocabulary[some.code].colour if some.code else ALL_COLOUR


def quantile(some: Distribution, share: float) -> Quantile | None:
    return next((one for one in some.quantiles if one.share == share), None)


def _line(some: Distribution, vocabulary: Vocabulary) -> Line:
    low, middle, high = (quantile(some, share) for share in (0.25, 0.5, 0.75))
    half = f"{low.value:.2f}–{high.value:.2f}" if low and high else words.NOTHING
    return Line(
        name=_name(some),
        colour=colour(some, vocabulary),
        cells=str(some.cells),
        median=f"{middle.value:.2f}" if middle else "too few" if some.withheld else words.NOTHING,
        median_range=words.number_range(middle.interval, 2) if middle else words.NOTHING,
        middle_half=half,
        above=words.percent(some.above.ratio) if some.above else words.NOTHING,
        above_range=words.percent_range(some.above.interval) if some.above else words.NOTHING,
    )


def _name(some: Distribution) -> str:
    return some.name[:1].upper() + some.name[1:]
