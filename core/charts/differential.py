"""The differential as bars: one a class, in the vocabulary's order and colours."""

from __future__ import annotations

from dataclasses import dataclass

from core.charts import words
from core.readings import LabelFreeReading, Reading, Share
from core.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Bar:
    """One class. Shares in percent; None where the number is withheld or there is none."""

    code: str
    name: str
    colour: str
    count: int
    share: float | None
    low: float | None
    high: float | None
    share_text: str
    range_text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One class with its place on a ruler that all classes share; places 0–100, None where there is no number."""

    code: str
    name: str
    colour: str
    count: int
    at: float | None
    low: float | None
    high: float | None
    share_text: str
    range_text: str
    counted: bool


LONGEST = 100.0  # per cent
STEPS = (10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, LONGEST)  # where the ruler may end


def rows(reading: Reading | LabelFreeReading, vocabulary: Vocabulary) -> tuple[tuple[Row, ...], float]:
    """Counted classes, then those outside the denominator; and where the ruler ends, in per cent."""
    drawn = bars(reading, vocabulary)
    highest = max([bar.high or bar.share or 0.0 for bar in drawn], default=0.0)
    end = next((step for step in STEPS if step >= highest), LONGEST)
    inside = [
        Row(b.code, b.name, b.colour, b.count, _along(b.share, end), _along(b.low, end), _along(b.high, end),
            b.share_text, b.range_text, True)
        for b in drawn
    ]  # fmt: skip
    outside = [
        Row(code, _first(vocabulary[code].name), vocabulary[code].colour, count, None, None, None, "not counted", "",
            False)
        for code, count in reading.uncounted
    ]  # fmt: skip
    return (*inside, *outside), end


def _along(percent: float | None, end: float) -> float | None:
    return None if percent is None else min(100.0, 100 * percent / end)


def _first(name: str) -> str:
    return f"{name[:1].upper()}{name[1:]}"


def bars(reading: Reading | LabelFreeReading, vocabulary: Vocabulary) -> tuple[Bar, ...]:
    """Counted classes only; what stands outside the denominator is listed by `outside`."""
    named = {share.id.removeprefix("class.").removesuffix(".share"): share for share in reading.differential}
    return tuple(
        _bar(cls.code, cls.name, cls.colour, named[cls.code]) for cls in vocabulary.classes if cls.code in named
    )


def _bar(code: str, name: str, colour: str, share: Share) -> Bar:
    shown = share.ratio is not None and not share.withheld
    interval = share.interval if shown else None
    return Bar(
        code=code,
        name=name[:1].upper() + name[1:],
        colour=colour,
        count=share.count,
        share=share.ratio * 100 if shown and share.ratio is not None else None,
        low=interval.low * 100 if interval else None,
        high=interval.high * 100 if interval else None,
        share_text=words.percent(share.ratio) if shown else "withheld" if share.withheld else words.NOTHING,
        range_text=words.percent_range(interval),
    )
