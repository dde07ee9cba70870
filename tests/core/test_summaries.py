"""Records of summaries: alerts first, a hash that tells other facts apart, and a way through JSON and back."""

from __future__ import annotations

import json
import math
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from core import summaries
from core.readings import Alert, Fact, Interval
from core.summaries import Audience, Length, Rejected, Scope, Sentence, Summary

FACT = Fact("blasts.ratio", "blasts", 32.0, "%", 1, Interval(25.9, 38.8), "computed")
URGENT, NOTE = Alert("alert.apl", "urgent", "Exclude APL urgently."), Alert("alert.low_share", "note", "Low is open.")
WORDS = st.text(max_size=30)
IDS = st.lists(WORDS, max_size=3).map(tuple)
SENTENCES = st.lists(st.builds(Sentence, WORDS, IDS, IDS, WORDS), max_size=3).map(tuple)
SUMMARIES = st.builds(
    Summary,
    sentences=SENTENCES,
    caveats=SENTENCES,
    checks=SENTENCES,
    alerts=st.lists(st.builds(Alert, WORDS, st.sampled_from(["urgent", "warning", "note"]), WORDS)).map(tuple),
    writer=WORDS,
    content=WORDS,
    rejected=st.lists(st.builds(Rejected, WORDS, WORDS, st.integers(1, 2)), max_size=2).map(tuple),
    note=WORDS,
    scope=st.sampled_from(Scope),
    audience=st.sampled_from(Audience),
    length=st.sampled_from(Length),
    title=WORDS,
)


def summary(**more):
    given = {
        "sentences": (Sentence("Blasts are many."),),
        "caveats": (Sentence("Few cells were counted."),),
        "checks": (Sentence("Count on."),),
        "alerts": (URGENT, NOTE),
        "writer": "template",
        "content": "",
    }
    return Summary(**(given | more))


def test_alerts_come_first_then_doubts_then_what_is_said_then_what_to_look_at():
    assert summaries.text(summary(note="No answer within the time.")) == (
        "URGENT: Exclude APL urgently.\nLow is open.\n\nUncertain:\n- Few cells were counted.\n\n"
        "Blasts are many.\n\nTo check:\n- Count on.\n\nNo answer within the time.\n"
    )


def test_an_alert_stands_without_a_single_sentence():
    said = summaries.text(summary(sentences=(), caveats=(), checks=()))
    assert said == "URGENT: Exclude APL urgently.\nLow is open.\n"


@given(SUMMARIES)
def test_every_summary_comes_back_from_json(one):
    assert summaries.of_table(json.loads(json.dumps(summaries.as_table(one)))) == one


@given(SUMMARIES)
def test_no_alert_is_ever_missing_from_the_text(one):
    assert all(alert.text in summaries.text(one) for alert in one.alerts)


def test_the_content_is_the_hash_of_the_facts_and_of_nothing_else():
    assert summaries.content([FACT]) == summaries.content((FACT,))
    assert len(summaries.content([])) == 64
    others = (
        replace(FACT, value=32.1),
        replace(FACT, value=None, withheld="few"),
        replace(FACT, interval=None),
        replace(FACT, interval=Interval(25.9, math.inf)),
        replace(FACT, note="x"),
    )
    assert len({summaries.content([fact]) for fact in (FACT, *others)}) == len(others) + 1
    assert summaries.content([FACT, others[0]]) != summaries.content([others[0], FACT])


def test_asked_finds_a_fact_by_its_id():
    asked = summaries.Asked(Scope.CASE, Audience.BOARD, Length.SHORT, (FACT,), (), (), "Case")
    assert asked.fact("blasts.ratio") is FACT
    assert asked.fact("cblc.ratio") is None
