"""The seams: what core asks of networks, of the store and of whoever watches. Implementations live elsewhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from core.doors.every import Doors
from core.records import CaseInfo, Image, ImageInfo, Modality, ModelStamp, Outline, Review, Seen
from core.settings import Settings
from core.summaries import Asked, Summary
from core.vocabulary import Vocabulary


class Tell(Protocol):
    """Progress: `tell("detect", 3, 20)`. Core knows nothing of who listens."""

    def __call__(self, step: str, done: int, total: int) -> None: ...


def quiet(step: str, done: int, total: int) -> None:
    """Nobody listens."""


class Detector(Protocol):
    """Finds nucleated cells in one image."""

    @property
    def stamp(self) -> ModelStamp: ...

    def find(self, pixels: NDArray[Any], um_per_px: float | None) -> list[Outline]: ...

    def scale(self, pixels: NDArray[Any]) -> float | None:
        """µm per pixel as the picture itself suggests (erythrocytes are 7.5 µm), or None."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """A cell cut out for a classifier: RGB pixels, the cell's mask in them, scale."""

    cell: str
    pixels: NDArray[np.uint8]  # (h, w, 3)
    mask: NDArray[np.bool_]  # (h, w)
    um_per_px: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Naming:
    """A classifier's answer for a batch of crops, in the order of the crops."""

    labels: tuple[str, ...]  # names of the columns, from the model's card
    probabilities: NDArray[np.float32]  # (crops, labels), rows sum to 1
    measures: tuple[dict[str, float], ...] = ()  # per crop, may be empty
    possible: tuple[tuple[str, ...], ...] = ()  # per crop, the conformal set; empty when the model has none
    oddness: NDArray[np.float32] | None = None  # (crops,), share of calibration cells that were less odd


class Classifier(Protocol):
    """Names cells."""

    @property
    def stamp(self) -> ModelStamp: ...

    def name(self, crops: Sequence[Crop]) -> Naming: ...


@runtime_checkable
class Renamer(Protocol):
    """A classifier that answers sooner where it is only asked whether a cell keeps its call."""

    @property
    def stamp(self) -> ModelStamp: ...

    def again(self, crops: Sequence[Crop], called: Sequence[str]) -> Naming:
        """A call that changes is what `name` would say; of one that stays the probabilities may be rougher."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class ViewsCrop:
    """A label-free cell cut out for a phenotyper: brightness over background in the order left, right, top, bottom."""

    cell: str
    views: NDArray[np.float32]  # (4, S, S); an absent view is NaN
    mask: NDArray[np.bool_]  # (S, S), the cell in them
    um_per_px: float  # of the window's pixels


@dataclass(frozen=True, slots=True, eq=False)
class Phenotyping:
    """A phenotyper's answer for a batch of windows, in their order. Columns are matched by name, never by place."""

    labels: tuple[str, ...]
    probabilities: NDArray[np.float32]  # (cells, labels), rows sum to 1
    markers: tuple[str, ...]  # names of the columns below; () when the model tells none
    values: NDArray[np.float32]  # (cells, markers), in the stamp's units
    low: NDArray[np.float32]  # the same shape; not finite where no interval could be made
    high: NDArray[np.float32]
    gate: NDArray[np.float32]  # (cells, 2): share of the convolutional branch in the class, in the markers
    views: NDArray[np.bool_]  # (cells, 4): which views were there and used
    possible: tuple[tuple[str, ...], ...] = ()
    oddness: NDArray[np.float32] | None = None


class Phenotyper(Protocol):
    """Names label-free cells and estimates their markers."""

    @property
    def stamp(self) -> ModelStamp: ...

    def look(self, crops: Sequence[ViewsCrop]) -> Phenotyping: ...


class Explainer(Protocol):
    """Shows where in a label-free cell's window its answer comes from."""

    @property
    def stamp(self) -> ModelStamp: ...

    def saliency(self, crops: Sequence[ViewsCrop], target: str) -> NDArray[np.float32]:
        """(cells, S, S): how much each place, over all views, speaks for a class."""
        ...


def never() -> bool:
    """Nobody cancels."""
    return False


class Writer(Protocol):
    """Makes a summary of facts. It ends in one whatever happens: what failed is in the summary's `note`."""

    @property
    def name(self) -> str:
        """'template', or the name of the language model."""
        ...

    def write(self, asked: Asked, *, tell: Tell = quiet, cancelled: Callable[[], bool] = never) -> Summary:
        """`cancelled` is asked between steps; once it says so, the template's summary is given."""
        ...


@dataclass(frozen=True, slots=True)
class Tools:
    """Everything `see` needs, put together once per process by `core.tools.assemble`.

    A classifier names the cells of stained smears, a phenotyper those of label-free pictures; there is one of the two.
    """

    settings: Settings
    vocabulary: Vocabulary
    modality: Modality
    detector: Detector
    classifier: Classifier | None = None
    phenotyper: Phenotyper | None = None

    @property
    def stamps(self) -> tuple[ModelStamp, ...]:
        """Which weights will speak: the detector's, then those that name the cells."""
        return tuple(tool.stamp for tool in (self.detector, self.classifier, self.phenotyper) if tool is not None)


class RunState(StrEnum):
    NONE = "none"  # nothing was started
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run of a case. `id` is also the id of the durable workflow."""

    id: str
    case: str
    state: RunState
    done: int  # images finished
    total: int
    started: dt.datetime
    finished: dt.datetime | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as the worklist lists it."""

    id: str
    info: CaseInfo
    created: dt.datetime
    images: int
    cells: int
    run: RunRow | None  # the latest


@dataclass(frozen=True, slots=True)
class TrailEvent:
    """One line of the audit trail. `hash` covers everything in it and `previous`, the hash of the line before."""

    number: int
    at: dt.datetime
    actor: str
    action: str  # 'case.created', 'images.added', 'run.started', 'cell.reviewed', 'case.deleted', …
    case: str
    detail: Mapping[str, Any]
    previous: str
    hash: str


class Store(Doors, Protocol):
    """Cases, images, cells, calls, reviews, runs and the audit trail. Every write names who did it.

    Writes with the same content may be repeated (durable steps are): nothing is lost or doubled.
    """

    def add_case(self, info: CaseInfo, *, actor: str, case_id: str | None = None) -> str: ...
    def case(self, case_id: str) -> CaseRow: ...
    def cases(
        self,
        *,
        text: str = "",
        state: RunState | None = None,
        modality: str | None = None,
        specimen: str | None = None,
        ids: Sequence[str] | None = None,
        limit: int = 200,
        offset: int = 0,
    ) -> list[CaseRow]: ...
    def amend_case(self, case_id: str, info: CaseInfo, *, actor: str) -> None: ...
    def delete_case(self, case_id: str, *, actor: str, reason: str) -> None: ...

    def add_images(self, case_id: str, images: Sequence[Image], *, actor: str) -> list[str]:
        """Ids of the images that were new to the case, in order; known ones are skipped."""
        ...

    def images(self, case_id: str) -> list[ImageInfo]: ...
    def picture(self, case_id: str, image_id: str) -> bytes:
        """The stored, stripped picture: PNG for smear, NPY for DPC."""
        ...

    def add_run(self, case_id: str, run_id: str, total: int, *, actor: str) -> None: ...
    def advance_run(
        self, run_id: str, state: RunState, done: int | None = None, message: str = "", actor: str = "engine"
    ) -> None:
        """Set state and progress. Done stays done; of what was cancelled or failed only QUEUED makes a run again."""
        ...

    def run(self, run_id: str) -> RunRow: ...

    def add_seen(self, case_id: str, run_id: str, seen: Seen) -> list[str]:
        """Write cells, calls, crops and model stamps of a batch in one transaction; ids of its cells."""
        ...

    def seen(self, case_id: str, run_id: str | None = None) -> Seen:
        """What the latest finished (or the named) run saw, in a fixed order, without crops."""
        ...

    def crop(self, case_id: str, cell_id: str) -> bytes:
        """A cell's crop as PNG."""
        ...

    def crops(self, case_id: str, cell_ids: Sequence[str]) -> dict[str, bytes]:
        """Crops of many cells at once, in the order that was asked for; NotFound when one is missing."""
        ...

    def add_review(self, case_id: str, review: Review) -> None: ...
    def add_reviews(self, case_id: str, said: Sequence[Review]) -> int:
        """Many at once, all or none; how many were new."""
        ...

    def reviews(self, case_id: str) -> list[Review]: ...

    def trail(self, case_id: str | None = None) -> list[TrailEvent]: ...
    def trail_head(self) -> tuple[int, str]: ...
    def verify_trail(self, known: tuple[int, str] | None = None) -> int:
        """The number of events, all in order; raises TrailBroken naming the first that is not."""
        ...

    def export_case(self, case_id: str, to: Path, *, actor: str | None = None) -> Path: ...
    def import_case(self, file: Path, *, actor: str) -> str: ...
