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


def settling(count: int, total: int, n: float | None, mark: int) -> int | None:
    """Fewest further blasts (at or above the mark) or fewer ones (below) for the interval to leave the mark."""
    above = 100 * count >= mark * total
    moves = range(total - count + 1) if above else range(count + 1)
    for moved in moves:
        interval = statistics.share_interval(count + moved if above else count - moved, total, n)
        if not statistics.straddled(interval, [mark / 100]):
            return moved
    return None


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
    assert blasts.interval is not None
    straddled = bool(statistics.straddled(blasts.interval, [mark / 100]))
    return Flip(
        mark=mark,
        above=above,
        count=need if possible else None,
        cells=tuple(cell for _, cell in chosen),
        probabilities=tuple(min(1.0, probability) for probability, _ in chosen),
        straddled=straddled,
        settling=settling(blasts.count, blasts.total, blasts.effective_n, mark) if straddled else 0,
        said=_said(mark, above, need, len(candidates)),
    )


def _said(mark: int, above: bool, need: int, candidates: int) -> str:
    side = f"below {mark} %" if above else f"to {mark} % or above"
    if need > candidates:
        return (
            f"To bring the share {side} would take {need} cells; people have not yet named {candidates} that could:"
            " no reclassification of the others crosses."
        )
    if above:
        what = "1 blast that is none" if need == 1 else f"{need} blasts that are none"
    else:
        what = (
            "1 cell that is a blast, called otherwise,"
            if need == 1
            else f"{need} cells that are blasts, called otherwise,"
        )
    return f"{what} would bring the share {side}."
