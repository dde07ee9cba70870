"""The slide viewer: a canvas that fetches the tiles in view, and one message: the regions as they are now.

Tiles come by a signed address of our own server. Regions are edited in the browser and sent whole, so that the last
message says everything. The plain functions here are tested without a browser.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from core.errors import BadInput
from core.slides.fields import Region
from core.slides.plans import SlideInfo
from pages.components import links, scripts

HERE = Path(__file__).parent
FIELD = HERE.parent / "field_viewer"
PARTS = (FIELD / "drawing.js", HERE / "pyramid.js", HERE / "regions.js", HERE / "cells.js", HERE / "hand.js")
STYLES = (FIELD / "viewer.css", HERE / "slide.css")
VIEWER = st.components.v2.component(
    "hemaboard_slide_viewer",
    html='<div class="viewer"></div>',
    css="\n".join(file.read_text(encoding="utf-8") for file in STYLES),
    js=scripts.loader("slide", (*PARTS, HERE / "viewer.js")),
)
MOST_REGIONS = 60


@dataclass(frozen=True, slots=True)
class Found:
    """What a run found on the slide, as the viewer is told."""

    fields: Sequence[Mapping[str, Any]] = ()  # box, looked, and of what was looked at: outlines, seen, factor
    cells: str = ""  # the address of all cells as points
    classes: Sequence[Mapping[str, str]] = ()
    counts: Sequence[tuple[int, int]] = ()  # place of a class, its cells


def shown(
    case_id: str,
    slide: SlideInfo,
    zooms: int,
    regions: Sequence[Region],
    key: str,
    *,
    found: Found | None = None,
    turn: int = 0,
    on_regions: Callable[[tuple[Region, ...]], None] | None = None,
    tall: int = 560,
) -> None:
    """`on_regions` makes it editable. Another `turn` puts `regions` in place of those that stand in the browser."""
    name = f"{key}-{case_id}-{slide.id}"

    def changed() -> None:
        message = st.session_state[name].regions
        if message and on_regions:
            on_regions(taken(message, slide))

    data = data_of(case_id, slide, zooms, regions, found or Found(), editable=on_regions is not None, tall=tall)
    VIEWER(key=name, data=scripts.given(data | {"name": name, "round": turn}), on_regions_change=changed)


def data_of(
    case_id: str,
    slide: SlideInfo,
    zooms: int,
    regions: Sequence[Region],
    found: Found,
    *,
    editable: bool,
    tall: int = 560,
) -> dict[str, Any]:
    """What the browser is told. Addresses are signed; words are text, never markup."""
    tiles, query = links.tiles(case_id, slide.id)
    return {
        "slide": {
            "width": slide.width, "height": slide.height, "um_per_px": slide.um_per_px, "zooms": zooms,
            "tiles": tiles, "query": query,
        },
        "label": slide.label[:1].upper() + slide.label[1:],
        "regions": [
            {"box": [r.x, r.y, r.x + r.width, r.y + r.height], "own": r.score is None, "score": r.score}
            for r in regions
        ],
        "fields": list(found.fields),
        "cells": found.cells,
        "classes": list(found.classes),
        "counts": [list(pair) for pair in found.counts],
        "editable": editable,
        "tall": tall,
    }  # fmt: skip


def taken(message: Mapping[str, Any], slide: SlideInfo) -> tuple[Region, ...]:
    """What the browser sent, looked at before it is believed."""
    boxes = message.get("boxes")
    if not isinstance(boxes, list) or len(boxes) > MOST_REGIONS:
        raise BadInput(f"at most {MOST_REGIONS} regions", "more, or none that can be read", "Remove some of them.")
    return tuple(_region(one, slide) for one in boxes)


def _region(told: Mapping[str, Any], slide: SlideInfo) -> Region:
    try:
        x0, y0, x1, y1 = (int(value) for value in told["box"])
        score = None if told.get("own") or told.get("score") is None else float(told["score"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput("a region's four corners", "something else", "Load the page again.") from error
    x0, x1 = max(0, x0), min(slide.width, x1)
    y0, y1 = max(0, y0), min(slide.height, y1)
    if x1 <= x0 or y1 <= y0:
        raise BadInput("a region on the slide", "one beside it, or without an area", "Draw it again.")
    return Region(x0, y0, x1 - x0, y1 - y0, score)
