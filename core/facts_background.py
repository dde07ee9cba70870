"""What may be said of a test of the surroundings, among the facts of its case.

Ids (stable; a new one may come, none changes its meaning)
    background.word       'fragile', 'robust', 'undecided'; the reason in its note
    background.cells      cells tested
    background.flips      of the cells tested in the setting that renamed most, per cent
    background.setting    that setting, in words
    background.move       how far a share moves at most, in percentage points; which, in its name; its way, in its note
    background.move_setting   that setting, in words
    background.fragile    cells that several settings rename
Present only where a result speaks of the calls that are counted. Moves of markers are told on their page alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from core.readings import Fact, Interval, LabelFreeReading, Reading
from core.robustness.records import InSetting, Moved, Robustness, Surroundings

SETTINGS = {
    Surroundings.SAME_CLASS: "surroundings of other cells of the same class",
    Surroundings.OTHER_CLASS: "surroundings of cells of other classes",
    Surroundings.CELL_FREE: "places of its own fields without cells",
    Surroundings.DRAWN: "drawn places without cells",
    Surroundings.MASKED: "clear glass in place of the surroundings",
}
Told = TypeVar("Told", bound=Reading | LabelFreeReading)


def added(reading: Told, found: Robustness | None) -> Told:
    """The reading with these facts; `found` is the result that speaks of its calls."""
    if found is None:
        return reading
    told = tuple(of(found, reading.quality.withheld))
    return replace(reading, facts=(*reading.facts, *told))


def of(found: Robustness, withheld: str = "") -> Iterator[Fact]:
    """`withheld`: why no share of the case may be seen, and so no move of one."""
    by = f"the same network ({found.model[:8]}) on {len(found.tested)} of {found.frame} cells among other surroundings"
    verdict = found.verdict
    yield Fact("background.word", "surroundings of the cells", verdict.word.value, "", 0, None, by, note=verdict.said)
    yield Fact("background.cells", "cells tested among other surroundings", len(found.tested), "cells", 0, None, by)
    most = _most(found)
    if most is not None and most.flips.value is not None:
        own = most.flips.interval
        interval = own and Interval(100 * own.low, 100 * own.high, own.level, own.method)
        name = "cells called otherwise among other surroundings, at most"
        yield Fact("background.flips", name, 100 * most.flips.value, "%", 1, interval, by)
        yield _words("background.setting", "surroundings that rename most cells", SETTINGS[most.setting], by)
    far = furthest(found)
    if far is not None:
        setting, moved = far
        name = f"largest move of {moved.name} among other surroundings"
        note = "upwards" if (moved.move or 0.0) > 0 else "downwards" if moved.move else ""
        fact = Fact("background.move", name, abs(moved.move or 0.0), "points", 1, _size(moved), by, note=note)
        yield replace(fact, value=None, interval=None, withheld=withheld) if withheld else fact
        yield _words("background.move_setting", "surroundings that move it most", SETTINGS[setting], by)
    fragile = sum(one.fragile for one in found.flipped)
    yield Fact("background.fragile", "cells that several surroundings rename", fragile, "cells", 0, None, by)


def furthest(found: Robustness) -> tuple[Surroundings, Moved] | None:
    """The share that moves most in any setting."""
    moves = [
        (setting.setting, moved)
        for setting in found.settings
        for moved in setting.moved
        if moved.unit == "%" and moved.move is not None
    ]
    return max(moves, key=lambda one: abs(one[1].move or 0.0), default=None)


def _size(moved: Moved) -> Interval | None:
    """Of the move whatever its direction: from nought where the interval holds both."""
    own = moved.interval
    if own is None:
        return None
    near, far = sorted((abs(own.low), abs(own.high)))
    return replace(own, low=near if own.low * own.high > 0 else 0.0, high=far)


def _most(found: Robustness) -> InSetting | None:
    made = [one for one in found.settings if not one.skipped and one.flips.total]
    return max(made, key=lambda one: one.flips.value or 0.0, default=None)


def _words(id: str, name: str, value: str, by: str) -> Fact:
    return Fact(id, name, value, "", 0, None, by)
