"""Real slide files, read through the real libraries."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.errors import Conflict, HemaboardError, NotFound, RefusedFile, UnreadableFile, UnsupportedFile
from core.slides.reading import TILE, Slide, is_slide, opened
from tests.core.slides import samples

PIXELS = samples.scene()
MAKERS = {"pyramidal.tif": samples.pyramidal, "subs.ome.tif": samples.ome, "slide.svs": samples.aperio}
Maker = Callable[[Path, NDArray[np.uint8]], Path]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("slides")
    return {name: maker(folder / name, PIXELS) for name, maker in MAKERS.items()}


def close(found: NDArray[np.uint8], wanted: NDArray[np.uint8], most: float = 3.0) -> bool:
    """JPEG changes a little."""
    return found.shape == wanted.shape and float(np.abs(found.astype(int) - wanted).mean()) < most


@pytest.mark.parametrize("name", MAKERS)
def test_size_scale_and_levels(files: dict[str, Path], name: str) -> None:
    assert is_slide(files[name])
    with opened(files[name]) as slide:
        assert (slide.width, slide.height, slide.um_per_px) == (3000, 2200, 0.25)
        assert [(level.width, level.height) for level in slide.levels] == [(3000, 2200), (1500, 1100), (750, 550)]
        assert close(slide.region(700, 300, 500, 400), PIXELS[300:700, 700:1200])
        smaller = samples.halved(PIXELS, 2)[2]
        assert close(slide.region(400, 800, 300, 200, level=2), smaller[200:400, 100:400])


@pytest.mark.parametrize("name", MAKERS)
def test_white_outside(files: dict[str, Path], name: str) -> None:
    with opened(files[name]) as slide:
        found = slide.region(2900, -100, 300, 200)
        assert (found[:100] == 255).all()
        assert (found[:, 100:] == 255).all()
        assert close(found[100:, :100], PIXELS[:100, 2900:])


@pytest.mark.parametrize("name", MAKERS)
def test_tiles_of_a_zoom_make_the_slide_at_that_zoom(files: dict[str, Path], name: str) -> None:
    with opened(files[name]) as slide:
        for zoom in (slide.zooms - 1, slide.zooms - 2, slide.zooms - 3):
            whole = _joined(slide, zoom)
            size = slide.size_at(zoom)
            assert close(whole, np.asarray(cv2.resize(PIXELS, size, interpolation=cv2.INTER_AREA), np.uint8))
        assert np.abs(slide.tile(0, 0, 0).reshape(3).astype(float) - PIXELS.mean(axis=(0, 1))).max() < 6


def _joined(slide: Slide, zoom: int) -> NDArray[np.uint8]:
    columns, rows = slide.tiles_at(zoom)
    return np.vstack([np.hstack([slide.tile(zoom, column, row) for column in range(columns)]) for row in range(rows)])


@settings(max_examples=30, deadline=None)
@given(zoom=st.integers(-2, 20), column=st.integers(-1, 20), row=st.integers(-1, 20))
def test_a_tile_is_there_or_refused(files: dict[str, Path], zoom: int, column: int, row: int) -> None:
    with opened(files["subs.ome.tif"]) as slide:
        inside = 0 <= zoom < slide.zooms
        columns, rows = slide.tiles_at(zoom) if inside else (0, 0)
        if 0 <= column < columns and 0 <= row < rows:
            width, height = slide.size_at(zoom)
            tile = slide.tile(zoom, column, row)
            assert tile.shape == (min(TILE, height - row * TILE), min(TILE, width - column * TILE), 3)
        else:
            with pytest.raises(NotFound):
                slide.tile(zoom, column, row)


def test_no_label_or_macro_picture_is_ever_shown(files: dict[str, Path]) -> None:
    with opened(files["slide.svs"]) as slide:
        assert len(slide.levels) == 3  # neither thumbnail nor label is taken for a level
        told = " ".join(str(getattr(slide, name)) for name in dir(slide) if not name.startswith("_"))
        assert "Patient" not in told
        assert str(files["slide.svs"]) not in told


@pytest.mark.parametrize("name", MAKERS)
def test_a_slide_cut_short_is_told_and_the_rest_is_read(files: dict[str, Path], name: str, tmp_path: Path) -> None:
    """The piece that is missing gives a message that quotes no path; pieces before and after it are still read."""
    whole = files[name].read_bytes()
    with opened(files[name]) as slide:
        good = slide.region(0, 0, 200, 200)
    damaged = tmp_path / name
    middle = len(whole) // 3
    damaged.write_bytes(whole[:middle] + bytes(40_000) + whole[middle + 40_000 :])
    with opened(damaged) as slide:
        outcomes = [_read(slide, x, y) for y in range(0, 2200, 256) for x in range(0, 3000, 256)]
        assert any(isinstance(outcome, UnreadableFile) for outcome in outcomes)
        assert sum(isinstance(outcome, np.ndarray) for outcome in outcomes) > 20
        for outcome in outcomes:
            if isinstance(outcome, HemaboardError):
                assert str(tmp_path) not in str(outcome)
        assert (slide.region(0, 0, 200, 200) == good).all()


def _read(slide: Slide, x: int, y: int) -> NDArray[np.uint8] | HemaboardError:
    try:
        return slide.region(x, y, 256, 256)
    except HemaboardError as error:
        return error


MANY = 20_000  # readings: who closes is served long before, however busy the machine is


@pytest.mark.parametrize("name", MAKERS)
def test_closing_while_others_read_harms_nobody(files: dict[str, Path], name: str) -> None:
    slide = opened(files[name])
    ready = threading.Barrier(4)

    def read(seed: int) -> int:
        ready.wait(120)
        for n in range(MANY):
            try:
                slide.region((seed * 301 + n * 97) % 2500, (n * 53) % 1900, 256, 256)
            except Conflict:
                return n
        return MANY

    with ThreadPoolExecutor(3) as pool:
        reading = [pool.submit(read, seed) for seed in range(3)]
        ready.wait(120)
        slide.close()
        assert min(one.result() for one in reading) < MANY
    with pytest.raises(Conflict):
        slide.region(0, 0, 10, 10)


def test_what_is_no_slide_is_refused_in_words(tmp_path: Path) -> None:
    text = tmp_path / "slide.svs"
    text.write_bytes(b"not a slide at all")
    for path, error in ((text, UnsupportedFile), (tmp_path / "none.svs", NotFound), (tmp_path, UnsupportedFile)):
        assert not is_slide(path)
        with pytest.raises(error):
            opened(path)
    cut = samples.ome(tmp_path / "cut.ome.tif", PIXELS[:600, :600])
    cut.write_bytes(cut.read_bytes()[:100])
    with pytest.raises(UnreadableFile):
        opened(cut)


OME = """<?xml version="1.0" encoding="UTF-8"?>
<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="{root}"><Image ID="Image:0">
<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" SizeX="600" SizeY="600" SizeC="3" SizeZ="1" SizeT="1">
<Channel ID="Channel:0:0" SamplesPerPixel="3"/>
<TiffData IFD="0" PlaneCount="1"><UUID FileName="{name}">{its}</UUID></TiffData></Pixels></Image></OME>"""


def sparse(path: Path, side: int, tile: int) -> Path:
    """A header that promises much, and no pixel behind it."""
    count = -(-side // tile)
    with tifffile.TiffWriter(path, bigtiff=True) as out:
        how = {"shape": (side, side, 3), "dtype": np.uint8, "tile": (tile, tile), "photometric": "rgb"}
        out.write(iter([b""] * count * count), compression="zlib", metadata=None, **how)
    return path


def test_a_header_that_promises_too_much_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedFile, match="tiles of at most"):
        opened(sparse(tmp_path / "tile.tif", 20_000, 8192))
    with pytest.raises(RefusedFile, match="in all"):
        opened(sparse(tmp_path / "side.tif", 600_000, 4096))
    with pytest.raises(RefusedFile, match="at least 64"):
        opened(samples.pyramidal(tmp_path / "small.tif", PIXELS[:40, :200]))
    with opened(sparse(tmp_path / "fits.tif", 2_000, 512)) as slide:  # never scanned: white or black, and no harm
        assert slide.overview(300).shape == (300, 300, 3)


def test_the_coarsest_zoom_of_a_large_slide_without_smaller_copies(tmp_path: Path) -> None:
    with opened(sparse(tmp_path / "one.tif", 4_200, 512)) as slide:
        assert len(slide.levels) == 1
        assert [slide.tile(zoom, 0, 0).shape for zoom in range(2)] == [(1, 1, 3), (2, 2, 3)]


def test_a_slide_that_names_another_file_does_not_have_it_opened(tmp_path: Path) -> None:
    """The other file's pixels are somebody else's."""
    own, its = f"urn:uuid:{uuid.UUID(int=1)}", f"urn:uuid:{uuid.UUID(int=2)}"
    for path, root in ((tmp_path / "other" / "b.ome.tif", its), (tmp_path / "a.ome.tif", own)):
        path.parent.mkdir(exist_ok=True)
        about = OME.format(root=root, its=its, name="other/b.ome.tif" if root == own else path.name)
        with tifffile.TiffWriter(path) as out:
            pixels = PIXELS[:600, :600] if root == its else np.full((600, 600, 3), 9, np.uint8)
            out.write(pixels, description=about.encode(), metadata=None, subifds=1, **samples.JPEG)
            out.write(pixels[::2, ::2].copy(), subfiletype=1, metadata=None, **samples.JPEG)
    with opened(tmp_path / "other" / "b.ome.tif") as slide:
        assert slide.width == 600
    with opened(tmp_path / "a.ome.tif") as slide:
        assert (slide.width, slide.region(0, 0, 300, 300).max()) == (600, 9)
