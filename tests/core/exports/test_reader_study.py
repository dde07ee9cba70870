"""The reader study: every read is in it once, nobody's name is, and the key leads back to all of them."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import filed, labels
from core.errors import BadInput
from core.exchange import cells_csv
from core.exports import reader_study
from core.filed import Filed
from core.records import Domain, Review, Stream
from tests.core import counted
from tests.core.exports.kinds import NASTY
from tests.core.report import made

SECRET = b"of a store"
ANNA, BEN, SETTLES = "Dr Anna Winter", "Dr Ben Summer", "Dr C. Autumn"


def said(cell: str, who: str, label: str, minute: int, *, aided: bool = False, stream=Stream.OBSERVER) -> Review:
    return Review(cell, who, counted.NOON + dt.timedelta(minutes=minute), "blast", label, "", aided, stream)


REVIEWS = (
    said("0-blast-0", ANNA, "blast", 1),
    said("0-blast-0", BEN, "monocyte", 2),
    said("0-blast-1", ANNA, "promonocyte", 3),
    said("0-blast-1", ANNA, "blast", 4, aided=True, stream=Stream.TARGETED),
    said("0-blast-1", ANNA, "promonocyte", 9),  # a repeat
    said("0-blast-0", SETTLES, "monocyte", 12, stream=Stream.ADJUDICATED),
    said("0-blast-2", BEN, "band", 13, stream=Stream.RANDOM),
    replace(said("0-blast-2", BEN, "band", 14, stream=Stream.RANDOM), reason=labels.TAKEN_BACK),
    said("of another run", BEN, "band", 15),
)


def case(id: str = "case-1", reviews=REVIEWS, **more) -> Filed:
    of = made.case(info=replace(counted.info(), pseudonym=f"AML of {id}", centre="Nowhere"), reviews=reviews, **more)
    return replace(of, id=id)


def tables(content: bytes) -> dict[str, pd.DataFrame]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if name.endswith(".csv")]
        for name in names:
            heads = archive.read(name).decode().split("\r\n")[0].split(",")
            assert len(set(heads)) == len(heads)
        return {name.removesuffix(".csv"): pd.read_csv(io.BytesIO(archive.read(name))) for name in names}


def key(*cases: Filed) -> dict[tuple[str, str], str]:
    rows = pd.read_csv(io.BytesIO(reader_study.key(cases, SECRET)))
    return {(row["kind"], row["code"]): row["name"] for _, row in rows.iterrows()}


def test_every_read_that_stands_is_a_line_and_the_key_leads_back_to_it():
    of = case()
    reads = tables(reader_study.written([of], SECRET))["reads"]
    names = key(of)
    found = {
        (names["cell", row["cell"]], names["reader", row["reader"]], row["label"], row["condition"], row["repeat"])
        for _, row in reads.iterrows()
    }
    assert found == {
        ("0-blast-0", ANNA, "blast", "unaided", 1),
        ("0-blast-0", BEN, "monocyte", "unaided", 1),
        ("0-blast-1", ANNA, "promonocyte", "unaided", 1),
        ("0-blast-1", ANNA, "blast", "aided", 1),
        ("0-blast-1", ANNA, "promonocyte", "unaided", 2),
    }
    assert {names["case", code] for code in reads["case"]} == {"case-1"}
    assert names["patient", "P01"] == "AML of case-1"


def test_ratings_truth_and_order():
    of = case()
    names = key(of)
    reads = tables(reader_study.written([of], SECRET))["reads"].assign(
        who=lambda t: [names["reader", code] for code in t["reader"]],
        what=lambda t: [names["cell", code] for code in t["cell"]],
    )
    settled = reads[reads["what"] == "0-blast-0"]
    assert set(settled["reference"]) == {"monocyte"}
    assert set(settled["reference_early"]) == {0}
    assert reads[reads["what"] == "0-blast-1"]["reference"].isna().all()
    assert dict(zip(settled["who"], settled["early"], strict=True)) == {ANNA: 1, BEN: 0}
    anna = reads[reads["who"] == ANNA].sort_values("order")
    assert anna["order"].tolist() == [1, 2, 3, 4]
    assert anna["label"].tolist() == ["blast", "promonocyte", "blast", "promonocyte"]
    assert set(reads["call"]) == {"blast"}


def test_calls_and_cases_are_all_there():
    cases = [case(), case("case-2", reviews=())]
    found = tables(reader_study.written(cases, SECRET))
    names = key(*cases)
    for of in cases:
        its = found["calls"][[names["case", code] == of.id for code in found["calls"]["case"]]]
        calls = {call.cell: call for call in of.seen.calls}
        assert {names["cell", code] for code in its["cell"]} == set(calls)
        for _, row in its.iterrows():
            call = calls[names["cell", row["cell"]]]
            assert row["call"] == call.label
            early = sum(call.probabilities.get(code, 0) for code in of.vocabulary.members("cblc"))
            assert row["early_probability"] == pytest.approx(early, abs=1e-6)
    digests = dict(zip(found["cases"]["case"], found["cases"]["filed_sha256"], strict=True))
    assert {names["case", code]: digest for code, digest in digests.items()} == {
        of.id: filed.sha256(of) for of in cases
    }


def test_two_cases_of_one_patient_are_told_as_such():
    info = replace(counted.info(), pseudonym="AML of case-1")
    same = replace(case("case-2"), info=info)
    found = tables(reader_study.written([case(), same, case("case-3")], SECRET))["cases"]
    assert sorted(found["patient"].value_counts()) == [1, 2]


def test_nobody_is_named_and_no_moment_is_told():
    of = case(state=made.SIGNED)
    with zipfile.ZipFile(io.BytesIO(reader_study.written([of], SECRET))) as archive:
        whole = b"\n".join(archive.read(name) for name in archive.namelist()).decode()
    hidden = (ANNA, BEN, SETTLES, "Winter", "Quill", "AML of", "case-1", "0-blast-0", "Nowhere", "2024", "image0")
    assert not [word for word in hidden if word in whole]


def test_the_same_bytes_in_whichever_order_and_other_codes_by_another_key():
    cases = [case(), case("case-2"), case("case-3", reviews=())]
    content = reader_study.written(cases, SECRET)
    assert reader_study.written(cases[::-1], SECRET) == content
    assert reader_study.key(cases[::-1], SECRET) == reader_study.key(cases, SECRET)
    others = {reader_study.written(cases, bytes([n])) for n in range(3)}
    assert len(others | {content}) == 4


def test_cases_of_both_kinds_in_one_study():
    free = replace(made.label_free(Domain.PROCEDURAL), id="case-9")
    found = tables(reader_study.written([case(), free], SECRET))
    assert set(found["cases"]["modality"]) == {"smear", "dpc"}
    codes = dict(zip(found["cases"]["modality"], found["cases"]["case"], strict=True))
    unstained = found["calls"][found["calls"]["case"] == codes["dpc"]]
    assert len(unstained) == len(free.seen.calls)
    assert unstained[["early", "blasts", "early_probability", "blasts_probability"]].isna().all(axis=None)
    assert not [name for name in found["calls"].columns if "cd" in name.lower()]


def test_no_case_or_the_same_one_twice_is_refused():
    for cases in ([], [case(), case()]):
        with pytest.raises(BadInput, match="each once"):
            reader_study.written(cases, SECRET)


@settings(max_examples=15, deadline=None)
@given(st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=("Cs",)), max_size=12)))
def test_any_name_comes_back_from_the_key_and_runs_nowhere(name):
    of = made.case(counted.seen(({"blast": 1},)), reviews=[said("0-blast-0", name, "band", 1)])
    rows = list(csv.reader(io.StringIO(reader_study.key([of], SECRET).decode(), newline="")))
    assert [row[2] for row in rows if row[0] == "reader"] == [cells_csv.safe(name)]
    assert not [field for row in rows for field in row if field.lstrip(" ").startswith(cells_csv.FORMULA_STARTS)]
    assert tables(reader_study.written([of], SECRET))["reads"]["reader"].tolist() == ["R01"]
