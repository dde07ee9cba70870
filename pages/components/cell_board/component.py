"""The gallery as pages use it: what it shows goes to the browser, what a person did there comes back as reviews."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from core.charts import gallery
from core.errors import BadInput, HemaboardError
from core.people import Right
from core.protocols import CaseRow
from core.records import Review, Seen, Stream
from core.vocabulary import Vocabulary
from pages.components import label_free_views, links, notices, resources, scripts, state, who
from pages.components.cell_board import decks, edits

HERE = Path(__file__).parent
SCRIPTS = ("deck", "pictures", "edits", "grid", "panel", "bar", "input", "board")  # joined in this order
NOT_HERE = "Cells cannot be named here."

BOARD = st.components.v2.component(
    "hemaboard_cells",
    html=(HERE / "board.html").read_text(encoding="utf-8"),
    css=(HERE / "board.css").read_text(encoding="utf-8"),
    js=scripts.loader("cells", [HERE / f"{name}.js" for name in SCRIPTS]),
)
_ledger = edits.Ledger()


@dataclass(slots=True)
class _Written:
    """Of one gallery in one session: what it wrote since its page was drawn, and its answer to the last batch."""

    since: Sequence[Review] = ()  # what the page knew when it was drawn
    reviews: list[Review] = field(default_factory=list)
    ack: dict[str, Any] = field(default_factory=dict)


@st.fragment
def shown(
    row: CaseRow,
    seen: Seen,
    vocabulary: Vocabulary,
    reviews: Sequence[Review],
    *,
    stream: Stream = Stream.TARGETED,
    only: tuple[str, ...] | None = None,
    blinded: bool = False,
    editable: bool = True,
    order: Sequence[str] | None = None,
    strips: Mapping[str, str] | None = None,
    probability: Mapping[str, float] | None = None,
    actor: str = "",
    key: str = "cells",
) -> None:
    """All cells of the case, or `only` some, in the `order` given or as the person sorts them.

    What is named here is kept in `stream`, with the `probability` that a cell was drawn with. `blinded`: nothing that
    a model said is sent to the browser. `strips` are words under each cell. Two galleries on a page differ by `key`.
    `actor`: who reads, where people at one screen say so themselves.
    """
    if not seen.cells:
        notices.html('<div class="hb-empty"><b>No cells.</b>Nothing was found in these fields.</div>')
        return
    renamed = {} if blinded else gallery.renamed(resources.tested_of(row, seen), vocabulary)
    held = decks.held(row.id, seen, vocabulary, blinded=blinded, strips=strips, renamed=renamed)
    name = f"{key}-{row.id}"
    written = state.get(f"{state.CASE_BOARD}.{name}", _Written())
    if written.since is not reviews:  # the page was drawn anew, and has read what was written
        written.since, written.reviews = reviews, []
    how = edits.Reading(actor or who.actor(), stream, not blinded, probability)
    why_not = who.refusal(Right.REVIEW) or ("" if editable else NOT_HERE)

    def now() -> edits.Standing:
        return edits.standing(seen, (*reviews, *written.reviews), stream, how.actor, blinded=blinded)

    def taken() -> None:
        value = st.session_state[name].get("batch")
        allowed = frozenset(held.deck.cells if only is None else only)
        written.ack = _taken(value, row.id, held, now, how, why_not, allowed, written.reviews)

    path, query = links.cells(row.id, held.id)
    data = {
        "address": path,
        "query": query,
        "place": f"{name}.{row.run.id if row.run else ''}.{stream}.{int(blinded)}.{how.actor}",
        "blinded": blinded,
        "saliency": label_free_views.why_no_saliency(seen) if held.deck.columns["wide"] and not blinded else None,
        "why_not": why_not,
        "only": _places(held, only),
        "order": _places(held, order),
        "named": _named(held, now()),
        "ack": written.ack,
        **_elsewhere(row.id, held, alone=only is not None or blinded),
    }
    found = BOARD(key=name, data=scripts.given(data), on_batch_change=taken, on_wish_change=lambda: None)
    if found.wish:
        _granted(row.id, held, vocabulary, found.wish)


def _taken(
    value: Any,
    case_id: str,
    held: decks.Held,
    now: Callable[[], edits.Standing],
    how: edits.Reading,
    why_not: str,
    allowed: frozenset[str],
    written: list[Review],
) -> dict[str, Any]:
    """Writes a batch, once; the answer to it."""
    try:
        batch = edits.parsed(value, len(held.deck.cells), len(held.vocabulary.classes))
    except BadInput as error:
        return {"refused": str(error)}
    answer = {"client": batch.client, "seq": batch.seq}
    if _ledger.knows(batch):
        return answer
    if why_not:
        return {**answer, "refused": why_not}
    if edits.outside(batch, held.deck.cells, allowed):
        return {**answer, "refused": "a cell that is not shown here cannot be named here"}
    at = dt.datetime.now(dt.UTC)
    said = edits.reviews(batch, held.deck.cells, held.vocabulary.codes, held.seen, now(), how, at)
    try:
        resources.store().add_reviews(case_id, said)
    except HemaboardError as error:
        return {**answer, "refused": str(error)}
    _ledger.enter(batch)
    written.extend(said)
    return answer


def _places(held: decks.Held, cells: Sequence[str] | None) -> list[int] | None:
    return None if cells is None else [held.deck.place[cell] for cell in cells if cell in held.deck.place]


def _named(held: decks.Held, now: edits.Standing) -> dict[str, list[int]]:
    """Places of the cells whose name is not the machine's, or is somebody's word; that name; whether it is."""
    codes = {code: number for number, code in enumerate(held.vocabulary.codes)}
    called: list[int] = held.deck.columns["called"]
    at, names, done = [], [], []
    for place, cell in enumerate(held.deck.cells):
        code = codes.get(now.names.get(cell, ""), gallery.UNNAMED)
        if cell in now.by or code != called[place]:
            at.append(place)
            names.append(code)
            done.append(int(cell in now.by))
    return {"at": at, "as": names, "done": done}


def _elsewhere(case_id: str, held: decks.Held, *, alone: bool) -> dict[str, Any]:
    """What other components of the page want shown. A gallery of chosen cells shows those, whatever is chosen there."""
    focus = held.deck.place.get(str(state.get(f"{state.CASE_FOCUS}.{case_id}", "")), -1)
    if alone:
        return {"picked": None, "focus": focus, "linked": not held.deck.blinded}
    codes = {code: number for number, code in enumerate(held.vocabulary.codes)}
    picked = _places(held, state.get(f"{state.CASE_PICKED}.{case_id}", ()) or None)
    shown_class = codes.get(str(state.get(f"{state.CASE_CLASS}.{case_id}", "") or ""), -1)
    return {"picked": picked, "focus": focus, "shown": shown_class, "linked": True}


def _granted(case_id: str, held: decks.Held, vocabulary: Vocabulary, wish: Any) -> None:
    """What the gallery asks of the page around it. All but the first is answered by drawing the page anew."""
    kind = wish.get("kind") if isinstance(wish, dict) else None
    if kind == "class":
        code = wish.get("code")
        known = isinstance(code, int) and 0 <= code < len(vocabulary.codes)
        state.put(f"{state.CASE_CLASS}.{case_id}", vocabulary.codes[code] if known else "")
        return
    if kind == "release":
        state.put(f"{state.CASE_PICKED}.{case_id}", ())
        chart = f"{state.CASE_ROUND}.{case_id}"  # where they were picked, they are let go too
        state.put(chart, state.get(chart, 0) + 1)
    elif kind == "field":
        place = wish.get("cell")
        if isinstance(place, int) and 0 <= place < len(held.deck.cells):
            state.put(f"{state.CASE_FOCUS}.{case_id}", held.deck.cells[place])
    if kind in ("release", "field", "settle", "again"):
        st.rerun()
