"""A run over a slide: every cell once, in the declared order, until the declared rule is met, whoever dies."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import tifffile

from core.cases.store import CaseStore, open_store
from core.errors import Conflict
from core.jobs import fields
from core.jobs import runs as jobs
from core.protocols import RunState
from core.settings import Settings
from core.slides.fields import Region
from core.slides.plans import Looked, Plan, Stop, Tally
from core.vocabulary import vocabulary
from tests import fakes
from tests.core.jobs.test_durable import INFO, LATE, launched, wait_for, worker
from tests.core.slides import samples
from tests.core.slides.dicom_samples import dicom

WIDTH, HEIGHT, STEP = 4300, 2400, 61
CODES = ("blast", "lymphocyte", "segmented")


@pytest.fixture(scope="module")
def slide(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """Discs everywhere, also on seams; how many. Stored without loss, since the stand-ins read colours."""
    places = [(x, y) for y in range(40, HEIGHT - 30, STEP) for x in range(40, WIDTH - 30, STEP)]
    discs = [(x, y, 17, CODES[n % len(CODES)]) for n, (x, y) in enumerate(places)]
    pixels = fakes.field(discs, (HEIGHT, WIDTH), seed=0)
    path = tmp_path_factory.mktemp("slide") / "slide.tif"
    with tifffile.TiffWriter(path) as out:
        how = {"tile": (256, 256), "compression": "zlib", "photometric": "rgb", "metadata": None}
        out.write(pixels, **how)
        out.write(np.ascontiguousarray(pixels[::4, ::4]), subfiletype=1, **how)
    return path, len(discs)


def planned(store: CaseStore, path: Path, **options) -> tuple[str, Plan]:
    case = store.add_case(INFO, actor="test")
    added = store.slides.add(case, path, actor="test")
    return case, store.slides.plan(case, added.id, [Region(0, 0, WIDTH, HEIGHT)], actor="test", **options)


def test_every_cell_of_a_slide_counts_once_though_a_worker_dies(tmp_path, slide):
    path, discs = slide
    settings = Settings(data=str(tmp_path), fields_per_step=1)
    with launched(settings) as store:
        case, plan = planned(store, path, seed=5)
        run = jobs.start_run(store, case, actor="test")
        assert store.run(run).total == len(plan.fields) == 6
        with worker(settings, "after-write", 2) as process:
            process.join(LATE)
        with worker(settings):
            wait_for(store, run, RunState.DONE)
        seen = store.seen(case)
        assert len(seen.cells) == discs
        labels = [call.label for call in seen.calls]
        assert [labels.count(code) for code in CODES] == [len(range(k, discs, 3)) for k in range(3)]
        looked = store.slides.looked(case, run)
        assert (looked.fields, looked.planned, looked.stopped) == (6, 6, "")
        assert [tally.field for tally in looked.tallies] == [field.number for field in plan.fields]
        assert sum(sum(tally.labels.values()) for tally in looked.tallies) == discs


def test_a_run_ends_when_the_declared_rule_is_met(tmp_path, slide):
    settings = Settings(data=str(tmp_path), fields_per_step=1)
    with launched(settings) as store, worker(settings):
        case, plan = planned(store, slide[0], stop=Stop(cells=700, width=0.9))
        run = jobs.start_run(store, case, actor="test")
        wait_for(store, run, RunState.DONE)
        looked = store.slides.looked(case, run)
        total = sum(sum(tally.labels.values()) for tally in looked.tallies)
        assert total >= 700
        assert looked.fields == 2  # some 480 cells a field
        rest = "4 of 6 planned fields were not looked at"
        assert looked.stopped == f"{total} counted cells, 700 were to be counted; {rest}"
        assert looked.stopped in store.run(run).message
        assert [image.page for image in store.images(case)] == [field.number for field in plan.fields[:2]]


def test_a_run_keeps_to_the_plan_it_was_queued_with(tmp_path, slide):
    with launched(Settings(data=str(tmp_path))) as store:
        case, plan = planned(store, slide[0], seed=1)
        run = jobs.start_run(store, case, actor="test")
        store.slides.plan(case, plan.slide, [Region(0, 0, 300, 300)], actor="test")  # while it waits, or is dead
        for _ in range(2):
            assert len(fields.begun(store, case, run)) == store.run(run).total == len(plan.fields)
        assert store.slides.looked(case, run).plan == plan.number
        later = jobs.start_run(store, case, actor="test")
        assert (store.run(later).total, store.slides.looked(case, later).plan) == (1, plan.number + 1)


def test_rules_of_an_end():
    tallies = tuple(Tally(n, f"{n}", {"blast": 4, "lymphocyte": 16}) for n in range(200))
    looked = Looked("run", 1, "slide", 2000, len(tallies), tallies=tallies)
    for stop, words in (
        (Stop(), ""),
        (Stop(cells=4001), ""),
        (Stop(cells=4000), "4000 counted cells, 4000 were to be counted"),
        (Stop(width=0.001), ""),
        (Stop(width=0.3, share="blasts"), "the interval is 0."),
    ):
        found = fields._rule(looked, stop, INFO, vocabulary("shipped16"))
        assert found.startswith(words)
        assert bool(found) == bool(words)


def test_who_asks_for_an_end_gets_one(tmp_path, slide):
    settings = Settings(data=str(tmp_path), fields_per_step=1)
    with launched(settings) as store:
        case, _ = planned(store, slide[0])
        run = jobs.start_run(store, case, actor="test")
        with worker(settings, "before-see", 2) as process:  # dies after one field
            process.join(LATE)
        store.slides.ask_to_stop(case, run, actor="Dr Somebody")
        with worker(settings):
            wait_for(store, run, RunState.DONE)
        looked = store.slides.looked(case, run)
        assert looked.fields == 2
        assert looked.stopped == "Dr Somebody ended it; 4 of 6 planned fields were not looked at"
        assert {"slide.stop.asked", "slide.stopped"} <= {event.action for event in store.trail(case)}


@pytest.fixture(scope="module")
def damaged(slide, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same slide with a tile of its first field broken."""
    content = bytearray(slide[0].read_bytes())
    with tifffile.TiffFile(slide[0]) as file:
        content[file.pages[0].dataoffsets[3] : file.pages[0].dataoffsets[3] + 60] = bytes(60)
    path = tmp_path_factory.mktemp("damaged") / "slide.tif"
    path.write_bytes(content)
    return path


def test_a_damaged_place_costs_its_field_and_not_the_run(tmp_path, slide, damaged):
    settings = Settings(data=str(tmp_path / "data"), fields_per_step=1)
    with launched(settings) as store, worker(settings):
        case, plan = planned(store, damaged)
        run = jobs.start_run(store, case, actor="test")
        wait_for(store, run, RunState.DONE)
        assert "slide 1 field 1" in store.run(run).message
        assert store.slides.looked(case, run).fields == 5
        counted = len(store.seen(case).cells)
        assert counted > 0.7 * slide[1]
        file = store.export_case(case, tmp_path / "case.zip", actor="test")  # nor does it hold the case here
        with closing(open_store(Settings(data=str(tmp_path / "elsewhere")))) as other:
            assert other.import_case(file, actor="test") == case
            assert [cell.id for cell in other.seen(case).cells] == [cell.id for cell in store.seen(case).cells]
            assert len(other.images(case)) == len(store.images(case)) - 1
            other.verify_trail()
        # A number that the very last field reaches: all were tried, so that nothing ended early.
        stop = Stop(cells=counted)
        again = store.slides.plan(case, plan.slide, plan.regions, actor="test", seed=1, stop=stop)
        assert again.fields[-1].number != 1
        run = jobs.start_run(store, case, actor="test")
        wait_for(store, run, RunState.DONE)
        assert len(store.seen(case).cells) == counted
        assert store.slides.looked(case, run).stopped == ""
        assert "Ended early" not in store.run(run).message


def test_a_worker_lets_go_of_a_slide_that_another_process_deleted(tmp_path):
    settings = Settings(data=str(tmp_path))
    made = dicom(tmp_path / "slide", samples.scene(700, 600))  # of several files, which stand in a folder beside it
    with launched(settings) as store:
        case = store.add_case(INFO, actor="test")
        info = store.slides.add(case, made, actor="test")
        slide, folder = store.slides.opened(case, info.id), tmp_path / "slides" / info.sha256
        assert folder.exists()
        with closing(open_store(settings)) as other:
            other.slides.tidy = lambda: None  # as on another machine: its folder is not ours
            other.delete_case(case, actor="test", reason="test")
        jobs._reconcile(jobs._running())  # what a worker does every other moment
        assert not folder.exists()
        with pytest.raises(Conflict):
            slide.region(0, 0, 50, 50)
