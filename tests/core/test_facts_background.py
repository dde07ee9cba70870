"""What a test of the surroundings adds to the facts of its case, and what summaries say of it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from core import analyse, facts, facts_background
from core.readings import Reading
from core.robustness.records import Surroundings
from core.summaries import Audience, Length
from core.vocabulary import vocabulary
from core.writers import asking
from core.writers.template import Template
from tests.core.robustness import planted

WORDS = vocabulary("shipped16")


@cache
def told(around: bool) -> Reading:
    seen, found = planted.outcome(planted.fields(), planted.tools(around=around))
    return facts_background.added(analyse.read(seen, (), planted.INFO, WORDS), found)


def printed(reading: Reading) -> dict[str, str]:
    return {fact.id: facts.text(fact) for fact in reading.facts if fact.id.startswith("background.")}


def test_a_case_that_nobody_tested_says_nothing() -> None:
    bare = analyse.read(planted.seen(planted.fields(24), planted.tools(around=False)), (), planted.INFO, WORDS)
    assert facts_background.added(bare, None) is bare
    assert "surroundings" not in str(Template().write(asking.of_case(bare, WORDS)))


def test_the_largest_flips_and_the_largest_move_are_told_with_their_setting() -> None:
    found = printed(told(True))
    assert found["background.word"] == "fragile"
    assert found["background.cells"] == "96 cells"
    assert found["background.flips"].startswith("100.0 % [96")
    assert found["background.setting"] == facts_background.SETTINGS[Surroundings.OTHER_CLASS]
    move = next(fact for fact in told(True).facts if fact.id == "background.move")
    assert move.value in (25.0, 75.0)
    assert move.interval is not None
    assert 0 <= move.interval.low <= move.value <= move.interval.high
    assert move.note in ("upwards", "downwards")
    assert "CBLC-3" in move.name
    assert found["background.fragile"] == "72 cells", "those that bare glass renames too"
    assert len({fact.id for fact in told(True).facts}) == len(told(True).facts)


def test_where_shares_are_withheld_so_is_their_move() -> None:
    seen, found = planted.outcome(planted.fields(40), planted.tools(around=True))
    assert found is not None
    reading = analyse.read(seen, (), planted.INFO, WORDS)
    assert reading.quality.withheld
    by_id = {fact.id: fact for fact in facts_background.added(reading, found).facts}
    assert by_id["background.move"].value is None
    assert by_id["background.move"].interval is None
    assert by_id["background.move"].withheld == reading.quality.withheld
    assert by_id["background.flips"].value == 100.0


@pytest.mark.parametrize("length", Length)
@pytest.mark.parametrize("audience", Audience)
def test_every_summary_of_a_fragile_case_says_so(audience: Audience, length: Length) -> None:
    asked = asking.of_case(told(True), WORDS, audience, length)
    assert asking.SURROUNDINGS in [alert.text for alert in asked.alerts]
    summary = Template().write(asked)
    said = " ".join(one.text for one in (*summary.caveats, *summary.sentences, *summary.checks))
    assert "what is stated proved fragile" in said
    assert "Largest move of CBLC-3 among other surroundings" in said
    if length is Length.FULL:
        assert "Name the cells that several other surroundings rename." in said


def test_a_summary_of_a_robust_case_says_that_too_without_an_alert() -> None:
    asked = asking.of_case(told(False), WORDS)
    assert asking.SURROUNDINGS not in [alert.text for alert in asked.alerts]
    summary = Template().write(asked)
    said = [one.text for one in (*summary.caveats, *summary.sentences)]
    assert "Tested among other surroundings: 96 cells; what is stated proved robust." in said
    assert not any("Largest move" in text for text in said)


def test_a_move_that_may_go_either_way_is_told_from_nought() -> None:
    _, found = planted.outcome(planted.fields(24), planted.tools(around=False))
    assert found is not None
    setting, moved = facts_background.furthest(found) or (None, None)
    assert setting is not None
    assert moved is not None
    fact = next(one for one in facts_background.of(found) if one.id == "background.move")
    assert fact.value == 0.0
    assert fact.interval == replace(moved.interval, low=0.0, high=pytest.approx(-moved.interval.low))
    assert fact.note == ""
