"""Control lots on the screen: a banner when one is out of control, a chart a figure, and which cases belong to it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from html import escape

import streamlit as st

from core.charts import levey_jennings, screen
from core.charts.levey_jennings import Point, Series, Standing
from core.charts.screen_control import levey_jennings as drawn
from core.charts.words import size
from core.control import figures
from core.control.series import FIRST, Lot, judged
from core.control.westgard import MEANING
from core.doors.laboratory import Expected, Marked
from core.errors import HemaboardError
from core.people import Right
from core.records import Modality
from pages.components import cards, notices, resources, state, who

KINDS = {
    Standing.ESTABLISHING: "",
    Standing.IN: "done",
    Standing.WARNING: "synthetic",
    Standing.OUT: "failed",
}
LISTED = 12  # runs in the table
LOOK_EVERY = 60.0  # seconds that the banner's answer holds
_measuring = threading.Lock()


def banner() -> None:
    """On pages where results are read: which control is out, if one is."""
    out = _out(resources.settings().database)
    if out:
        notices.say("urgent", f"{out} Look at “Daily control” before you read cases.", "Control out of control")


@st.cache_data(ttl=LOOK_EVERY, max_entries=4, show_spinner=False)
def _out(database: str) -> str:  # noqa: ARG001 - each database has its own lots
    controls = resources.store().laboratory.controls
    lots = dict.fromkeys(one.lot for one in controls.marked())
    found = []
    for lot in lots:
        if controls.unmeasured(lot):
            _measure_aside(lot)
        out = judged(lot, controls.measured(lot), controls.expected(lot)).out
        if out:
            found.append(f"Lot {lot}: {', '.join(one.name for one in out)}.")
    return " ".join(found)


def _measure_aside(lot: str) -> None:
    """Pictures take a moment: whoever opens the worklist need not wait for it, the banner comes with a later look."""
    if _measuring.acquire(blocking=False):
        threading.Thread(target=_measure, args=(lot,), name=f"control {lot}", daemon=True).start()


def _measure(lot: str) -> None:
    try:
        figures.measure_new(resources.store(), resources.settings(), lot)
    except Exception:
        logging.getLogger("hemaboard").exception("measuring a control")  # the page “Daily control” says it to a person
    finally:
        _measuring.release()


def lots() -> None:
    controls = resources.store().laboratory.controls
    marked = controls.marked()
    names = list(dict.fromkeys(one.lot for one in reversed(marked)))
    if not names:
        notices.html(
            '<div class="hb-empty"><b>No control yet.</b>Upload the pictures of a control slide as a case, then mark '
            "it below with the lot that stands on its label.</div>"
        )
        _mark([])
        return
    chosen = st.pills("Lot", names, default=names[0], key=state.CONTROL_LOT, required=True) or names[0]
    try:
        with st.spinner("Measuring new runs…"):
            figures.measure_new(resources.store(), resources.settings(), chosen)
    except HemaboardError as problem:  # a picture that cannot be read: the runs measured before are still shown
        notices.error(problem)
    found = judged(chosen, controls.measured(chosen), controls.expected(chosen))
    _standing(found)
    _charts(found)
    _runs(found)
    _cases(chosen, [one for one in marked if one.lot == chosen])
    _mark(names)
    _expected(found, controls.expected(chosen))
    _method()


def _standing(lot: Lot) -> None:
    if lot.standing is Standing.OUT:
        told = "; ".join(f"{one.name}: {_rules(one.last)}" for one in lot.out)
        notices.say("urgent", f"{told}. Find the cause before cases are read.", f"Lot {lot.lot} is out of control")
    elif lot.standing is Standing.WARNING:
        warned = [one.name for one in lot.series if one.standing is Standing.WARNING]
        text = f"{', '.join(warned)}: the latest run lies beyond 2 SD. One in 22 good runs does, of each figure."
        notices.say("warning", text, "Take care")
    elif lot.standing is Standing.IN:
        notices.say("good", f"The latest run of lot {lot.lot} is within its limits.", "In control")
    else:
        words = f"{size(lot.runs, 'run')} so far; from {FIRST} on, mean and SD are known and later runs are judged."
        notices.say("note", words, "Being established")


def _charts(lot: Lot) -> None:
    with st.container(key="control-charts"):
        for start in range(0, len(lot.series), 2):
            for column, one in zip(st.columns(2), lot.series[start : start + 2], strict=False):
                with column, st.container(border=True, key=f"box-control-{one.id}"):
                    _chart(one)


def _chart(one: Series) -> None:
    last = one.last
    value = last.text if last else ""
    score = f"{last.score:+.1f} SD".replace("-", "−") if last and last.score is not None else ""
    notices.html(
        f'<div class="hb-tags"><b>{escape(one.name)}</b>{notices.tag(one.standing.value, KINDS[one.standing])}</div>'
        f'<div class="hb-figure"><b class="hb-smaller">{escape(value)}</b><span>{escape(score)}</span></div>'
        f'<div class="hb-sub">{escape(levey_jennings.span(one))}, {escape(one.origin)}</div>'
    )
    st.plotly_chart(drawn(one), config=screen.CONFIG, key=f"control-{one.id}", width="stretch")


def _runs(lot: Lot) -> None:
    """The latest runs with what each broke: the charts for whoever does not see them."""
    by_run: dict[int, dict[str, Point]] = {}
    for one in lot.series:
        for point in one.points:
            by_run.setdefault(point.number, {})[one.id] = point
    rows = []
    for number in sorted(by_run, reverse=True)[:LISTED]:
        points = by_run[number]
        first = next(iter(points.values()))
        values = [f"{points[s.id].value:.{s.digits}f}" if s.id in points else "" for s in lot.series]
        rows.append((str(number), f"{first.at:%Y-%m-%d %H:%M}", escape(first.pseudonym), _told(points), *values))
    with st.expander(f"The latest {size(len(rows), 'run')} as a table"):
        heads = ("Run", "When (UTC)", "Case", "Judged", *(figures.BY_ID[one.id].short for one in lot.series))
        notices.html(cards.table(heads, rows, "runs"))


def _told(points: dict[str, Point]) -> str:
    broken = [f"{figures.BY_ID[id].name}: {', '.join(point.rules)}" for id, point in points.items() if point.rules]
    judged_ = any(point.score is not None for point in points.values())
    return escape("; ".join(broken)) or ("within limits" if judged_ else "establishing")


def _rules(point: Point | None) -> str:
    return ", ".join(f"{rule} ({MEANING[rule]})" for rule in point.rules) if point else ""


def _cases(lot: str, marked: list[Marked]) -> None:
    controls = resources.store().laboratory.controls
    with st.expander(f"{size(len(marked), 'case')} of lot {lot}"):
        for one in marked:
            told, do = st.columns([4, 1], vertical_alignment="center")
            told.html(
                f'<div class="hb"><b>{escape(one.pseudonym)}</b><div class="hb-sub">marked {one.at:%Y-%m-%d} by '
                f"{escape(one.actor)}</div></div>"
            )
            no = who.refusal(Right.ADMINISTER)
            if do.button("Unmark", key=f"unmark-{one.case}", disabled=bool(no), help=no or None, width="stretch"):
                _do(Right.ADMINISTER, lambda case=one.case: controls.unmark(case, actor=who.actor()))


def _mark(names: list[str]) -> None:
    store = resources.store()
    no = who.refusal(Right.UPLOAD)
    with st.form("control-mark"):
        st.markdown("**Mark a case as a control**")
        case, lot = st.columns([2, 1])
        rows = {row.id: row for row in store.cases(modality=Modality.SMEAR.value, limit=200)}
        chosen = case.selectbox(
            "Case",
            list(rows),
            index=None,
            format_func=lambda id: f"{rows[id].info.pseudonym} · {rows[id].created:%Y-%m-%d}",
        )
        entered = lot.text_input("Lot", value=names[0] if names else "", placeholder="as on the label")
        if st.form_submit_button("Mark as control", disabled=bool(no), help=no or None):
            if chosen is None:
                notices.say("warning", "Choose the case first.", "Not possible")
                return

            def mark() -> None:
                figures.check_kind(store.case(chosen).info)
                store.laboratory.controls.mark(chosen, entered, actor=who.actor())

            _do(Right.UPLOAD, mark)


def _expected(lot: Lot, stated: dict[str, Expected]) -> None:
    """A maker's values take the place of the first ten runs."""
    no = who.refusal(Right.ADMINISTER)
    with st.expander("Expected values of this lot"), st.form("control-expected", border=False):
        name, mean, sd = st.columns([2, 1, 1])
        chosen = name.selectbox(
            "Figure", [f.id for f in figures.FIGURES], format_func=lambda id: figures.BY_ID[id].name
        )
        middle = mean.number_input("Mean", value=None, format="%.3f", placeholder="as stated")
        spread = sd.number_input("SD", value=None, min_value=0.0, format="%.3f", placeholder="as stated")
        for id, value in stated.items():
            notices.html(f'<p class="hb-sub">{escape(figures.BY_ID[id].name)}: {value.mean:g} ± {value.sd:g}</p>')
        if st.form_submit_button("Keep", disabled=bool(no), help=no or "Leave both empty to go back to the first runs"):
            if (middle is None) is not (spread is None):
                notices.say("warning", "Enter both the mean and the SD, or neither.", "Not possible")
                return
            value = Expected(middle, spread) if middle is not None and spread is not None else None
            controls = resources.store().laboratory.controls
            _do(Right.ADMINISTER, lambda: controls.expect(lot.lot, chosen, value, actor=who.actor()))


def _method() -> None:
    with st.expander("How runs are judged"):
        rules = "\n".join(f"- **{rule}**: {meaning}" for rule, meaning in MEANING.items())
        st.markdown(
            f"Mean and SD come from the lot's first {FIRST} runs, or are stated for the lot. Later runs are judged by "
            f"Westgard's rules (Clin Chem 1981;27:493), each figure for itself:\n\n{rules}\n\n"
            "1-2s only warns; every other rule rejects. With eight figures a good run breaks some rejecting rule "
            "oftener than a single chart would: look at which figure it is before you act. After a change of stain, "
            "camera or model, begin a new lot."
        )


def _do(right: Right, act: Callable[[], None]) -> None:
    try:
        who.check(right)
        act()
    except HemaboardError as problem:
        notices.error(problem)
        return
    _out.clear()
    st.rerun()
