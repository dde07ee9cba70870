"""What the store keeps of tests of the surroundings and of worse pictures, and of requests for them: the seams.

Results are only appended. One speaks of the case for as long as the case's calls and the weights that made them are
those it was made of (`core.robustness.standing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.robustness.curves import AskedCurves, Curves
from core.robustness.records import Asked, Extent, Robustness, Word
from core.robustness.requests import Job, JobState, Kind


@dataclass(frozen=True, slots=True)
class Latest:
    """What a list of cases needs to know of the test that stands for a case (`core.robustness.standing.current`)."""

    run: str
    calls: str
    model: str
    word: Word
    extent: Extent  # how much it looked at


class RobustnessDoor(Protocol):
    """Every write names who did it, and stands in the trail with it. With `job` the request is done by it, in the same
    transaction; Conflict where that was cancelled meanwhile, and nothing is kept."""

    def add(self, case_id: str, result: Robustness, *, actor: str, job: str = "") -> Robustness:
        """As it is kept: with its number, who asked for it and when."""
        ...

    def results(self, case_id: str) -> list[Robustness]:
        """Every one, in the order in which they were made."""
        ...

    def latest(self, case_ids: Sequence[str]) -> dict[str, Latest]:
        """Of each case that has one the newest that no fuller test of the same calls stands before."""
        ...

    def add_curves(self, case_id: str, found: Curves, *, actor: str, job: str = "") -> Curves:
        """As they are kept."""
        ...

    def curves(self, case_id: str) -> list[Curves]:
        """Every one, in the order in which they were made."""
        ...


class RobustnessJobsDoor(Protocol):
    """Requests for a test; they go with their case and are never exported."""

    def ask(self, case_id: str, asked: Asked | AskedCurves, *, actor: str) -> Job:
        """Queued. Conflict where another of this case goes on: its words say what, and by whom it was asked for."""
        ...

    def one(self, job_id: str) -> Job: ...

    def last(self, case_id: str, kind: Kind | None = None) -> Job | None:
        """The newest of the case."""
        ...

    def waiting(self) -> list[Job]:
        """Every one that is queued or goes on, of all cases."""
        ...

    def advance(
        self, job_id: str, state: JobState, *, step: str = "", done: int = 0, total: int = 0, message: str = ""
    ) -> JobState:
        """As it is then: what comes after a request has ended changes nothing."""
        ...
