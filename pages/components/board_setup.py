"""Boards made and changed: which cases, which panels, which cells and fields. Every change is asked for its right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from html import escape

import streamlit as st

from core.charts import board as charts
from core.charts import words
from core.doors.board import MOST, Board, Layout, Panel, Shown
from core.errors import HemaboardError
from core.people import Right
from core.protocols import CaseRow, RunState
from pages.components import crop_row, notices, resources, state, who

LAYOUTS = {Layout.ONE: "One case", Layout.TWO: "Two side by side", Layout.SERIAL: "Samples over time"}
PANELS = {
    Panel.SHARES: "Shares",
    Panel.DIFFERENTIAL: "Differential",
    Panel.CRITERIA: "WHO and ICC",
    Panel.MARKERS: "Markers (label-free)",
    Panel.PICTURES: "Cells and fields",
    Panel.STANDING: "Signature",
}
PROPOSED, PICKED, KEPT, NONE = "A few of each class", "Those picked on the case's page", "As they are", "None"
LISTED = 500
NEW = ""
MASKED = "Without pseudonyms and dates: cases are called A and B, samples by their day"


def shown() -> None:
    st.title("Tumour board")
    notices.html(
        '<p class="hb-lede">A board shows cases in large type and full screen, to step through with the arrow keys. '
        "Its link only reads: whoever may look at cases may open it, and nobody can change anything from it.</p>"
    )
    boards = resources.store().board.all()
    _listed(boards)
    refusal = who.refusal(Right.REVIEW)
    if refusal:
        notices.html(f'<p class="hb-sub">{escape(refusal)}</p>')
        return
    editing = str(state.get(state.BOARD_EDITED, NEW))
    _form(next((board for board in boards if board.id == editing), None))


def _listed(boards: Sequence[Board]) -> None:
    if not boards:
        notices.html('<div class="hb-empty"><b>No board yet.</b>Make one below.</div>')
        return
    may = who.may(Right.REVIEW)
    for board in boards:
        with st.container(border=True, key=f"row-{board.id}", horizontal=True, vertical_alignment="center"):
            said = f"{LAYOUTS[board.layout]} · {words.size(len(board.cases), 'case')}"
            said += f" · {'masked' if board.masked else 'with pseudonyms'} · {board.actor}"
            notices.html(f'<div class="hb-case">{escape(board.title)}</div><div class="hb-sub">{escape(said)}</div>')
            st.link_button("Show", f"board?board={board.id}", type="primary")
            if may:
                st.button("Change", key=f"change-{board.id}", on_click=_edit, args=(board.id,))
                st.button("Delete", key=f"delete-{board.id}", on_click=_do, args=(_removing(board.id),))


def _edit(board_id: str) -> None:
    state.put(state.BOARD_EDITED, board_id)
    state.put(state.BOARD_ROUND, state.get(state.BOARD_ROUND, 0) + 1)


def _removing(board_id: str) -> Callable[[], str]:
    def act() -> str:
        resources.store().board.remove(board_id, actor=who.actor())
        return "The board is deleted."

    return act


def _do(act: Callable[[], str]) -> None:
    """The right is asked for again: what a page showed may be old. A refusal is told on the next drawing."""
    if not who.may(Right.REVIEW):
        state.put(state.BOARD_PROBLEM, who.refusal(Right.REVIEW))
        return
    try:
        state.flash(act())
        _edit(NEW)
    except HemaboardError as error:
        state.put(state.BOARD_PROBLEM, str(error))


def _form(board: Board | None) -> None:
    rows = _choosable()
    st.header("Change the board" if board else "New board")
    problem = st.session_state.pop(state.BOARD_PROBLEM, "")
    if problem:
        notices.say("warning", problem, "Not possible")
    if not rows:
        notices.html('<div class="hb-empty"><b>No finished case yet.</b>A board shows cases that were analysed.</div>')
        return
    key = f"board.{state.get(state.BOARD_ROUND, 0)}"
    with st.container(border=True, key="box-board"):
        left, right = st.columns([2, 3], gap="medium")
        title = left.text_input("Title", board.title if board else "", max_chars=60, key=f"{key}.title",
                                placeholder="for example Board of the haematology ward")  # fmt: skip
        layout = right.segmented_control("Layout", list(LAYOUTS), default=board.layout if board else Layout.ONE,
                                         format_func=LAYOUTS.get, required=True, key=f"{key}.layout")  # fmt: skip
        chosen = _cases(layout, rows, board, key)
        panels = st.pills("Panels", list(PANELS), selection_mode="multi", format_func=PANELS.get,
                          default=list(board.panels) if board else list(Panel), key=f"{key}.panels")  # fmt: skip
        notices.html('<p class="hb-sub">Alerts and the reasons why a number is withheld always show.</p>')
        masked = st.toggle(MASKED, value=board.masked if board else True, key=f"{key}.masked")
        held = {one.case: one for one in board.cases} if board else {}
        days = _days(layout, [rows[case] for case in chosen], held, key)
        names = _called(rows)
        shown_ = tuple(_pictures(rows[case], names[case], held.get(case), days.get(case), key) for case in chosen)
        made = Board(title, layout, shown_, tuple(p for p in Panel if p in panels), masked, board.id if board else "")
        _save(made, key)


def _choosable() -> dict[str, CaseRow]:
    found = resources.store().cases(state=RunState.DONE, limit=LISTED)
    return {row.id: row for row in found}


def _cases(layout: Layout, rows: Mapping[str, CaseRow], board: Board | None, key: str) -> list[str]:
    was = [one.case for one in board.cases if one.case in rows] if board else _asked_for(rows)
    if layout is Layout.SERIAL:
        return _course(rows, was, key)
    return st.multiselect(
        "Case" if MOST[layout] == 1 else "Cases", list(rows), default=was[: MOST[layout]],
        max_selections=MOST[layout], format_func=_called(rows).get, key=f"{key}.cases.{layout}",
        placeholder="Choose a case" if MOST[layout] == 1 else "Choose two cases",
    )  # fmt: skip


def _asked_for(rows: Mapping[str, CaseRow]) -> list[str]:
    """The case that the address names, for who comes from its page."""
    case = st.query_params.get("case", "")
    return [case] if case in rows else []


def _course(rows: Mapping[str, CaseRow], was: Sequence[str], key: str) -> list[str]:
    """A pseudonym with more than one case, then which of its samples."""
    by_name: dict[str, list[str]] = {}
    for case, row in sorted(rows.items(), key=lambda pair: pair[1].created):
        by_name.setdefault(row.info.pseudonym, []).append(case)
    names = [name for name, cases in by_name.items() if len(cases) > 1]
    if not names:
        notices.say("note", "No pseudonym has more than one finished case.")
        return []
    first = rows[was[0]].info.pseudonym if was else None
    index = names.index(first) if first in names else None
    name = st.selectbox("Pseudonym", names, index=index, key=f"{key}.pseudonym", placeholder="Choose a pseudonym")
    if not name:
        return []
    default = [case for case in was if case in by_name[name]] or by_name[name][: MOST[Layout.SERIAL]]
    chosen = st.multiselect(
        "Samples", by_name[name], default=default, max_selections=MOST[Layout.SERIAL],
        format_func=_called(rows).get, key=f"{key}.samples.{name}",
    )  # fmt: skip
    return [case for case in by_name[name] if case in chosen]


def _days(layout: Layout, rows: Sequence[CaseRow], was: Mapping[str, Shown], key: str) -> dict[str, int]:
    """The days of serial samples, entered for all or for none; proposed is how far apart they were stored."""
    if layout is not Layout.SERIAL or not rows:
        return {}
    known = any(one.day is not None for one in was.values())
    if not st.toggle("Enter the day of each sample (day 0 is of your choice)", value=known, key=f"{key}.days"):
        return {}
    found, names = {}, _called({row.id: row for row in rows})
    for row in rows:
        held = was.get(row.id)
        since = (row.created.date() - rows[0].created.date()).days
        day = held.day if held and held.day is not None else since
        found[row.id] = st.number_input(f"Day of {names[row.id]}", value=day, step=1, key=f"{key}.day.{row.id}")
    return {case: int(day) for case, day in found.items()}


def _pictures(row: CaseRow, name: str, was: Shown | None, day: int | None, key: str) -> Shown:
    """Cells by one of a few ways, shown as they will be; fields by name."""
    assert row.run is not None
    seen = resources.seen(row.id, row.run.id)
    vocabulary = resources.vocabulary(row.info.vocabulary)
    reviews = resources.store().reviews(row.id)
    there = {cell.id for cell in seen.cells}
    ways = {PROPOSED: charts.proposed(seen, vocabulary, reviews), NONE: ()}
    picked = tuple(cell for cell in state.get(f"{state.CASE_PICKED}.{row.id}", ()) if cell in there)
    if picked:
        ways = {PICKED: picked[: charts.MOST], **ways}
    kept = tuple(cell for cell in was.cells if cell in there) if was else ()
    if kept:
        ways = {KEPT: kept, **ways}
    with st.expander(f"Cells and fields of {name}", expanded=False):
        way = st.segmented_control("Cells", list(ways), default=next(iter(ways)), required=True,
                                   key=f"{key}.way.{row.id}")  # fmt: skip
        cells = ways[way or NONE]
        slides = charts.slides(Shown(row.id, cells), seen, vocabulary, reviews)
        crop_row.shown(row.id, [(one.item, one.colour, one.name) for one in slides], wide=any(s.wide for s in slides))
        labels = {image.id: image.label[:1].upper() + image.label[1:] for image in seen.images}
        first = [field for field in was.fields if field in labels] if was else list(labels)[:1]
        fields = st.multiselect("Fields", list(labels), default=first, format_func=labels.get,
                                max_selections=charts.MOST, key=f"{key}.fields.{row.id}")  # fmt: skip
    return Shown(row.id, cells, tuple(field for field in labels if field in fields), day)


def _called(rows: Mapping[str, CaseRow]) -> dict[str, str]:
    """Cases told apart, also those stored in one minute: a list of choices shows equal words once only."""
    named: dict[str, str] = {}
    for case, row in rows.items():
        name = f"{row.info.pseudonym} · {charts.told(row.info)} · stored {row.created:%d %b %Y %H:%M}"
        same = sum(other.startswith(name) for other in named.values())
        named[case] = f"{name} ({same + 1})" if same else name
    return named


def _save(board: Board, key: str) -> None:
    def act() -> str:
        if board.id:
            resources.store().board.change(board, actor=who.actor())
            return "The board is changed."
        resources.store().board.add(replace(board, id=""), actor=who.actor())
        return "The board is made: “Show” opens it, and its address is its link."

    fewest = 2 if board.layout is Layout.TWO else 1
    missing = [what for there, what in (
        (board.title.strip(), "a title"), (len(board.cases) >= fewest, words.size(fewest, "case")),
    ) if not there]  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        text = "Save the changes" if board.id else "Make the board"
        if st.button(text, type="primary", disabled=bool(missing), key=f"{key}.save"):  # with what is typed by now
            _do(act)
            st.rerun()
        if board.id:
            st.button("Leave it as it was", key=f"{key}.leave", on_click=_edit, args=(NEW,))
        if missing:
            notices.html(f'<span class="hb-sub">Still needed: {escape(" and ".join(missing))}.</span>')
