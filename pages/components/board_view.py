"""A tumour board as an audience sees it: large, without names unless they were asked for, and only read.

Nothing in here writes: what is shown was chosen before, and what it says comes from the cases each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

import streamlit as st

from core.aggregate.criteria import MARKS
from core.charts import board as charts
from core.charts import screen, screen_board
from core.doors.board import Board, Layout, Panel, Shown
from core.errors import HemaboardError
from core.protocols import CaseRow, RunState
from core.readings import LabelFreeReading, Reading
from core.records import Modality, Review, Seen
from core.vocabulary import Vocabulary
from pages.components import board_panels, label_free, notices, resources
from pages.components.board_stepper import component as stepper

FULL_SCREEN = Path(__file__).parents[1] / "static" / "board.css"
TIME = "Days count from when the first of these cases was stored here; the days of the samples were not entered."
ENTERED = "The days were entered by who made this board."
ON_TOP = ("urgent", "warning")


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """One case of the board with all that is said of it; no reading while it is not analysed."""

    name: str
    shown: Shown
    row: CaseRow
    vocabulary: Vocabulary
    reviews: tuple[Review, ...]
    seen: Seen
    reading: Reading | LabelFreeReading | None
    problem: str = ""


def shown(board: Board) -> None:
    st.html(FULL_SCREEN)
    held = _held(board)
    _heading(board)
    if not held:
        notices.html('<div class="hb-empty"><b>Nothing on this board.</b>Its cases were deleted since.</div>')
        return
    if board.layout is Layout.SERIAL:
        _serial(board, held)
    elif board.layout is Layout.TWO and len(held) > 1:
        with st.container(key="wrap-board"):
            places = st.columns(2, gap="large")
        for place, one in zip(places, held, strict=True):
            with place:
                _case(board, one)
    elif Panel.PICTURES in board.panels and _columns(board, held):
        with st.container(key="wrap-board"):
            numbers, pictures = st.columns([5, 4], gap="large")
        with numbers:
            _case(board, held[0])
        with pictures, st.container(key="board-pictures"):
            _pictures(board, held)
        return
    else:
        _case(board, held[0])
    if Panel.PICTURES in board.panels:
        _pictures(board, held)


def _held(board: Board) -> list[Held]:
    store = resources.store()
    rows = [store.case(one.case) for one in board.cases]
    if board.layout is Layout.SERIAL:
        known = all(one.day is not None for one in board.cases)
        order = sorted(range(len(rows)), key=lambda n: (board.cases[n].day if known else 0, rows[n].created))
        board_cases, rows = [board.cases[n] for n in order], [rows[n] for n in order]
    else:
        board_cases = list(board.cases)
    names = charts.names(board, [row.info for row in rows])
    return [_one(name, one, row) for name, one, row in zip(names, board_cases, rows, strict=True)]


def _one(name: str, one: Shown, row: CaseRow) -> Held:
    vocabulary = resources.vocabulary(row.info.vocabulary)
    reviews = tuple(resources.store().reviews(row.id))
    if row.run is None or row.run.state is not RunState.DONE:
        return Held(name, one, row, vocabulary, reviews, Seen(), None, "It has no finished analysis.")
    seen = resources.seen(row.id, row.run.id)
    try:
        made = resources.label_free_reading if row.info.modality is Modality.DPC else resources.reading
        return Held(name, one, row, vocabulary, reviews, seen, made(row.id, row.run.id, row.info))
    except HemaboardError as error:
        return Held(name, one, row, vocabulary, reviews, seen, None, str(error))


def _heading(board: Board) -> None:
    notices.html(
        f'<div class="hb-board-head"><h1>{escape(board.title)}</h1>'
        '<a href="board" target="_self" class="hb-sub">Leave the board</a></div>'
    )


def _case(board: Board, one: Held) -> None:
    """What must be said of a case stands above whatever the presenter chose."""
    board_panels.heading(one.name, one.row, one.reading)
    _must_say(one)
    reading = one.reading
    if reading is None:
        return
    if Panel.STANDING in board.panels:
        board_panels.standing(one.row, one.seen, one.reviews)
    if Panel.SHARES in board.panels:
        board_panels.shares(reading, one.vocabulary)
    notices.alerts(reading.alerts, ("note",))
    if Panel.CRITERIA in board.panels and isinstance(reading, Reading):
        board_panels.criteria(reading)
    said_already = isinstance(reading, LabelFreeReading) and Panel.SHARES in board.panels
    if Panel.DIFFERENTIAL in board.panels and not said_already:
        board_panels.bars(reading, one.vocabulary)
    if Panel.MARKERS in board.panels and isinstance(reading, LabelFreeReading):
        board_panels.markers(reading, one.vocabulary)


def _must_say(one: Held) -> None:
    """Alerts of what a reader entered also stand where nothing was ever analysed."""
    reading = one.reading
    notices.alerts(reading.alerts if reading else resources.entered_alerts(one.row.info), ON_TOP)
    notices.standing(one.row.info, reading)
    if isinstance(reading, LabelFreeReading):
        label_free.domain_warning(reading)
    if one.problem:
        notices.say("note", one.problem, "No numbers")
    elif reading and reading.quality.withheld:
        notices.say("warning", f"{reading.quality.withheld}.", "Numbers withheld")


def _serial(board: Board, held: Sequence[Held]) -> None:
    """Courses first, then every number of them; each alert once, with the samples that it is of."""
    board_panels.samples_alerts([(one.name, _alerts(one)) for one in held])
    for one in held:
        if one.problem:
            notices.say("note", one.problem, one.name)
    notices.html("".join(board_panels.synthetic(one.name, one.row) for one in held))
    samples = [
        charts.Held(one.row.id, one.row.created, one.reading, one.vocabulary, one.shown.day)
        for one in held
        if one.reading
    ]
    courses = charts.courses(samples, MARKS, masked=board.masked)
    if not courses:
        return
    known = all(one.shown.day is not None for one in held)
    notices.html(f'<p class="hb-sub">{ENTERED if known else TIME}</p>')
    with st.container(key="wrap-courses"):
        places = st.columns(2, gap="large")
    for number, course in enumerate(courses):
        with places[number % 2], st.container(border=True, key=f"box-course-{number}"):
            notices.html(f'<h2>{escape(course.name)}</h2><p class="hb-sub">{escape(course.where)}</p>')
            st.plotly_chart(screen_board.course(course), config=screen.CONFIG, key=f"course-{number}")
            notices.html(board_panels.course_table(course))


def _alerts(one: Held) -> Sequence:
    return one.reading.alerts if one.reading else resources.entered_alerts(one.row.info)


def _pictures(board: Board, held: Sequence[Held]) -> None:
    columns = _columns(board, held)
    if columns:
        notices.html("<h2>Cells and fields</h2>")
        stepper.shown(columns, key=f"stepper-{board.id}")


def _columns(board: Board, held: Sequence[Held]) -> list[stepper.Column]:
    """Side by side for two cases; samples of a course one after another, each saying which it is of."""
    columns = [
        (one.name, [(one.row.id, slide) for slide in charts.slides(one.shown, one.seen, one.vocabulary, one.reviews)])
        for one in held
    ]
    if not any(slides for _, slides in columns):
        return []
    if board.layout is Layout.SERIAL:
        of_all = [(case, name, slide) for name, slides in columns for case, slide in slides]
        return [("", [(case, replace(slide, said=f"{name}: {slide.said}")) for case, name, slide in of_all])]
    return columns
