"""What curves of worse pictures add to the facts of their case, and what summaries say of it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from core import analyse, facts_strength
from core.facts import text
from core.readings import Interval, Reading
from core.robustness.curves import Crossing, Curves
from core.vocabulary import vocabulary
from core.writers import asking
from core.writers.template import Template
from tests.core.robustness import made, planted

WORDS = vocabulary("shipped16")
DRAWN = made.curves("run-1", ("one", "two"), "m" * 64)


@cache
def bare(fields: int = 96) -> Reading:
    return analyse.read(planted.seen(planted.fields(fields), planted.tools(around=False)), (), planted.INFO, WORDS)


def told(found: Curves, reading: Reading | None = None) -> dict[str, str]:
    facts = facts_strength.added(reading or bare(), found).facts
    return {fact.id: text(fact) for fact in facts if fact.id.startswith("strength.")}


def with_line(**changed: object) -> Curves:
    curve = DRAWN.curves[0]
    return replace(DRAWN, curves=(replace(curve, lines=(replace(curve.lines[0], **changed),)), *DRAWN.curves[1:]))


def test_a_case_without_curves_says_nothing() -> None:
    assert facts_strength.added(bare(), None) is bare()
    assert "worse pictures" not in str(Template().write(asking.of_case(bare(), WORDS)))


def test_the_strength_of_a_crossing_is_told_and_that_there_is_none() -> None:
    crossing = with_line(crosses=(Crossing(None, None, -50.0), Crossing(20.0, 37.4, 50.0)))
    found = told(crossing)
    assert found["strength.cells"] == "2 cells"
    assert found["strength.azure.crosses"] == "at +37 %, across 20 % (which its own interval holds already)"
    assert (
        found["strength.nearest"] == "blasts at azure stain +37 %, across 20 % (which its own interval holds already)"
    )
    firm = replace(DRAWN.curves[0].lines[0].points[1], interval=Interval(20.5, 31.0))
    beyond = with_line(points=(firm,), crosses=(Crossing(20.0, 37.4, 50.0),))
    assert told(beyond)["strength.azure.crosses"] == "at +37 %, across 20 %"
    none = told(with_line(crosses=(Crossing(None, None, -50.0), Crossing(None, None, 50.0))))
    assert none["strength.azure.crosses"] == "not up to −50 % and +50 %"
    assert none["strength.nearest"] == "no mark is crossed within the ranges tried (azure stain)"
    assert "strength.blur.crosses" not in found, "it was not tried"


def test_a_share_without_marks_is_told_by_its_own_interval() -> None:
    leaves = (Crossing(None, -12.6, -50.0), Crossing(None, None, 50.0))
    found = told(with_line(id="class.monocyte.share", name="monocytes", crosses=(), leaves=leaves))
    assert found["strength.azure.class.monocyte.share.leaves"] == "at −13 %"
    assert found["strength.nearest"] == "monocytes leaving its own interval at azure stain −13 %"


def test_the_soonest_is_the_one_that_takes_least_of_its_range() -> None:
    first, second = (with_line(crosses=(Crossing(20.0, at, 50.0),)).curves[0] for at in (40.0, 10.0))
    both = replace(DRAWN, curves=(first, replace(second, change=DRAWN.curves[1].change)))
    assert told(both)["strength.nearest"].startswith("blasts at blur")


def test_a_summary_says_it_in_one_sentence() -> None:
    crossing = with_line(crosses=(Crossing(20.0, 37.4, 50.0),))
    summary = Template().write(asking.of_case(facts_strength.added(bare(), crossing), WORDS))
    assert "Tried in worse pictures: 2 cells; blasts at azure stain +37 %, across 20 %" in str(summary)


def test_where_shares_are_withheld_so_is_where_one_would_lie() -> None:
    small = bare(40)
    assert small.quality.withheld
    facts = {fact.id: fact for fact in facts_strength.added(small, DRAWN).facts}
    assert facts["strength.nearest"].value is None
    assert facts["strength.azure.crosses"].withheld == small.quality.withheld
    assert facts["strength.cells"].value == 2
