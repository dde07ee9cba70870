"""No marker value of a network that learned from simulated cells leaves for a person's case, by any door.

The stand-in's values all begin with the same odd digits; they are looked for in everything that is written.
"""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from dataclasses import replace

import jsonschema
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import analyse, facts
from core.cases.blobs import sha256
from core.cases.store import open_store
from core.cli import label_free as said
from core.errors import RefusedFile
from core.exchange import case_json, cells_csv
from core.protocols import RunState
from core.records import Call, Cell, Domain, ImageInfo, MarkerValue, Modality, Seen
from core.settings import Settings
from core.vocabulary import vocabulary
from models.synthesis.markers import MARKERS
from tests import label_free_fakes as fakes
from tests.core.counted import review

WORDS = vocabulary("dpc4")
SCHEMA = json.loads(case_json.SCHEMA_FILE.read_text(encoding="utf-8"))
OUTLINE = np.array([[0, 0], [9, 0], [9, 9]], np.float32)
CUTS = f"marker_cuts={{'CD16': {fakes.MARK + 0.3}}}"


def seen(labels, truth="simulated", markers=MARKERS, spread=0.9):
    """What a store may hold, values and all, whoever put them there."""
    stamp = replace(fakes.Spectrum("simulated").stamp, marker_truth=truth, marker_cuts={"CD16": fakes.MARK + 0.3})
    cells, calls = [], []
    for n, label in enumerate(labels):
        cells.append(Cell(f"c{n}", f"i{n // 15}", (0.0, 0.0, 9.0, 9.0), OUTLINE, 0.9))
        values = {
            name: MarkerValue(fakes.MARK + (n * 0.07 + k * 0.11) % spread, fakes.MARK + 0.0, fakes.MARK + 0.999)
            for k, name in enumerate(markers)
        }
        calls.append(
            Call(f"c{n}", label, {label: 1.0}, stamp.digest, {"sharpness": 0.1}, (), 0.5, values, (0.5, 0.5), ("left",))
        )
    images = tuple(
        ImageInfo(f"i{n}", f"{n:064d}", 0, f"image {n + 1}", Modality.DPC, 256, 256, 0.166, 12, ("left",))
        for n in range(len(labels) // 15 + 1)
    )
    return Seen(images, tuple(cells), tuple(calls), (fakes.BrightSpots.stamp, stamp))


def written(given_, info, reviews=(), cuts=None):
    """Everything that leaves: the reading itself, each fact's words, case.json, cells.csv, the command line's words."""
    reading = analyse.read_label_free(given_, reviews, info, WORDS, cuts or {})
    document = case_json.document(info, given_, reading, "case-1", reviews=reviews)
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(case_json.text(document)))
    return {
        "reading": repr(reading),
        "facts": "\n".join(facts.text(fact) for fact in reading.facts),
        "case.json": case_json.text(document),
        "cells.csv": cells_csv.text(document),
        "command line": "\n".join(said.lines(reading)),
    }


labels = st.lists(st.sampled_from(fakes.CODES), min_size=0, max_size=120)


@settings(max_examples=40, deadline=None)
@given(labels=labels, markers=st.lists(st.sampled_from(MARKERS), unique=True), data=st.data())
def test_no_simulated_value_is_anywhere_in_a_persons_case(labels, markers, data):
    given_ = seen(labels, "simulated", markers)
    chosen = data.draw(st.lists(st.integers(0, len(labels) - 1), unique=True)) if labels else []
    reviews = [review(f"c{n}", data.draw(st.sampled_from(fakes.CODES)), n) for n in chosen]
    for where, text in written(given_, fakes.REAL, reviews).items():
        assert str(fakes.MARK) not in text.replace(CUTS, ""), where  # but for the card's own words in the model's stamp
        if where in ("reading", "case.json", "command line"):
            assert "learned from simulated cells" in text, where


@settings(max_examples=15, deadline=None)
@given(labels=st.lists(st.sampled_from(fakes.CODES), min_size=90, max_size=120), truth=st.sampled_from(["measured"]))
def test_with_a_measured_card_everything_lights_up(labels, truth):
    for text in written(seen(labels, truth), fakes.REAL).values():
        assert str(fakes.MARK) in text


def test_simulated_values_are_shown_on_synthetic_cases_and_say_so():
    found = written(seen(("granulocyte",) * 60 + ("lymphocyte",) * 30), fakes.SYNTHETIC)
    assert all(str(fakes.MARK) in text for text in found.values())
    assert "learned from simulated values, synthetic case" in found["case.json"]


@pytest.mark.parametrize("truth", ["", "guessed", "SIMULATED"])
def test_a_card_that_does_not_say_measured_opens_nothing(truth):
    reading = analyse.read_label_free(seen(("granulocyte",) * 60, truth), (), fakes.REAL, WORDS)
    assert not reading.values
    assert reading.markers_withheld
    assert all(some.withheld and not some.quantiles for m in reading.markers for some in (m.whole, *m.classes))


def test_cells_csv_has_columns_for_what_may_be_seen():
    given_ = seen(("granulocyte",) * 60)
    shown = pd.read_csv(io.StringIO(written(given_, fakes.SYNTHETIC)["cells.csv"]))
    hidden = pd.read_csv(io.StringIO(written(given_, fakes.REAL)["cells.csv"]))
    assert {"views", "gate_class", "gate_markers", "marker_CD16", "marker_CD16_low"} <= set(shown.columns)
    assert (shown["marker_CD16"] > fakes.MARK - 1).all()
    assert {"views", "gate_class", "gate_markers"} <= set(hidden.columns)
    assert not [name for name in hidden.columns if name.startswith("marker_")]


def test_a_persons_case_seen_and_stored_holds_no_value_to_leak(tmp_path):
    store = open_store(Settings(data=str(tmp_path)))
    try:
        uploads = [fakes.upload(fakes.grid(("granulocyte", "monocyte") * 6, seed), f"{seed}.npy") for seed in (1, 2)]
        case_id = store.add_case(fakes.REAL, actor="a")
        decoded = analyse.decode.images(uploads, Settings(), Modality.DPC)
        store.add_images(case_id, decoded.images, actor="a")
        store.add_run(case_id, "run-1", 2, actor="a")
        looked = analyse.see(uploads, fakes.tools(), domain=fakes.REAL.domain)
        store.add_seen(case_id, "run-1", looked)
        store.advance_run("run-1", RunState.DONE, 2)
        assert len(store.seen(case_id).calls) == 24
        with zipfile.ZipFile(store.export_case(case_id, tmp_path / "case.zip")) as archive:
            texts = [archive.read(name) for name in archive.namelist() if name.endswith(".json")]
        assert not any(str(fakes.MARK).encode() in text for text in texts)
        assert str(fakes.MARK).encode() not in pickle.dumps(store.seen(case_id).calls)
    finally:
        store.close()


def test_a_case_file_that_brings_such_values_for_a_person_is_refused(tmp_path):
    """Exported where the case was synthetic, then made a person's: the file does not come in."""
    store = open_store(Settings(data=str(tmp_path / "one")))
    try:
        case_id = store.add_case(fakes.SYNTHETIC, actor="a", case_id="case-x")
        uploads = [fakes.upload(fakes.grid(("granulocyte",) * 4))]
        store.add_images(case_id, analyse.decode.images(uploads, Settings(), Modality.DPC).images, actor="a")
        store.add_run(case_id, "run-1", 1, actor="a")
        store.add_seen(case_id, "run-1", analyse.see(uploads, fakes.tools(), domain=Domain.PROCEDURAL))
        store.advance_run("run-1", RunState.DONE, 1)
        assert all(call.markers for call in store.seen(case_id).calls)
        file = store.export_case(case_id, tmp_path / "case.zip")
    finally:
        store.close()
    forged = tmp_path / "forged.zip"
    _as_real(file, forged)
    other = open_store(Settings(data=str(tmp_path / "two")))
    try:
        with pytest.raises(RefusedFile, match="must not be kept"):
            other.import_case(forged, actor="b")
        assert other.import_case(file, actor="b") == "case-x"
        assert all(call.markers for call in other.seen("case-x").calls)
    finally:
        other.close()


def _as_real(file, forged):
    with zipfile.ZipFile(file) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    case = json.loads(content["case.json"])
    case["cases"][0]["domain"] = "real"
    content["case.json"] = json.dumps(case).encode()
    manifest = json.loads(content["manifest.json"])
    manifest["members"]["case.json"] |= {"bytes": len(content["case.json"]), "sha256": sha256(content["case.json"])}
    content["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(forged, "w") as archive:
        for name, text in content.items():
            archive.writestr(name, text)
