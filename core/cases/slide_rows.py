"""Slides, plans and fields to rows and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from core.cases.rows import Named
from core.errors import Conflict
from core.records import ImageInfo, Modality
from core.slides.fields import Field, Region
from core.slides.plans import SOURCE, Order, Plan, SlideInfo, Stop


def slide(row: Named, here: bool) -> SlideInfo:
    return SlideInfo(
        id=row["id"],
        label=f"slide {row['position'] + 1}",
        sha256=row["sha256"],
        format=row["format"],
        width=row["width"],
        height=row["height"],
        um_per_px=row["um_per_px"],
        bytes=int(row["size"]),
        here=here,
    )


def same(known: SlideInfo, um_per_px: float | None) -> SlideInfo:
    """The slide that is there, unless somebody says another scale now: fields are laid by the first."""
    if um_per_px is not None and um_per_px != known.um_per_px:
        was = "none" if known.um_per_px is None else f"{known.um_per_px:g} µm per pixel"
        do = "Add it to another case, with this scale from the start."
        raise Conflict("the scale that the slide was added with", f"{um_per_px:g}, and it was {was}", do)
    return known


def of_plan(plan: Plan) -> dict[str, Any]:
    return {
        "number": plan.number,
        "slide_id": plan.slide,
        "um_per_px": plan.um_per_px,
        "regions": [asdict(region) for region in plan.regions],
        "fields": [of_field(field) for field in plan.fields],
        "ordered": str(plan.order),
        "seed": plan.seed,
        "stop": asdict(plan.stop),
        "at": plan.at,
        "actor": plan.actor,
    }


def plan(row: Named) -> Plan:
    """TypeError, ValueError or KeyError when it is none."""
    return Plan(
        number=row["number"],
        slide=row["slide_id"],
        regions=tuple(Region(**region) for region in row["regions"]),
        fields=tuple(field(place) for place in row["fields"]),
        um_per_px=row["um_per_px"],
        order=Order(row["ordered"]),
        seed=row["seed"],
        stop=Stop(**row["stop"]),
        actor=row["actor"],
        at=row["at"],
    )


def of_field(field: Field) -> list[float]:
    """Short, since a plan holds many."""
    whole = (field.number, field.x, field.y, field.width, field.height, field.out_width, field.out_height)
    return [*whole, *field.own]


def field(place: Sequence[float]) -> Field:
    *whole, left, top, right, bottom = place
    number, x, y, width, height, out_width, out_height = (int(value) for value in whole)
    if list(whole) != [number, x, y, width, height, out_width, out_height] or min(width, height, out_width) < 1:
        raise ValueError("a field of a slide that is none")
    own = (float(left), float(top), float(right), float(bottom))
    return Field(number, x, y, width, height, out_width, out_height, own)


def image(field: Field, slide: SlideInfo, um_per_px: float | None) -> ImageInfo:
    """The field as an image of the case."""
    return ImageInfo(
        id=field.id(slide.sha256),
        sha256=slide.sha256,
        page=field.number,
        label=f"{slide.label} field {field.number}",
        modality=Modality.SMEAR,
        width=field.out_width,
        height=field.out_height,
        um_per_px=um_per_px,
        source_format=SOURCE,
    )


def check_arrived(arrived: Mapping[str, Sequence[Named]]) -> None:
    """Of a case on its way in. ValueError, TypeError or KeyError when something is not what was exported."""
    known = {row["id"] for row in arrived["slides"]}
    for row in arrived["slides"]:
        slide(row, False)
    plans = {row["number"] for row in arrived["slide_plans"]}
    for number, row in enumerate(arrived["slide_plans"], start=1):
        if plan(row).number != number or row["slide_id"] not in known:
            raise ValueError("plans of fields that do not follow one another")
    images = {row["id"] for row in arrived["images"]}
    for row in arrived["slide_fields"]:
        field(row["place"])
        if row["slide_id"] not in known or row["image_id"] not in images:
            raise ValueError("a field of no slide")
    runs = {row["id"] for row in arrived["runs"]}
    for row in arrived["slide_looks"]:
        if row["run"] not in runs or row["plan"] not in plans:
            raise ValueError("a run by no plan")
