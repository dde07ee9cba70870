"""One word for a case, with what spoke for it and what was asked. The limits are declared here and nowhere else.

They are this program's own convention: no study says how far a ratio may hang on the surroundings. They were set before
any case was judged by them, knowing that published networks lose 10 to 16 points of accuracy on foreign surroundings.
"""

from __future__ import annotations

from collections.abc import Sequence

from core import statistics
from core.robustness.records import TOGETHER, InSetting, Surroundings, Turn, Verdict, Word

MOST_FLIPS = 0.15  # of the tested cells, in any setting
MOST_MOVE = 5.0  # percentage points of a share, in any setting
FEWEST = 50  # tested cells below which nothing is said
FRAGILE_IN = 2  # settings that rename a cell before it is put before a person

NAMES = {
    Surroundings.SAME_CLASS: "among surroundings of the same class",
    Surroundings.OTHER_CLASS: "among surroundings of another class",
    Surroundings.CELL_FREE: "where no cell was found",
    Surroundings.DRAWN: "on a drawn background",
    Surroundings.MASKED: "with the surroundings masked out",
}
LIMITS = (
    f"Fragile: in some setting more than {100 * MOST_FLIPS:.0f} % of the tested cells are called otherwise, or a share "
    f"of the case moves by more than {MOST_MOVE:.0f} points, leaves its own interval or crosses a mark, beyond what "
    "chance among the tested cells explains.",
    f"Robust: in every setting the intervals exclude more than {100 * MOST_FLIPS:.0f} % and more than {MOST_MOVE:.0f} "
    "points, and no share would stand across a mark. Undecided: neither; or a share that nothing can be divided by, "
    f"kinds of surroundings that were left out, or fewer than {FEWEST} cells.",
    "Several settings and shares are looked at, and fragile is said only of what lies beyond chance in all of them at "
    "once (95 %: moves by the largest of all in each redrawing, flips by as much smaller a chance as there are "
    "settings). The intervals that are shown, and those that robust rests on, are 95 % ones each by itself: for robust "
    "every one has to hold, which needs no correction.",
    "The limits are a convention of this program and no published standard. Markers are told of and not judged.",
    "Other surroundings are not another laboratory: a robust case may still be wrong, and every call with it.",
    "Outlines are the detector's: what it cut away of a cell, or left of a neighbour, is part of the test.",
)


def judged(settings: Sequence[InSetting], tested: int, left_out: Sequence[Surroundings] = ()) -> Verdict:
    """The verdict over all settings that could be made. Whoever leaves kinds out is told of no robust case."""
    made = [one for one in settings if not one.skipped]
    skipped = tuple(f"Not made {NAMES[one.setting]}: {one.skipped}." for one in settings if one.skipped)
    level = 1 - (1 - TOGETHER) / max(len(made), 1)
    against = [reason for one in made for reason in _against(one, level)]
    open_ = [*(reason for one in made for reason in _open(one)), *_wide(made)]
    if not made or tested < FEWEST:
        cells = "1 cell was" if tested == 1 else f"{tested} cells were"
        said = f"{cells} tested, fewer than {FEWEST}: too few to say what the surroundings do."
        return Verdict(Word.UNDECIDED, said if made else "No setting could be made.", tuple(against), LIMITS)
    if against:
        said = "The surroundings of the cells move what is stated of this case."
        return Verdict(Word.FRAGILE, said, tuple(against), LIMITS)
    if open_:
        said = "Whether the surroundings move what is stated cannot be told from so many cells."
        return Verdict(Word.UNDECIDED, said, tuple(open_), LIMITS)
    if left_out:
        said = "Nothing moved what is stated of this case, but not all kinds of surroundings were tried."
        return Verdict(Word.UNDECIDED, said, (*(f"Left out: {NAMES[one]}." for one in left_out), *skipped), LIMITS)
    said = "What is stated of this case does not hang on the surroundings of its cells, within the limits named."
    return Verdict(Word.ROBUST, said, skipped, LIMITS)


def fragile(turns: Sequence[Turn]) -> bool:
    """A cell that several settings rename is put before a person; one may be chance."""
    return len(turns) >= FRAGILE_IN


def _against(one: InSetting, level: float) -> list[str]:
    """`level`: of a setting's flips, for all settings at once."""
    found, where = [], NAMES[one.setting]
    flips = one.flips
    if flips.total and statistics.wilson(flips.count, flips.total, level).low > MOST_FLIPS:
        found.append(f"{flips.count} of {flips.total} cells are called otherwise {where}.")
    for moved in one.moved:
        chance = moved.together or moved.interval
        if moved.unit != "%" or moved.move is None or chance is None or chance.low <= 0 <= chance.high:
            continue
        by = f"{_begun(moved.name)}: moves by {'−' if moved.move < 0 else '+'}{abs(moved.move):.1f} points {where}"
        if min(abs(chance.low), abs(chance.high)) > MOST_MOVE:
            found.append(f"{by}.")
        elif moved.crosses is not None:
            found.append(f"{by}, across {moved.crosses} %.")
        elif moved.leaves:
            found.append(f"{by}, out of its own interval.")
    return found


def _open(one: InSetting) -> list[str]:
    found, where = [], NAMES[one.setting]
    if one.flips.interval and one.flips.interval.high > MOST_FLIPS:
        found.append(f"Up to {100 * one.flips.interval.high:.0f} % of cells may be called otherwise {where}.")
    for moved in one.moved:
        if moved.unit != "%":
            continue
        if moved.interval is None:
            found.append(f"{_begun(moved.name)}: no cell is counted as it lies, or none {where}.")
        elif moved.crosses is not None:
            found.append(f"{_begun(moved.name)}: would stand across {moved.crosses} % {where}, which may be chance.")
        elif moved.leaves and not moved.interval.low <= 0 <= moved.interval.high:
            found.append(f"{_begun(moved.name)}: would leave its own interval {where}; among so many looks by chance.")
    return found


def _wide(made: Sequence[InSetting]) -> list[str]:
    """Each share that may move by more than is allowed, once: where it may move furthest."""
    furthest: dict[str, tuple[float, str]] = {}
    for one in made:
        for moved in one.moved:
            if moved.unit == "%" and moved.interval is not None:
                reach = max(abs(moved.interval.low), abs(moved.interval.high))
                name = _begun(moved.name)
                furthest[name] = max(furthest.get(name, (0.0, "")), (reach, NAMES[one.setting]), key=lambda it: it[0])
    return [
        f"{name}: may move by up to {reach:.1f} points {where}."
        for name, (reach, where) in furthest.items()
        if reach > MOST_MOVE
    ]


def _begun(name: str) -> str:
    return f"{name[:1].upper()}{name[1:]}"
