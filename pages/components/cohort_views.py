"""What the rows of a cohort show: how a number is spread, which cases are unlike the others, what is missing.

`key` is the digest that the rows were gathered under: charts are made once for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.charts import screen, screen_cohort, words
from core.charts.cohort import Dot, Funnel, Spread
from core.cohort import funnel as funnels
from core.cohort import gathered, spread
from core.cohort.gathered import Group, Row
from core.cohort.spread import Number
from pages.components import cards, cohort_pick, notices, resources, state

Figure = Any  # of plotly: made once and drawn at every rerun
LISTED = 20  # cases named below a chart
FEW = 10  # cases: bars of fewer show less than the dots below them


def spread_out(key: str, group: Group) -> None:
    number = _number(group, state.COHORT_NUMBER, shares=False)
    if number is None:
        return
    found, bars, dots = _spread(f"{key}-{group.id}", number, group.rows)
    notices.html(f'<div class="hb-cards small">{"".join(_cards(found, group))}</div>')
    if len(found.dots) >= FEW:
        with st.container(border=True, key="box-cohort-bars"):
            notices.html("<h3>How many cases have how much</h3>")
            st.plotly_chart(bars, config=screen.CONFIG, key="cohort-bars", width="stretch")
            notices.html('<p class="hb-sub">Line and grey band: the median over cases and its 95 % interval.</p>')
    with st.container(border=True, key="box-cohort-dots"):
        notices.html("<h3>Every case with its interval, from the lowest up</h3>")
        cohort_pick.chart(dots, "cohort-dots", _names(found.dots))
        if found.median is not None:
            notices.html('<p class="hb-sub">Dotted line: the median over cases.</p>')
    _without(group, number)


def outliers(key: str, group: Group) -> None:
    number = _number(group, state.COHORT_SHARE, shares=True)
    if number is None:
        return
    found, figure = _funnel(f"{key}-{group.id}", number, group.rows)
    if found.middle is None:
        said = f"{words.size(len(found.dots), 'case')}; from {funnels.FEWEST} on it can be said what is usual."
        notices.say("note", said, "Too few cases to judge any")
    elif found.outside:
        said = f"{words.size(len(found.outside), 'case')} of {len(found.dots)}, named below the chart."
        notices.say("warning", said, "Unlike the others")
    else:
        notices.say("good", f"None of {words.size(len(found.dots), 'case')} lies beyond the limits.", "All alike")
    with st.container(border=True, key="box-cohort-funnel"):
        notices.html(f"<h3>{number.name} by the number of cells</h3>")
        cohort_pick.chart(figure, "cohort-funnel", _names(found.dots))
        notices.html(
            '<p class="hb-sub">Inner band: where 95 of 100 cases like the others lie. Dotted lines: where all of them '
            "lie, but in one such cohort of twenty. Fewer cells, wider limits. Outside means unlike the others that "
            "were chosen, not ill; within does not mean well.</p>"
        )
    outside = sorted(found.outside, key=lambda dot: -dot.value)
    told = [(dot.case, dot.pseudonym, f"{_said(dot)}, {dot.total:.0f} independent cells") for dot in outside[:LISTED]]
    cohort_pick.links(told, "outlier")
    if len(outside) > LISTED:
        notices.html(f'<p class="hb-sub">and {len(outside) - LISTED} more, in the chart and the table.</p>')
    _without(group, number)


def unfinished(rows: Sequence[Row], problems: Sequence[tuple[str, str]]) -> None:
    """Cases without a result, and why."""
    held = gathered.unfinished(rows)
    if not held and not problems:
        notices.say("good", "Every chosen case has a result.", "Complete")
        return
    for pseudonym, why in problems:
        notices.say("warning", why, f"{pseudonym} could not be counted")
    if held:
        st.subheader(words.size(len(held), "case") + " without a result")
        told = [(str(row["case"]), str(row["pseudonym"]), spread.unfinished(row)) for row in held]
        cohort_pick.links(told[:LISTED], "unfinished")
        if len(told) > LISTED:
            names = ", ".join(pseudonym for _, pseudonym, _ in told[LISTED:])
            with st.expander(f"{len(told) - LISTED} more"):
                st.markdown(names)


def _number(group: Group, key: str, *, shares: bool) -> Number | None:
    """`shares`: only those of counted cells, which limits can be given for."""
    offered = spread.numbers(group.rows, resources.vocabulary(group.vocabulary))
    offered = tuple(one for one in offered if one.total) if shares else offered
    if not offered:
        notices.say("note", "No case of this kind has a result yet.", "Nothing to show")
        return None
    by_column = {one.column: one for one in offered}
    held = st.session_state.get(key)
    if held not in by_column:
        state.put(key, offered[0].column)
    chosen = st.selectbox("Number", list(by_column), key=key, format_func=lambda column: by_column[column].name)
    return by_column.get(chosen, offered[0])


def _cards(found: Spread, group: Group) -> list[str]:
    times, unit = (100.0, " %") if found.unit == "%" else (1.0, "")
    told = f"of {words.size(len(group.rows), 'case')} of this kind"
    made = [cards.figure("Cases", f"{len(found.dots)}", told, "")]
    if found.median is not None and found.quartiles is not None:
        ends = found.interval
        beside = f"{times * ends.low:.1f}–{times * ends.high:.1f}{unit}" if ends else "too few for an interval"
        foot = "95 % interval, order statistics" if ends else ""
        made.append(cards.figure("Median over cases", f"{times * found.median:.1f}{unit}", beside, foot))
        low, high = (times * end for end in found.quartiles)
        made.append(cards.figure("Middle half of the cases", f"{low:.1f}–{high:.1f}{unit}", "", ""))
    return made


def _without(group: Group, number: Number) -> None:
    missing = spread.missing(group.rows, number)
    if missing:
        reasons: dict[str, int] = {}
        for _, why in missing:
            reasons[why] = reasons.get(why, 0) + 1
        said = "; ".join(
            f"{count} × {why.rstrip('.')}" for why, count in sorted(reasons.items(), key=lambda one: -one[1])[:4]
        )
        notices.say("note", f"{said}.", f"{words.size(len(missing), 'case')} not in these charts")


def _names(dots: Sequence[Dot]) -> dict[str, str]:
    return {dot.case: dot.pseudonym for dot in dots}


def _said(dot: Dot) -> str:
    ends = f" ({words.percent_range_of(dot.low, dot.high)})" if dot.low is not None else ""
    return f"{words.percent(dot.value)}{ends}"


@st.cache_resource(max_entries=32, show_spinner=False)
def _spread(key: str, number: Number, _rows: Sequence[Row]) -> tuple[Spread, Figure, Figure]:  # noqa: ARG001
    found = spread.spread(number, spread.dots(_rows, number))
    return found, screen_cohort.bars(found), screen_cohort.in_order(found)


@st.cache_resource(max_entries=32, show_spinner=False)
def _funnel(key: str, number: Number, _rows: Sequence[Row]) -> tuple[Funnel, Figure]:  # noqa: ARG001
    found = funnels.funnel(spread.dots(_rows, number))
    return found, screen_cohort.funnel(found, number.name)
