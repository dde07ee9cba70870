"""What a writer is asked: every alert, nothing that a person typed, and only the biology of what is shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core import analyse, facts
from core.readings import Fact
from core.records import Domain, Findings, ModelStamp, Specimen
from core.summaries import Asked, Scope
from core.writers import asking
from tests.core.counted import STAMP, info, review, seen
from tests.core.writers import golden
from tests.core.writers.golden import WORDS

LEVELS = ["urgent", "warning", "note"]


def ids(asked: Asked) -> list[str]:
    return [alert.id for alert in asked.alerts]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (lambda: golden.CASES["inadequate"](), "alert.inadequate"),
        (lambda: golden.CASES["withheld"](), "alert.withheld"),
        (lambda: golden.CASES["all_odd"](), "alert.withheld"),
        (lambda: golden.CASES["synthetic"](), "alert.synthetic"),
        (lambda: golden.CASES["corrected"](), "alert.mark.1"),
        (lambda: golden.CASES["label_free_withheld"](), "alert.model.1"),
        (lambda: golden.CASES["label_free_withheld"](), "alert.no_leukaemia"),
        (lambda: golden.CASES["cell_odd"](), "alert.odd_cell"),
        (lambda: golden.CASES["low_and_not_negative"](), "alert.low_share"),
        (lambda: golden.smear(({"blast": 50, "segmented": 200, "smudge": 90},)), "alert.smudge"),
    ],
)
def test_the_alert_is_there_and_urgent_ones_come_first(asked, expected):
    found = asked()
    assert expected in ids(found)
    levels = [LEVELS.index(alert.level) for alert in found.alerts]
    assert levels == sorted(levels)
    assert len(set(ids(found))) == len(found.alerts)


def test_a_case_in_order_has_no_warning():
    asked = golden.smear(({"segmented": 240, "lymphocyte": 60},) * 5)
    assert ids(asked) == ["alert.low_share"]


def test_some_odd_cells_are_an_alert_before_they_withhold_anything():
    def some(given):
        odd = [replace(call, oddness=1.0 if n % 5 == 0 else 0.1) for n, call in enumerate(given.calls)]
        return replace(given, calls=tuple(odd))

    asked = golden.smear(change=some)
    assert "alert.domain" in ids(asked)
    assert "alert.withheld" not in ids(asked)
    assert asked.fact("blasts.ratio").value is not None


def test_a_cell_is_not_told_what_is_only_true_of_shares():
    told = golden.smear_cell("0-blast-1")
    assert ids(told) == []
    assert told.title == "One cell, called blast"


def test_nothing_that_a_person_typed_and_nothing_that_names_a_file_is_asked():
    typed = Findings(genetics="seen by Dr Typed", auer_rods=True)
    case = info(Specimen.MARROW, findings=typed, stain="Typed stain", centre="Typed centre", note="Typed note")
    given = golden.doubted(seen(golden.MIXED))
    reviews = (review("0-blast-0", "promonocyte"),)
    reading = analyse.read(given, reviews, replace(case, scanner="Typed scanner"), WORDS)
    every = [
        asking.of_case(reading, WORDS),
        asking.of_class(reading, given, reviews, "blast", WORDS),
        asking.of_cell(given, reviews, given.cells[0], reading, WORDS),
    ]
    for asked in every:
        for secret in ("Typed", "patient-1", "image0", "0-blast", "reader'", "0" * 64):
            assert secret not in repr(asked).replace("entered by a reader", ""), secret
    assert facts.text(every[0].fact("case.genetics")) == "unknown"


def test_everything_else_that_may_be_said_of_the_case_is_asked():
    given = seen(golden.MIXED)
    reading = analyse.read(given, (), info(), WORDS)
    asked = asking.of_case(reading, WORDS)
    assert {fact.id for fact in reading.facts} - {fact.id for fact in asked.facts} == {"case.stain"}
    differing = {fact.id for fact in asked.facts} - {fact.id for fact in set(asked.facts) & set(reading.facts)}
    assert differing <= {"criteria.who", "criteria.icc"}
    values: dict[str, Fact] = {fact.id: fact for fact in reading.facts}
    assert all(values[fact.id].value == fact.value for fact in asked.facts)


def test_biology_is_of_what_is_there():
    shown = {s.id for s in golden.label_free(Domain.PROCEDURAL, "granulocyte").statements}
    hidden = {s.id for s in golden.label_free(Domain.REAL, "granulocyte").statements}
    assert {"cd16.granulocytes", "cd16.shedding", "dpc.granulocyte"} <= shown
    assert hidden == {"dpc.granulocyte"}
    assert "dpc.monocyte" not in shown
    assert "cd16.monocytes" not in shown
    smear = {s.id for s in golden.smear_class("promonocyte").statements}
    assert {"promonocyte.look", "promonocyte.counts", "promonocyte.apart"} <= smear
    assert not {id for id in smear if id.startswith(("dpc.", "cd"))}


def test_apl_brings_what_is_known_of_it_even_where_all_is_withheld():
    asked = golden.smear(({"promyelocyte": 8},), golden.APL)
    assert "apl.urgent" in {statement.id for statement in asked.statements}
    assert asked.alerts[0].id == "alert.apl"
    assert not {s.id for s in asked.statements} & {"criteria.genetics", "promyelocyte.counts"}


def test_a_models_notice_is_told_once():
    stamp = replace(STAMP, notice="baseline, not for reading")
    twin = ModelStamp("naming", "0" * 16, "detector", "procedural", "baseline, not for reading")
    asked = golden.smear(change=lambda given: replace(given, models=(stamp, twin)))
    assert [a.text for a in asked.alerts if a.id.startswith("alert.model")] == ["naming: baseline, not for reading."]


def test_titles_and_scopes():
    assert golden.smear().title == "Case"
    assert golden.smear_class("plasma_cell").title == "Plasma cells"
    assert golden.smear_class("plasma_cell").scope is Scope.CLASS
    given = replace(seen(golden.MIXED), calls=())
    reading = analyse.read(given, (), info(), WORDS)
    nameless = asking.of_cell(given, (), given.cells[0], reading, WORDS)
    assert (nameless.title, nameless.scope, nameless.statements) == ("One cell, not named", Scope.CELL, ())
