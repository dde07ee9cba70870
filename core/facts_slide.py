"""What may be said of how much of a slide was looked at, among the facts of its case.

Ids (stable; a new one may come, none changes its meaning)
    slide.planned   fields that the plan held
    slide.looked    of them, looked at
    slide.area      of the slide's whole area, per cent: the parts that belong to fields that were looked at
    slide.stopped   why it ended before the end of the plan, in words; absent: it did not
Present only where the counted cells come from a planned run over a slide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from core.protocols import Store
from core.readings import Fact, LabelFreeReading, Reading
from core.slides.fields import Field

WHOLE = 0.999  # of a slide's area: nothing worth speaking of is left
ANYTIME = (
    "As it ended by what had been seen, the ordinary intervals of its shares may be too narrow: the anytime-valid "
    "one on the slide's page alone takes that into account."
)
Told = TypeVar("Told", bound=Reading | LabelFreeReading)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a slide a run looked at."""

    label: str  # 'slide 1'
    planned: int
    looked: int
    area: float  # of the whole slide, 0–1
    stopped: str = ""  # never who: facts go to those who write summaries
    by_sight: bool = False  # ended by somebody who looked on, or by an interval: not at a number fixed beforehand


def coverage(store: Store, case_id: str, run_id: str) -> Coverage | None:
    """None: the run did not go by the plan of a slide."""
    looked = store.slides.looked(case_id, run_id) if run_id else None
    if looked is None:
        return None
    slide = next(one for one in store.slides.slides(case_id) if one.id == looked.slide)
    lie = store.slides.fields(case_id)
    own = sum(_own(lie[tally.image]) for tally in looked.tallies if tally.image in lie)
    area = min(1.0, own / (slide.width * slide.height))
    why = "a person ended it" if looked.asked and looked.stopped else looked.stopped.partition(";")[0]
    plan = store.slides.planned(case_id, looked.plan)
    fixed = plan is not None and plan.stop.width is None and not looked.asked
    return Coverage(slide.label, looked.planned, looked.fields, area, why, bool(looked.stopped) and not fixed)


def added(reading: Told, found: Coverage | None) -> Told:
    """The reading with these facts, and with the sentence that says what was not looked at."""
    if found is None:
        return reading
    return replace(reading, facts=(*reading.facts, *of(found)), warnings=(*reading.warnings, said(found)))


def of(found: Coverage) -> Iterator[Fact]:
    by = f"the plan of {found.label}"
    yield Fact("slide.planned", "fields of the slide that were planned", found.planned, "fields", 0, None, by)
    yield Fact("slide.looked", "fields of the slide that were looked at", found.looked, "fields", 0, None, by)
    yield Fact("slide.area", "part of the slide's area that was looked at", 100 * found.area, "%", 1, None, by)
    if found.stopped:
        yield Fact("slide.stopped", "why it ended before the end of its plan", found.stopped, "", 0, None, by)


def said(found: Coverage) -> str:
    """What was not looked at, in a sentence or two."""
    part = f"{100 * found.area:.1f} % of {found.label}'s area"
    left = found.planned - found.looked
    told = f"{found.looked} of {found.planned} planned fields of {found.label} were looked at ({part})."
    if left:
        told += f" {left} planned {'field was' if left == 1 else 'fields were'} not"
        told += f": {found.stopped.rstrip('.')}." if found.stopped else "."
    if found.by_sight:
        told += f" {ANYTIME}"
    return told if found.area > WHOLE else f"{told} Of what lies outside the plan nothing is known."


def _own(field: Field) -> float:
    """Its own part, in pixels of the slide's first level."""
    left, top, right, bottom = field.own
    return (right - left) * (bottom - top) * (field.width / field.out_width) * (field.height / field.out_height)
