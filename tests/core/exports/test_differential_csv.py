"""The differential as a table: pandas reads every number back, nothing withheld is in it, nothing runs."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import filed
from core.exchange.cells_csv import FORMULA_STARTS
from core.exports import differential_csv
from core.exports.told import every
from core.readings import Reading
from core.records import Specimen
from tests import label_free_fakes
from tests.core import counted
from tests.core.exports.kinds import KINDS, NASTY, SAMPLE
from tests.core.report import made


def table(of) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(differential_csv.written(of)), encoding="utf-8-sig", keep_default_na=True)


def fields(of) -> list[list[str]]:
    return list(csv.reader(io.StringIO(differential_csv.written(of).decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("kind", KINDS)
def test_each_number_of_the_case_is_a_line_once(kind):
    of = KINDS[kind]
    rows = table(of).set_index("id")
    assert rows.index.is_unique
    assert (rows["sha256"] == filed.sha256(of)).all()
    facts = {fact.id: fact for fact in every(of)}
    assert set(rows.index) == {
        id
        for id, fact in facts.items()
        if not isinstance(fact.value, str) and not id.startswith("criteria.") and ".corrected" not in id
    }
    for id, row in rows.iterrows():
        fact = facts[id]
        if fact.withheld:
            assert row[["value", "low", "high", "level", "method"]].isna().all()
            assert row["withheld"] == fact.withheld
        else:
            assert row["value"] == pytest.approx(fact.value, abs=1e-6)
            assert pd.isna(row["low"]) == (fact.interval is None)
    assert differential_csv.written(of) == differential_csv.written(of)


@pytest.mark.parametrize("kind", KINDS)
def test_shares_are_what_their_counts_make(kind):
    rows = table(KINDS[kind])
    shares = rows[(rows["unit"] == "%") & rows["withheld"].isna() & rows["count"].notna()]
    assert (100 * shares["count"] / shares["total"]).tolist() == pytest.approx(shares["value"].tolist())
    told = shares[shares["low"].notna()]
    assert (told["low"] <= told["value"] + 1e-6).all()
    assert (told["value"] <= told["high"] + 1e-6).all()


def test_the_corrected_shares_stand_beside_the_raw_ones():
    of = KINDS["corrected"]
    assert isinstance(of.reading, Reading)
    rows = table(of).set_index("id")
    for one in of.reading.corrected:
        row = rows.loc[one.share]
        assert row["corrected"] == pytest.approx(100 * one.value, abs=1e-5)
        assert row["same_cells_low"] == pytest.approx(100 * one.same_cells.low, abs=1e-5)
        assert row["patient_high"] == pytest.approx(100 * one.patient.high, abs=1e-5)
    assert rows["corrected"].notna().sum() == len(of.reading.corrected) == 2
    marrow = table(KINDS["marrow, signed"]).set_index("id")
    assert marrow.loc["blasts.ratio", "corrected_withheld"]
    assert marrow["corrected"].isna().all()


def test_a_random_sample_has_lines_of_its_own():
    rows = table(KINDS["random sample"]).set_index("id")
    assert rows.loc["cblc.design", "value"] == 31
    assert (rows.loc["cblc.design", "low"], rows.loc["cblc.design_patient", "low"]) == (25, 22)
    assert rows.loc["blasts.design", "origin"].startswith("read by people: 120 of 220")
    assert rows.loc["blasts.design", "note"] == SAMPLE.notes[0]
    assert "cblc.design" not in table(KINDS["blood"])["id"].tolist()


def test_an_interval_without_an_end_is_read_as_such():
    row = table(made.case(counted.seen([{"blast": 60}] * 5), counted.info(Specimen.MARROW))).set_index("id")
    assert row.loc["me.ratio", "withheld"] == "no erythroblasts were counted"
    few = table(KINDS["one erythroblast"]).set_index("id")
    assert few.loc["me.ratio", "low"] == 0


def test_simulated_markers_of_real_cells_are_nowhere():
    assert str(label_free_fakes.MARK) not in differential_csv.written(KINDS["label-free, real"]).decode()


@pytest.mark.parametrize("name", NASTY)
def test_a_pseudonym_in_any_script_comes_back_and_does_not_run(name):
    of = KINDS["blood"]
    rows = fields(replace(of, info=replace(of.info, pseudonym=name)))
    assert {row[rows[0].index("pseudonym")].removeprefix("'") for row in rows[1:]} == {name}
    assert not [field for row in rows for field in row if field.lstrip(" ").startswith(FORMULA_STARTS)]


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), min_size=1, max_size=20))
def test_no_field_is_a_formula_whatever_people_typed(text):
    of = KINDS["few cells"]
    rows = fields(replace(of, id=text, info=replace(of.info, pseudonym=text)))
    assert not [field for row in rows for field in row if field.lstrip(" ").startswith(FORMULA_STARTS)]
    assert {len(row) for row in rows} == {len(differential_csv.COLUMNS)}
