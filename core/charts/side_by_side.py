"""Two readings of one case in rows: what was, what is, and by how much they differ.

The two come of the same pictures, so they are no two samples: a difference is the models', not the patient's, and
whether intervals overlap says how it compares with the uncertainty of counting, not whether it is significant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.charts import words
from core.readings import LabelFreeReading, Odds, Reading, Share
from core.vocabulary import Vocabulary

AnyReading = Reading | LabelFreeReading


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    was: str
    was_range: str
    now: str
    now_range: str
    shift: str  # '+2.3 points'; an en dash where one of the two is no number
    apart: bool = False  # the intervals have nothing in common
    colour: str = ""  # of a class


@dataclass(frozen=True, slots=True)
class Said:
    """Words of two readings: in both, only in the old one, only in the new one."""

    both: tuple[str, ...]
    gone: tuple[str, ...]
    new: tuple[str, ...]


def shares(old: AnyReading, new: AnyReading, vocabulary: Vocabulary) -> tuple[Row, ...]:
    """The composites of a smear first, then the ratios, then every class that either run counted."""
    rows = []
    if isinstance(old, Reading) and isinstance(new, Reading):
        rows += [
            _share("Blasts and blast equivalents", old.blasts, new.blasts),
            _share(vocabulary.cblc_name, old.cblc, new.cblc),
            _share("Smudge cells", old.smudge.share, new.smudge.share),
        ]
        for one, other in ((old.me, new.me), (old.erythroblasts_per_100, new.erythroblasts_per_100)):
            if one and other:
                rows.append(_odds(one, other))
    before, after = ({share.id: share for share in reading.differential} for reading in (old, new))
    for cls in vocabulary.classes:
        key = f"class.{cls.code}.share"
        if key in before and key in after and (before[key].count or after[key].count):
            rows.append(_share(cls.name[:1].upper() + cls.name[1:], before[key], after[key], cls.colour))
    return tuple(rows)


def counts(old: AnyReading, new: AnyReading) -> tuple[Row, ...]:
    """Cells found, cells counted, and whether they are enough."""

    def whole(name: str, one: int, other: int) -> Row:
        return Row(name, str(one), "", str(other), "", f"{other - one:+d}".replace("-", "−"))

    return (
        whole("Cells found", old.quality.cells, new.quality.cells),
        whole("Counted cells", old.adequacy.counted, new.adequacy.counted),
        Row(f"Enough for {old.adequacy.target}", old.adequacy.word, "", new.adequacy.word, "", ""),
        whole("Reviewed cells", old.reviewed, new.reviewed),
    )


def warnings(old: AnyReading, new: AnyReading) -> Said:
    """What the case's page warns of: alerts, reasons for withholding, warnings."""
    before, after = _said(old), _said(new)
    return Said(
        tuple(text for text in after if text in before),
        tuple(text for text in before if text not in after),
        tuple(text for text in after if text not in before),
    )


def _said(reading: AnyReading) -> Sequence[str]:
    withheld = [f"Withheld: {reading.quality.withheld}"] if reading.quality.withheld else []
    return list(dict.fromkeys([*(alert.text for alert in reading.alerts), *withheld, *reading.warnings]))


def _share(name: str, old: Share, new: Share, colour: str = "") -> Row:
    apart = bool(old.interval and new.interval and not old.withheld and not new.withheld) and _apart(old, new)
    return Row(name, *_told(old), *_told(new), _shift(old, new), apart, colour)


def _told(share: Share) -> tuple[str, str]:
    if share.withheld:
        return "withheld", ""
    return words.percent(share.ratio), f"{words.percent_range(share.interval)}, {share.count} of {share.total}"


def _shift(old: Share, new: Share) -> str:
    if old.withheld or new.withheld or old.ratio is None or new.ratio is None:
        return words.NOTHING
    points = round(100 * (new.ratio - old.ratio), 1) + 0.0
    return f"{points:+.1f} points".replace("-", "−") if points else "0.0 points"


def _odds(old: Odds, new: Odds) -> Row:
    def told(odds: Odds) -> tuple[str, str]:
        return ("withheld", "") if odds.withheld else (words.number(odds.value), words.number_range(odds.interval))

    shown = old.value is not None and new.value is not None and not old.withheld and not new.withheld
    difference = round((new.value or 0) - (old.value or 0), 1) + 0.0
    shift = (f"{difference:+.1f}".replace("-", "−") if difference else "0.0") if shown else words.NOTHING
    return Row(old.name[:1].upper() + old.name[1:], *told(old), *told(new), shift, shown and _apart(old, new))


def _apart(old: Share | Odds, new: Share | Odds) -> bool:
    if old.interval is None or new.interval is None:
        return False
    return old.interval.high < new.interval.low or new.interval.high < old.interval.low
