"""case.json: valid by its own schema, the same to the last byte, and without anybody's file names."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.analyse import read
from core.exchange import case_json
from core.records import CaseInfo, Cell, Confusion, Domain, Findings, Problem, Seen, Specimen
from core.vocabulary import vocabulary
from tests.core import counted

WORDS = vocabulary("shipped16")
SCHEMA = json.loads(case_json.SCHEMA_FILE.read_text(encoding="utf-8"))
MARROW = CaseInfo("P-1", Specimen.MARROW)


def document(seen: Seen, info: CaseInfo = MARROW, reviews=(), **more):
    return case_json.document(info, seen, read(seen, reviews, info, WORDS), "case-1", reviews=reviews, **more)


def check(told) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(case_json.text(told)))


def outlined(seen: Seen) -> Seen:
    """The same cells with outlines that differ, as real ones do."""
    contour = np.array([[0.123, 1], [5, 1.5], [3, 7.777]], dtype=np.float32)
    cells = tuple(
        Cell(
            c.id,
            c.image,
            (n, 1.0, n + 5, 7.8),
            contour + np.array([n, 0], dtype=np.float32),
            0.5,
            n == 0,
            {"area_px": 12.3456789},
        )
        for n, c in enumerate(seen.cells)
    )
    return replace(seen, cells=cells)


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


FIELDS = st.lists(st.dictionaries(st.sampled_from(WORDS.codes), st.integers(0, 30), max_size=6), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(fields=FIELDS, specimen=st.sampled_from(Specimen), apl=st.sampled_from([None, True, False]))
def test_every_case_is_valid_and_adds_up(fields, specimen, apl):
    info = CaseInfo("P-1", specimen, findings=Findings(apl=apl), domain=Domain.PROCEDURAL)
    told = document(outlined(counted.seen(fields)), info)
    check(told)
    assert told["case"]["synthetic"] is True
    total = told["blasts"]["total"]
    assert sum(one["count"] for one in told["differential"]) == total
    assert total + sum(one["count"] for one in told["uncounted"]) == len(told["cells"])
    for share in (told["cblc"], told["blasts"], *told["differential"]):
        if share["ratio"] is not None:
            assert share["ratio"] == pytest.approx(share["count"] / share["total"], abs=1e-6)
            assert share["low"] - 1e-6 <= share["ratio"] <= share["high"] + 1e-6
        else:
            assert share["low"] is share["high"] is None
            assert share["withheld"] or not share["total"]


def test_cells_point_to_their_image():
    told = document(outlined(counted.seen([{"blast": 30}, {"lymphocyte": 40}])))
    shas = {image["id"]: image["sha256"] for image in told["images"]}
    assert len(told["cells"]) == 70
    assert all(shas[cell["image"]] == cell["image_sha256"] for cell in told["cells"])
    first = told["cells"][0]
    assert first["box"] == [0.0, 1.0, 5.0, 7.8]
    assert first["contour"] == [[0.12, 1.0], [5.0, 1.5], [3.0, 7.78]]
    assert first["class"] == "blast"
    assert first["probabilities"] == {"blast": 1.0}


def doubted(seen: Seen) -> Seen:
    """Every second cell with a set of two, ever odder; a model whose confusion is known."""
    calls = [
        replace(call, possible=(call.label, "band")[: 1 + n % 2], oddness=n / len(seen.calls))
        for n, call in enumerate(seen.calls)
    ]
    confusion = {"cblc": Confusion((((1.0, 0.0, 0.0),) * 3,), (((0.5, 0.25, 0.25),) * 3,))}
    return replace(seen, calls=tuple(calls), models=tuple(replace(m, confusion=confusion) for m in seen.models))


def test_sets_oddness_and_confusion_are_told():
    told = json.loads(case_json.text(document(doubted(counted.seen([{"blast": 60}])))))
    check(told)
    by_id = {cell["id"]: cell for cell in told["cells"]}
    assert by_id["0-blast-1"]["possible"] == ["blast", "band"]
    assert by_id["0-blast-0"]["possible"] == ["blast"]
    assert by_id["0-blast-30"]["oddness"] == 0.5
    assert told["quality"]["unsure"]["ratio"] == 0.5
    assert told["quality"]["odd"]["count"] == 0
    assert told["models"][0]["confusion"]["cblc"]["probable"] == [[[0.5, 0.25, 0.25]] * 3]
    plain = document(counted.seen([{"blast": 60}]))
    assert (plain["quality"]["odd"], plain["cells"][0]["possible"], plain["cells"][0]["oddness"]) == (None, [], None)


def test_a_review_is_told_beside_the_call():
    seen = counted.seen([{"blast": 60}])
    told = document(seen, reviews=[counted.review("0-blast-7", "promyelocyte")])
    changed = {cell["id"]: cell for cell in told["cells"]}["0-blast-7"]
    assert (changed["class"], changed["reviewed_class"]) == ("blast", "promyelocyte")
    assert told["reviewed"] == 1
    assert told["blasts"]["count"] == 59
    check(told)


def test_few_cells_withhold_ratios_and_say_why():
    told = document(counted.seen([{"blast": 5, "lymphocyte": 20}]))
    assert told["blasts"]["ratio"] is None
    assert "25 counted cells" in told["blasts"]["withheld"]
    assert told["blasts"]["total"] == 25


def test_the_same_case_is_the_same_text_whatever_the_order_of_cells():
    seen = outlined(counted.seen([{"blast": 20, "segmented": 40}, {"band": 3}]))
    shuffled = replace(seen, cells=tuple(reversed(seen.cells)), calls=tuple(reversed(seen.calls)))
    assert case_json.text(document(seen)) == case_json.text(document(shuffled))


@pytest.mark.parametrize("name", ["Smith_John_1961.png", "ward 7/Smith.tif", "image 3 of Smith.png"])
def test_no_file_name_leaves(name):
    bad = (Problem(name, f"Expected pixels; found none in {name}."), Problem("file 9", "Expected pixels."))
    told = document(replace(counted.seen([{"blast": 60}]), problems=bad))
    assert "Smith" not in case_json.text(told)
    assert [one["file"] for one in told["problems"]] == ["unusable file 1", "file 9"]
    check(told)


def test_extra_warnings_are_told_once():
    told = document(counted.seen([{"blast": 60}]), warnings=("text was left", "text was left"))
    assert told["warnings"].count("text was left") == 1


def test_one_line_a_cell():
    lines = case_json.text(document(outlined(counted.seen([{"blast": 60}])))).splitlines()
    assert sum(1 for line in lines if re.match(r'\{"id": "0-blast-\d+"', line)) == 60
