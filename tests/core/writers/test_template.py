"""The template: word for word what lies in tests/golden, no number that no fact has, alerts always and first."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import analyse, facts, knowledge, summaries
from core.readings import Fact, Interval
from core.records import Domain, Findings, Specimen
from core.summaries import Asked, Audience, Length, Scope, Sentence, Summary
from core.vocabulary import vocabulary
from core.writers import asking
from core.writers.phrases import plural
from core.writers.template import Template
from tests.core.counted import STAMP, info, review, seen
from tests.core.writers import golden

CODES = golden.WORDS.codes
DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
COUNTS = st.dictionaries(st.sampled_from(CODES), st.integers(0, 90), max_size=6)
FINDINGS = st.builds(
    Findings,
    auer_rods=st.sampled_from([None, True, False]),
    apl=st.sampled_from([None, True]),
    genetics=st.sampled_from(["unknown", "NPM1", "PML::RARA", "TP53", "written by Zamonia"]),
)
ONE_CELL = golden.label_free(Domain.PROCEDURAL, cell="0-granulocyte-3")
WAYS = {"audience": st.sampled_from(Audience), "length": st.sampled_from(Length)}
STATED = {statement.id: statement for statement in knowledge.statements()}


@pytest.mark.parametrize("name", golden.CASES)
def test_the_text_is_the_golden_one(name):
    assert golden.text(name) == (golden.FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def test_no_golden_text_is_left_over():
    assert {path.stem for path in golden.FOLDER.glob("*.txt")} == set(golden.CASES)


def strange_digits(sentence: Sentence, asked: Asked) -> list[str]:
    """Digits of a sentence that are in no printed fact it names, no name of a thing and no statement it cites."""
    left = sentence.text
    for id in sentence.statements:
        statement = STATED[id]
        assert statement in asked.statements
        left = left.replace(f"{statement.text[:-1]} ({statement.cited}).", "")
    printed = []
    for id in sentence.facts:
        fact = asked.fact(id)
        assert fact is not None, id
        printed += [facts.text(fact), fact.withheld]
    for part in sorted(filter(None, printed), key=len, reverse=True):
        left = re.sub(re.escape(part), " ", left, flags=re.IGNORECASE)
    for name in sorted(names(asked), key=len, reverse=True):
        left = left.replace(name, " ")
    return DIGITS.findall(left)


def names(asked: Asked) -> set[str]:
    """What things are called: 'CD16', 'CBLC-3', 'WHO 5th ed. 2022'; also as a sentence begins."""
    words = {fact.name for fact in asked.facts}
    words |= {fact.name.split(" of ", 1)[0] for fact in asked.facts if fact.id.startswith("marker.")}
    words |= {
        fact.name.removeprefix("probability of ").removesuffix(", outside the denominator") for fact in asked.facts
    }
    words |= {plural(word) for word in words}
    return words | {word[:1].upper() + word[1:] for word in words}


def every(summary: Summary) -> tuple[Sentence, ...]:
    return (*summary.caveats, *summary.sentences, *summary.checks)


def check(asked: Asked) -> Summary:
    summary = Template().write(asked)
    for sentence in every(summary):
        assert strange_digits(sentence, asked) == [], sentence
        assert re.fullmatch(r"\S.*[.]", sentence.text), sentence
        assert "{" not in sentence.text
        assert "None" not in sentence.text
    text = summaries.text(summary)
    assert text.startswith("".join(summaries.LEVELS[alert.level] + alert.text for alert in asked.alerts[:1]))
    assert all(alert.text in text for alert in asked.alerts)
    assert Template().write(asked) == summary
    assert summary.content == summaries.content(asked.facts)
    assert "Zamonia" not in text + repr(asked)
    return summary


@pytest.mark.parametrize("name", golden.CASES)
@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("length", Length)
def test_every_number_is_a_facts_for_every_reader(name, audience, length):
    check(replace(golden.CASES[name](), audience=audience, length=length))


@settings(max_examples=40, deadline=None)
@given(st.lists(COUNTS, max_size=6), FINDINGS, st.sampled_from(Specimen), st.sampled_from(Domain), st.data())
def test_every_number_is_a_facts_whatever_the_counts(fields, findings, specimen, domain, data):
    ways = {name: data.draw(values) for name, values in WAYS.items()}
    case = info(specimen, findings=findings, domain=domain, stain="Zamonia blue", note="Zamonia")
    given_cells = golden.doubted(seen(fields)) if any("blast" in field for field in fields) else seen(fields)
    reading = analyse.read(given_cells, (), case, golden.WORDS)
    summary = check(asking.of_case(reading, golden.WORDS, **ways))
    if reading.quality.withheld:
        assert not [s for s in summary.sentences if "%" in s.text]
        assert reading.quality.withheld in summaries.text(summary)
    code = data.draw(st.sampled_from(CODES))
    check(asking.of_class(reading, given_cells, (), code, golden.WORDS, **ways))
    for cell in given_cells.cells[:1]:
        check(asking.of_cell(given_cells, (), cell, reading, golden.WORDS, **ways))


@pytest.mark.parametrize("specimen", Specimen)
def test_another_vocabulary_reads_as_well(specimen):
    words = vocabulary("cblc8")
    given_cells = seen([{code: 12 + n for n, code in enumerate(words.codes)}] * 2)
    unsure = [replace(call, possible=(call.label, "N1")[: 1 + n % 2]) for n, call in enumerate(given_cells.calls)]
    stamp = replace(STAMP, vocabulary="cblc8")
    given_cells = replace(given_cells, models=(stamp,), calls=tuple(unsure))
    reading = analyse.read(given_cells, (), info(specimen, vocabulary="cblc8"), words)
    assert "CBLC-8, the early-cell composite, is" in summaries.text(check(asking.of_case(reading, words)))
    for code in words.codes:
        check(asking.of_class(reading, given_cells, (), code, words))
        cell = next(cell for cell in given_cells.cells if cell.id == f"0-{code}-1")
        check(asking.of_cell(given_cells, (), cell, reading, words))


@pytest.mark.parametrize("length", Length)
@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("fields", [({},), ({"segmented": 300},), ({"blast": 20},)])
def test_apl_is_first_whatever_else_is_said(fields, audience, length):
    asked = golden.smear(fields, golden.APL, audience=audience, length=length)
    assert summaries.text(Template().write(asked)).startswith("URGENT: Exclude APL urgently")
    for scoped in (golden.smear_cell("0-blast-0"), golden.smear_class("blast")):
        given_cells = seen(golden.MIXED)
        reading = analyse.read(given_cells, (), golden.APL, golden.WORDS)
        urgent = asking.alerts(reading)[0]
        assert urgent.id == "alert.apl"
        assert summaries.text(Template().write(replace(scoped, alerts=(urgent,)))).startswith("URGENT: Exclude APL")


def test_apl_is_an_alert_of_each_cell_and_class_too():
    given_cells = seen(golden.MIXED)
    reading = analyse.read(given_cells, (), golden.APL, golden.WORDS)
    cell = asking.of_cell(given_cells, (), given_cells.cells[0], reading, golden.WORDS)
    klass = asking.of_class(reading, given_cells, (), "segmented", golden.WORDS)
    assert [asked.alerts[0].id for asked in (cell, klass)] == ["alert.apl"] * 2


@settings(max_examples=100, deadline=None)
@given(st.floats(-2, 6), st.floats(0, 2), st.floats(-2, 6), st.booleans())
def test_a_marker_lies_above_its_cut_off_only_when_all_of_its_interval_does(value, wide, cut, known):
    asked = ONE_CELL
    interval = Interval(value - wide, value + wide, 0) if known else None
    changed = tuple(
        replace(fact, value=value, interval=interval) if fact.id == "cell.cd16" else
        replace(fact, value=cut) if fact.id == "marker.cd16.cut" else fact
        for fact in asked.facts
    )  # fmt: skip
    said = " ".join(s.text for s in Template().write(replace(asked, facts=changed)).sentences)
    low = value - wide if known else value
    assert ("CD16 lies above the cut-off" in said) == (low > cut)
    assert not re.search(r"\bhigh CD16|CD16 (is )?high\b", said, re.IGNORECASE)


@pytest.mark.parametrize("name", [name for name in golden.CASES if "withheld" in name and name != "withheld"])
def test_withheld_markers_are_said_to_be_withheld_and_nothing_is_said_of_them(name):
    asked = golden.CASES[name]()
    text = summaries.text(Template().write(asked))
    assert "CD16 are withheld: this network's marker values were learned from simulated cells" in text
    assert "cut-off" not in text
    assert "shed" not in text
    assert not [s for s in asked.statements if set(s.about) & {"cd16", "cd45", "markers"}]


def test_without_a_cut_off_nothing_is_above_or_below():
    given_cells = golden.free(Domain.PROCEDURAL, cut=None)
    case = replace(golden.fakes.SYNTHETIC)
    reading = analyse.read_label_free(given_cells, (), case, golden.DPC)
    for asked in (
        asking.of_case(reading, golden.DPC),
        asking.of_class(reading, given_cells, (), "granulocyte", golden.DPC),
        asking.of_cell(given_cells, (), given_cells.cells[0], reading, golden.DPC),
    ):
        text = summaries.text(Template().write(asked))
        assert "CD16" in text
        assert "above" not in text


def test_names_with_braces_are_only_names():
    fact = Fact("class.x.share", "x {0} {y}", 50.0, "%", 0, None, "test")
    asked = Asked(Scope.CASE, Audience.CLINICIAN, Length.FULL, (fact,), (), (), "Case")
    assert "Every counted cell has the same name, x {0} {y}: 50 %." in summaries.text(Template().write(asked))


def test_progress_is_told_and_nothing_is_needed_to_finish():
    told = []
    summary = Template().write(golden.CASES["apl"](), tell=lambda *step: told.append(step), cancelled=lambda: True)
    assert told == [("write", 0, 1), ("write", 1, 1)]
    assert summary.writer == "template"
    assert {sentence.origin for sentence in every(summary)} == {"template"}


def test_an_empty_asked_gives_an_empty_summary():
    asked = Asked(Scope.CASE, Audience.CLINICIAN, Length.FULL, (), (), (), "Case")
    assert every(Template().write(asked)) == ()


def test_a_persons_review_is_told():
    reviews = (review("0-blast-1", "promonocyte"),)
    text = summaries.text(Template().write(golden.smear(reviews=reviews)))
    assert "named by people: 1 cell." in text
    assert "no person has named a cell" not in text


def test_one_cell_was_counted():
    text = summaries.text(Template().write(golden.smear(({"segmented": 1},))))
    assert "1 cell was counted, 200 cells are asked for." in text
    assert "1 cell were" not in text


def test_a_classes_median_is_not_taken_for_that_of_all_cells():
    text = summaries.text(Template().write(golden.CASES["class_monocytes_teaching"]()))
    assert "The class's median of CD16 does not lie above" in text
