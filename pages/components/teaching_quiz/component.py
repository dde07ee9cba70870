"""The quiz as one component: questions with their truth go out, answers come back and are kept before they count.

The browser reveals at once, since the truth travels with the question; whoever looks for it there cheats only
himself. What is scored is what the server knows of the cell. The plain functions are tested without a browser.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st

from core.charts import class_keys, gallery, words
from core.doors.teaching import Answer, Item
from core.errors import HemaboardError
from core.protocols import Store
from core.records import Call
from core.teaching import criteria, practice, repetition, told
from core.teaching.practice import Practice
from core.vocabulary import Vocabulary
from pages.components import notices, resources, scripts, state, teaching_cells

HERE = Path(__file__).parent
QUIZ = st.components.v2.component(
    "hemaboard_teaching_quiz",
    html='<div class="place"></div>',
    css=(HERE / "board.css").read_text(encoding="utf-8"),
    js=scripts.loader("quiz", [HERE / name for name in ("stage.js", "board.js")]),
)
AHEAD = 5  # questions the browser holds: enough for whoever is quick
LIKELIEST = 4  # classes of the model's call that are shown


@st.fragment
def shown(at_hand: Practice) -> None:
    """The practice that is at hand. Only this part of the page is drawn again after an answer."""
    store = resources.store()
    name = f"quiz-{at_hand.name}-{at_hand.session}"

    def answered() -> None:
        sent = st.session_state.get(name)
        if sent is None:  # the practice was left while its answer came; unacknowledged, it comes again
            return
        acks = dict(state.get(state.TEACHING_ACK, {}))
        problems = take(store, at_hand, sent.batch, acks, dt.datetime.now(dt.UTC))
        state.put(state.TEACHING_ACK, acks)
        state.put(state.TEACHING_PROBLEM, problems)

    for problem in state.get(state.TEACHING_PROBLEM, []):
        notices.say("warning", problem, "Not kept")
    answers = store.teaching.answers(at_hand.learner)
    acks = state.get(state.TEACHING_ACK, {})
    data = data_of(at_hand, answers, dt.datetime.now(dt.UTC))
    last = next(reversed(acks.items()), None)
    data |= {"ack": {"client": last[0], "number": last[1]} if last else None}
    with st.container(key="steady-quiz"):
        QUIZ(key=name, data=scripts.given(data), on_batch_change=answered)


def take(
    store: Store, at_hand: Practice, batch: Mapping[str, Any] | None, acks: dict[str, int], now: dt.datetime
) -> list[str]:
    """Keep what is new of a batch and acknowledge all of it in `acks`; why some of it could not be kept.

    Whatever was refused is acknowledged too: sent again it would be refused again.
    """
    client = str((batch or {}).get("client", ""))[:60]
    sent = (batch or {}).get("answers", [])
    problems: list[str] = []
    if not client or not isinstance(sent, list):
        return problems
    highest = acks.pop(client, 0)
    for one in sorted(sent, key=lambda one: int(one["number"])):
        number = int(one["number"])
        if number <= highest:
            continue
        try:
            answer = at_hand.answered(f"{client}-{number}", str(one["id"]), str(one["given"]), _seconds(one), now)
            store.teaching.add_answers([answer], actor=at_hand.learner)
        except HemaboardError as error:
            problems.append(str(error))
        highest = number
    acks[client] = highest  # last in the order of keys: the one that was heard last
    return problems


def _seconds(one: Mapping[str, Any]) -> float:
    took = one.get("seconds", 0.0)
    return float(took) if isinstance(took, int | float) and math.isfinite(took) else 0.0


def data_of(at_hand: Practice, answers: Sequence[Answer], now: dt.datetime) -> dict[str, Any]:
    """What the browser is told. Addresses are signed; words are text, never markup."""
    vocabulary = at_hand.vocabulary
    asks = at_hand.upcoming(answers, now, AHEAD)
    return {
        "classes": classes(vocabulary),
        "apart": {one.code: _apart(one.code, vocabulary) for one in vocabulary.classes},
        "queue": [question(ask.item, ask.missed, vocabulary) for ask in asks],
        "examples": {
            code: [
                {"id": item.id, "src": teaching_cells.address(item), "said": teaching_cells.short(item)}
                for item in items
            ]
            for code, items in at_hand.examples.items()
        },
        "tally": asdict(told.tally(at_hand, answers)),
        "rule": repetition.RULE,
        "end": asdict(told.end(at_hand, answers)),
    }


def classes(vocabulary: Vocabulary) -> list[dict[str, Any]]:
    keys, known = class_keys.keys(vocabulary), criteria.criteria()
    return [
        {
            "code": one.code,
            "name": one.name,
            "colour": one.colour,
            "key": keys.get(one.code, ""),
            "look": known[one.code].look if one.code in known else "",
        }
        for one in vocabulary.classes
    ]


def _apart(code: str, vocabulary: Vocabulary) -> dict[str, str]:
    between = {one.code: criteria.apart(code, one.code) for one in vocabulary.classes}
    return {other: text for other, text in between.items() if text}


def question(item: Item, missed: bool, vocabulary: Vocabulary) -> dict[str, Any]:
    """A cell with its truth, where it lies, and what the model called it."""
    place = teaching_cells.place(item)
    call = place.call if place else None
    return {
        "id": item.id,
        "src": teaching_cells.address(item),
        "synthetic": item.synthetic,
        "missed": missed,
        "truth": item.label,
        "said": practice.said(item),
        "field": place.field if place else None,
        "call": _call(call, vocabulary) if call else None,
    }


def _call(call: Call, vocabulary: Vocabulary) -> dict[str, Any]:
    likely = sorted(call.probabilities.items(), key=lambda pair: -pair[1])[:LIKELIEST]
    names = [vocabulary.by_code[code].name if code in vocabulary.by_code else code for code in call.possible]
    possible = f"Its set of possible classes: {gallery.either(names, 6)}." if names else "It tells no set of classes."
    shares = [[code, share, words.percent(share, 0)] for code, share in likely if share >= 0.005]
    return {"label": call.label, "shares": shares, "possible": possible}
