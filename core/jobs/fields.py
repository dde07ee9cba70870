"""What a run looks at: the case's pictures, then the fields of its slide in the declared order, until enough was seen.

A field belongs to a run only with the cells that are its own (`core.slides.fields`), so that what lies on a seam is
counted once. After each batch the declared rule is asked whether the run may end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.aggregate import anytime, settling
from core.errors import BadInput
from core.protocols import Store
from core.records import CaseInfo, Seen, Upload
from core.slides.fields import Field, owned, seen_from, spot, touch
from core.slides.plans import Looked, Plan, Stop
from core.vocabulary import Vocabulary


def order(store: Store, case_id: str, number: int | None = None) -> tuple[list[str], Plan | None]:
    """Ids of all images and fields in the order in which they are looked at, and the plan of the fields: the one with
    this number, or the newest."""
    held = [image.id for image in store.images(case_id)]
    plan = store.slides.planned(case_id, number)
    slides = {slide.id: slide for slide in store.slides.slides(case_id)}
    if plan is None or not slides[plan.slide].here:
        return held, None
    of_slides = store.slides.fields(case_id)
    fields = [field.id(slides[plan.slide].sha256) for field in plan.fields]
    return [*(image for image in held if image not in of_slides), *fields], plan


def begun(store: Store, case_id: str, run_id: str) -> list[str]:
    """The same ids. A run goes by the plan that was the newest when it was queued, however often it begins again."""
    looked = store.slides.looked(case_id, run_id)
    ids, plan = order(store, case_id, looked.plan if looked else None)
    bound(store, case_id, run_id, plan)
    return ids


def bound(store: Store, case_id: str, run_id: str, plan: Plan | None) -> None:
    """From now on the run goes by this plan, if there is one and it goes by none yet."""
    if plan is not None:
        store.slides.begin(case_id, run_id, plan)


def take(store: Store, case_id: str, run_id: str, ids: Sequence[str]) -> dict[str, Field]:
    """Make the batch's fields images of the case; every field of the run's plan by its id."""
    looked = store.slides.looked(case_id, run_id)
    plan = looked and store.slides.planned(case_id, looked.plan)
    if not plan:
        return {}
    slide = next(slide for slide in store.slides.slides(case_id) if slide.id == plan.slide)
    by_id = {field.id(slide.sha256): field for field in plan.fields}
    fields = [by_id[image] for image in ids if image in by_id]
    if fields:
        store.slides.take(case_id, plan, fields, actor="engine")
    return by_id


def uploads(store: Store, case_id: str, ids: Sequence[str]) -> tuple[list[Upload], list[str]]:
    """The batch's pictures as they are stored, and what is wrong with those that cannot be read: a damaged place of
    a slide costs its field, not the run."""
    known = {image.id: image for image in store.images(case_id)}
    batch, problems = [], []
    for image in ids:
        try:
            batch.append(Upload(known[image].label, store.picture(case_id, image), known[image]))
        except BadInput as error:
            problems.append(f"{known[image].label}: {error}")
    return batch, problems


def own(store: Store, case_id: str, run_id: str, seen: Seen, planned: dict[str, Field]) -> Seen:
    """What was seen, less the cells that are not their field's own or that a neighbour holds already."""
    batch = [image.id for image in seen.images if image.id in planned]
    if not batch:
        return seen
    near = [
        image
        for image, field in planned.items()
        if image not in batch and any(touch(field, planned[one]) for one in batch)
    ]
    held = {image: [spot(box) for box in boxes] for image, boxes in _found(store, case_id, run_id, near).items()}
    kept = [cell for cell in seen.cells if cell.image not in planned]
    for image in batch:
        field = planned[image]
        beside = [
            place
            for other, spots in held.items()
            if touch(field, planned[other])
            for place in seen_from(field, planned[other], spots)
        ]
        cells = owned([cell for cell in seen.cells if cell.image == image], field, beside)
        held[image] = [spot(cell.box) for cell in cells]
        kept += cells
    names = {cell.id for cell in kept}
    calls = tuple(call for call in seen.calls if call.cell in names)
    crops = {cell: crop for cell, crop in seen.crops.items() if cell in names}
    return replace(seen, cells=tuple(kept), calls=calls, crops=crops)


def _found(
    store: Store, case_id: str, run_id: str, images: Sequence[str]
) -> dict[str, list[tuple[float, float, float, float]]]:
    return store.slides.found(case_id, run_id, images) if images else {}


def enough(
    store: Store, case_id: str, run_id: str, vocabulary: Vocabulary, ids: Sequence[str], planned: dict[str, Field]
) -> list[str]:
    """Why the run ends after the batch `ids`, in words, which is written down; nothing: it goes on.

    After the last batch there is nothing to go on with: whatever was not looked at then could not be read.
    """
    if not planned or next(reversed(planned)) in ids:
        return []
    why = _why(store, case_id, run_id, vocabulary)
    if not why:
        return []
    store.slides.stopped(case_id, run_id, why)
    return [f"Ended early: {why}."]


def _why(store: Store, case_id: str, run_id: str, vocabulary: Vocabulary) -> str:
    looked = store.slides.looked(case_id, run_id)
    plan = looked and store.slides.planned(case_id, looked.plan)
    if not looked or not plan or looked.fields >= looked.planned:
        return ""
    why = f"{looked.asked} ended it" if looked.asked else _rule(looked, plan.stop, store.case(case_id).info, vocabulary)
    rest = looked.planned - looked.fields
    return f"{why}; {rest} of {looked.planned} planned fields were not looked at" if why else ""


def _rule(looked: Looked, stop: Stop, info: CaseInfo, vocabulary: Vocabulary) -> str:
    counts, totals = settling.columns(looked.tallies, stop.share, info, vocabulary)
    if stop.cells is not None and sum(totals) >= stop.cells:
        return f"{sum(totals)} counted cells, {stop.cells} were to be counted"
    if stop.width is not None:
        found = anytime.look(counts, totals, looked.planned)
        if anytime.narrow(found, stop.width):
            return f"the interval is {found.width:.3f} wide, {stop.width:g} was asked for"
    return ""
