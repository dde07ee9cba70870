"""What a copy of a slide leaves out: its label, and whatever names somebody. The pixels stay as they are."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest
import tifffile
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from core.errors import UnreadableFile
from core.slides.files import parts_of, sha256_of
from core.slides.reading import opened
from tests.core.slides import samples
from tests.core.slides.dicom_samples import PERSON, dicom

PIXELS = samples.scene(1500, 1100)


def copied(path: Path, to: Path) -> list[Path]:
    made = []
    for part in parts_of(path):
        made.append(to / part.name)
        made[-1].parent.mkdir(parents=True, exist_ok=True)
        with made[-1].open("wb") as out:
            out.writelines(part.pieces())
    return made


def test_a_dicom_slide_without_its_label_and_its_patient(tmp_path: Path) -> None:
    source = dicom(tmp_path / "Mary Example", PIXELS)
    made = copied(source, tmp_path / "copy")
    assert [path.name for path in made] == ["0001.dcm", "0002.dcm", "0003.dcm"]
    kept = b"".join(path.read_bytes() for path in made)
    for value in PERSON.values():
        assert value.encode() in (source / "Mary 0.dcm").read_bytes()
        assert value.encode() not in kept
    with opened(made[0]) as copy, opened(source) as slide:
        assert (copy.format, copy.um_per_px, len(copy.levels)) == ("DICOM whole slide", 0.25, 3)
        assert (copy.region(300, 200, 400, 300) == slide.region(300, 200, 400, 300)).all()
        assert np.abs(copy.region(300, 200, 400, 300).astype(int) - PIXELS[200:500, 300:700]).mean() < 3


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_a_dicom_header_tells_of_nobody_however_deep_it_is_asked(tmp_path: Path, syntax: UID) -> None:
    told = pydicom.dcmread(dicom(tmp_path / "slide", samples.scene(300, 300)) / "Mary 0.dcm", stop_before_pixels=True)
    other, specimen = Dataset(), Dataset()
    other.PatientID, specimen.SpecimenIdentifier, specimen.SpecimenUID = "OTHER-777", "SPECIMEN-88", "1.2.3.9"
    told.OtherPatientIDsSequence = Sequence([other])
    told.SpecimenDescriptionSequence = Sequence([specimen])
    told.BarcodeValue, told.LabelText, told.StudyDate = "BARCODE-9", "Label of Mary", "20200102"
    place = Dataset()
    place.CodeValue, place.CodingSchemeDesignator, place.CodeMeaning = "WARD-5", "99LOCAL", "Ward of Mary"
    told.InstitutionCodeSequence = Sequence([place])
    told.ClinicalTrialSubjectID, told.ProtocolName, told.ContentDescription = "SUBJECT-6", "TRIAL-7", "About Mary"
    told.add_new(0x00090010, "LO", "SCANNERMAKER")
    told.add_new(0x00091001, "LO", "private Mary")
    told.file_meta.TransferSyntaxUID = syntax
    path = tmp_path / "one.dcm"
    pydicom.dcmwrite(path, told, implicit_vr=syntax.is_implicit_VR, little_endian=True, enforce_file_format=True)
    (part,) = parts_of(path)
    kept = b"".join(part.pieces())
    words = (*PERSON.values(), "OTHER-777", "SPECIMEN-88", "BARCODE-9", "Label of Mary", "20200102", "private Mary")
    for word in (*words, "WARD-5", "Ward of Mary", "SUBJECT-6", "TRIAL-7", "About Mary"):
        assert word.encode() in path.read_bytes()
        assert word.encode() not in kept
    (tmp_path / "kept.dcm").write_bytes(kept)
    copy = pydicom.dcmread(tmp_path / "kept.dcm")
    assert (copy.SeriesInstanceUID, copy.TotalPixelMatrixColumns) == (told.SeriesInstanceUID, 300)


def test_an_aperio_slide_without_its_label_and_its_notes(tmp_path: Path) -> None:
    source = samples.aperio(tmp_path / "Mary.svs", PIXELS)
    (made,) = copied(source, tmp_path / "copy")
    assert made.name == "slide.svs"
    assert made.stat().st_size == source.stat().st_size
    with opened(made) as copy, opened(source) as slide:
        assert copy.um_per_px == 0.25
        for level, _ in enumerate(slide.levels):
            assert (copy.region(0, 0, 300, 250, level) == slide.region(0, 0, 300, 250, level)).all()
    with tifffile.TiffFile(made) as file, tifffile.TiffFile(source) as before:
        assert "Patient" in before.pages.first.description
        assert "Patient = N" not in file.pages.first.description
        for page in file.pages:
            if not page.is_tiled:
                file.filehandle.seek(page.dataoffsets[0])
                assert not any(file.filehandle.read(page.databytecounts[0]))


def said_of_the_thumbnail(path: Path, start: int | None, size: int) -> None:
    """Let the second page of a slide say that its only strip lies elsewhere."""
    with tifffile.TiffFile(path) as file:
        tags = file.pages[1].aspage().tags
        places = {tags[273].valueoffset: start, tags[279].valueoffset: size}
    content = bytearray(path.read_bytes())
    for at, value in places.items():
        if value is not None:
            content[at : at + 4] = value.to_bytes(4, "little")
    path.write_bytes(content)


def test_a_picture_beside_the_slide_that_is_said_to_reach_into_it_costs_no_pixel_of_it(tmp_path: Path) -> None:
    slide = samples.aperio(tmp_path / "a.svs", PIXELS)
    said_of_the_thumbnail(slide, None, 1 << 20)
    with pytest.raises(UnreadableFile):
        parts_of(slide)


def test_pixels_of_a_level_that_another_page_shows_too_stay(tmp_path: Path) -> None:
    slide = samples.aperio(tmp_path / "a.svs", PIXELS)
    with tifffile.TiffFile(slide) as file:
        level = file.pages[0].aspage()
        said_of_the_thumbnail(slide, level.dataoffsets[0], level.databytecounts[0])
    with opened(slide) as before, opened(copied(slide, tmp_path / "copy")[0]) as copy:
        assert (copy.region(0, 0, 300, 200) == before.region(0, 0, 300, 200)).all()


def test_tags_that_name_people_are_blanked(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    windows = "Ann Author".encode("utf-16-le")
    tags = [(315, "s", 0, "Mary Example", True), (316, "s", 0, "scanner-7", True), (33432, "s", 0, "Clinic 9", True)]
    tags += [(40093, "B", len(windows), windows, True)]
    with tifffile.TiffWriter(path) as out:
        out.write(PIXELS, metadata=None, extratags=tags, datetime="2020:01:02 03:04:05", **samples.JPEG)
        out.write(samples.halved(PIXELS, 1)[1], metadata=None, subfiletype=1, **samples.JPEG)
    (made,) = copied(path, tmp_path / "copy")
    for word in (b"Mary", b"scanner-7", b"2020:01:02", b"Clinic 9", windows):
        assert word in path.read_bytes()
        assert word not in made.read_bytes()
    with opened(made) as copy, opened(path) as slide:
        assert (copy.region(0, 0, 500, 500) == slide.region(0, 0, 500, 500)).all()


def test_letters_beyond_ascii_leave_nothing_of_a_name_behind(tmp_path: Path) -> None:
    about = samples.APERIO.format(w=1500, h=1100) + "|User = Jörg Müüüüller"
    with tifffile.TiffWriter(tmp_path / "a.svs") as out:
        for level in samples.halved(PIXELS, 1):
            out.write(level, description=about.encode(), metadata=None, **samples.JPEG)
    (made,) = copied(tmp_path / "a.svs", tmp_path / "copy")
    assert b"ller" not in made.read_bytes()
    assert opened(made).um_per_px == 0.25


LABEL = np.random.default_rng(1).integers(0, 256, (300, 400, 3), np.uint8)


def test_an_ome_slide_without_its_label_and_its_names(tmp_path: Path) -> None:
    about = {
        "axes": "YXS",
        "PhysicalSizeX": 0.25,
        "PhysicalSizeY": 0.25,
        "Name": "Mary O'Example",
        "Description": "Née",
    }
    levels, path = samples.halved(PIXELS, 2), tmp_path / "a.ome.tif"
    with tifffile.TiffWriter(path, bigtiff=True, ome=True) as out:
        out.write(levels[0], subifds=2, metadata=about, **samples.JPEG)
        for level in levels[1:]:
            tags = [(315, "s", 0, "Mary below", True)]
            out.write(level, subfiletype=1, metadata=None, extratags=tags, **samples.JPEG)
        for more in ({"tile": (256, 256)}, {}):  # as converters write it, and as scanners do
            out.write(LABEL, metadata={"axes": "YXS", "Name": "label image"}, photometric="rgb", **more)
    (made,) = copied(path, tmp_path / "copy")
    for word in ("Mary O'Example", "Née", "Mary below"):
        assert word.encode() in path.read_bytes()
        assert word.encode() not in made.read_bytes()
    with tifffile.TiffFile(made) as file:
        assert not any(file.pages[n].asarray().any() for n in (1, 2))
    with opened(made) as copy, opened(path) as slide:
        assert copy.um_per_px == slide.um_per_px == 0.25
        for level, _ in enumerate(slide.levels):
            assert (copy.region(0, 0, 300, 250, level) == slide.region(0, 0, 300, 250, level)).all()


def test_a_plain_tiff_says_nothing_that_reading_does_not_need(tmp_path: Path) -> None:
    tags = [(700, "B", 20, b"<xmp>Mary X P.</xmp>", True), (285, "s", 0, "Mary's page", True)]
    with tifffile.TiffWriter(tmp_path / "a.tif", bigtiff=True) as out:
        out.write(PIXELS, metadata=None, description="Patient: Mary", extratags=tags, **samples.JPEG)
        out.write(samples.halved(PIXELS, 1)[1], metadata=None, subfiletype=1, **samples.JPEG)
        out.write(LABEL, metadata=None, tile=(256, 256), photometric="rgb")
    (made,) = copied(tmp_path / "a.tif", tmp_path / "copy")
    assert b"Mary" not in made.read_bytes()
    with tifffile.TiffFile(made) as file:
        assert not file.pages[2].asarray().any()
    with opened(made) as copy, opened(tmp_path / "a.tif") as slide:
        assert len(copy.levels) == 2
        assert (copy.region(0, 0, 500, 500) == slide.region(0, 0, 500, 500)).all()


def test_pieces_are_blanked_over_their_seams(tmp_path: Path, monkeypatch) -> None:
    source = samples.aperio(tmp_path / "a.svs", PIXELS)
    whole = b"".join(parts_of(source)[0].pieces())
    monkeypatch.setattr("core.slides.files.PIECE", 1000)
    (part,) = parts_of(source)
    assert b"".join(part.pieces()) == whole
    shutil.copy(source, tmp_path / "Someone else.svs")
    assert part.sha256() == parts_of(tmp_path / "Someone else.svs")[0].sha256()  # a name changes nothing
    assert sha256_of([part.sha256()]) == part.sha256()
    assert sha256_of(["a", "b"]) != sha256_of(["b", "a"])
