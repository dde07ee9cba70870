"""What was not looked at is among the facts, and is said."""

from __future__ import annotations

from contextlib import closing

import pytest

from core import analyse, facts_slide
from core.cases.store import open_store
from core.facts_slide import Coverage
from core.protocols import RunState
from core.records import CaseInfo, Modality, Seen, Specimen
from core.settings import Settings
from core.slides.fields import Region
from core.slides.plans import Stop
from core.vocabulary import vocabulary
from tests.core.slides import samples

INFO = CaseInfo("P", Specimen.BLOOD, Modality.SMEAR)
BARE = analyse.read(Seen(), (), INFO, vocabulary("shipped16"))
PART = Coverage("slide 1", 120, 37, 0.0312, "the interval was 10 points wide")


def test_a_case_without_a_slide_says_nothing_of_one():
    assert facts_slide.added(BARE, None) is BARE


def test_facts_stand_beside_the_others():
    reading = facts_slide.added(BARE, PART)
    assert reading.facts[: len(BARE.facts)] == BARE.facts
    told = {fact.id: fact.value for fact in reading.facts if fact.id.startswith("slide.")}
    assert told == {
        "slide.planned": 120, "slide.looked": 37, "slide.area": pytest.approx(3.12),
        "slide.stopped": "the interval was 10 points wide",
    }  # fmt: skip
    assert reading.warnings == (*BARE.warnings, facts_slide.said(PART))


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (PART, "83 planned fields were not: the interval was 10 points wide."),
        (Coverage("slide 1", 5, 4, 0.1), "1 planned field was not."),
        (Coverage("slide 1", 5, 5, 0.1), "5 of 5 planned fields of slide 1 were looked at (10.0 % of slide 1's area)."),
    ],
)
def test_the_sentence_names_what_was_not_looked_at(found, sentence):
    said = facts_slide.said(found)
    assert sentence in said
    assert said.endswith("Of what lies outside the plan nothing is known.")


@pytest.mark.parametrize(
    ("stop", "asked", "warned"),
    [(Stop(cells=1), "", False), (Stop(width=0.5), "", True), (Stop(cells=10**6), "Dr Somebody", True)],
)
def test_who_ended_by_what_was_seen_is_told_of_the_ordinary_interval(tmp_path, stop, asked, warned):
    with closing(open_store(Settings(data=str(tmp_path)))) as store:
        case = store.add_case(INFO, actor="a")
        path = samples.pyramidal(tmp_path / "a.tif", samples.scene(900, 700))
        slide = store.slides.add(case, path, actor="a").id
        plan = store.slides.plan(case, slide, [Region(0, 0, 900, 700)], actor="a", stop=stop)
        store.add_run(case, "run-1", len(plan.fields), actor="a")
        store.slides.begin(case, "run-1", plan)
        if asked:
            store.slides.ask_to_stop(case, "run-1", actor=asked)
        assert not facts_slide.coverage(store, case, "run-1").by_sight  # it goes on
        store.slides.stopped(case, "run-1", "so it ended")
        found = facts_slide.coverage(store, case, "run-1")
        assert found.by_sight == warned == (facts_slide.ANYTIME in facts_slide.said(found))
        assert "Somebody" not in facts_slide.said(found)


def test_a_wish_to_end_that_comes_after_the_end_changes_nothing_that_is_told(tmp_path, database_url):
    """What a finished run says of itself is held in memory by pages, and is in papers that were filed."""
    with closing(open_store(Settings(data=str(tmp_path), database_url=database_url))) as store:
        case = store.add_case(INFO, actor="a")
        path = samples.pyramidal(tmp_path / "a.tif", samples.scene(900, 700))
        slide = store.slides.add(case, path, actor="a").id
        plan = store.slides.plan(case, slide, [Region(0, 0, 900, 700)], actor="a", stop=Stop(width=0.5))
        store.add_run(case, "run-1", len(plan.fields), actor="a")
        store.slides.begin(case, "run-1", plan)
        store.advance_run("run-1", RunState.RUNNING)
        store.slides.stopped(case, "run-1", "the interval was 10 points wide")
        store.advance_run("run-1", RunState.DONE)
        told, events = facts_slide.coverage(store, case, "run-1"), store.trail(case)
        store.slides.ask_to_stop(case, "run-1", actor="Dr Late")
        assert facts_slide.coverage(store, case, "run-1") == told
        assert store.trail(case) == events
