"""Where a cell of a question lies: the address of its picture, its field, and what the model called it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Any

import streamlit as st

from core.doors.teaching import Item, Origin
from core.errors import NotFound
from core.protocols import RunState
from core.records import Call, Cell, ImageInfo, Seen
from pages.components import links, notices, resources


@dataclass(frozen=True, slots=True)
class Place:
    call: Call | None
    field: dict[str, Any] | None


def address(item: Item) -> str:
    """The signed address of the cell's picture."""
    return links.crop(item.case, item.cell) if item.case else links.drawn(item.cell)


def place(item: Item) -> Place | None:
    """None of a cell drawn in memory, and of one whose case or run is gone."""
    if not item.case:
        return None
    try:
        run = resources.store().case(item.case).run
    except NotFound:
        return None
    if run is None or run.state is not RunState.DONE:
        return None
    cells, calls, images = _by_id(item.case, run.id)
    cell = cells.get(item.cell)
    image = images.get(cell.image) if cell else None
    if cell is None or image is None:
        return None
    told = {"src": links.picture(item.case, image.id), "width": image.width, "height": image.height}
    return Place(calls.get(item.cell), told | {"box": [float(edge) for edge in cell.box]})


@st.cache_resource(max_entries=24, show_spinner=False)
def _by_id(case_id: str, run_id: str) -> tuple[dict[str, Cell], dict[str, Call], dict[str, ImageInfo]]:
    seen: Seen = resources.seen(case_id, run_id)
    return (
        {cell.id: cell for cell in seen.cells},
        {call.cell: call for call in seen.calls},
        {image.id: image for image in seen.images},
    )


def short(item: Item) -> str:
    """Under a small picture: who says so."""
    return (
        "synthetic" if item.origin is Origin.DRAWN else f"{item.origin}, synthetic" if item.synthetic else item.origin
    )


def strip(items: Iterable[tuple[Item, str, str]]) -> None:
    """Cells in a row, each with its colour and words; drawn ones are marked."""
    notices.html(f'<div class="hb-grid teaching">{"".join(figure(*one) for one in items)}</div>')


def figure(item: Item, colour: str, said: str) -> str:
    mark = '<span class="hb-tag synthetic">synthetic</span>' if item.synthetic else ""
    return (
        f'<figure style="--c:{escape(colour)}"><img loading="lazy" src="{escape(address(item))}" alt="{escape(said)}">'
        f"<figcaption>{escape(said)}{mark}</figcaption></figure>"
    )
