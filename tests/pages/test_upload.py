"""The upload page: each file's check before anything is stored, doubts settled by a person, then the case."""

import errno
from dataclasses import replace

import numpy as np
import pytest
import tifffile

from core.errors import Conflict
from core.protocols import RunState
from core.records import CaseInfo, Decoded, Doubt, Image, ImageInfo, Modality, Specimen, Upload
from core.settings import Settings
from pages.components import checks
from tests import fakes
from tests.core.slides import samples
from tests.core.slides import scanner_samples as scanners
from tests.pages.conftest import words

DISCS = [(60.0, 60.0, 20.0, "blast"), (140.0, 120.0, 18.0, "lymphocyte")]


@pytest.fixture(scope="module")
def pictures() -> list[bytes]:
    return [fakes.png(fakes.field(DISCS, seed=seed)) for seed in range(3)]


def given(at, files: list[tuple[str, bytes]]):
    return at.file_uploader[0].set_value([(name, data, "image/png") for name, data in files]).run()


def named(at, pseudonym: str) -> None:
    at.segmented_control(key="upload.0.specimen").set_value(Specimen.BLOOD).run()
    at.text_input(key="upload.0.pseudonym").set_value(pseudonym).run()


def test_every_file_has_its_line_before_anything_is_stored(house, opened, pictures):
    at = opened("upload")
    files = [("a.png", pictures[0]), ("b.png", pictures[1]), ("again.png", pictures[0]), ("bad.png", pictures[2][:200])]
    given(at, files)
    assert not at.exception
    said = words(at)
    assert said.count("✔ Ready") == 2
    assert said.count(">Duplicate<") == 1
    assert said.count("✕ Problem") == 1
    assert said.index("bad.png") < said.index("b.png</span>")
    assert "the specimen; a pseudonym" in said
    assert at.button(key="upload.0.start").disabled
    assert house.store.cases() == []


def test_storing_starts_the_run_and_opens_the_case(house, opened, pictures):
    at = opened("upload")
    given(at, [("Jane Doe.png", pictures[0]), ("b.png", pictures[1])])
    named(at, "AML-0009")
    at.selectbox(key="upload.0.auer").set_value(True).run()
    at.number_input(key="upload.0.scale").set_value(0.11).run()
    at.button(key="upload.0.start").click().run()
    assert not at.exception
    (row,) = house.store.cases()
    assert (row.info.pseudonym, row.images, row.run.state) == ("AML-0009", 2, RunState.QUEUED)
    assert row.info.specimen is Specimen.BLOOD
    assert row.info.findings.auer_rods is True
    assert row.info.findings.atypical_promyelocytes is None
    assert [image.um_per_px for image in house.store.images(row.id)] == [0.11, 0.11]
    assert not any("Jane" in image.label for image in house.store.images(row.id))
    assert "AML-0009" in at.title[0].value


@pytest.mark.parametrize("installed", [True, False])
def test_label_free_images_are_analysed_where_a_network_is_and_stored_anyhow(house, opened, monkeypatch, installed):
    monkeypatch.setattr("core.tools.label_free_installed", lambda _: installed)
    at = opened("upload")
    at.segmented_control(key="upload.0.modality").set_value(Modality.DPC).run()
    assert ("No network is installed for label-free images" in words(at)) is not installed
    grey = np.random.default_rng(1).normal(120, 1, (40, 40)).astype(np.uint8)  # empty: nothing says left or right
    given(
        at,
        [
            (f"cell_{view}.png", fakes.png(grey + number))
            for number, view in enumerate(("left", "right", "top", "bottom"))
        ],
    )
    assert "views left, right, top, bottom" in words(at)
    named(at, "LF-1")
    at.button(key="upload.0.start").click().run()
    assert not at.exception
    (row,) = house.store.cases()
    assert (row.images, row.info.vocabulary) == (1, "dpc4")
    assert (row.run is not None) is installed


def test_a_pseudonym_the_store_refuses_leaves_no_case_behind(house, opened, pictures):
    at = opened("upload")
    given(at, [("a.png", pictures[0])])
    named(at, "someone@hospital.example")
    at.button(key="upload.0.start").click().run()
    assert not at.exception
    assert "Not possible" in words(at)
    assert house.store.cases() == []


def test_files_are_decoded_once_for_each_set(pictures, opened, monkeypatch):
    calls = []
    real = checks.decode.images
    monkeypatch.setattr(checks.decode, "images", lambda *a, **k: calls.append(1) or real(*a, **k))
    at = opened("upload")
    given(at, [("a.png", pictures[0])])
    at.text_input(key="upload.0.pseudonym").set_value("X-1").run()
    at.text_input(key="upload.0.stain").set_value("MGG").run()
    assert len(calls) == 1


def test_a_pseudonym_that_is_there_is_told_and_another_case_may_be_made(house, opened, pictures):
    house.store.add_case(CaseInfo("aml-0009", Specimen.MARROW), actor="test")
    at = opened("upload")
    given(at, [("a.png", pictures[0])])
    named(at, "AML-0009")
    assert "AML-0009 has 1 case already" in words(at)
    assert not at.button(key="upload.0.start").disabled


def test_a_picture_under_another_pseudonym_wants_a_look_first(house, opened, pictures):
    first = opened("upload")
    given(first, [("a.png", pictures[0])])
    named(first, "AML-0001")
    first.button(key="upload.0.start").click().run()
    at = opened("upload")
    given(at, [("same.png", pictures[0]), ("b.png", pictures[1])])
    named(at, "AML-0002")
    assert "Two patients cannot share a picture" in words(at)
    assert at.button(key="upload.0.start").disabled
    at.checkbox(key="upload.0.sure").check().run()
    at.button(key="upload.0.start").click().run()
    assert {row.info.pseudonym for row in house.store.cases()} == {"AML-0001", "AML-0002"}


# --- a whole slide among the pictures


@pytest.fixture(scope="module")
def slide(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("slide") / "a.svs"
    return samples.aperio(path, samples.scene(900, 700)).read_bytes()


def test_a_slide_given_as_a_picture_is_taken_over_with_the_pictures_beside_it(house, opened, pictures, slide):
    at = opened("upload")
    given(at, [("Jane Doe.svs", slide), ("a.png", pictures[0])])
    assert not at.exception
    said = words(at)
    assert "▦ Whole slide" in said
    assert "Aperio SVS slide, 900 × 700 pixels, 0.25 µm per pixel" in said
    assert "✕ Problem" not in said
    named(at, "AML-0420")
    start = at.button(key="upload.0.start")
    assert start.label == "Store and go on to the slide"
    start.click().run()
    assert not at.exception
    (row,) = house.store.cases()
    assert (row.images, row.run) == (1, None)  # where cells are counted is chosen first
    assert [info.format for info in house.store.slides.slides(row.id)] == ["Aperio SVS slide"]
    assert at.title[0].value == "Whole slide: AML-0420"


def test_a_slide_alone_makes_a_case_and_its_scale_is_asked_for(house, opened, tmp_path):
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as out:
        for number, level in enumerate(samples.halved(samples.scene(900, 700), 1)):
            out.write(level, metadata=None, subfiletype=number, **samples.JPEG)
    at = opened("upload")
    given(at, [("a.tif", path.read_bytes())])
    named(at, "AML-0421")
    at.number_input(key="upload.0.scale").set_value(0.23).run()
    at.button(key="upload.0.start").click().run()
    assert not at.exception
    (row,) = house.store.cases()
    assert [info.um_per_px for info in house.store.slides.slides(row.id)] == [0.23]


def test_a_damaged_slide_is_told_of_beside_a_good_one_of_the_same_name(tmp_path, slide, pictures):
    uploads = [Upload("1.svs", slide), Upload("1.svs", slide[:60]), Upload("1.png", pictures[0])]
    found = checks.checked(uploads, ("smear",), Settings(data=str(tmp_path)), Modality.SMEAR)
    lines = [(line.kind, line.name) for line in checks.lines(found)]
    assert lines == [("problem", "1 (2).svs"), ("slide", "1.svs"), ("ready", "1.png")]
    assert [given.files for given in found.slides] == [(("slide.svs", 0),)]


def test_a_slide_larger_than_files_may_be_is_not_taken(tmp_path, slide):
    uploads = [Upload("a.svs", slide + bytes(1 << 20))]  # whatever the browser was told
    found = checks.checked(uploads, ("smear",), Settings(data=str(tmp_path), max_file_mb=1), Modality.SMEAR)
    (line,) = checks.lines(found)
    assert line.kind == "problem"
    assert "a file of at most 1 MB" in line.said
    assert checks.usable(found) == ()


def test_an_mrxs_without_its_folder_says_why_and_what_to_give(opened):
    at = opened("upload")
    given(at, [("a.mrxs", b"\xff\xd8\xff" + bytes(50))])
    said = words(at)
    assert "a browser hands over what was chosen" in said
    assert at.button(key="upload.0.start").disabled


def test_a_folder_with_an_mrxs_is_one_slide_and_none_of_its_files_a_picture(house, opened, tmp_path):
    scanners.mrxs(tmp_path / "Mary.mrxs", samples.scene(768, 512))
    at = opened("upload")
    names = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    given(at, [(f"in/{path.relative_to(tmp_path).as_posix()}", path.read_bytes()) for path in names])
    assert "3DHISTECH MRXS slide in 6 files" in words(at)
    assert "✔ Ready" not in words(at)
    named(at, "AML-0423")
    at.button(key="upload.0.start").click().run()
    (row,) = house.store.cases()
    assert [(info.format, info.width) for info in house.store.slides.slides(row.id)] == [("3DHISTECH MRXS slide", 768)]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Conflict("room for a slide", "none", "Make some."), "room for a slide"),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
    ],
)
def test_a_slide_that_cannot_be_stored_leaves_no_case_behind(house, opened, slide, monkeypatch, error, said):
    def full(*_, **__):
        raise error

    monkeypatch.setattr(type(house.store.slides), "add", full)
    at = opened("upload")
    given(at, [("a.svs", slide)])
    named(at, "AML-0422")
    at.button(key="upload.0.start").click().run()
    assert not at.exception
    assert said in words(at)
    assert house.store.cases() == []


MANIFEST = """file,pseudonym,specimen,tags
a.png,AML-1,marrow,pilot
b.png,AML-2,blood,
gone.png,AML-3,blood,
c.png,=1+1,blood,
"""


def many(at, manifest: str, files: list[tuple[str, bytes]]):
    at.segmented_control(key="upload.0.several").set_value("Many cases, by a table").run()
    at.segmented_control(key="upload.0.many").set_value("Files").run()
    at.file_uploader[0].set_value(("m.csv", manifest.encode(), "text/csv")).run()
    return at.file_uploader[1].set_value([(name, data, "image/png") for name, data in files]).run()


def test_many_cases_are_shown_row_by_row_and_stored_only_then(house, opened, pictures):
    at = opened("upload")
    many(at, MANIFEST, [("a.png", pictures[0]), ("b.png", pictures[1]), ("c.png", pictures[2])])
    assert not at.exception
    said = words(at)
    assert (said.count("✔ Ready"), said.count("✕ Problem")) == (2, 2)
    assert "a spreadsheet would take it for a formula" in said
    assert "1 file that no row names" in said
    assert house.store.cases() == []
    at.button(key="upload.0.many.start").click().run()
    assert not at.exception
    assert "2 cases stored of 4 rows" in words(at)
    rows = {row.info.pseudonym: row for row in house.store.cases()}
    assert {name: (row.images, row.run.state) for name, row in rows.items()} == {
        "AML-1": (1, RunState.QUEUED),
        "AML-2": (1, RunState.QUEUED),
    }
    assert house.store.desk.line(rows["AML-1"].id).tags == ("pilot",)
    at.button(key="manifest-another").click().run()
    assert "1. The table" in [header.value for header in at.header]


def test_rows_with_a_remark_want_a_look_first(house, opened, pictures):
    house.store.add_case(CaseInfo("AML-1", Specimen.MARROW), actor="test")
    at = opened("upload")
    many(at, "file,pseudonym,specimen\na.png,AML-1,marrow\n", [("a.png", pictures[0])])
    assert "Please look" in words(at)
    assert at.button(key="upload.0.many.start").disabled
    at.checkbox(key="upload.0.many.sure").check().run()
    assert not at.button(key="upload.0.many.start").disabled


def test_a_table_that_is_none_is_told(opened, pictures):
    at = opened("upload")
    many(at, "file,pseudonym,specimen,name\na.png,AML-1,marrow,Jo\n", [("a.png", pictures[0])])
    assert "An unknown column" in words(at)
    assert "3. What was found" not in str([header.value for header in at.header])


# --- what is stored after a person's word on a doubt, without widgets ----------------------------------------


@pytest.fixture
def doubtful() -> checks.Checked:
    pixels = np.random.default_rng(0).integers(0, 255, (60, 80, 3), dtype=np.uint8)
    info = ImageInfo("one", "0" * 64, 0, "image 1", Modality.SMEAR, 80, 60)
    image = Image(info, pixels)
    other = Image(replace(info, id="two", um_per_px=0.2), pixels[::-1].copy())
    doubt = Doubt("one", "looks like writing", ((0.0, 0.0, 40.0, 10.0),))
    return checks.Checked(("smear", "f1"), Decoded((image, other), doubts=(doubt,)), {"one": "a.png", "two": "b.png"})


def test_a_masked_region_is_gone_and_the_rest_is_untouched(doubtful):
    settled = {"one": checks.Settled(True, ((0.0, 0.0, 40.0, 10.0),))}
    masked, other = checks.to_store(doubtful, settled, 0.1)
    before = doubtful.decoded.images[0].pixels
    assert len(np.unique(masked.pixels[:10, :40].reshape(-1, 3), axis=0)) == 1
    assert np.array_equal(masked.pixels[10:], before[10:])
    assert masked.info.id != "one"
    assert (masked.info.um_per_px, other.info.um_per_px) == (0.1, 0.2)


def test_a_picture_left_out_is_not_stored_and_a_confirmed_one_is(doubtful):
    assert [i.info.id for i in checks.to_store(doubtful, {"one": checks.Settled(False)}, None)] == ["two"]
    assert [i.info.id for i in checks.to_store(doubtful, {"one": checks.Settled(True)}, None)] == ["one", "two"]
    assert len(checks.open_doubts(doubtful, {})) == 1
    assert checks.open_doubts(doubtful, {"one": checks.Settled(True)}) == []


def test_of_two_files_with_the_same_bytes_the_first_is_named(pictures):
    found = checks.checked(
        [Upload("first.png", pictures[0]), Upload("second.png", pictures[0])], (), Settings(), Modality.SMEAR
    )
    assert [line.name for line in checks.lines(found) if line.kind == "ready"] == ["first.png"]
