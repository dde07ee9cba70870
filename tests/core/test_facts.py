"""Facts: stable ids, printed units, digits that mean something, and nothing shown that is withheld."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import facts
from core.aggregate.ratios import ratios
from core.quality import quality_of
from core.readings import Fact, Interval
from core.records import Domain, Findings, Specimen
from core.vocabulary import vocabulary
from tests.core.counted import info, review, seen

WORDS = vocabulary("shipped16")


def of(fields, case=None, reviews=()):
    given, case = seen(fields), case or info()
    found, quality = ratios(given, reviews, case, WORDS), quality_of(given, case, WORDS, reviews)
    return {fact.id: fact for fact in facts.of(quality, found, case, given.models, WORDS)}


def printed(fields, id, case=None):
    return facts.text(of(fields, case)[id])


BLOOD = [{"blast": 64, "promyelocyte": 6, "segmented": 130, "smudge": 50, "erythroblast": 30, "other": 4}]


@pytest.mark.parametrize(
    ("id", "text"),
    [
        ("blasts.ratio", "32.0 % [25.9–38.8], 95 %"),
        ("cblc.ratio", "35.0 % [28.7–41.8], 95 %"),
        ("class.segmented.share", "65.0 % [58.2–71.3], 95 %"),
        ("class.band.share", "0.0 % [0.0–1.9], 95 %"),
        ("adequacy.counted", "200 cells"),
        ("adequacy.target", "200 cells"),
        ("adequacy.word", "adequate"),
        ("blasts.count", "64 cells"),
        ("smudge.share", "20.0 % [15.5–25.4], 95 %"),
        ("blasts.low_smudge", "25.6 %"),
        ("blasts.high_smudge", "45.6 %"),
        ("cblc.low_smudge", "28.0 %"),
        ("cblc.high_smudge", "48.0 %"),
        ("erythroblasts.per_100", "15.0 per 100 leukocytes [10.2–22.0], 95 %"),
        ("uncounted.smudge.count", "50 cells"),
        ("uncounted.other.count", "4 cells"),
        ("case.specimen", "blood"),
        ("case.genetics", "unknown"),
        ("criteria.who", "AML range (≥ 20 %); interval straddles no mark; genetics unknown"),
        ("criteria.icc", "AML range (≥ 20 %); interval straddles no mark; genetics unknown"),
    ],
)
def test_a_case_in_blood(id, text):
    assert printed(BLOOD, id) == text


def test_marrow_has_me_and_is_not_validated():
    marrow = of([{"segmented": 210, "erythroblast": 90}], info(Specimen.MARROW))
    assert facts.text(marrow["me.ratio"]) == "2.3 [1.8–3.0], 95 %"
    assert marrow["me.ratio"].unit == "ratio"
    assert "not validated" in marrow["case.validation"].value
    assert "erythroblasts.per_100" not in marrow
    assert "me.ratio" not in of(BLOOD)


def test_every_id_is_documented_and_unique():
    patterns = [re.sub(r"<\w+>", r"\\w+", id) for id in re.findall(r"[\w<>]+(?:\.[\w<>]+)+", facts.__doc__)]
    for case in (info(), info(Specimen.MARROW, findings=Findings(apl=True))):
        given = doubted(seen(BLOOD), 0.5)
        listed = facts.of(quality_of(given, case, WORDS), ratios(given, (), case, WORDS), case, given.models, WORDS)
        assert len({fact.id for fact in listed}) == len(listed)
        for fact in listed:
            assert any(re.fullmatch(pattern, fact.id) for pattern in patterns), fact.id


@settings(deadline=None)
@given(
    st.lists(st.dictionaries(st.sampled_from(WORDS.codes), st.integers(0, 9)), max_size=7),
    st.sampled_from(Specimen),
)
def test_withheld_facts_carry_nothing_and_others_agree_with_the_ratios(fields, specimen):
    case = info(specimen)
    listed = of(fields, case)
    found = ratios(seen(fields), (), case, WORDS)
    few = found.adequacy.counted < 50
    for fact in listed.values():
        if fact.withheld:
            assert fact.value is None
            assert fact.interval is None
            assert facts.text(fact) == f"withheld: {fact.withheld}"
        elif fact.interval:
            assert fact.interval.low <= fact.value <= fact.interval.high
    for share in (found.cblc, found.blasts, *found.differential):
        fact = listed[share.id]
        assert bool(fact.withheld) is few
        assert few or fact.value == pytest.approx(100 * share.ratio)
    for id in ("criteria.who", "criteria.icc", "cblc.count", "blasts.count"):
        assert bool(listed[id].withheld) is few
    assert listed["adequacy.counted"].value == found.adequacy.counted


def doubted(given, oddness):
    calls = (replace(call, possible=("blast", "band"), oddness=oddness) for call in given.calls)
    return replace(given, calls=tuple(calls))


@pytest.mark.parametrize(("oddness", "reason"), [(0.5, ""), (1.0, "calibrated on")])
def test_doubts_of_the_classifier_are_told_even_where_they_withhold_the_rest(oddness, reason):
    given = doubted(seen(BLOOD), oddness)
    found, quality = ratios(given, (), info(), WORDS), quality_of(given, info(), WORDS)
    listed = {fact.id: fact for fact in facts.of(quality, found, info(), given.models, WORDS)}
    assert facts.text(listed["calls.unsure_share"]) == "100.0 %"
    assert facts.text(listed["quality.odd_share"]) == ("100.0 %" if reason else "0.0 %")
    assert reason in listed["blasts.ratio"].withheld
    assert bool(listed["blasts.ratio"].withheld) is bool(reason)
    assert "quality.odd_share" not in of(BLOOD)


def test_withholding_blanks_every_share_and_keeps_the_counts():
    found = ratios(seen(BLOOD), (), info(), WORDS)
    blank = facts.withheld(found, "49 counted cells")
    for share in (*blank.differential, blank.cblc, blank.blasts, blank.smudge.share):
        assert (share.ratio, share.interval, share.withheld) == (None, None, "49 counted cells")
    assert blank.erythroblasts_per_100.value is None
    assert blank.smudge.blasts_high is None
    assert blank.blasts.count == found.blasts.count
    assert {c.reading for c in blank.criteria} == {"withheld: 49 counted cells"}
    assert facts.withheld(found, "") is found


@pytest.mark.parametrize(
    ("blasts", "rest", "text"),
    [
        (30, 40, "43 % [32–55], 95 %"),  # below a hundred cells no digit means anything …
        (19, 77, "19.8 % [13.1–28.9], 95 %"),  # … but '20 %' would say that the mark is reached
        (399, 1601, "19.95 % [18.26–21.76], 95 %"),
        (400, 1600, "20.0 % [18.3–21.8], 95 %"),
    ],
)
def test_digits_mean_something_and_rounding_never_reaches_a_mark(blasts, rest, text):
    assert printed([{"blast": blasts, "segmented": rest}], "blasts.ratio") == text


def test_synthetic_cases_and_reviews_show_in_the_origin():
    listed = of(BLOOD, info(domain=Domain.PROCEDURAL), [review("0-blast-0", "blast")])
    assert (
        listed["blasts.ratio"].origin == "counted from calls of naming (abcdef01), 1 reviewed by people, synthetic case"
    )
    assert listed["case.domain"].value == "synthetic: drawn by a program"
    assert of(BLOOD)["case.domain"].value == "real"


def test_the_pseudonym_and_the_note_are_no_facts():
    everything = " ".join(str(fact) for fact in of(BLOOD, info(note="met in Ulm")).values())
    assert "patient-1" not in everything
    assert "Ulm" not in everything


def test_open_ends_and_nothing_are_printed_as_words():
    assert facts.text(Fact("x", "x", 2.0, "ratio", 1, Interval(1.0, math.inf), "")) == "2.0 [1.0–∞], 95 %"
    assert facts.text(Fact("x", "x", None, "%", 1, None, "")) == "not stated"


def test_a_minus_is_not_taken_for_the_dash_of_an_interval():
    fact = Fact("cell.cd16", "CD16", 0.4, "log10 of units", 2, Interval(-0.2, 1.0, 0), "made")
    assert facts.text(fact) == "0.40 log10 of units [-0.20 to 1.00]"
    assert facts.text(replace(fact, interval=Interval(-0.001, 1.0, 0))) == "0.40 log10 of units [0.00–1.00]"
