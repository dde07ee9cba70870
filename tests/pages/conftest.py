"""Pages on a real store in a folder of their own. The engine queues and does no work: tests say what was seen."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core import analyse
from core.cases.store import CaseStore
from core.decode import read as decode
from core.jobs import runs as jobs
from core.protocols import RunState
from core.records import CaseInfo, Modality, Specimen, Upload
from pages.components import resources
from tests import fakes, label_free_fakes

FRAME = str(Path(__file__).parents[2] / "pages" / "frame.py")
LABELS = ("blast", "segmented", "lymphocyte", "promyelocyte", "smudge")


@dataclass
class House:
    store: CaseStore
    fields: int = 0

    def case(self, info: CaseInfo, fields: int = 0, *, discs: int = 12) -> str:
        """A case with pictures, nothing started."""
        case_id = self.store.add_case(info, actor="test")
        uploads = []
        for _ in range(fields):
            self.fields += 1
            uploads.append(fakes.upload(_discs(self.fields, discs), f"field {self.fields}.png"))
        taken = decode.images(uploads, resources.settings(), info.modality)
        assert not taken.problems
        self.store.add_images(case_id, taken.images, actor="test")
        return case_id

    def finished(self, info: CaseInfo, fields: int = 6, *, doubts: bool = False) -> str:
        """A case whose run is done, seen by the stand-ins."""
        case_id = self.case(info, fields)
        self.seen(case_id, jobs.start_run(self.store, case_id, actor="test"), doubts=doubts)
        return case_id

    def label_free(self, info: CaseInfo, fields: int = 6, *, truth: str = "simulated") -> str:
        """A label-free case whose run is done, seen by stand-ins whose markers were learned from `truth`."""
        case_id = self.store.add_case(info, actor="test")
        kinds = ("granulocyte",) * 9 + ("lymphocyte",) * 5 + ("monocyte",) * 4 + ("other",)
        uploads = [label_free_fakes.upload(label_free_fakes.grid(kinds, seed), f"{seed}.npy") for seed in range(fields)]
        self.store.add_images(case_id, decode.images(uploads, resources.settings(), info.modality).images, actor="test")
        run_id = jobs.start_run(self.store, case_id, actor="test")
        batch = [Upload(i.label, self.store.picture(case_id, i.id), i) for i in self.store.images(case_id)]
        self.store.advance_run(run_id, RunState.RUNNING, done=0)
        tools = label_free_fakes.tools(resources.settings(), truth)
        self.store.add_seen(case_id, run_id, analyse.see(batch, tools, domain=info.domain))
        self.store.advance_run(run_id, RunState.DONE, done=fields)
        return case_id

    def seen(self, case_id: str, run_id: str, *, doubts: bool = False) -> None:
        images = self.store.images(case_id)
        batch = [Upload(i.label, self.store.picture(case_id, i.id), i) for i in images]
        self.store.advance_run(run_id, RunState.RUNNING, done=0)
        self.store.add_seen(case_id, run_id, analyse.see(batch, fakes.tools(resources.settings(), doubts=doubts)))
        self.store.advance_run(run_id, RunState.DONE, done=len(images))


def _discs(seed: int, number: int):
    places = [(20.0 + 45 * (i % 4), 25.0 + 50 * (i // 4), 14.0, LABELS[(i + seed) % 5]) for i in range(number)]
    return fakes.field(places, seed=seed)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setenv("HEMABOARD_DATA", str(tmp_path))
    resources.settings.cache_clear()
    resources.vocabulary.cache_clear()
    st.cache_resource.clear()
    jobs.launch(resources.settings(), work=False)
    try:
        yield House(jobs.store())
    finally:
        jobs.stop()
        resources.settings.cache_clear()
        gc.collect()  # sockets of the session end here, where their warnings belong to nobody else


@pytest.fixture
def opened(house: House) -> Callable[..., AppTest]:  # noqa: ARG001 - pages need the house
    """A page of the app, as its frame shows it."""

    def page(name: str = "", **query: str) -> AppTest:
        at = AppTest.from_file(FRAME, default_timeout=30)
        at.run()
        if name:
            at.switch_page(f"{name}.py")
            for key, value in query.items():
                at.query_params[key] = value
            at.run()
        assert not at.exception, at.exception
        return at

    return page


@pytest.fixture
def marrow() -> CaseInfo:
    return CaseInfo("AML-0147", Specimen.MARROW, Modality.SMEAR, stain="MGG", centre="north")


def words(at: AppTest) -> str:
    """Everything our own markup says on the page."""
    return " ".join(str(element.proto.body) for element in at.get("html"))
