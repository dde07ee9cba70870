"""Crops in a ZIP: read again by those that train and evaluate, the same bytes each time, and nobody named in it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import filed, labels
from core.errors import BadInput, NotFound
from core.evaluate import labelled
from core.exchange.cells_csv import FORMULA_STARTS
from core.exports import crops_zip
from core.filed import Filed
from core.records import Domain
from models.training import site_cells
from models.training.site_data import Classes
from tests.core import counted
from tests.core.exports.kinds import KINDS, NASTY
from tests.core.report import made

SECRET = b"of a store"
FEW = ({"blast": 3, "segmented": 4, "smudge": 1},) * 2
KNOWN = {code: code for code in KINDS["blood"].vocabulary.codes}


def case(pseudonym: str = "patient-1", **more: object) -> Filed:
    reviews = [counted.review("0-blast-0", "monocyte", was="blast"), counted.review("1-smudge-0", "smudge")]
    info = replace(counted.info(), pseudonym=pseudonym, um_per_px=0.2)
    return made.case(counted.seen(FEW, um_per_px=0.1), info, reviews=reviews, **more)  # type: ignore[arg-type]


def pictures(of: Filed, side: int = 20, start: int = 0) -> dict[str, bytes]:
    return {cell: made.noise(start + number, side) for number, cell in enumerate(crops_zip.chosen(of))}


def unpacked(content: bytes) -> Mapping[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def manifest(content: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(unpacked(content)["manifest.csv"]))


def laid(tmp_path: Path, *contents: bytes) -> Path:
    for content in contents:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archive.extractall(tmp_path)
    return tmp_path


def test_folders_of_several_cases_can_be_trained_on(tmp_path):
    cases = [case(f"patient-{n}") for n in range(7)]
    contents = [crops_zip.written(of, pictures(of, start=100 * n), SECRET) for n, of in enumerate(cases)]
    site = site_cells.read(laid(tmp_path, *contents), Classes())
    assert not [str(problem) for problem in site.problems if problem.stops]
    assert len(site.items) == sum(len(of.seen.cells) for of in cases)
    assert len({cell.patient for cell in site.items}) == 7
    assert {cell.label for cell in site.items} == {"blast", "segmented", "smudge", "monocyte"}


def test_the_manifest_is_a_table_that_training_and_evaluation_read(tmp_path):
    of = case()
    folder = laid(tmp_path, crops_zip.written(of, pictures(of), SECRET))
    named = labels.settled(of.seen, of.reviews)
    site = site_cells.read(folder / "manifest.csv", Classes())
    assert sorted(cell.label for cell in site.items) == sorted(named.values())
    assert {cell.um_per_px for cell in site.items} == {0.07}  # 0.1 µm, 14 pixels of the field on 20 of the crop
    assert {str(one) for one in site.problems if one.stops} == {
        str(one) for one in site.problems if one.where == "the data" and "patients" in one.found
    }
    rows = labelled.entries(folder, KNOWN)
    assert sorted(row.row.truth for row in rows) == sorted(named.values())
    assert all(isinstance(row.source, Path) and row.source.is_file() for row in rows)


def test_pixels_come_back_as_they_were():
    of = case()
    given_ = pictures(of)
    found = unpacked(crops_zip.written(of, given_, SECRET))
    assert sorted(found[name] for name in found if name.endswith(".png")) == sorted(given_.values())
    for _, row in manifest(crops_zip.written(of, given_, SECRET)).iterrows():
        with PIL.Image.open(io.BytesIO(found[row["file"]])) as picture:
            assert picture.size == (row["width_px"], row["height_px"])
        assert row["file"].split("/")[1] == row["class"]


def test_who_said_it_and_how_sure_the_network_was():
    of = made.case(reviews=[counted.review("0-blast-0", "monocyte", was="blast")])
    rows = manifest(crops_zip.written(of, pictures(of), SECRET))
    assert (rows["said_by"] == "person").sum() == 1
    person = rows[rows["said_by"] == "person"].iloc[0]
    assert (person["class"], person["call"], person["stream"]) == ("monocyte", "blast", "targeted")
    assert person["probability"] == person["p_monocyte"] == 0.2963
    assert set(rows["classifier_sha256"]) == {counted.STAMP.digest}
    assert set(rows["filed_sha256"]) == {filed.sha256(of)}


def test_only_the_classes_and_cells_that_were_asked_for():
    of = case()
    assert {labels.settled(of.seen, of.reviews)[cell] for cell in crops_zip.chosen(of, ["smudge"])} == {"smudge"}
    assert set(crops_zip.chosen(of, by_people=True)) == {"0-blast-0", "1-smudge-0"}
    assert crops_zip.chosen(of, ["monocyte"], by_people=True) == ("0-blast-0",)
    with pytest.raises(BadInput, match="blasst"):
        crops_zip.chosen(of, ["blasst"])
    with pytest.raises(NotFound):
        crops_zip.written(of, {"no cell": made.noise(1, 20)}, SECRET)


def test_the_same_bytes_whatever_the_order_and_nobody_in_them():
    of = replace(case("AML-0147", state=made.SIGNED), id="case-of-somebody")
    of = replace(of, info=replace(of.info, centre="Nowhere", note="a note", scanner="theirs"))
    given_ = pictures(of)
    content = crops_zip.written(of, given_, SECRET)
    assert crops_zip.written(of, dict(reversed(given_.items())), SECRET) == content
    whole = b"\n".join(name.encode() + part for name, part in unpacked(content).items())
    for word in (
        "AML-0147",
        "case-of-somebody",
        "Nowhere",
        "a note",
        "theirs",
        "Quill",
        "reader",
        "image0",
        "0-blast-0",
    ):
        assert word.encode() not in whole


def test_a_patient_keeps_the_code_in_another_case_and_has_another_elsewhere():
    def code(content: bytes) -> str:
        return str(manifest(content)["patient"].iloc[0])

    first, second = case(), replace(case(), id="case-2")
    assert code(crops_zip.written(first, pictures(first), SECRET)) == code(
        crops_zip.written(second, pictures(second), SECRET)
    )
    assert code(crops_zip.written(first, pictures(first), b"other")) != code(
        crops_zip.written(first, pictures(first), SECRET)
    )
    third = case("patient-3")
    assert code(crops_zip.written(third, pictures(third), SECRET)) != code(
        crops_zip.written(first, pictures(first), SECRET)
    )


@pytest.mark.parametrize("domain", Domain)
def test_strips_of_label_free_cells(domain):
    of = made.label_free(domain)
    rows = manifest(crops_zip.written(of, pictures(of), SECRET))
    assert len(rows) == len(of.seen.cells)
    assert set(rows["class"]) <= set(of.vocabulary.codes)
    assert set(rows["synthetic"]) == {domain is Domain.PROCEDURAL}
    assert not [name for name in rows.columns if "cd16" in name.lower()]  # markers are no ground truth


def test_nothing_chosen_still_says_what_it_is_of():
    of = KINDS["no images"]
    found = unpacked(crops_zip.written(of, {}, SECRET))
    assert json.loads(found["about.json"])["sha256"] == filed.sha256(of)
    assert set(found) == {"about.json", "manifest.csv"}


@settings(max_examples=20, deadline=None)
@given(st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)))
def test_no_stain_is_a_formula(stain):
    of = made.case(counted.seen(({"blast": 1},)), replace(counted.info(), stain=stain))
    rows = unpacked(crops_zip.written(of, pictures(of), SECRET))["manifest.csv"].decode()
    read = pd.read_csv(io.StringIO(rows), dtype=str, keep_default_na=False)
    fields = [field for column in read for field in read[column]]
    assert not [field for field in fields if field.lstrip(" ").startswith(FORMULA_STARTS)]
    assert set(read["stain"]) <= {stain, f"'{stain}"}
