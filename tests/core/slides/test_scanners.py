"""Slides as scanners write them: read at the right place and scale, and kept without label, macro picture and names."""

from __future__ import annotations

import base64
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openslide
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import HemaboardError, RefusedFile, UnreadableFile, UnsupportedFile
from core.slides import files
from core.slides.blanks_xml import spaces
from core.slides.reading import is_slide, opened
from tests.core.slides import samples
from tests.core.slides import scanner_samples as scanners
from tests.core.slides.test_files import copied

PIXELS = samples.scene(1536, 1024)
Maker = Callable[[Path, np.ndarray], Path]
# Each with what it is called, and where the scanned part begins.
MAKERS: dict[str, tuple[Maker, str, tuple[int, int]]] = {
    "a.ndpi": (scanners.ndpi, "Hamamatsu slide", (0, 0)),
    "a.scn": (scanners.scn, "Leica SCN slide", (100, 200)),
    "a.bif": (scanners.bif, "Ventana BIF slide", (0, 0)),
    "a.tiff": (scanners.philips, "Philips TIFF slide", (0, 0)),
    "a.mrxs": (scanners.mrxs, "3DHISTECH MRXS slide", (0, 0)),
    "a.czi": (scanners.czi, "Zeiss CZI slide", (0, 0)),
}
TELLING = [scanners.WHO.encode(), base64.b64encode(scanners.WHO.encode()), b"2020", b"serial-7"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("scanners")
    return {name: maker(folder / name, PIXELS) for name, (maker, _, _) in MAKERS.items()}


@pytest.fixture(scope="module")
def kept(made: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """As the store keeps them."""
    return {name: copied(path, tmp_path_factory.mktemp("kept")) for name, path in made.items()}


@pytest.mark.parametrize("name", MAKERS)
def test_a_scanners_slide_is_read_where_and_as_large_as_it_is(made: dict[str, Path], name: str) -> None:
    _, format, (x, y) = MAKERS[name]
    assert is_slide(made[name])
    with opened(made[name]) as slide:
        assert (slide.format, slide.um_per_px) == (format, 0.25)
        assert len(slide.levels) > 1
        assert (slide.width, slide.height) >= (1536, 1024)
        found = slide.region(x + 300, y + 200, 500, 400)
        assert np.abs(found.astype(int) - PIXELS[200:600, 300:800]).mean() < 3
        smaller = slide.scaled(x, y, 1536, 1024, 768, 512)
        assert np.abs(smaller.astype(int) - samples.halved(PIXELS, 1)[1]).mean() < 4


@pytest.mark.parametrize("name", MAKERS)
def test_the_copy_shows_the_same_and_tells_of_nobody(
    made: dict[str, Path], kept: dict[str, list[Path]], name: str
) -> None:
    """The label's own bytes are in the slide in whole, so that they can be looked for in the copy."""
    before = b"".join(part.path.read_bytes() for part in files.parts_of(made[name]))
    after = b"".join(path.read_bytes() for path in kept[name])
    assert scanners.WHO.encode() in before
    for telling in TELLING:
        assert telling not in after
    with opened(made[name]) as slide, opened(kept[name][0]) as copy:
        assert (copy.levels, copy.um_per_px, copy.format) == (slide.levels, slide.um_per_px, slide.format)
        for level in range(len(slide.levels)):
            assert (copy.region(0, 0, 700, 600, level) == slide.region(0, 0, 700, 600, level)).all()


@pytest.mark.parametrize("name", MAKERS)
def test_no_picture_beside_the_slide_can_be_had_from_the_copy(
    made: dict[str, Path], kept: dict[str, list[Path]], name: str
) -> None:
    with openslide.OpenSlide(made[name]) as slide:
        assert red(slide), "the sample has none that could be lost"
    with openslide.OpenSlide(kept[name][0]) as slide:
        assert not red(slide)
    content = b"".join(path.read_bytes() for path in kept[name])
    whole = scanners.LABEL_JPEG
    for piece in (whole, base64.b64encode(whole), whole[-60:]):
        assert piece not in content


def red(slide: openslide.OpenSlide) -> list[str]:
    """Pictures beside the slide that show anything red."""
    found = []
    for name in slide.associated_images:
        try:
            pixels = np.asarray(slide.associated_images[name].convert("RGB")).astype(int)
        except openslide.OpenSlideError:
            continue
        if ((pixels[..., 0] > 200) & (pixels[..., 1:].max(axis=-1) < 60)).any():
            found.append(name)
    return found


def test_pages_that_are_no_level_are_blank_in_the_copy(kept: dict[str, list[Path]]) -> None:
    for name, which in {"a.ndpi": (3, 4), "a.scn": (0,), "a.bif": (0, 1), "a.tiff": (3, 4)}.items():
        with tifffile.TiffFile(kept[name][0]) as file:
            for number in range(len(file.pages)):
                page = file.pages[number].aspage()
                file.filehandle.seek(page.dataoffsets[0])
                assert any(file.filehandle.read(page.databytecounts[0])) is (number not in which)


def test_only_what_belongs_to_an_mrxs_is_copied(kept: dict[str, list[Path]]) -> None:
    names = [path.name for path in kept["a.mrxs"]]
    assert names == ["slide.mrxs", "Slidedat.ini", "Index.dat", "Data0000.dat", "Data0001.dat"]
    assert not any(kept["a.mrxs"][0].read_bytes())  # a picture of the glass


def test_an_mrxs_without_all_of_its_files_is_refused_in_words(tmp_path: Path) -> None:
    slide = scanners.mrxs(tmp_path / "b.mrxs", PIXELS[:512, :512])
    (tmp_path / "b" / "Data0001.dat").unlink()
    with pytest.raises(UnreadableFile, match="with all of its folder"):
        files.parts_of(slide)


ODD_LINES = {
    "a key that is there twice": b"[GENERAL]\r\nSLIDE_NAME = Mary",
    "a code page": b"[GENERAL]\r\nPATIENT = M\xfcller Mary",
    "a language": b"[GENERAL]\r\nPATIENT[hu] = Mary",
    "a remark": b"[HIERARCHICAL]\r\n# PATIENT = Mary",
    "a remark without a key": b"[HIERARCHICAL]\r\n#Mary",
}


@pytest.mark.parametrize("lines", ODD_LINES.values(), ids=ODD_LINES)
def test_nothing_is_left_of_the_odd_lines_of_an_mrxs(tmp_path: Path, lines: bytes) -> None:
    slide = scanners.mrxs(tmp_path / "b.mrxs", PIXELS[:512, :512])
    listed = tmp_path / "b" / "Slidedat.ini"
    listed.write_bytes(listed.read_bytes().replace(lines.partition(b"\r")[0], lines, 1))
    with opened(slide) as read, opened(copied(slide, tmp_path / "copy")[0]) as copy:
        assert (copy.region(0, 0, 300, 300) == read.region(0, 0, 300, 300)).all()
    content = (tmp_path / "copy" / "slide" / "Slidedat.ini").read_bytes()
    assert b"Mary" not in content
    assert len(content) == listed.stat().st_size


@pytest.mark.parametrize(
    ("name", "taken"), [("ScanDataLayer_SlideBarcode", False), ("ScanDataLayer_StageMap____", True)]
)
def test_an_mrxs_whose_label_cannot_be_found_is_not_copied(tmp_path: Path, name: str, taken: bool) -> None:
    slide = scanners.mrxs(tmp_path / "b.mrxs", PIXELS[:512, :512])
    (listed, index), label = (tmp_path / "b" / file for file in ("Slidedat.ini", "Index.dat")), len(scanners.LABEL_JPEG)
    listed.write_bytes(listed.read_bytes().replace(b"ScanDataLayer_SlideBarcode", name.encode()))
    content = bytearray(index.read_bytes())
    at = content.find(struct.pack("<i", label), content.find(struct.pack("<i", label)) + 4)  # the second of three
    content[at : at + 4] = struct.pack("<i", -label)
    index.write_bytes(content)
    if taken:
        assert len(files.parts_of(slide)) == 5
    else:
        with pytest.raises(UnreadableFile):
            files.parts_of(slide)


@pytest.mark.parametrize("name", MAKERS)
def test_a_scanners_slide_cut_short_is_told_or_read_in_part(made: dict[str, Path], name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name == "a.mrxs":
        scanners.mrxs(path, PIXELS)
        index = path.with_suffix("") / "Index.dat"
        index.write_bytes(index.read_bytes()[:90])
    else:
        content = made[name].read_bytes()
        path.write_bytes(content[: len(content) // 2])
    with pytest.raises(HemaboardError) as error:
        _read_whole(path)
    assert str(tmp_path) not in str(error.value)


def _read_whole(path: Path) -> None:
    with opened(path) as slide:
        slide.region(0, 0, slide.width, slide.height)


@settings(max_examples=60, deadline=None)
@given(places=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=4))
def test_numbers_that_are_wrong_cost_neither_memory_nor_words(places: list[tuple[float, int]]) -> None:
    """Wherever a CZI's lists or an MRXS's index say something else, the slide is copied or refused."""
    with tempfile.TemporaryDirectory() as folder:
        for name, maker, part in (("a.czi", scanners.czi, "a.czi"), ("a.mrxs", scanners.mrxs, "a/Index.dat")):
            path = maker(Path(folder, name), PIXELS[:256, :256])
            content = bytearray(Path(folder, part).read_bytes())
            told = len(content) - 4000 if name == "a.czi" else 0  # tiles come first in the one
            for at, value in places:
                content[told + int(at * (len(content) - told))] = value
            Path(folder, part).write_bytes(content)
            try:
                found = files.parts_of(path)
            except HemaboardError:
                continue
            for one in found:
                assert all(0 <= at <= at + len(new) <= one.path.stat().st_size for at, new in one.blank)


@pytest.mark.parametrize("kind", [b"DELETED", b"ZISRAWMETADATA", b"ZISRAWATTACH"])
def test_what_a_czi_held_before_it_was_written_anew_is_blank_too(
    made: dict[str, Path], tmp_path: Path, kind: bytes
) -> None:
    def segment(name: bytes, said: bytes) -> bytes:
        content = (bytes(256) + said).ljust(512, b"\0")
        return struct.pack("<16sqq", name, len(content), len(content)) + content

    path = tmp_path / "a.czi"
    kept = segment(b"ZISRAWSUBBLOCK", b"pixels")
    path.write_bytes(made["a.czi"].read_bytes() + segment(kind, b"<Name>Ann Other</Name>") + kept)
    copy = copied(path, tmp_path / "copy")[0]
    assert b"Ann Other" not in copy.read_bytes()
    assert copy.read_bytes().endswith(kept)
    with opened(path) as slide, opened(copy) as read:
        assert (read.region(0, 0, 700, 600) == slide.region(0, 0, 700, 600)).all()


def test_a_slide_of_several_planes_is_refused_for_what_it_is(made: dict[str, Path], tmp_path: Path) -> None:
    """It is not damaged: somebody who copied it again would have the same."""
    path = tmp_path / "planes.czi"
    path.write_bytes(made["a.czi"].read_bytes().replace(b"M\0\0\0", b"Z\0\0\0"))
    with pytest.raises(UnsupportedFile, match="several planes"):
        opened(path)


def test_xml_keeps_its_length_and_what_is_asked_for() -> None:
    xml = b"<?xml version='1.0'?><!-- Mary -->"
    xml += b"<a n=\"1\" who='Mary'>Mary<b>7</b><!-- Mary --><![CDATA[Mary]]><c/>Mary</a><!-- Mary -->\n"
    found = spaces(xml, lambda path, _, name: name == "n" or path == ("a", "b"))
    assert len(found) == len(xml)
    assert b"Mary" not in found
    assert found.startswith(b"<?xml version='1.0'?> ")
    assert b'n="1"' in found
    assert b"<b>7</b>" in found


@pytest.mark.parametrize("xml", [b"<a", b"<a><b></a", b"<a>< b", b"<a who='Mary>x</a>", b"<a><b>"])
def test_what_is_no_xml_is_not_passed_on(xml: bytes) -> None:
    with pytest.raises((ValueError, IndexError)):
        spaces(xml, lambda *_: False)


def test_entities_are_refused() -> None:
    with pytest.raises(RefusedFile):
        spaces(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", lambda *_: True)


WORDS = st.text("aé漢7 /=-;?!]:", max_size=8)


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(WORDS, min_size=4, max_size=4))
def test_nothing_is_left_of_any_text(texts: list[str]) -> None:
    one, two, three, four = texts
    xml = f"<a x=\"{one}\">{two}<b y='{three}'/>{four}</a>".encode()
    assert spaces(xml, lambda *_: True) == xml
    found = spaces(xml, lambda *_: False)
    assert len(found) == len(xml)
    assert b"".join(found.split()) == b"<ax=\"\"><by=''/></a>"
