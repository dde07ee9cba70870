"""Which cells of a case may be asked: those whose label somebody, or the program that drew them, answers for.

A model's call alone is never the truth of a question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core import labels
from core.doors.teaching import Item, Origin
from core.protocols import CaseRow
from core.records import Cell, Domain, Review, Seen
from core.vocabulary import Vocabulary


def known(
    row: CaseRow,
    seen: Seen,
    reviews: Sequence[Review],
    vocabulary: Vocabulary,
    *,
    signed_by: str = "",
    drawn: Mapping[str, str] | None = None,
) -> tuple[Item, ...]:
    """The case's cells with a truth, in the order of the cells.

    What the drawing program knows goes before what people say of its drawings. `signed_by` is who holds a valid
    signature on the case: it covers every label, looked at singly or not. Cells that the border cuts off are left out.
    """
    told = drawn or {}
    named = labels.last(reviews)
    settled = labels.settled(seen, reviews) if signed_by else {}
    synthetic = row.info.domain is Domain.PROCEDURAL

    def truth(cell: Cell) -> tuple[str, Origin, str] | None:
        if cell.id in told:
            return told[cell.id], Origin.DRAWN, ""
        if cell.id in settled:
            return settled[cell.id], Origin.SIGNED, signed_by
        if cell.id in named:
            return named[cell.id].now, Origin.REVIEWED, named[cell.id].actor
        return None

    found = []
    for cell in seen.cells:
        what = None if cell.touches_edge else truth(cell)
        if what is not None and what[0] in vocabulary.by_code:
            found.append(Item(row.id, cell.id, what[0], what[1], synthetic, what[2]))
    return tuple(found)
