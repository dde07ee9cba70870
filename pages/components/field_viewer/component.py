"""The field viewer: a canvas that pans and zooms by itself, and one message: find this cell in the gallery.

Outlines and calls of a field never change in a run, so the browser fetches them once, by a signed address (`sheet`);
what reviews change is sent again as one number a cell. The plain functions here are tested without a browser.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from core.charts import field_sheet
from core.protocols import CaseRow
from core.records import Review, Seen
from core.vocabulary import Vocabulary
from pages.components import links, scripts, state

HERE = Path(__file__).parent
VIEWER = st.components.v2.component(
    "hemaboard_field_viewer",
    html='<div class="viewer"></div>',
    css=(HERE / "viewer.css").read_text(encoding="utf-8"),
    js=scripts.loader("field", [HERE / name for name in ("drawing.js", "hand.js", "viewer.js")]),
)
FIND = "Find it in the gallery"


def shown(
    row: CaseRow,
    seen: Seen,
    labels: Mapping[str, str],
    vocabulary: Vocabulary,
    key: str = "field",
    *,
    reviews: Sequence[Review] = (),
    tall: int = 540,
    on_find: Callable[[str], None] | None = None,
    finds: bool = True,
    turned: str = "",
) -> None:
    """Every field of the case. `labels` is what each cell is called now; cells left out have no call.

    `turned` asks for a field: any word, a space, the field's id; with another word the same field is turned to again.

    It follows CASE_FOCUS, and sets it when a person asks where a cell is in the gallery (`finds`); `on_find` is then
    called with the cell, before the page is drawn again. Not a fragment: the rest of the page has to follow.
    """
    name = f"{key}-{row.id}"
    data = data_of(row, seen, labels, vocabulary, reviews=reviews, focus=focus_of(row.id), tall=tall, finds=finds)

    found_here = focus_of(row.id) == state.get(f"{state.CASE_FOUND}.{row.id}", "")
    data |= {"name": name, "turned": turned, "comes": not found_here}

    def found() -> None:
        take(row.id, st.session_state[name].found, on_find)

    VIEWER(key=name, data=scripts.given(data), on_found_change=found)


def focus_of(case_id: str) -> str:
    """The cell that another component asks to be seen; '' for none."""
    return str(state.get(f"{state.CASE_FOCUS}.{case_id}", ""))


def take(case_id: str, message: Mapping[str, Any] | None, on_find: Callable[[str], None] | None = None) -> None:
    """What the browser sent: a cell to be found in the gallery."""
    cell = str((message or {}).get("cell", ""))
    if cell:
        state.put(f"{state.CASE_FOCUS}.{case_id}", cell)
        state.put(f"{state.CASE_FOUND}.{case_id}", cell)
        if on_find:
            on_find(cell)


def data_of(
    row: CaseRow,
    seen: Seen,
    labels: Mapping[str, str],
    vocabulary: Vocabulary,
    *,
    reviews: Sequence[Review] = (),
    focus: str = "",
    tall: int = 540,
    finds: bool = True,
) -> dict[str, Any]:
    """What the browser is told. Addresses are signed; words are text, never markup."""
    run_id = row.run.id if row.run else ""
    its_field = field_sheet.where(focus, seen) if focus else ""
    return {
        "pages": [
            {name: getattr(page, name) for name in page.__slots__}  # no copy: a page has thousands of names
            | {"picture": links.picture(row.id, page.id), "outlines": links.outlines(row.id, run_id, page.id)}
            for page in field_sheet.pages(seen, labels, vocabulary)
        ],
        "classes": [{"code": c.code, "name": c.name, "colour": c.colour} for c in vocabulary.classes],
        "reviews": field_sheet.said(reviews, vocabulary),
        "focus": {"cell": focus, "field": its_field} if its_field else None,
        "finds": FIND if finds else "",
        "tall": tall,
    }


def sheet(case_id: str, image_id: str, seen: Seen) -> bytes:
    """One field's outlines and calls as JSON, with the address of each cell's crop."""
    cells = [told | {"crop": links.crop(case_id, told["id"])} for told in field_sheet.sheet(image_id, seen)]
    return json.dumps(cells, separators=(",", ":"), ensure_ascii=False).encode()
