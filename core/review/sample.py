"""Which cells are read at random, and with what probability each was drawn.

Cells are ranked by a hash of the seed and their id, and the first are taken. Every cell is equally likely to be among
them; the same seed gives the same cells on every machine; and the order of reading is random too, so that it does not
follow the machine's calls. The number of cells is declared when they are drawn.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence

from core.aggregate.corrected import group_of
from core.aggregate.counting import groups
from core.appraisals import Drawn, Stratum
from core.errors import BadInput
from core.records import CaseInfo, Seen
from core.vocabulary import Vocabulary

GROUPS = ("composite", "counted rest", "uncounted", "without a call")
LEAST = 2  # cells of a group, so that it shows how much its cells differ


def frame(seen: Seen) -> tuple[str, ...]:
    """The cells a sample must be drawn from for its estimate to speak of the case: all of them."""
    return tuple(cell.id for cell in seen.cells)


def drawn(cells: Sequence[str], n: int, seed: int) -> Drawn:
    """n of the cells, simple random, without replacement."""
    known = dict.fromkeys(cells)
    _check(n, len(known))
    chosen = _ranked(known, seed)[:n]
    return Drawn(tuple(chosen), dict.fromkeys(chosen, n / len(known)), len(known), seed)


def stratified(group: Mapping[str, str], n: int, seed: int) -> Drawn:
    """n of the cells, from every group some: a cell of a small group is likelier to be drawn, and that is recorded.

    Groups get cells by the square root of their size, between equal numbers (which would waste reads on small groups)
    and proportional ones (which would leave the composite of a low count with two or three).
    """
    members: dict[str, list[str]] = {}
    for cell, name in group.items():
        members.setdefault(name, []).append(cell)
    _check(n, len(group))
    if n < len(members):
        raise BadInput(f"at least {len(members)} cells, one for each group of calls", str(n), "Declare more cells.")
    shares = _allotted({name: len(cells) for name, cells in members.items()}, n)
    strata = tuple(Stratum(name, len(members[name]), shares[name]) for name in sorted(members))
    chosen = {cell: shares[name] / len(members[name]) for name in members
              for cell in _ranked(members[name], seed)[: shares[name]]}  # fmt: skip
    return Drawn(tuple(_ranked(chosen, seed)), chosen, len(group), seed, strata)


def call_groups(seen: Seen, info: CaseInfo, vocabulary: Vocabulary) -> dict[str, str]:
    """Cell → group of its call: CBLC, counted rest, uncounted; for `stratified`."""
    group = groups(vocabulary, info.specimen, info.findings)
    called = {call.cell: group_of(call.label, group.counted, group.cblc) for call in seen.calls}
    return {cell.id: GROUPS[called.get(cell.id, 3)] for cell in seen.cells}


def _allotted(sizes: Mapping[str, int], n: int) -> dict[str, int]:
    least = LEAST if n >= sum(min(LEAST, size) for size in sizes.values()) else 1
    given = {name: min(least, size) for name, size in sizes.items()}
    for _ in range(n - sum(given.values())):
        open_ = [name for name in sorted(sizes) if given[name] < sizes[name]]
        neediest = max(open_, key=lambda name: math.sqrt(sizes[name]) / (given[name] + 1))
        given[neediest] += 1
    return given


def _ranked(cells: Mapping[str, object] | Sequence[str], seed: int) -> list[str]:
    return sorted(cells, key=lambda cell: hashlib.sha256(f"{seed}:{cell}".encode()).digest())


def _check(n: int, cells: int) -> None:
    if not 0 < n <= cells:
        do = "Declare a number between." if cells else "Run the case first."
        raise BadInput(f"a number of cells from 1 to {cells}", str(n), do)
