"""What each field contributes to a share, and what the share would be without it: is one field deciding?

Deciding means that without this one field the share would lie on the other side of a mark. For a share without marks
nothing is decided; how far each field pulls is told all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core import statistics
from core.charts import words
from core.readings import Reading, Share

NARROWEST = 0.01  # of a line: a tenth of a point must not look like a leap
EDGE = 0.07
FEWEST = 2  # fields with counted cells; of one there is nothing to leave out


@dataclass(frozen=True, slots=True)
class Field:
    """One field. Shares are 0–1; None where the share is withheld or nothing would be left."""

    image: str
    name: str
    counted: int
    count: int  # cells of the composite in it
    share: float | None
    without: float | None  # the share of the other fields
    pull: float | None  # what the field adds to the share, in percentage points
    share_text: str
    without_text: str
    pull_text: str
    decides: bool
    at: float | None = None  # where `without` stands on a line that all fields share, 0–100


@dataclass(frozen=True, slots=True)
class Contribution:
    """All fields, and the range that the share runs through when one after another is left out."""

    name: str
    whole: float | None
    low: float | None
    high: float | None
    at: float | None  # where the whole share stands on the fields' line, 0–100
    fields: tuple[Field, ...]
    said: str


def contribution(reading: Reading, share: Share, names: Mapping[str, str], marks: Sequence[float] = ()) -> Contribution:
    """`share` is the reading's CBLC or blasts; `names` are the images'; `marks` are ratios that it is read against."""
    counts = [one.cblc if share.id == reading.cblc.id else one.blasts for one in reading.fields]
    totals = [one.counted for one in reading.fields]
    shown = not share.withheld and share.ratio is not None
    without = statistics.left_out(counts, totals) if shown else (None,) * len(counts)
    whole = share.ratio if shown else None
    fields = tuple(
        _field(one.image, names.get(one.image, one.image), count, one.counted, left, whole, marks)
        for one, count, left in zip(reading.fields, counts, without, strict=True)
    )
    left = [one.without for one in fields if one.without is not None and one.counted]
    low, high = (min(left), max(left)) if left else (None, None)
    said = _said(share, fields, low, high)
    if whole is None or low is None or high is None:
        return Contribution(share.name, whole, low, high, None, fields, said)
    line = _Line(min(low, whole), max(high, whole))
    placed = tuple(one if one.without is None else replace(one, at=line.at(one.without)) for one in fields)
    return Contribution(share.name, whole, low, high, line.at(whole), placed, said)


@dataclass(frozen=True, slots=True)
class _Line:
    """From a little below the lowest share to a little above the highest, a point wide at least."""

    low: float
    high: float

    def at(self, share: float) -> float:
        wide = max(self.high - self.low, NARROWEST)
        return 100 * (EDGE + (1 - 2 * EDGE) * (share - self.low) / wide)


def _field(
    image: str, name: str, count: int, counted: int, left: float | None, whole: float | None, marks: Sequence[float]
) -> Field:
    share = count / counted if counted and whole is not None else None
    pull = None if left is None or whole is None or not counted else 100 * (whole - left)
    return Field(
        image=image,
        name=name[:1].upper() + name[1:],
        counted=counted,
        count=count,
        share=share,
        without=left if counted else None,
        pull=pull,
        share_text=words.percent(share),
        without_text=words.percent(left if counted else None),
        pull_text=words.NOTHING if pull is None else signed(pull),
        decides=left is not None and whole is not None and _side(left, marks) != _side(whole, marks),
    )


def signed(points: float) -> str:
    """'+1.2 points'; what rounds to nothing has no sign."""
    text = f"{points:+.1f}"
    return f"{'0.0' if text in ('+0.0', '-0.0') else text.replace('-', '−')} points"


def _side(share: float, marks: Sequence[float]) -> int:
    """How many marks the share reaches; a mark belongs to what lies above it."""
    return sum(share >= mark for mark in marks)


def _said(share: Share, fields: Sequence[Field], low: float | None, high: float | None) -> str:
    if share.withheld:
        return f"Withheld: {share.withheld}."
    if sum(1 for one in fields if one.counted) < FEWEST or low is None or high is None:
        return "All counted cells lie in one field: there is nothing to leave out."
    told = f"With one field left out at a time the share runs from {low * 100:.1f} to {high * 100:.1f} %."
    deciding = [one.name for one in fields if one.decides]
    if deciding:
        return f"{told} {_listed(deciding)}: without it the share would lie on the other side of a mark."
    strongest = max((one for one in fields if one.pull is not None), key=lambda one: abs(one.pull or 0.0))
    return f"{told} {strongest.name} pulls most, by {strongest.pull_text}."


def _listed(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"{names[0]} decides"
    return f"{', '.join(names[:-1])} and {names[-1]} each decide"
