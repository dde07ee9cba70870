"""A test of the surroundings as a page shows it: flips by class and setting, how far each number moves, who flipped."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.appraisals import Rate
from core.charts import words
from core.readings import Interval
from core.robustness.records import Badge, Flipped, InSetting, Moved, Robustness, Surroundings, Word
from core.vocabulary import Vocabulary

SHORT = {
    Surroundings.SAME_CLASS: "Own class",
    Surroundings.OTHER_CLASS: "Another class",
    Surroundings.CELL_FREE: "No cell there",
    Surroundings.DRAWN: "Drawn",
    Surroundings.MASKED: "Masked out",
}
MEANING = {
    Surroundings.SAME_CLASS: "around another cell of this case with the same call, that cell taken out",
    Surroundings.OTHER_CLASS: "around another cell of this case with another call, that cell taken out",
    Surroundings.CELL_FREE: "a place of this case’s fields where no cell was found",
    Surroundings.DRAWN: "a cell-free place drawn by a program",
    Surroundings.MASKED: "nothing: clear glass",
}
TITLES = {
    Word.FRAGILE: "The background has a say here",
    Word.ROBUST: "The background does not decide",
    Word.UNDECIDED: "Not decided",
}
TAGS = {Badge.FRAGILE: "failed", Badge.ROBUST: "done", Badge.UNDECIDED: "synthetic", Badge.OUTDATED: "synthetic"}
LEVELS = {Word.FRAGILE: "warning", Word.ROBUST: "good", Word.UNDECIDED: "note"}
SHORTEST = 40.0  # per cent at the end of the shortest ruler
NARROW = 5.0  # per cent of a ruler's length in which two numbers do not fit beside each other
_Along = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Square:
    """Flips of one class in one setting. `shade` is 0–1; '' as `text`: no cell of the class was tested there."""

    text: str
    shade: float
    title: str


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    colour: str  # '' for all classes together
    tested: int
    squares: tuple[Square, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """All tested cells in one setting: the share that flipped, with its interval, on a ruler of `end` per cent."""

    name: str
    meaning: str
    wide: float
    low: float
    high: float
    text: str
    skipped: str


@dataclass(frozen=True, slots=True)
class Step:
    """One setting's lane: where the number would stand, and between which ends."""

    name: str
    value: float  # 0–100 along the ruler
    low: float
    high: float
    text: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """One number over the settings. `own` are the ends of the case's own interval along the ruler."""

    id: str
    name: str
    stands: str
    place: float
    own: tuple[float, float]
    own_text: str
    steps: tuple[Step, ...]
    marks: tuple[tuple[float, str], ...]
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture of a flipped cell: in which setting, what it was called there, and whether that is another call."""

    setting: Surroundings | None  # None: as it lies in its field
    name: str
    call: str
    probability: str
    flipped: bool
    donor: str = ""


@dataclass(frozen=True, slots=True)
class Turned:
    """A cell that flipped, with its pictures: as it lies first, then every setting that was made."""

    cell: str
    called: str
    colour: str
    fragile: bool
    pictures: tuple[Shown, ...]


def table(result: Robustness, vocabulary: Vocabulary) -> tuple[Row, ...]:
    """Settings that were made, in their order, are the columns; all classes together come last."""
    made = made_of(result)
    by = [{one.code: one.flips for one in setting.classes} for setting in made]
    rows = []
    for cls in vocabulary.classes:
        rates = [found.get(cls.code) for found in by]
        if any(rates):
            tested = max(rate.total for rate in rates if rate)
            rows.append(Row(cls.name, cls.colour, tested, tuple(_square(rate, cls.name) for rate in rates)))
    whole = tuple(_square(setting.flips, "all cells") for setting in made)
    return (*rows, Row("All classes", "", len(result.tested), whole))


def made_of(result: Robustness) -> tuple[InSetting, ...]:
    return tuple(one for one in result.settings if not one.skipped)


def bars(result: Robustness) -> tuple[tuple[Bar, ...], float]:
    """One a setting, and the end of their ruler in per cent."""
    tops = [one.flips.interval.high for one in result.settings if one.flips.interval]
    end = max(0.2, math.ceil(round(10 * max(tops, default=0.2), 6)) / 10)
    return tuple(_bar(one, end) for one in result.settings), 100 * end


def courses(result: Robustness, marks: Mapping[str, Sequence[float]] | None = None) -> tuple[Course, ...]:
    """Every number that can be followed, over the settings; per cents on rulers of one length."""
    by: dict[str, list[tuple[InSetting, Moved]]] = {}
    for setting in made_of(result):
        for moved in setting.moved:
            if moved.case is not None and moved.own is not None and moved.move is not None:
                by.setdefault(moved.id, []).append((setting, moved))
    tops = [x for held in by.values() for _, m in held if m.unit == "%" for x in _ends(m)]
    end = min(100.0, 10 * math.ceil(round(max([SHORTEST, *tops]) / 10, 6)))
    return tuple(_course(held, end, tuple((marks or {}).get(id, ()))) for id, held in by.items())


def turned(result: Robustness, vocabulary: Vocabulary) -> tuple[Turned, ...]:
    """Fragile cells first, then those with the most settings that rename them."""
    made = [one.setting for one in made_of(result)]
    ordered = sorted(result.flipped, key=lambda one: (not one.fragile, -len(one.turns), one.cell))
    return tuple(_turned(one, made, vocabulary) for one in ordered)


def flips_of(result: Robustness, vocabulary: Vocabulary) -> tuple[tuple[str, str, int], ...]:
    """(from, to, how many cells in any setting): where flipped cells go, the most frequent first."""
    moves: dict[tuple[str, str], set[str]] = {}
    for one in result.flipped:
        for turn in one.turns:
            moves.setdefault((one.called, turn.label), set()).add(one.cell)
    ordered = sorted(moves.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple((vocabulary[was].name, vocabulary[now].name, len(cells)) for (was, now), cells in ordered)


def _square(rate: Rate | None, name: str) -> Square:
    if rate is None or not rate.total or rate.value is None:
        return Square("", 0.0, f"no {name} could be shown so")
    spread = words.percent_range(rate.interval, 0)
    return Square(
        f"{rate.count} of {rate.total}",
        rate.value,
        f"{name}: {words.percent(rate.value, 0)} ({spread}) called otherwise",
    )


def _bar(one: InSetting, end: float) -> Bar:
    name, meaning, rate = SHORT[one.setting], MEANING[one.setting], one.flips
    if one.skipped or rate.value is None or rate.interval is None:
        return Bar(name, meaning, 0, 0, 0, "", one.skipped or "no cell could be shown so")
    low, high = 100 * rate.interval.low / end, 100 * rate.interval.high / end
    text = f"{words.percent(rate.value)} ({words.percent_range(rate.interval)}), {rate.count} of {rate.total}"
    return Bar(name, meaning, 100 * rate.value / end, low, high, text, "")


def _ends(moved: Moved) -> tuple[float, ...]:
    assert moved.case is not None
    assert moved.own is not None
    spread = moved.interval or Interval(moved.move or 0, moved.move or 0)
    return (moved.own.low, moved.own.high, moved.case + spread.low, moved.case + spread.high)


def _course(held: Sequence[tuple[InSetting, Moved]], end: float, marks: Sequence[float]) -> Course:
    first = held[0][1]
    percent = first.unit == "%"
    if percent:
        start, stop, digits, unit = 0.0, end, 1, " %"
    else:
        every = [x for _, moved in held for x in _ends(moved)]
        room = 0.05 * (max(every) - min(every)) or 0.1
        start, stop, digits, unit = min(every) - room, max(every) + room, 2, f" {first.unit}".rstrip()
    assert first.case is not None
    assert first.own is not None

    def along(value: float) -> float:
        return max(0.0, min(100.0, 100 * (value - start) / (stop - start)))

    return Course(
        id=first.id,
        name=f"{first.name[:1].upper()}{first.name[1:]}",
        stands=f"{first.case:.{digits}f}{unit}",
        place=along(first.case),
        own=(along(first.own.low), along(first.own.high)),
        own_text=f"{first.own.low:.{digits}f}–{first.own.high:.{digits}f}{unit}",
        steps=tuple(_step(setting, moved, along, digits, unit) for setting, moved in held),
        marks=tuple((along(mark), f"{mark:g}") for mark in marks),
        first=_first("0" if percent else f"{start:.{digits}f}", [along(mark) for mark in marks]),
        last=f"{stop:.0f} %" if percent else f"{stop:.{digits}f}",
    )


def _first(text: str, marks: Sequence[float]) -> str:
    """The ruler's start is named where no mark stands in its way."""
    return "" if min(marks, default=100.0) < NARROW else text


def _step(setting: InSetting, moved: Moved, along: _Along, digits: int, unit: str) -> Step:
    assert moved.case is not None
    assert moved.move is not None
    there = moved.case + moved.move
    spread = moved.interval or Interval(moved.move, moved.move)
    points = " points" if unit == " %" else unit
    chance = ", maybe by chance" if spread.low <= 0 <= spread.high else ""
    tags = [f"leaves its interval{chance}"] * moved.leaves
    tags += [f"crosses {moved.crosses} %{chance}"] if moved.crosses is not None else []
    return Step(
        SHORT[setting.setting],
        along(there),
        along(moved.case + spread.low),
        along(moved.case + spread.high),
        f"{_signed(moved.move, digits)}{points} ({_signed(spread.low, digits)} to {_signed(spread.high, digits)})",
        tuple(tags),
    )


def _signed(value: float, digits: int) -> str:
    """'+1.2', '−0.4', '0.0': what rounds to nothing has no sign."""
    text = f"{abs(value):.{digits}f}"
    return text if not float(text) else f"{'−' if value < 0 else '+'}{text}"


def _turned(one: Flipped, made: Sequence[Surroundings], vocabulary: Vocabulary) -> Turned:
    cls = vocabulary[one.called]
    by = {turn.setting: turn for turn in one.turns}
    shown = [Shown(None, "In its field", cls.name, words.percent(one.probability, 0), False)]
    for setting in made:
        turn = by.get(setting)
        if turn is None:
            shown.append(Shown(setting, SHORT[setting], "same call", "", False))
        else:
            name = vocabulary[turn.label].name
            shown.append(Shown(setting, SHORT[setting], name, words.percent(turn.probability, 0), True, turn.donor))
    return Turned(one.cell, cls.name, cls.colour, one.fragile, tuple(shown))
