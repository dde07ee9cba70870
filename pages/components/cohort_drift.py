"""Stain, certainty and doubt over the cases of each scanner or centre, against its first ones."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import streamlit as st

from core.charts import levey_jennings, screen_cohort, words
from core.charts.cohort import Drift
from core.charts.levey_jennings import Standing
from core.cohort.drift import REFERENCE, WEIGHT, drifts
from core.cohort.gathered import Group, Row
from pages.components import cohort_pick, notices, state

BY = {"scanner": "Scanner", "centre": "Centre", "stain": "Stain"}
NAMED = 4  # changes of networks and engines, the last ones
KINDS = {Standing.ESTABLISHING: "", Standing.IN: "done", Standing.WARNING: "synthetic", Standing.OUT: "failed"}


def shown(key: str, group: Group) -> None:
    by = st.pills("Judge by", list(BY), default="scanner", key=state.COHORT_BY, format_func=BY.get, required=True)
    found = _drifts(f"{key}-{group.id}-{by}", group.rows, by or "scanner")
    if not found:
        notices.say("note", "No case of this kind has a result yet.", "Nothing to show")
        return
    groups = list(dict.fromkeys(one.group for one in found))
    _standing(found)
    chosen = groups[0]
    if len(groups) > 1:
        if st.session_state.get(state.COHORT_GROUP) not in groups:
            state.put(state.COHORT_GROUP, _worst(found))
        chosen = st.selectbox(BY[by or "scanner"], groups, key=state.COHORT_GROUP) or groups[0]
    its = [one for one in found if one.group == chosen]
    _changed(its)
    for start in range(0, len(its), 2):
        for column, one in zip(st.columns(2), its[start : start + 2], strict=False):
            with column, st.container(border=True, key=f"box-drift-{one.series.id}"):
                _chart(one, _figure(f"{key}-{group.id}-{by}-{chosen}-{one.series.id}", one))
    notices.html('<p class="hb-sub">A click on a dot names its case.</p>')
    _method()


def _standing(found: Sequence[Drift]) -> None:
    out = [one for one in found if one.series.standing is Standing.OUT]
    if out:
        names: dict[str, list[str]] = {}
        for one in out:
            names.setdefault(one.group, []).append(one.series.name.lower())
        told = "; ".join(f"{group}: {', '.join(its)}" for group, its in names.items())
        notices.say("warning", f"{told}. Find out what changed: stain, lamp, camera, or who is examined.", "Drifted")
    elif any(one.series.standing is Standing.IN for one in found):
        notices.say("good", "No moving mean is beyond its limits now.", "No drift")
    else:
        said = f"From {REFERENCE} cases of one group on, those that follow are judged against them."
        notices.say("note", said, "Being established")


def _changed(its: Sequence[Drift]) -> None:
    """Each change of network or engine once: the charts of a group are of the same cases, but for missing figures."""
    told = list(dict.fromkeys(change.said for one in its for change in one.changes))
    if told:
        earlier = f"{words.size(len(told) - NAMED, 'earlier change')}; " if len(told) > NAMED else ""
        said = f"{earlier}{'; '.join(told[-NAMED:])}. What moves at a broken line may be ours."
        notices.say("note", said[:1].upper() + said[1:], "Changed here")


def _worst(found: Sequence[Drift]) -> str:
    order = (Standing.OUT, Standing.IN, Standing.ESTABLISHING, Standing.WARNING)
    return min(found, key=lambda one: order.index(one.series.standing)).group


def _chart(one: Drift, figure: Any) -> None:
    series, last = one.series, one.series.last
    notices.html(
        f'<div class="hb-tags"><b>{escape(series.name)}</b>{notices.tag(_word(one), KINDS[series.standing])}</div>'
        f'<div class="hb-sub">{escape(levey_jennings.span(series))}, {escape(series.origin)}; '
        f"{words.size(len(series.points), 'case')}{f', last {escape(last.text)}' if last else ''}</div>"
    )
    names = {point.case: point.pseudonym for point in series.points}
    cohort_pick.chart(figure, f"drift-{series.id}", names, hint=False)


def _word(one: Drift) -> str:
    return {Standing.OUT: "drifted", Standing.IN: "no drift"}.get(one.series.standing, one.series.standing.value)


def _method() -> None:
    with st.expander("How drift is judged"):
        st.markdown(
            f"Patients differ, so no single case is judged. A moving mean (EWMA, Roberts 1959; weight {WEIGHT:g} for "
            f"the newest case) is held against the mean and SD of the first {REFERENCE} cases of its group (shaded). "
            "The dotted limits allow for the uncertainty of those and for the number of charts: all of them together "
            "cry out about as seldom as one chart with limits of 3 SD. A chart that cries out does not say why: a new "
            "batch of stain, a lamp, a camera, and other patients look alike here. The daily control tells them apart."
        )


@st.cache_resource(max_entries=64, show_spinner=False)
def _figure(key: str, _one: Drift) -> Any:  # noqa: ARG001
    return screen_cohort.drift(_one)


@st.cache_resource(max_entries=16, show_spinner=False)
def _drifts(key: str, _rows: Sequence[Row], by: str) -> tuple[Drift, ...]:  # noqa: ARG001
    return drifts([row for row in _rows if "run" in row], by)
