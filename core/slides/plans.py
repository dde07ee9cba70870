"""What is kept of a case's slides beside their pixels: what they are, which fields are looked at, and when to stop."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from core.slides.fields import Field, Region

SOURCE = "field of a slide"  # `source_format` of images whose pixels lie in a slide


class Order(StrEnum):
    RANDOM = "random"  # drawn by the seed: what an anytime-valid interval needs
    BEST = "best"  # the likeliest monolayer first: quick to look at, but no sample of the regions


@dataclass(frozen=True, slots=True)
class SlideInfo:
    """A slide of a case. Never its file's name."""

    id: str
    label: str  # 'slide 1'
    sha256: str  # of its file; of several files, of their digests
    format: str
    width: int
    height: int
    um_per_px: float | None
    bytes: int
    here: bool = True  # False: came with an export, which holds the fields that were looked at and not the slide


@dataclass(frozen=True, slots=True)
class Stop:
    """When a run may end before every planned field is looked at. Nothing set: it looks at all of them."""

    cells: int | None = None  # so many counted cells
    share: str = "cblc"  # of which the interval is: 'cblc' or 'blasts'
    width: float | None = None  # of its anytime-valid interval, as a fraction; needs the random order


@dataclass(frozen=True, slots=True)
class Plan:
    """Which fields of a slide are looked at, in which order: declared before the first is seen."""

    number: int  # 1, 2, 3 … within the case; the highest counts
    slide: str
    regions: tuple[Region, ...]
    fields: tuple[Field, ...]  # in the order in which they are looked at
    um_per_px: float | None  # of the fields
    order: Order = Order.RANDOM
    seed: int = 0
    stop: Stop = Stop()
    actor: str = ""
    at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """What a run found in one planned field, by the label of the call."""

    field: int
    image: str
    labels: dict[str, int]


@dataclass(frozen=True, slots=True)
class Looked:
    """How far a run went through its plan."""

    run: str
    plan: int
    slide: str
    planned: int
    fields: int  # looked at
    stopped: str = ""  # why before the end, in words; '': it went to the end, or is on its way
    asked: str = ""  # who asked it to end early
    tallies: tuple[Tally, ...] = ()  # in the plan's order; fields without cells are among them
