"""A cohort's rows put together for looking at: kinds that may be compared, and what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.protocols import RunState
from core.records import Modality, Specimen

Row = Mapping[str, Any]
SPECIMENS = {Specimen.MARROW.value: "bone marrow", Specimen.BLOOD.value: "peripheral blood"}
MODALITIES = {Modality.SMEAR.value: "stained smear", Modality.DPC.value: "label-free"}
WAITING = "waiting"  # analysed, its row is not worked out yet


@dataclass(frozen=True, slots=True)
class Group:
    """Cases whose shares are of the same denominator: of one specimen, kind and vocabulary."""

    id: str
    name: str
    vocabulary: str
    rows: tuple[Row, ...]


def groups(rows: Sequence[Row]) -> tuple[Group, ...]:
    """The largest first. Marrow and blood count other cells, so they are never put into one chart."""
    held: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        held.setdefault((row["specimen"], row["modality"], row["vocabulary"]), []).append(row)
    several = len({key[2] for key in held if key[1] == Modality.SMEAR.value}) > 1
    made = [
        Group(
            "-".join(key),
            f"{SPECIMENS[key[0]]}, {MODALITIES[key[1]]}" + (f" ({key[2]})" if several else ""),
            key[2],
            tuple(found),
        )
        for key, found in held.items()
    ]
    return tuple(sorted(made, key=lambda group: (-len(group.rows), group.id)))


def states(rows: Sequence[Row]) -> Counter[str]:
    """How many cases are in which state; one that is analysed and whose row is awaited counts as waiting."""
    return Counter(_state(row) for row in rows)


def unfinished(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Cases that have no result: failed and cancelled ones first, since somebody must do something about them."""
    order = [RunState.FAILED, RunState.CANCELLED, RunState.RUNNING, RunState.QUEUED, RunState.NONE]
    place = {state.value: number for number, state in enumerate(order)}
    held = [row for row in rows if "run" not in row and _state(row) in place]  # an earlier run's result is one
    return tuple(sorted(held, key=lambda row: (place[_state(row)], str(row["pseudonym"]))))


def _state(row: Row) -> str:
    state = str(row.get("state") or RunState.NONE.value)
    return WAITING if state == RunState.DONE.value and "run" not in row else state
