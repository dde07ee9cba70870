"""Whole slides among files that were given as pictures: found, put together, and laid out under names of nobody."""

from __future__ import annotations

import errno
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import tifffile

from core.records import Upload
from core.slides.given import Given, among, laid_out, of_mirax
from core.slides.reading import opened
from tests import fakes
from tests.core.slides import samples
from tests.core.slides import scanner_samples as scanners
from tests.core.slides.dicom_samples import dicom

PIXELS = samples.scene(900, 700)


def taken(uploads: Sequence[Upload]) -> tuple[Given, ...]:
    return among(uploads, {upload.name for upload in uploads})


def test_a_slide_is_found_among_other_files_and_read_where_it_is_laid_out(tmp_path: Path) -> None:
    slide = samples.aperio(tmp_path / "Mary Example.svs", PIXELS).read_bytes()
    picture = fakes.png(fakes.field([(60.0, 60.0, 20.0, "blast")]))
    uploads = [Upload("a.png", picture), Upload("Mary Example.svs", slide), Upload("torn.jpg", picture[:100])]
    (found,) = taken(uploads)
    assert (found.name, found.files) == ("Mary Example.svs", (("slide.svs", 1),))
    assert (found.format, found.width, found.height, found.um_per_px) == ("Aperio SVS slide", 900, 700, 0.25)
    with laid_out(found, uploads) as path:
        assert "Mary" not in str(path)
        with opened(path) as read:
            assert read.region(0, 0, 100, 80).shape == (80, 100, 3)
    assert not path.exists()


def test_only_what_is_no_picture_is_tried(tmp_path: Path) -> None:
    slide = Upload("a.svs", samples.aperio(tmp_path / "a.svs", PIXELS).read_bytes())
    assert among([slide], set()) == ()


def test_a_slide_without_a_scale_says_so(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as out:
        for level in samples.halved(PIXELS, 1):
            out.write(level, metadata=None, subfiletype=int(level is not PIXELS), **samples.JPEG)
    (found,) = taken([Upload("a.tif", tmp_path / "a.tif")])
    assert (found.um_per_px, found.problem) == (None, "")


def test_files_of_two_dicom_slides_are_told_apart(tmp_path: Path) -> None:
    folders = [dicom(tmp_path / name, PIXELS) for name in ("one", "two")]
    files = [file for folder in folders for file in sorted(folder.glob("*.dcm"))]
    uploads = [Upload(file.name, file.read_bytes()) for file in files]
    other = uploads[5:]
    for place, upload in enumerate(other, start=5):  # the second is of another series
        assert isinstance(upload.source, bytes)
        uploads[place] = Upload(f"b {upload.name}", upload.source.replace(b"1.2.3.4\0", b"1.2.3.6\0"))
    first, second = taken(uploads)
    assert [len(slide.files) for slide in (first, second)] == [5, 5]
    assert (first.format, first.width, first.um_per_px) == ("DICOM whole slide", 900, 0.25)
    assert {place for _, place in second.files} == set(range(5, 10))
    assert not first.problem
    assert not second.problem


def test_an_mrxs_alone_says_what_a_browser_leaves_behind() -> None:
    (found,) = taken([Upload("Mary.mrxs", b"\xff\xd8\xff"), Upload("b.dat", b"1")])
    assert "the folder of the same name" in found.problem
    assert "A folder" in found.problem


def test_an_mrxs_with_its_folder_is_put_together(tmp_path: Path) -> None:
    scanners.mrxs(tmp_path / "Mary.mrxs", PIXELS[:512, :768])
    files = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    uploads = [Upload(path.relative_to(tmp_path.parent).as_posix(), path.read_bytes()) for path in files]
    (found,) = among(uploads, set())  # whatever becomes of its files as pictures
    assert (found.format, found.width, found.um_per_px, found.problem) == ("3DHISTECH MRXS slide", 768, 0.25, "")
    assert of_mirax(uploads) == set(range(len(uploads)))


def test_files_of_a_folder_are_laid_out_in_it_and_nowhere_else() -> None:
    names = ["in/Mary.mrxs", "in/Mary/Slidedat.ini", "in/Mary/..", "in/Mary/a\\b", "in/Mary/sub/c.dat", "in/other.dat"]
    uploads = [Upload(name, b"1") for name in names]
    (found,) = taken(uploads)
    assert found.files == (("slide.mrxs", 0), ("slide/Slidedat.ini", 1))
    assert found.problem  # of one byte each, it is no slide


def test_a_slide_cut_short_is_refused_in_words(tmp_path: Path) -> None:
    whole = scanners.czi(tmp_path / "a.czi", PIXELS).read_bytes()
    (found,) = taken([Upload("a.czi", whole[: len(whole) // 2])])
    assert "cut short" in found.problem
    assert "/" not in found.problem  # nor does it say where it lay


def test_a_slide_that_finds_no_room_for_the_moment_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = Upload("a.svs", samples.aperio(tmp_path / "a.svs", PIXELS).read_bytes())

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    (found,) = taken([upload])
    assert "No space left on device" in found.problem
    assert "TMPDIR" in found.problem


def test_an_ordinary_picture_that_failed_is_no_slide() -> None:
    stream = io.BytesIO()
    tifffile.imwrite(stream, np.zeros((500, 400), np.float32))
    assert taken([Upload("a.tif", stream.getvalue())]) == ()
