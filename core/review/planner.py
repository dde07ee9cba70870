"""Would reading more cells help, or adding more fields, and how much? Asked before either is begun.

What is foreseen is the half-width of the patient interval if the share stays as it is: more fields shrink the
sampling's part, cells read at random shrink the classifier's (see `core.review.width`). The number is declared, kept
to, and the interval looked at then. To look again and again and to stop when it happens to leave a mark is optional
stopping: an interval found like that holds the truth less often than it says.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from core import statistics
from core.aggregate.counting import groups
from core.aggregate.criteria import MARKS
from core.appraisals import DesignEstimate, Plan, Step
from core.readings import Reading
from core.records import Review, Seen
from core.review import width
from core.review.width import Open, Width, points
from core.vocabulary import Vocabulary

READS = (25, 50, 100, 200, 400)
FIELDS = (1, 2, 5, 10, 20)
RULE = (
    "Declare the number first, read or count all of it, and look at the interval then. Stopping when the interval"
    " happens to leave a mark (optional stopping) makes it hold less often than it says."
)
NOTICEABLE = 0.05  # points


def plan(
    reading: Reading,
    seen: Seen,
    reviews: Sequence[Review],
    vocabulary: Vocabulary,
    *,
    share: str = "blasts.ratio",
    declared: int | None = None,
    estimate: DesignEstimate | None = None,
) -> Plan:
    """For 'blasts.ratio' or 'cblc.ratio' (which has no marks). `declared`: a number of reads to be among the steps.

    `estimate`: of a finished random sample, when it is its interval that should become narrower.
    """
    raw = reading.cblc if share == reading.cblc.id else reading.blasts
    id = share.replace(".ratio", ".plan")
    found = width.of(reading, share, estimate)
    if found is None:
        reason = raw.withheld or "no cells to divide by"
        return Plan(id, raw.name, None, (), None, None, None, None, "", RULE, withheld=reason)
    group = groups(vocabulary, reading.info.specimen, reading.info.findings)
    members = group.cblc if share == reading.cblc.id else group.blasts
    cells = width.open_cells(seen, reviews, group.counted, members, found.value)
    marks = MARKS[reading.info.specimen] if share == reading.blasts.id else ()
    mark = min(marks, key=lambda mark: abs(found.value - mark / 100)) if marks else None
    needed = None if mark is None else cells_needed(found, mark)
    read = None if mark is None else reads_needed(found, cells, mark)
    steps = (*_reads(found, cells, declared), *_fields(found))
    return Plan(
        id=id,
        name=raw.name,
        points=points(found.whole),
        steps=steps,
        mark=mark,
        cells_needed=needed,
        fields_needed=None if needed is None else _fields_for(found, needed),
        reads_needed=read,
        advice=_advice(found, steps, mark, needed, read),
        rule=RULE,
        notes=tuple(_notes(found)),
    )


def cells_needed(found: Width, mark: int) -> int | None:
    """Counted cells in all for the patient interval to leave the mark, if share and classifier stay; None: no number.

    As `statistics.needed`, with what the classifier's error takes of the way to the mark.
    """
    if _clear(found, mark):
        return found.counted
    left = (found.value - mark / 100) ** 2 - (found.classifier or 0.0)
    if left <= 0:
        return None
    effect = max(1.0, found.counted / found.effective) if found.effective else 1.0
    cells = effect * width.Z**2 * mark / 100 * (1 - mark / 100) / left
    return max(found.counted, math.floor(cells) + 1) if cells < statistics.MOST_CELLS else None


def reads_needed(found: Width, cells: Open, mark: int) -> int | None:
    """Cells to read at random for the patient interval to leave the mark, without further fields; None: no number."""
    if _clear(found, mark):
        return 0
    gap, total = (found.value - mark / 100) ** 2, len(cells.cells)
    if not total or width.read_at_random(found, cells, total) >= gap:
        return None
    low, high = 1, total
    while low < high:
        middle = (low + high) // 2
        if width.read_at_random(found, cells, middle) < gap:
            high = middle
        else:
            low = middle + 1
    return low


def _clear(found: Width, mark: int) -> bool:
    return not statistics.straddled(found.interval, [mark / 100])


def _reads(found: Width, cells: Open, declared: int | None) -> list[Step]:
    total = len(cells.cells)
    asked = {number for number in (*READS, declared or 0) if 0 < number < total} | {total}
    steps = []
    for number in sorted(asked) if total else ():
        then = points(width.read_at_random(found, cells, number))
        what = "all cells" if number == total else f"{number} cells"
        steps.append(Step("cells", number, then, _said(f"{what} read at random", found, then)))
    return steps


def _fields(found: Width) -> list[Step]:
    steps = []
    for more in FIELDS if found.fields else ():
        then = points(width.extended(found, (found.fields + more) / found.fields))
        steps.append(Step("fields", more, then, _said(f"{more} more field{'' if more == 1 else 's'}", found, then)))
    return steps


def _said(what: str, found: Width, then: float) -> str:
    now = points(found.whole)
    if found.classifier is None and "read" in what:
        return f"{what}: ±{then:.1f} points, with the classifier's error, which the ±{now:.1f} of now leaves out"
    if round(then, 1) >= round(now, 1):
        return f"{what}: no narrower than ±{now:.1f} points"
    return f"{what}: ±{then:.1f} instead of ±{now:.1f} points"


def _fields_for(found: Width, cells: int) -> int | None:
    return math.ceil((cells - found.counted) * found.fields / found.counted) if found.fields else None


def _advice(found: Width, steps: Sequence[Step], mark: int | None, needed: int | None, read: int | None) -> str:
    words = [_lever(found, steps)]
    if mark is None:
        return words[0]
    if _clear(found, mark):
        return f"{words[0]} The interval leaves {mark} %, the nearest mark, already."
    ways = []
    if needed is not None:
        ways.append(f"about {needed} counted cells in all")
    if read:
        ways.append(f"about {read} cells read at random")
    what = f"{' or '.join(ways)} would let" if ways else "at this share no reasonable number of cells or reads lets"
    words.append(f"The nearest mark is {mark} %: {what} the interval leave it, if the share stays.")
    return " ".join(words)


def _lever(found: Width, steps: Sequence[Step]) -> str:
    if found.classifier is None:
        return "More fields narrow the interval; reading cells at random puts the classifier's error into it."
    now = points(found.whole)
    reads = max((now - step.points for step in steps if step.kind == "cells"), default=0.0)
    fields = max((now - step.points for step in steps if step.kind == "fields"), default=0.0)
    if max(reads, fields) < NOTICEABLE:
        return "Neither more reads nor more fields would narrow the interval noticeably."
    part = 100 * found.by_sampling / found.whole
    if fields >= reads:
        return f"More fields help most: {part:.0f} % of the squared width is sampling."
    return f"Reading cells helps most: {100 - part:.0f} % of the squared width is the classifier's."


def _notes(found: Width) -> list[str]:
    notes = ["Reads are foreseen by the classifier's own probabilities, and are only as good as these are calibrated."]
    if found.effective is None:
        notes.append(
            "Fields are not assessed: cells are taken for independent, and the width after more fields may be wider."
        )
    return notes
