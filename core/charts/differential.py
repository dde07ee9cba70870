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
