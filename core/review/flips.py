"""How few cells decide? For each mark, the fewest that would have to be something else for the blast share to cross it.

Only moves between blasts and the rest of the denominator are looked for: they move the share most, so that no smaller
number crosses. A cell that a person has named is settled and is not among them. The least certain cells come first, by
the classifier's probability of the other side, which is only as good as its calibration. CBLC has no marks.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

from core import labels, statistics
from core.aggregate.counting import counts, groups, share
from core.aggregate.criteria import MARKS
from core.appraisals import Flip
from core.readings import Share
from core.records import Call, CaseInfo, Review, Seen
from core.vocabulary import Vocabulary


def fewest(seen: Seen, reviews: Sequence[Review], info: CaseInfo, vocabulary: Vocabulary) -> tuple[Flip, ...]:
    """One for each mark of the specimen, from the lowest up; none without counted cells."""
    group = groups(vocabulary, info.specimen, info.findings)
    named = labels.settled(seen, reviews)
    counted = counts(seen, named)
    blasts = share("blasts.ratio", "blasts and blast equivalents", group.blasts, group.counted, counted)
    if blasts.interval is None:
        return ()
    rest = group.counted - group.blasts
    said = labels.last(reviews)
    open_ = [call for call in seen.calls if call.cell in named and call.cell not in said]
    down, up = _likeliest(open_, group.blasts, rest), _likeliest(open_, rest, group.blasts)
    return tuple(_flip(mark, blasts, up, down) for mark in MARKS[info.specimen])


def crossing(count: int, total: int, mark: int) -> int:
    """Fewest cells to move between blasts and the rest so that count of total lies on the other side of the mark."""
    at = -(-mark * total // 100)  # the smallest count that reaches the mark
    return at - count if count < at else count - at + 1


def for_interval(count: int, total: int, n: float | None, mark: int) -> int | None:
    """Fewest cells to move until the interval's word on the mark changes; None: no number of them does.

    Where it holds the mark: away from it, until it holds it no more. Where it does not: towards it, until it does.
    """
    above = 100 * count >= mark * total
    held = _held(count, total, n, mark)
    step = 1 if above == held else -1
    moves = range(1, (total - count if step > 0 else count) + 1)
    return next((moved for moved in moves if _held(count + step * moved, total, n, mark) != held), None)


def _held(count: int, total: int, n: float | None, mark: int) -> bool:
    return bool(statistics.straddled(statistics.share_interval(count, total, n), [mark / 100]))


def _likeliest(calls: Sequence[Call], of: Set[str], other: Set[str]) -> list[tuple[float, str]]:
    """Cells called one of `of`, with the probability of `other`; the likeliest first, ties by id."""
    found = [
        (sum(call.probabilities.get(code, 0.0) for code in other), call.cell) for call in calls if call.label in of
    ]
    return sorted(found, key=lambda one: (-one[0], one[1]))


def _flip(mark: int, blasts: Share, up: Sequence[tuple[float, str]], down: Sequence[tuple[float, str]]) -> Flip:
    above = 100 * blasts.count >= mark * blasts.total
    need = crossing(blasts.count, blasts.total, mark)
    candidates = down if above else up
    possible = need <= len(candidates)
    chosen = candidates[:need] if possible else ()
    further = for_interval(blasts.count, blasts.total, blasts.effective_n, mark)
    straddled = _held(blasts.count, blasts.total, blasts.effective_n, mark)
    return Flip(
        mark=mark,
        above=above,
        count=need if possible else None,
        cells=tuple(cell for _, cell in chosen),
        probabilities=tuple(min(1.0, probability) for probability, _ in chosen),
        straddled=straddled,
        for_interval=further,
        said=f"{_said(mark, above, need, len(candidates))} {_of_interval(above, straddled, further)}".strip(),
    )


def _said(mark: int, above: bool, need: int, candidates: int) -> str:
    side = f"below {mark} %" if above else f"to {mark} % or above"
    if need > candidates:
        cells = f"{need} cell{'' if need == 1 else 's'}"
        return f"No way {side}: it would take {cells}, and of those that nobody has named {candidates} could."
    if above:
        what = "1 blast that is none" if need == 1 else f"{need} blasts that are none"
    else:
        what = "1 missed blast" if need == 1 else f"{need} missed blasts"
    return f"{what} would bring the share {side}."


def _of_interval(above: bool, straddled: bool, further: int | None) -> str:
    if further is None:
        return "No number of cells would take the interval off the mark." if straddled else ""
    more = above == straddled
    cells = f"{further} blast{'' if further == 1 else 's'} {'more' if more else 'fewer'}"
    if straddled:
        return f"The interval holds the mark; with {cells} it would not."
    return f"With {cells} the interval would hold the mark."
