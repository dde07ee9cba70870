"""Sites with a known truth get the verdict they deserve, and worse evidence never gets a better one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.verify.judge import Finding, State, Verdict, decide, judged, state
from core.verify.limits import Otherwise, Side, limits
from tests.core.verify.sites import Truth, site

LIMITS = limits()
RANK = {Verdict.NO_GO: 0, Verdict.NONE: 1, Verdict.CONDITIONS: 2, Verdict.GO: 3}
WORSE = {State.MET: State.OPEN, State.OPEN: State.NOT_MET, State.NOT_MET: State.NOT_MET}
FINITE = st.floats(-100, 100)


def of(**truth):
    return judged(site(Truth(**truth)), LIMITS)


def states(judgement):
    return {f.limit.criterion.id: f.state for f in judgement.findings}


def test_a_good_site_goes():
    found = of()
    assert found.verdict is Verdict.GO
    assert set(states(found).values()) == {State.MET}
    assert found.conditions == ()


def test_a_biased_site_does_not_and_hears_why():
    found = of(bias=0.08)
    assert found.verdict is Verdict.NO_GO
    assert any(reason.startswith("bias of the blast share") for reason in found.reasons)


def test_three_cases_decide_nothing_however_good_or_bad():
    for truth in ({}, {"bias": 0.3}, {"odd": 1.0}):
        found = of(cases=3, **truth)
        assert found.verdict is Verdict.NONE
        assert any("3 cases, at least 40" in reason for reason in found.reasons)


@pytest.mark.parametrize(
    ("truth", "criterion"),
    [
        ({"odd": 0.6}, "odd"),
        ({"missed": 0.2}, "found"),
        ({"scatter": 0.2}, "blasts_spread"),
        ({"bias": -0.06}, "cblc_bias"),
        ({"wide": 0.1}, "blasts_covered"),
    ],
)
def test_each_failing_is_a_no_go_of_its_own(truth, criterion):
    found = of(**truth)
    assert found.verdict is Verdict.NO_GO
    assert states(found)[criterion] is State.NOT_MET


def test_conditions_are_said_in_words():
    found = of(right=0.5)
    assert found.verdict is Verdict.CONDITIONS
    assert LIMITS["blasts_precision"].condition in found.conditions


def test_a_classifier_that_does_not_say_what_is_odd_is_no_go_ahead():
    whole = site(Truth())
    silent = replace(whole, cases=tuple(replace(case, judged=0, odd=0) for case in whole.cases))
    found = judged(silent, LIMITS)
    assert found.verdict is Verdict.NONE
    assert any("does not say it" in reason for reason in found.reasons)


def test_good_on_the_few_cases_that_are_stated_is_not_good():
    found = of(cases=60, withheld=0.6)
    assert states(found)["blasts_bias"] is State.OPEN
    assert found.verdict is Verdict.NONE


def test_outlines_count_only_where_every_cell_is_labelled():
    assert "found_rightly" not in states(of(complete=False))
    assert of(complete=False).verdict is Verdict.GO


@settings(deadline=None)
@given(st.sampled_from(Side), st.floats(0.1, 50), FINITE, st.floats(0, 40), st.floats(0, 40))
def test_a_state_is_a_matter_of_both_bounds(side, limit, low, width, worse):
    found = state(side, limit, low, low + width)
    if width > 2 * limit and side is Side.WITHIN:
        assert found is not State.MET
    away = -worse if side is Side.AT_LEAST or (side is Side.WITHIN and low + width / 2 < 0) else worse
    order = [State.NOT_MET, State.OPEN, State.MET]
    moved = state(side, limit, low + away, low + width + away)
    assert order.index(moved) <= order.index(found)
    wider = state(side, limit, low - worse, low + width + worse)
    assert (wider is not State.MET) or (found is State.MET)
    assert (wider is not State.NOT_MET) or (found is State.NOT_MET)


def test_without_an_interval_nothing_is_decided():
    assert state(Side.AT_LEAST, 5.0, None, None) is State.OPEN


def finding(id, where):
    return Finding(LIMITS[id], None, None, None, 0, None, where, "")


MEASURED = [id for id, limit in LIMITS.by_id.items() if limit.otherwise is not Otherwise.TOO_FEW]


@settings(deadline=None)
@given(st.lists(st.sampled_from(State), min_size=len(MEASURED), max_size=len(MEASURED)), st.integers(0))
def test_worsening_a_criterion_never_improves_the_verdict(chosen, which):
    before = [finding("cases", State.MET), *map(finding, MEASURED, chosen)]
    place = 1 + which % len(MEASURED)
    after = [*before]
    after[place] = replace(before[place], state=WORSE[before[place].state])
    assert RANK[decide(after)] <= RANK[decide(before)]


@settings(deadline=None)
@given(st.lists(st.sampled_from(State), min_size=len(MEASURED), max_size=len(MEASURED)))
def test_go_means_everything_is_met_and_too_few_means_no_verdict(chosen):
    found = [*map(finding, MEASURED, chosen)]
    assert (decide([finding("cases", State.MET), *found]) is Verdict.GO) == (set(chosen) == {State.MET})
    assert decide([finding("cases", State.NOT_MET), *found]) is Verdict.NONE


def test_no_criteria_are_no_go_ahead():
    assert decide([]) is Verdict.NONE
