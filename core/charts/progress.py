"""How far a run is, as a fraction and in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.charts import words
from core.protocols import RunRow, RunState

ACTIVE = frozenset({RunState.QUEUED, RunState.RUNNING})
STATES = {
    RunState.NONE: "not analysed",
    RunState.QUEUED: "waiting",
    RunState.RUNNING: "running",
    RunState.DONE: "finished",
    RunState.FAILED: "failed",
    RunState.CANCELLED: "cancelled",
}


@dataclass(frozen=True, slots=True)
class Progress:
    state: RunState
    active: bool
    fraction: float  # 0–1
    text: str


def of(run: RunRow | None, fields_per_step: int) -> Progress:
    """`run` is the case's latest, or None where nothing was started."""
    if run is None:
        return Progress(RunState.NONE, False, 0.0, STATES[RunState.NONE])
    fraction = min(1.0, run.done / run.total) if run.total else float(run.state is RunState.DONE)
    return Progress(run.state, run.state in ACTIVE, fraction, _text(run, fields_per_step))


def _text(run: RunRow, fields_per_step: int) -> str:
    if run.state is RunState.DONE:
        return f"{words.size(run.done, 'field')} analysed"
    if run.state is RunState.QUEUED and not run.done:
        return f"waiting its turn: {words.size(run.total, 'field')}"
    batches = math.ceil(run.total / fields_per_step)
    finished = batches if run.done >= run.total else run.done // fields_per_step
    return f"{run.done} of {words.size(run.total, 'field')}, batch {finished} of {batches} kept"
