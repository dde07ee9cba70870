"""All doors of the store together: what it keeps beside cases, by subject."""

from __future__ import annotations

from typing import Protocol

from core.doors.board import BoardDoor
from core.doors.cohort import CohortDoor
from core.doors.counts import CountsDoor
from core.doors.desk import DeskDoor
from core.doors.filing import FilingDoor
from core.doors.laboratory import LaboratoryDoor
from core.doors.people import PeopleDoor
from core.doors.review import ReviewDoor
from core.doors.robustness import RobustnessDoor, RobustnessJobsDoor
from core.doors.slides import SlidesDoor
from core.doors.teaching import TeachingDoor
from core.doors.words import WordsDoor


class Doors(Protocol):
    """Each with a seam of its own."""

    @property
    def review(self) -> ReviewDoor: ...
    @property
    def desk(self) -> DeskDoor: ...
    @property
    def people(self) -> PeopleDoor: ...
    @property
    def laboratory(self) -> LaboratoryDoor: ...
    @property
    def teaching(self) -> TeachingDoor: ...
    @property
    def board(self) -> BoardDoor: ...
    @property
    def counts(self) -> CountsDoor: ...
    @property
    def words(self) -> WordsDoor: ...
    @property
    def filing(self) -> FilingDoor: ...
    @property
    def robustness(self) -> RobustnessDoor: ...
    @property
    def robustness_jobs(self) -> RobustnessJobsDoor: ...
    @property
    def cohort(self) -> CohortDoor: ...
    @property
    def slides(self) -> SlidesDoor: ...
