"""Cells as points: what is drawn around with the mouse, or chosen by value, is what the gallery shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from core.charts import label_free, screen, screen_label_free
from core.charts.label_free import Axis, Cloud
from core.readings import LabelFreeReading
from core.records import Review, Seen
from core.vocabulary import Vocabulary
from pages.components import label_free_markers, notices, state
from pages.components.label_free_kept import Now

DRAGS = {"Lasso": "lasso", "Box": "select"}
CONFIG: dict[str, Any] = {"displayModeBar": False, "displaylogo": False, "responsive": True, "scrollZoom": False}
HOW = (
    "Draw around points with the mouse, or give a range of values: the gallery below then shows those cells. A double "
    "click lets them go."
)


def shown(
    now: Now, seen: Seen, reading: LabelFreeReading, vocabulary: Vocabulary, reviews: Sequence[Review]
) -> None:  # fmt: skip
    case_id = now.case
    known = now.once(("axes",), lambda: label_free.axes(reading, seen, vocabulary))
    axes = {axis.id: axis for axis in known}
    across, up, drag = _asked(case_id, axes, reading, vocabulary)
    clouds = now.once(
        ("points", across, up), lambda: label_free.clouds(across, up, reading, seen, vocabulary, reviews)
    )  # fmt: skip
    if not clouds:
        notices.say("note", "No cell has both of these values.")
        return
    picked = tuple(state.get(f"{state.CASE_PICKED}.{case_id}", ()))
    key = f"scatter-{case_id}-{across}-{up}-{drag}-{state.get(f'{state.CASE_ROUND}.{case_id}', 0)}"
    own = set(of_selection(st.session_state.get(key)))
    plain = now.once(
        ("points' chart", across, up, drag),
        lambda: screen_label_free.plain(clouds, axes[across].name, axes[up].name, drag),
    )
    figure = screen.Ready(
        plain,
        screen.line(x=_cut(across, reading), y=_cut(up, reading)),
        None if own == set(picked) else screen_label_free.places(clouds, picked),
    )

    def selected() -> None:
        state.put(f"{state.CASE_PICKED}.{case_id}", of_selection(st.session_state.get(key)))

    with st.container(border=True, key="box-scatter"):
        st.plotly_chart(
            figure, config=CONFIG, key=key, on_select=selected,
            selection_mode=("lasso" if drag == "lasso" else "box", "points"),
        )  # fmt: skip
    _by_value(now, axes[across], up, clouds)


def of_selection(event: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The ids of the points that a chart's selection holds, each once, in its order."""
    points: Iterable[Mapping[str, Any]] = ((event or {}).get("selection") or {}).get("points") or ()
    return tuple(dict.fromkeys(str(point["customdata"][0]) for point in points if point.get("customdata")))


def within(clouds: Sequence[Cloud], low: float, high: float) -> tuple[str, ...]:
    return tuple(point.cell for cloud in clouds for point in cloud.points if low <= point.x <= high)


def _asked(
    case_id: str, axes: Mapping[str, Axis], reading: LabelFreeReading, vocabulary: Vocabulary
) -> tuple[str, str, str]:
    """Probability of the commonest class against the chosen marker; against area where no marker may be seen."""
    ids = list(axes)
    common = max(reading.differential, key=lambda share: share.count, default=None)
    code = common.id.split(".")[1] if common else vocabulary.codes[0]
    marker = f"marker.{label_free_markers.chosen(case_id, reading).name}" if reading.markers else ""
    firsts = (f"probability.{code}", marker if marker in axes else "area")
    left, middle, right = st.columns([2, 2, 1], gap="medium", vertical_alignment="bottom")
    found = []
    for place, (column, name) in enumerate(((left, "Across"), (middle, "Up"))):
        key = f"{state.CASE_AXES}.{case_id}.{name.lower()}"
        index = ids.index(firsts[place])
        found.append(column.selectbox(name, ids, index=index, format_func=lambda i: axes[i].name, key=key))
    drag = right.segmented_control(
        "Draw a", list(DRAGS), default="Lasso", required=True, key=f"{state.CASE_DRAG}.{case_id}"
    )
    return found[0], found[1], DRAGS[drag or "Lasso"]


def _by_value(now: Now, axis: Axis, up: str, clouds: Sequence[Cloud]) -> None:
    """The same without a mouse; `clouds` are of the cells that have both values, so that `up` counts too."""
    case_id = now.case
    low, high = now.once(("reach", axis.id, up), lambda: _reach(clouds))
    with st.form(f"by-value-{case_id}-{axis.id}", border=False):
        ends, press = st.columns([4, 1], gap="medium", vertical_alignment="bottom")
        chosen = ends.slider(f"Or by value: {axis.name}", low, high, (low, high), step=0.01, format="%.2f")
        pressed = press.form_submit_button("Show these cells", width="stretch")
    if pressed:
        state.put(f"{state.CASE_PICKED}.{case_id}", within(clouds, *chosen))
        round_ = f"{state.CASE_ROUND}.{case_id}"
        state.put(round_, state.get(round_, 0) + 1)
        st.rerun()


def _reach(clouds: Sequence[Cloud]) -> tuple[float, float]:
    values = [point.x for cloud in clouds for point in cloud.points]
    return round(min(values) - 0.005, 2), round(max(values) + 0.005, 2)


def _cut(axis: str, reading: LabelFreeReading) -> float | None:
    kind, _, name = axis.partition(".")
    if kind != "marker":
        return None
    return next((marker.cut for marker in reading.markers if marker.name == name), None)
