"""How far each number of the case moves in each setting, against the case's own interval."""

from __future__ import annotations

from html import escape

from core.aggregate.criteria import MARKS
from core.charts import robustness as charts
from core.charts.robustness import Course, Step
from core.protocols import CaseRow
from core.robustness.records import Robustness
from pages.components.notices import html

FOOT = (
    "Solid: the case’s own interval (sampling of cells and fields), repeated faintly in every lane. Striped: where the "
    "number would stand in that setting, by the tested cells, 95 % each by itself; the verdict asks for all at once. "
    "As called: people’s words are not counted here."
)


def shown(row: CaseRow, found: Robustness) -> None:
    drawn = charts.courses(found, {"blasts.ratio": MARKS[row.info.specimen]})
    if not drawn:
        html('<p class="hb-sub">No number could be followed: there are no counted cells.</p>')
        return
    html(f'<div class="hb-cards wide">{"".join(map(_card, drawn))}</div><p class="hb-foot">{FOOT}</p>')


def _card(course: Course) -> str:
    ticks = "".join(f'<i class="tick" style="left:{at:.2f}%"></i>' for at, _ in course.marks)
    own = f'<i class="own" style="left:{course.own[0]:.2f}%;right:{100 - course.own[1]:.2f}%"></i>'
    lanes = (
        '<div class="lane raw"><div class="what"><span><b>As it stands</b> <small>the case’s own interval</small>'
        f'</span><span class="num">{escape(course.own_text)}</span></div><div class="track" aria-hidden="true">'
        f'<i class="band" style="left:{course.own[0]:.2f}%;right:{100 - course.own[1]:.2f}%"></i>{ticks}'
        f'<i class="value" style="left:{course.place:.2f}%"></i></div></div>'
    )
    lanes += "".join(_lane(step, own + ticks) for step in course.steps)
    read = "".join(f'<i class="mark" style="left:{at:.2f}%">{escape(text)}</i>' for at, text in course.marks)
    ends = f'<i class="first">{escape(course.first)}</i><i class="last">{escape(course.last)}</i>'
    return (
        f'<section class="hb-card hb-dial"><h3>{escape(course.name)}</h3><div class="hb-figure">'
        f'<b>{escape(course.stands)}</b><span>as called</span></div><div class="hb-lanes">{lanes}'
        f'<div class="axis" aria-hidden="true">{ends}{read}</div></div></section>'
    )


def _lane(step: Step, under: str) -> str:
    tags = "".join(f' <span class="hb-decides">{escape(tag)}</span>' for tag in step.tags)
    return (
        f'<div class="lane moved"><div class="what"><span><b>{escape(step.name)}</b>{tags}</span>'
        f'<span class="num">{escape(step.text)}</span></div><div class="track" aria-hidden="true">{under}'
        f'<i class="band" style="left:{step.low:.2f}%;right:{100 - step.high:.2f}%"></i>'
        f'<i class="value" style="left:{step.value:.2f}%"></i></div></div>'
    )
