"""What a run measures of a control slide, on pictures whose colours are known."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from core import analyse
from core.cases.store import CaseStore, open_store
from core.control import figures
from core.decode import read as decode
from core.errors import Conflict
from core.protocols import RunState
from core.records import CaseInfo, Modality, Review, Seen, Specimen, Upload
from core.settings import Settings
from core.vocabulary import vocabulary
from tests import fakes

INFO = CaseInfo("QC-1", Specimen.BLOOD)
WORDS = vocabulary("shipped16")
DISCS = [(50.0 + 60 * (n % 3), 40.0 + 60 * (n // 3), 16.0, ("blast", "lymphocyte")[n % 2]) for n in range(6)]


def taken(seed: int = 0, doubts: bool = False) -> tuple[Seen, list[bytes]]:
    settings = Settings()
    upload = fakes.upload(fakes.field(DISCS, seed=seed))
    images = decode.images([upload], settings, Modality.SMEAR).images
    seen = analyse.see([upload], fakes.tools(settings, doubts=doubts))
    return seen, [png(image.pixels) for image in images]


def png(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Pillow.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def test_the_figures_of_a_known_field():
    seen, pictures = taken(doubts=True)
    found = figures.measured(seen, pictures, INFO, WORDS)
    assert set(found) == {figure.id for figure in figures.FIGURES}
    assert found["blasts"] == pytest.approx(50.0)
    assert found["cells"] == 6
    assert found["confidence"] == pytest.approx(90.0, abs=0.01)
    assert found["odd"] == pytest.approx(100 / 6)  # the stand-in's last of six is odder than 99 of 100
    assert found["brightness"] == pytest.approx(100 * np.mean(fakes.BACKGROUND) / 255, abs=1.5)


def test_what_a_model_does_not_tell_is_left_out():
    seen, pictures = taken()
    assert "odd" not in figures.measured(seen, pictures, INFO, WORDS)
    assert figures.measured(Seen(), (), INFO, WORDS) == {}


def test_a_dimmer_lamp_and_a_redder_stain_are_seen_apart():
    seen, pictures = taken()
    with Pillow.open(io.BytesIO(pictures[0])) as opened:
        pixels = np.asarray(opened.convert("RGB")).astype(float)
    plain = figures.measured(seen, pictures, INFO, WORDS)
    dim = figures.measured(seen, [png((pixels * 0.8).astype(np.uint8))], INFO, WORDS)
    assert dim["brightness"] == pytest.approx(0.8 * plain["brightness"], rel=0.02)
    assert dim["density"] == pytest.approx(plain["density"], rel=0.06)
    faded = pixels.copy()
    faded[..., 0] = np.where(pixels[..., 0] < 200, pixels[..., 0] + 60, pixels[..., 0])  # cells absorb less red
    pale = figures.measured(seen, [png(faded.clip(0, 255).astype(np.uint8))], INFO, WORDS)
    assert pale["azure"] < plain["azure"] - 5
    assert pale["brightness"] == pytest.approx(plain["brightness"], abs=0.1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaseStore]:
    opened = open_store(Settings(data=str(tmp_path)))
    yield opened
    opened.close()


def test_new_runs_are_measured_once_and_without_reviews(store: CaseStore):
    upload = fakes.upload(fakes.field(DISCS))
    store.add_case(INFO, actor="a", case_id="c")
    store.add_images("c", decode.images([upload], store.settings, Modality.SMEAR).images, actor="a")
    image = store.images("c")[0]
    for run in ("r1", "r2"):
        store.add_run("c", run, 1, actor="a")
        batch = [Upload(image.label, store.picture("c", image.id), image)]
        store.add_seen("c", run, analyse.see(batch, fakes.tools(store.settings)))
        store.advance_run(run, RunState.DONE, 1)
    cell = store.seen("c").cells[0].id
    at = store.case("c").created
    store.add_review("c", Review(cell, "dr a", at, "blast", "monocyte"))
    store.laboratory.controls.mark("c", "L-1", actor="a")
    assert figures.measure_new(store, store.settings, "L-1", most=1) == 1
    assert figures.measure_new(store, store.settings, "L-1") == 1
    assert figures.measure_new(store, store.settings, "L-1") == 0
    first, second = store.laboratory.controls.measured("L-1")
    assert first.figures == second.figures
    assert first.figures["blasts"] == pytest.approx(50.0)


def test_label_free_pictures_are_no_control():
    figures.check_kind(INFO)
    with pytest.raises(Conflict, match="stained smear"):
        figures.check_kind(replace(INFO, modality=Modality.DPC))


def test_a_large_picture_is_measured_as_a_small_one():
    seen, pictures = taken()
    with Pillow.open(io.BytesIO(pictures[0])) as opened:
        large = opened.convert("RGB").resize((1200, 1200), Pillow.Resampling.NEAREST)
    cells = tuple(replace(cell, contour=cell.contour * 6) for cell in seen.cells)
    found = figures.measured(replace(seen, cells=cells), [png(np.asarray(large))], INFO, WORDS)
    small = figures.measured(seen, pictures, INFO, WORDS)
    assert {key: round(value, 1) for key, value in found.items()} == pytest.approx(
        {key: round(value, 1) for key, value in small.items()}, abs=0.4
    )


def test_an_outline_beyond_the_edge_is_measured_where_it_is_in_the_picture():
    seen, pictures = taken()
    cells = tuple(replace(cell, contour=cell.contour - np.float32(30)) for cell in seen.cells)
    assert figures.measured(replace(seen, cells=cells), pictures, INFO, WORDS)["brightness"] > 0
    gone = tuple(replace(cell, contour=cell.contour - np.float32(5000)) for cell in seen.cells)
    assert "density" not in figures.measured(replace(seen, cells=gone), pictures, INFO, WORDS)
