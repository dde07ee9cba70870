"""How a learner does: overall, class by class, what was taken for what, sitting by sitting. Drawn cells apart."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from core.charts import screen, screen_learning, words
from core.doors.teaching import Answer, Origin
from core.teaching import score
from core.vocabulary import Vocabulary
from pages.components import cards, notices, state, teaching_cells
from pages.components.teaching_matrix import component as matrix

KINDS = {False: "Photographed cells", True: "Drawn cells (synthetic)"}
MOST = 40  # cells of one field of the matrix
SITTINGS = 20  # the latest that the chart shows


@st.fragment
def shown(answers: Sequence[Answer], vocabulary: Vocabulary) -> None:
    """Everything of one learner."""
    if not answers:
        notices.html(
            '<div class="hb-empty"><b>No answer yet.</b>Your score appears after the first cell you name.</div>'
        )
        return
    kind = _kind(answers)
    answers = _against([answer for answer in answers if answer.item.synthetic is kind])
    found = score.scored(answers, vocabulary, synthetic=kind)
    if not found.overall.asked:
        told = "Choose the other pictures or other labels above, or name some of these first."
        notices.html(f'<div class="hb-empty"><b>None of these yet.</b>{told}</div>')
        return
    if kind:
        told = "These cells were drawn by a program. How well you name them says little about a stained smear."
        notices.say("warning", told, "Synthetic")
    _figures(found)
    st.header("What was taken for what")
    matrix.shown(found, vocabulary, key=f"matrix-{kind}")
    _behind(answers, vocabulary, kind)
    st.header("Class by class")
    _classes(found, vocabulary)
    st.header("Sitting by sitting")
    _sittings(score.sessions(answers, vocabulary, synthetic=kind))


def _kind(answers: Sequence[Answer]) -> bool:
    first = all(answer.item.synthetic for answer in answers)
    chosen = st.segmented_control(
        "Pictures", [False, True], default=first, key=state.TEACHING_KIND, required=True, format_func=KINDS.get,
        label_visibility="collapsed",
    )  # fmt: skip
    return bool(chosen)


def _against(answers: Sequence[Answer]) -> Sequence[Answer]:
    """Asked only where labels come from more than one side."""
    there = [origin for origin in Origin if any(answer.item.origin is origin for answer in answers)]
    if len(there) < 2:
        return answers
    chosen = st.pills(
        "Against labels that were", there, default=there, selection_mode="multi", format_func=str,
        key=f"{state.TEACHING_AGAINST}.{'-'.join(there)}",
    )  # fmt: skip
    return [answer for answer in answers if answer.item.origin in chosen]


def _figures(found: score.Score) -> None:
    share, again = found.overall, found.again
    spread = f"{words.percent_range(share.interval, 0)}"
    drawn = [
        cards.figure(
            "Named rightly at first sight",
            words.percent(share.ratio, 0),
            spread,
            f"{share.right} of {share.asked} cells; {words.method(share.interval)}, cells taken as independent",
        ),
        cards.figure(
            "Repeated",
            words.percent(again.ratio, 0),
            words.percent_range(again.interval, 0) if again.asked else "nothing repeated yet",
            f"{again.right} of {again.asked} right; these count nowhere else" if again.asked else "",
        ),
        cards.figure("Time to an answer", f"{words.number(found.seconds)} s", "median", "at first sight"),
    ]
    notices.html(f'<div class="hb-cards three">{"".join(drawn)}</div>')


def _behind(answers: Sequence[Answer], vocabulary: Vocabulary, kind: bool) -> None:
    """The cells of the field that is open."""
    field = matrix.picked()
    if field is None or not all(code in vocabulary.by_code for code in field):
        return
    truth, given = (vocabulary[code] for code in field)
    ours = [a for a in answers if a.item.synthetic is kind and a.vocabulary == vocabulary.id]
    cells = score.mistaken(ours, truth.code, given.code)
    there = [answer for answer in cells if answer.item.cell]
    what = f"{truth.name}, named {given.name}" if truth is not given else f"{truth.name}, named so"
    st.subheader(f"{words.size(len(cells), 'cell')}: {what}")
    shown_now = there[-MOST:][::-1]
    teaching_cells.strip((a.item, truth.colour, f"{a.at.astimezone():%d %b %H:%M}") for a in shown_now)
    gone, more = len(cells) - len(there), len(there) - len(shown_now)
    told = [f"The {MOST} latest are shown."] if more else []
    told += [f"{words.size(gone, 'cell')} cannot be shown: the case was deleted."] if gone else []
    if told:
        notices.html(f'<p class="hb-sub">{escape(" ".join(told))}</p>')


def _classes(found: score.Score, vocabulary: Vocabulary) -> None:
    heads = ["Class", "Asked", "Named rightly", "95 % interval", "You said it", "It was", "95 % interval"]
    rows = []
    for one in found.classes:
        cls = vocabulary[one.code]
        name = f'<i class="hb-swatch" style="background:{escape(cls.colour)}"></i>{escape(cls.name.capitalize())}'
        sides = [
            [str(part.asked), words.percent(part.ratio, 0), words.percent_range(part.interval, 0)]
            for part in (one.found, one.true)
        ]
        rows.append([name, *sides[0], *sides[1]])
    notices.html(cards.boxed(cards.table(heads, rows)))


def _sittings(held: Sequence[score.Session]) -> None:
    points = [
        screen_learning.Sitting(
            f"{one.at.astimezone():%d %b %H:%M}",
            one.share.ratio,
            one.share.interval.low,
            one.share.interval.high,
            f"{one.share.right} of {one.share.asked} right at first sight",
        )
        for one in held[-SITTINGS:]
        if one.share.ratio is not None and one.share.interval is not None
    ]
    with st.container(border=True, key="box-sittings"):
        st.plotly_chart(screen_learning.sittings(points), config=screen.CONFIG, key="sittings")
