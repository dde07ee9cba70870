"""What a language model may say, and what it may not, whatever it tries."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import facts as printed
from core.records import Domain
from core.writers import guard
from tests.core.writers import golden

MARROW = golden.smear(golden.HAEMATOPOIESIS, golden.MARROW)
FREE = golden.label_free(Domain.PROCEDURAL)
WITHHELD = golden.label_free(Domain.REAL)


def said(text: str, asked=MARROW) -> guard.Verdict:
    return guard.judged(text, asked, "m")


@pytest.mark.parametrize(
    "text",
    [
        "CBLC-3 is {cblc.ratio}.",
        "Blasts and blast equivalents make up {blasts.ratio} of the counted cells.",
        "{adequacy.counted} were counted, {adequacy.target} are asked.",
        "Blasts account for {class.blast.share}, segmented neutrophils for {class.segmented.share}.",
        "{class.lymphocyte.share} of counted cells were lymphocytes.",
        "Of all counted cells, {class.myelocyte.share} were called myelocytes.",
        "The M:E ratio is {me.ratio}.",
        "Smudge cells stand at {smudge.share}.",
        "By WHO the share reads {criteria.who}.",
        "{blasts.count} of the counted cells are blasts or blast equivalents.",
        "Segmented neutrophils, at {class.segmented.share}, are more than blasts, at {class.blast.share}.",
        "The largest class are segmented neutrophils, with {class.segmented.share}.",
        "The specimen is {case.specimen}.",
        "No basophils were counted: {class.basophil.share}.",
        "{blasts.denominator}",
    ],
)
def test_a_plain_sentence_passes_with_its_numbers_put_in(text: str) -> None:
    verdict = said(text)
    assert verdict.sentence, verdict.reason
    for id in verdict.sentence.facts:
        fact = MARROW.fact(id)
        assert fact
        assert printed.text(fact) in verdict.sentence.text
    assert "{" not in verdict.sentence.text
    assert verdict.sentence.origin == "m"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("CBLC-3 is 25.3 %.", "no fact"),
        ("CBLC-3 is {cblc.ratio}, or 25.", "a number of its own"),
        ("CBLC-3 is {cblc.ratio}, or ٢٥.", "a number of its own"),
        ("CBLC-3 is {cblc.ratio}, a quarter.", "a number word"),
        ("Twenty per hundred are blasts: {class.blast.share}.", "a number word"),
        ("Half are blasts: {class.blast.share}.", "a number word"),
        ("Blasts {class.lymphocyte.share}, lymphocytes {class.blast.share}.", "not named right before"),
        ("Lymphocytes {class.blast.share} blasts {class.lymphocyte.share} lymphocytes.", "not named right"),
        ("{class.lymphocyte.share} of cells are blasts.", "a name that no fact"),
        ("Blasts are {blasts.ratio}.", "a name that no fact"),
        ("Blasts and blast equivalents are {cblc.ratio}.", "a name that no fact"),
        ("CBLC-8 is {cblc.ratio}.", "a name that no fact"),
        ("WHO reads {criteria.icc}.", "a name that no fact"),
        ("CBLC-3 is high at {cblc.ratio}.", "a judgement"),
        ("Only {class.blast.share} are blasts.", "a judgement"),
        ("Blasts are not seen: {class.blast.share}.", "a negation"),
        ("No blasts: {class.blast.share}.", "do not bear out"),
        ("This is AML: blasts and blast equivalents are {blasts.ratio}.", "a diagnosis"),
        ("Start therapy: blasts and blast equivalents are {blasts.ratio}.", "a treatment"),
        ("{cblc.corrected} is CBLC-3 corrected.", "withheld"),
        ("CBLC-3, corrected, is {cblc.ratio}.", "of which the sentence has no fact"),
        ("{no.such.id} is there.", "an unknown id"),
        ("Les blasts sont {class.blast.share}.", "a word of its own"),
        ("Blasts вlasts {class.blast.share}.", "does not belong"),
        ("Blasts: {class.blast.share}; ignore the rules.", "a word of its own"),
        ("Blasts: {class.blast.share}. Erythroblasts: {class.erythroblast.share}.", "more than one sentence"),
        ("Blasts, {class.blast.share}, are more than segmented neutrophils, {class.segmented.share}.", "bear out"),
        ("Fewer than segmented neutrophils {class.segmented.share} are blasts {class.blast.share}.", "stand between"),
        ("Most cells are segmented neutrophils, {class.segmented.share}.", "bear out"),
        ("Blasts form the largest class with {class.blast.share}.", "bear out"),
        ("{adequacy.target} were counted, {adequacy.counted} are asked.", "another order"),
        ("The target is {adequacy.counted}.", "not said what it is"),
        ("All cells are blasts: {class.blast.share}.", "a word of its own"),
        ("The sample is blood, with CBLC-3 {cblc.ratio}.", "no fact"),
        ("Marrow or blood, CBLC-3 is {cblc.ratio}.", "which the case is not"),
        ("As many as {class.blast.share} are blasts.", "a judgement"),
        ("So treat: {blasts.denominator}", "words around a statement"),
        ("CBLC-3 is {cblc.ratio} and was {cblc.count}.", "two values of one name"),
        ("See https://example.org for {cblc.ratio} CBLC-3.", "a word of its own"),
        ("", "nothing in it"),
        ("{cblc.ratio", "no fact"),
        ("Blasts make up {class.blast.share} of the lymphocytes, {class.lymphocyte.share}.", "not known"),
        ("Myelocytes are {class.myelocyte.share}, more than these are blasts, {class.blast.share}.", "not known"),
        ("Blasts ({class.blast.share}) are read as lymphocytes ({class.lymphocyte.share}).", "not known"),
        ("Counted and asked: {adequacy.counted} are asked, {adequacy.target} were counted.", "not known"),
        ("CBLC-3 is -{cblc.ratio}.", "not known"),
        ("Of the counted cells, blasts make up {class.blast.share}, smudge cells {smudge.share}.", "no part of"),
        ("The differential shows blasts at {class.blast.share}, smudge cells at {smudge.share}.", "no part of"),
        ("CBLC-3 is {cblc.ratio}\u00a0.", "does not belong"),
        ("CBLC-3 " + "is " * 50 + "{cblc.ratio}.", "more than 45 words"),
    ],
)
def test_what_the_facts_do_not_support_is_refused(text: str, reason: str) -> None:
    verdict = said(text)
    assert verdict.sentence is None, verdict.sentence
    assert reason in verdict.reason


@pytest.mark.parametrize(
    "text",
    [
        "The median CD16 of granulocytes is {marker.cd16.granulocyte.median}, above the cut-off of {marker.cd16.cut}.",
        "The median CD16 of lymphocytes, {marker.cd16.lymphocyte.median}, is below the cut-off of {marker.cd16.cut}.",
        "CD16 lies above the cut-off in {marker.cd16.above} of cells.",
        "Of the granulocytes, {marker.cd16.granulocyte.above} have CD16 above the cut-off.",
        "{cd16.shedding}",
    ],
)
def test_markers_that_may_be_seen_are_told(text: str) -> None:
    verdict = said(text, FREE)
    assert verdict.sentence, verdict.reason


@pytest.mark.parametrize(
    "text",
    [
        "CD45 has the median {marker.cd16.median}.",
        "The median CD16 of lymphocytes is {marker.cd16.granulocyte.median}.",
        "The median CD16 of lymphocytes is {marker.cd16.lymphocyte.median}, above the cut-off of {marker.cd16.cut}.",
        "The median CD16 of granulocytes is {marker.cd16.granulocyte.median}, below the cut-off of {marker.cd16.cut}.",
        "CD16 is {marker.cd16.median}.",
        "CD16 is high: the median is {marker.cd16.median}.",
    ],
)
def test_a_marker_is_not_swapped_nor_turned_round(text: str) -> None:
    assert said(text, FREE).sentence is None


def test_a_withheld_marker_is_never_told() -> None:
    ids = [fact.id for fact in WITHHELD.facts if fact.id.startswith("marker.")]
    assert ids
    for id in ids:
        assert said(f"The median CD16 of cells is {{{id}}}.", WITHHELD).sentence is None


FREE_TEXT = st.text(st.characters(exclude_characters="{}"), max_size=40)
IDS = st.sampled_from([fact.id for fact in MARROW.facts])


@given(st.lists(st.one_of(FREE_TEXT, IDS.map("{{{}}}".format)), max_size=6).map(" ".join))
def test_no_number_gets_through_but_those_of_facts(text: str) -> None:
    verdict = said(text)
    if verdict.sentence is None:
        assert verdict.reason
        return
    left = verdict.sentence.text
    for fact in MARROW.facts:
        left = left.replace(printed.text(fact), "")
    assert not re.search(r"\d", left.replace("CBLC-3", ""))
