"""Slides in the store, on both engines: real files, read back by the real libraries."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import tifffile

from core.cases.blobs import sweep
from core.cases.store import CaseStore, open_store
from core.errors import BadInput, Conflict, NotFound
from core.protocols import RunState
from core.records import Modality, Seen
from core.settings import Settings
from core.slides.fields import Region
from core.slides.plans import Order, Stop
from core.slides.reading import opened
from tests.core.cases import made
from tests.core.slides import samples
from tests.core.slides.dicom_samples import dicom

PIXELS = samples.scene()
WHOLE = Region(0, 0, 3000, 2200)


@pytest.fixture(scope="module")
def svs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return samples.aperio(tmp_path_factory.mktemp("svs") / "Mary Example 1970.svs", PIXELS)


def looked_at(store: CaseStore, svs: Path) -> tuple[str, str]:
    """A case with a slide, a plan, and a run over its first two fields."""
    case = store.add_case(made.INFO, actor="a")
    slide = store.slides.add(case, svs, actor="a")
    plan = store.slides.plan(case, slide.id, [WHOLE], actor="a", seed=3)
    store.add_run(case, "run-1", len(plan.fields), actor="a")
    store.slides.begin(case, "run-1", plan)
    store.slides.take(case, plan, plan.fields[:2], actor="a")
    store.advance_run("run-1", RunState.RUNNING)
    store.add_seen(case, "run-1", Seen(images=tuple(store.images(case))))
    store.slides.stopped(case, "run-1", "2 of 4 fields were enough")
    store.advance_run("run-1", RunState.DONE)
    return case, slide.id


def pixels_of(content: bytes) -> np.ndarray:
    return np.asarray(PIL.Image.open(io.BytesIO(content)))


def test_a_slide_is_kept_and_read_again(store: CaseStore, svs: Path) -> None:
    case = store.add_case(made.INFO, actor="a")
    info = store.slides.add(case, svs, actor="a")
    assert (info.label, info.width, info.height, info.um_per_px, info.here) == ("slide 1", 3000, 2200, 0.25, True)
    assert store.slides.add(case, svs, actor="a") == info  # the same slide again changes nothing
    assert store.slides.slides(case) == [info]
    with opened(svs) as slide:
        assert (store.slides.opened(case, info.id).region(64, 64, 300, 200) == slide.region(64, 64, 300, 200)).all()
    assert [event.action for event in store.trail(case)] == ["case.created", "slide.added"]
    store.verify_trail()


def test_a_sweep_before_anything_refers_to_the_file_costs_nothing(
    store: CaseStore, svs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when another process opens the store in the middle."""
    case = store.add_case(made.INFO, actor="a")
    put, swept = store._blobs.put_large, []

    def put_and_swept(*given: object) -> None:
        put(*given)
        if not swept:
            swept.append(sweep(store._database, store._blobs))

    monkeypatch.setattr(store._blobs, "put_large", put_and_swept)
    info = store.slides.add(case, svs, actor="a")
    assert swept == [1]
    assert store.slides.opened(case, info.id).region(0, 0, 50, 50).shape == (50, 50, 3)


def test_another_scale_for_the_same_slide_is_not_passed_over(store: CaseStore, tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as out:
        for level in samples.halved(PIXELS[:600, :600], 1):
            out.write(level, metadata=None, **samples.JPEG)
    case = store.add_case(made.INFO, actor="a")
    info = store.slides.add(case, path, actor="a")
    assert info.um_per_px is None
    with pytest.raises(Conflict, match="it was none"):
        store.slides.add(case, path, actor="a", um_per_px=0.25)
    case = store.add_case(made.INFO, actor="a")
    assert store.slides.add(case, path, actor="a", um_per_px=0.25).um_per_px == 0.25
    assert store.slides.add(case, path, actor="a", um_per_px=0.25) == store.slides.add(case, path, actor="a")


def test_the_same_slide_from_two_at_once_is_kept_once(
    store: CaseStore, svs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = store.add_case(made.INFO, actor="a")
    put, others = store._blobs.put_large, []

    def overtaken(*given: object) -> None:
        if not others:
            others.append(None)
            others[0] = store.slides.add(case, svs, actor="b")
        put(*given)

    monkeypatch.setattr(store._blobs, "put_large", overtaken)
    assert [store.slides.add(case, svs, actor="a")] == others == store.slides.slides(case)


def test_nothing_that_tells_of_a_person_is_kept(store: CaseStore, svs: Path, settings: Settings) -> None:
    case = store.add_case(made.INFO, actor="a")
    store.slides.add(case, svs, actor="a")
    kept = b"".join(path.read_bytes() for path in Path(settings.data).rglob("*") if path.is_file())
    assert b"AppMag = 40" in kept
    assert b"Patient = N" not in kept  # though it is in the file that was given
    assert b"Patient = N" in svs.read_bytes()
    assert b"Mary" not in kept
    assert not [path for path in Path(settings.data).rglob("*") if "Mary" in path.name]


def test_fields_become_images_when_they_are_looked_at(store: CaseStore, svs: Path) -> None:
    case, slide = looked_at(store, svs)
    plan = store.slides.planned(case)
    assert plan is not None
    assert len(plan.fields) == 4
    images = store.images(case)
    assert [image.label for image in images] == [f"slide 1 field {field.number}" for field in plan.fields[:2]]
    for image, field in zip(images, plan.fields, strict=False):
        assert store.slides.fields(case)[image.id] == field
        found = pixels_of(store.picture(case, image.id))
        assert found.shape == (image.height, image.width, 3)
        wanted = store.slides.opened(case, slide).region(field.x, field.y, field.width, field.height)
        assert (found == wanted).all()
    looked = store.slides.looked(case, "run-1")
    assert looked is not None
    assert (looked.planned, looked.fields, looked.stopped) == (4, 2, "2 of 4 fields were enough")
    assert [tally.field for tally in looked.tallies] == [field.number for field in plan.fields[:2]]
    assert "slide.stopped" in [event.action for event in store.trail(case)]


def test_a_plan_is_declared_and_bound(store: CaseStore, svs: Path) -> None:
    case = store.add_case(made.INFO, actor="a")
    slide = store.slides.add(case, svs, actor="a").id
    first = store.slides.plan(case, slide, [WHOLE], actor="a", seed=1, stop=Stop(cells=500, width=0.1))
    assert store.slides.planned(case) == first
    again = store.slides.plan(case, slide, [WHOLE], actor="a", seed=1)
    assert again.number == 2
    assert again.fields == first.fields  # the same seed, the same order
    assert len(store.slides.plan(case, slide, [Region(0, 0, 50, 50)], actor="a").fields) == 1
    store.verify_trail()
    for regions, options in (
        ([], {}),
        ([Region(5000, 0, 10, 10)], {}),
        ([WHOLE], {"stop": Stop(cells=0)}),
        ([WHOLE], {"stop": Stop(width=0.1), "order": Order.BEST}),
        ([WHOLE], {"seed": 2**31}),
    ):
        with pytest.raises(BadInput):
            store.slides.plan(case, slide, regions, actor="a", **options)


def test_regions_are_kept_as_each_left_them_until_the_case_goes(store: CaseStore, svs: Path) -> None:
    case = store.add_case(made.INFO, actor="a")
    slide = store.slides.add(case, svs, actor="a").id
    drafts, drawn = store.slides.drafts, (Region(0, 0, 900, 700, 0.5), Region(50, 60, 800, 600))
    assert drafts.kept(case, slide, actor="a") is None
    drafts.keep(case, slide, drawn, actor="a")
    drafts.keep(case, slide, (), actor="b")
    assert drafts.kept(case, slide, actor="a") == drawn
    assert drafts.kept(case, slide, actor="b") == ()  # all removed is not the same as nothing drawn
    drafts.keep(case, slide, drawn[:1], actor="a")
    drafts.forget(case, slide, actor="b")
    assert drafts.kept(case, slide, actor="a") == drawn[:1]
    assert drafts.kept(case, slide, actor="b") is None
    assert [event.action for event in store.trail(case)] == ["case.created", "slide.added"]
    store.delete_case(case, actor="a", reason="a test")
    assert drafts.kept(case, slide, actor="a") is None
    with pytest.raises(NotFound):
        drafts.keep(case, slide, drawn, actor="a")


def test_slides_are_for_smears(store: CaseStore, svs: Path) -> None:
    case = store.add_case(replace(made.INFO, modality=Modality.DPC), actor="a")
    with pytest.raises(Conflict):
        store.slides.add(case, svs, actor="a")
    with pytest.raises(NotFound):
        store.slides.opened(case, "slide-0")


def test_a_deleted_case_leaves_nothing_of_its_slide(store: CaseStore, svs: Path, settings: Settings) -> None:
    case, _ = looked_at(store, svs)
    before = sum(path.stat().st_size for path in Path(settings.data, "blobs").rglob("*") if path.is_file())
    assert before > 100_000
    store.delete_case(case, actor="a", reason="test")
    assert not [path for path in Path(settings.data, "blobs").rglob("*") if path.is_file()]
    store.verify_trail()


def test_an_export_holds_the_fields_and_not_the_slide(
    store: CaseStore, svs: Path, elsewhere: Callable[[], CaseStore], tmp_path: Path
) -> None:
    case, slide = looked_at(store, svs)
    wanted = {image.id: pixels_of(store.picture(case, image.id)) for image in store.images(case)}
    file = store.export_case(case, tmp_path / "case.zip", actor="a")
    other = elsewhere()
    assert other.import_case(file, actor="b") == case
    info = other.slides.slides(case)[0]
    assert (info.id, info.here) == (slide, False)
    assert other.slides.planned(case) == store.slides.planned(case)
    assert other.slides.looked(case, "run-1") == store.slides.looked(case, "run-1")
    for image, pixels in wanted.items():
        assert (pixels_of(other.picture(case, image)) == pixels).all()
    with pytest.raises(NotFound):
        other.slides.opened(case, slide)
    again = other.export_case(case, tmp_path / "again.zip", actor="b")
    assert again.read_bytes() == file.read_bytes()
    other.slides.add(case, svs, actor="b")  # whoever has the slide can go on with it
    assert other.slides.slides(case)[0].here
    other.verify_trail()


@pytest.mark.parametrize("blobs", ["", "memory://slides"])
def test_a_slide_of_several_files_is_read_wherever_blobs_lie(tmp_path: Path, blobs: str) -> None:
    """Beside one another under names that the library knows: links to local blobs, or copies of what lies elsewhere."""
    where = f"{blobs}-{uuid.uuid4().hex}" if blobs else ""
    store = open_store(Settings(data=str(tmp_path / "data"), blobs=where))
    case = store.add_case(made.INFO, actor="a")
    slide = store.slides.add(case, dicom(tmp_path / "Mary", PIXELS), actor="a")
    assert (slide.format, slide.um_per_px) == ("DICOM whole slide", 0.25)
    found = store.slides.opened(case, slide.id).region(300, 200, 400, 300)
    assert np.abs(found.astype(int) - PIXELS[200:500, 300:700]).mean() < 3
    folder = tmp_path / "data" / "slides" / slide.sha256
    assert sorted(path.name for path in folder.iterdir()) == ["0001.dcm", "0002.dcm", "0003.dcm"]
    assert all(path.is_symlink() != bool(blobs) for path in folder.iterdir())
    store.delete_case(case, actor="a", reason="test")
    assert not folder.exists()
    store.close()


def test_tidying_waits_for_no_slide_that_is_being_fetched(store: CaseStore, settings: Settings) -> None:
    """Who looks after runs tidies too, and must not seem dead while somebody fetches a slide."""
    left = Path(settings.data, "slides", "0" * 64)
    left.mkdir(parents=True)
    with store.slides.files._lock:
        store.slides.tidy()
    assert left.exists()
    store.slides.tidy()
    assert not left.exists()
