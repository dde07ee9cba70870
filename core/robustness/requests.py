"""A test of a case that somebody asked for: what was asked, how far it is, what became of it.

Of a case only one goes on at a time, of whichever kind: two would share the machine and neither be done sooner.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from core.robustness.curves import AskedCurves
from core.robustness.records import Asked


class Kind(StrEnum):
    SURROUNDINGS = "surroundings"
    CURVES = "curves"


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ACTIVE = (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class Job:
    """One request, as the store holds it."""

    id: str
    case: str
    asked: Asked | AskedCurves
    actor: str
    state: JobState
    step: str  # what is being done, in one word; '' before it begins
    done: int
    total: int
    message: str  # why it failed, or who cancelled it
    started: dt.datetime  # when it was asked for
    finished: dt.datetime | None = None

    @property
    def kind(self) -> Kind:
        return Kind.SURROUNDINGS if isinstance(self.asked, Asked) else Kind.CURVES

    @property
    def active(self) -> bool:
        return self.state in ACTIVE


def said(asked: Asked | AskedCurves) -> str:
    """A request in plain words: 'the surroundings (same class, masked) of at most 300 cells'."""
    if isinstance(asked, Asked):
        what, kinds, every = "the surroundings", list(map(str, asked.settings)), len(Asked().settings)
    else:
        what, kinds, every = "worse pictures", list(map(str, asked.changes)), len(AskedCurves().changes)
    which = "" if len(kinds) == every else f" ({', '.join(kind.replace('_', ' ') for kind in kinds)})"
    return f"{what}{which} of at most {asked.cells:,} cells"
