"""What the store keeps of whole slides, and the seam.

slide = store.slides.add(case, Path("…/a.svs"), actor=who)           # copied into the blob store, piece by piece
opened = store.slides.opened(case, slide.id)                         # core.slides.reading.Slide; stays open
store.slides.plan(case, slide.id, regions, actor=who)                # which fields, in which order, until when
jobs.start_run(store, case, actor=who)                               # looks at them; each becomes an image then
store.slides.looked(case, run)                                       # how far, and the calls field by field
store.slides.drafts.keep(case, slide.id, regions, actor=who)         # regions that nothing was started with yet
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from core.records import Box
from core.slides.fields import Field, Region
from core.slides.plans import Looked, Order, Plan, SlideInfo, Stop
from core.slides.reading import Slide


class DraftsDoor(Protocol):
    """Regions as somebody left them, one set a person and slide. A draft declares nothing and is not in the trail."""

    def kept(self, case_id: str, slide_id: str, *, actor: str) -> tuple[Region, ...] | None:
        """None: they left none."""
        ...

    def keep(self, case_id: str, slide_id: str, regions: Sequence[Region], *, actor: str) -> None: ...

    def forget(self, case_id: str, slide_id: str, *, actor: str) -> None: ...


class SlidesDoor(Protocol):
    """Every write names who did it, and stands in the trail with it."""

    @property
    def drafts(self) -> DraftsDoor: ...

    def add(self, case_id: str, path: Path, *, actor: str, um_per_px: float | None = None) -> SlideInfo:
        """Keep the slide with the case. The same slide again changes nothing. `um_per_px`: where it does not say; not
        another one later."""
        ...

    def slides(self, case_id: str) -> list[SlideInfo]: ...

    def opened(self, case_id: str, slide_id: str) -> Slide:
        """The open slide, kept open for the next who asks; the store closes it. Safe from several threads."""
        ...

    def plan(
        self,
        case_id: str,
        slide_id: str,
        regions: Sequence[Region],
        *,
        actor: str,
        order: Order = Order.RANDOM,
        seed: int = 0,
        stop: Stop | None = None,
    ) -> Plan:
        """Declare which fields runs look at from now on, in which order, and when they may stop."""
        ...

    def planned(self, case_id: str, number: int | None = None) -> Plan | None:
        """The newest plan, or the one with this number; None: there is none."""
        ...

    def take(self, case_id: str, plan: Plan, fields: Sequence[Field], *, actor: str) -> list[str]:
        """Make the fields images of the case; their ids, in order. Pixels stay in the slide."""
        ...

    def fields(self, case_id: str) -> dict[str, Field]:
        """Every image of the case that is a field of a slide, and where it lies."""
        ...

    def looked(self, case_id: str, run_id: str) -> Looked | None:
        """How far a run went; None: it did not go by a plan."""
        ...

    def found(self, case_id: str, run_id: str, image_ids: Sequence[str]) -> dict[str, list[Box]]:
        """Boxes of the cells that a run holds of these images."""
        ...

    def begin(self, case_id: str, run_id: str, plan: Plan) -> None:
        """A run goes by this plan."""
        ...

    def ask_to_stop(self, case_id: str, run_id: str, *, actor: str) -> None:
        """End the run after the batch it is at, as a run that was done with: what it saw counts."""
        ...

    def stopped(self, case_id: str, run_id: str, why: str) -> None:
        """Write down that the run ends before the end of its plan."""
        ...
