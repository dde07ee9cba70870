"""What a language model may say, and what it may not, whatever it tries."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import facts as printed
from core.readings import Interval
from core.records import Domain
from core.writers import guard
from tests.core.writers import golden

MARROW = golden.smear(golden.HAEMATOPOIESIS, golden.MARROW)
FREE = golden.label_free(Domain.PROCEDURAL)
CELL = golden.label_free(Domain.PROCEDURAL, cell="0-granulocyte-3")
BLASTS = golden.smear_class("blast")
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
        "The early-cell composite, CBLC-3, makes up {cblc.ratio} of the counted cells ({cblc.count}).",
        "By WHO 5th ed. 2022 the blast share reads: {criteria.who}.",
        "Blasts and myelocytes make up {class.blast.share} and {class.myelocyte.share}, respectively.",
        "Myelocytes make up {class.myelocyte.share}, followed by blasts with {class.blast.share}.",
        "{adequacy.counted} were counted, exceeding the target of {adequacy.target}, and CBLC-3 is {cblc.ratio}.",
        "Lymphocytes are at {class.lymphocyte.share}; segmented neutrophils are the largest class, at"
        " {class.segmented.share}.",
        "The largest class is segmented neutrophils ({class.segmented.share}), and lymphocytes make up"
        " {class.lymphocyte.share}.",
        "No cells were named by people: {cells.reviewed}.",
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
        ("<share> is {criteria.who}.", "does not belong"),
        ("<0> make up {class.blast.share}.", "does not belong"),
        (", ".join(f"{one} {{class.{one}.share}}" for one in golden.WORDS.codes[:13]), "more than 12 values"),
        ("The cell comes from {case.specimen}.", ""),
        ("Blast equivalents are {blasts.ratio}.", "a name that no fact"),
        ("Blasts make up {class.blast.share}, smudge cells {smudge.share}.", "no part of"),
        ("{cells.count} were counted, short of the target of {adequacy.target}.", ""),
        ("{adequacy.counted} were counted, short of the target of {adequacy.target}.", ""),
        ("Blasts are the most frequent class, with {class.blast.share}.", "bear out"),
        ("Blasts make up {class.blast.share}, followed by lymphocytes with {class.lymphocyte.share}.", "not"),
        ("Segmented neutrophils make up the majority of counted cells: {class.segmented.share}.", "bear out"),
        (
            "The largest class are segmented neutrophils ({class.segmented.share}) and blasts ({class.blast.share}).",
            "not",
        ),
        ("No basophils were counted ({class.basophil.share}) and lymphocytes {class.lymphocyte.share}.", "not"),
        (
            "The largest class is segmented neutrophils ({class.segmented.share}) and lymphocytes make up"
            " {class.lymphocyte.share}.",
            "",
        ),
        ("CBLC-3 is {cblc.ratio} ({blasts.count}).", "not"),
        ("Lymphocytes ({class.lymphocyte.share} make up) that.", "not"),
        ("CBLC-3 is ({cblc.ratio}.", "not known"),
        (
            "Blasts make up {class.blast.share} and lymphocytes {class.lymphocyte.share}, and they make up {me.ratio}.",
            "not",
        ),
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


def swapped(id: str, value: float, low: float, high: float, asked=MARROW):
    """The case with another value of one fact."""
    change = {"value": value, "interval": Interval(low, high, 0.95)}
    facts = tuple(replace(fact, **change) if fact.id == id else fact for fact in asked.facts)
    return replace(asked, facts=facts)


@pytest.mark.parametrize(
    ("text", "id", "value", "apart", "touching"),
    [
        ("Segmented neutrophils form the majority of counted cells: {class.segmented.share}.",
         "class.segmented.share", 52.0, (50.1, 54), (49.9, 54)),
        ("The largest class is segmented neutrophils, at {class.segmented.share}.",
         "class.segmented.share", 30.0, (27, 33), (26, 34)),
        ("Lymphocytes ({class.lymphocyte.share}) are more than blasts ({class.blast.share}).",
         "class.lymphocyte.share", 12.0, (9, 15), (8, 16)),
    ],
)  # fmt: skip
def test_a_claim_holds_where_whole_intervals_bear_it(text, id, value, apart, touching) -> None:
    assert said(text, swapped(id, value, *apart)).sentence
    assert "bear out" in said(text, swapped(id, value, *touching)).reason


def test_a_marker_is_above_only_where_all_of_its_interval_is() -> None:
    text = "The median CD16 of monocytes is {marker.cd16.monocyte.median}, above the cut-off of {marker.cd16.cut}."
    id = "marker.cd16.monocyte.median"
    assert said(text, swapped(id, 2.6, 2.51, 2.7, FREE)).sentence
    assert "bear out" in said(text, swapped(id, 2.6, 2.49, 2.7, FREE)).reason


def test_next_to_nothing_is_not_absent() -> None:
    text = "No basophils were counted: {class.basophil.share}."
    assert "bear out" in said(text, swapped("class.basophil.share", 0.04, 0.0, 1.0)).reason


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("Blasts make up {class.blast.share} of the counted cells, and they number {class.blast.count}.", True),
        ("Blasts make up {class.blast.share}, and their median diameter is {class.blast.diameter}.", True),
        ("{class.blast.unsure_share} of the blasts have more than one possible class, and they number"
         " {class.blast.count}.", False),
        ("{class.blast.unsure_share} of the blasts have more than one possible class, and {class.blast.odd_share} are"
         " unlike those the classifier was calibrated on.", True),
        ("{class.blast.unsure_share} of the blasts have more than one possible class, and {quality.odd_share} are"
         " unlike those the classifier was calibrated on.", False),
        ("Of the blasts, {class.blast.unsure_share} have more than one possible class, and {adequacy.counted} were"
         " counted.", False),
        ("The specimen is {case.specimen}, and they number {class.blast.count}.", False),
    ],
)  # fmt: skip
def test_they_are_what_the_sentence_is_about_and_nothing_else(text: str, good: bool) -> None:
    assert bool(said(text, BLASTS).sentence) == good


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("The most likely class is granulocyte, with {cell.probability.granulocyte}.", True),
        ("The most likely class is other, with {cell.probability.other}.", False),
        ("The estimated CD16 of this cell is {cell.cd16}, above the cut-off of {marker.cd16.cut}.", True),
        ("The estimated CD45 of this cell is {cell.cd45}, above the cut-off of {marker.cd16.cut}.", False),
        ("The estimated CD16 of this cell is {cell.cd45}.", False),
        ("CD45 is estimated at {cell.cd45} and CD16 at {cell.cd16}.", True),
        ("CD45 is estimated at {cell.cd16} and CD16 at {cell.cd45}.", False),
    ],
)
def test_a_cells_markers_and_chances_are_told_as_its_own(text: str, good: bool) -> None:
    assert bool(said(text, CELL).sentence) == good


@pytest.mark.parametrize(
    "text",
    [
        "The median CD16 of granulocytes is {marker.cd16.granulocyte.median}, CD45 {marker.cd45.lymphocyte.median}.",
        "The median CD16 of granulocytes is {marker.cd16.granulocyte.median}, of lymphocytes"
        " {marker.cd45.lymphocyte.median}.",
        "Granulocytes make up {class.granulocyte.share}, with a median CD16 of {marker.cd16.lymphocyte.median}.",
        "There are more granulocytes ({class.granulocyte.share}) than lymphocytes ({class.lymphocyte.share}) and"
        " monocytes ({class.monocyte.share}).",
        "Granulocytes ({class.granulocyte.share}) and monocytes ({class.monocyte.share}) outnumber lymphocytes"
        " ({class.lymphocyte.share}).",
    ],
)
def test_nothing_runs_on_to_another_name(text: str) -> None:
    assert said(text, FREE).sentence is None


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
