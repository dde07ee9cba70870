"""Nothing silences an alert."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import facts
from core.aggregate.ratios import ratios
from core.quality import quality_of
from core.records import Findings
from core.vocabulary import vocabulary
from tests.core.counted import info, review, seen

WORDS = vocabulary("shipped16")
SIGNS = [
    Findings(auer_rods=True),
    Findings(atypical_promyelocytes=True),
    Findings(apl=True),
    Findings(genetics="PML::RARA"),
    Findings(auer_rods=True, atypical_promyelocytes=False, apl=False),
]


@given(st.sampled_from(SIGNS), st.dictionaries(st.sampled_from(WORDS.codes), st.integers(0, 30)), st.booleans())
def test_a_sign_of_apl_is_urgent_whatever_the_ratio(findings, counts, reviewed):
    given_, case = seen([counts]), info(findings=findings)
    reviews = [review(cell.id, "segmented") for cell in given_.cells] if reviewed else []
    found = ratios(given_, reviews, case, WORDS)
    assert found.alerts[0].id == "alert.apl"
    assert found.alerts[0].level == "urgent"
    assert "Exclude APL urgently" in found.alerts[0].text
    quality = quality_of(given_, case, WORDS, reviews)
    printed = {f.id: f for f in facts.of(quality, found, case, given_.models, WORDS)}["alert.apl"]
    assert facts.text(printed) == found.alerts[0].text
    assert not printed.withheld
    assert facts.withheld(found, "for any reason").alerts == found.alerts


@pytest.mark.parametrize("findings", [Findings(), Findings(auer_rods=False, atypical_promyelocytes=False, apl=False)])
def test_no_sign_no_urgency_but_promyelocytes_are_pointed_out(findings):
    found = ratios(seen([{"promyelocyte": 3, "segmented": 97}]), (), info(findings=findings), WORDS)
    assert [(a.id, a.level) for a in found.alerts] == [("alert.promyelocytes", "note"), ("alert.low_share", "note")]
    assert found.alerts[0].text.startswith("3 of 100 counted cells")


def test_the_note_on_low_shares_is_always_there():
    assert [a.id for a in ratios(seen([]), (), info(), WORDS).alerts] == ["alert.low_share"]
