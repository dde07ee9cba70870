"""Pages on a real store in a folder of their own. The engine queues and does no work: tests say what was seen.

What is the same for every test is worked out once a session: the tables of an empty store and engine, what decode and
the stand-ins make of a field (they look for lettering in it, which takes longest), which packages bring components.
"""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from core import analyse
from core.cases.store import CaseStore
from core.decode import read as decode
from core.jobs import runs as jobs
from core.protocols import RunState, Tools
from core.records import CaseInfo, Domain, Image, Modality, Seen, Specimen, Upload
from core.settings import Settings
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
        numbers = tuple(range(self.fields + 1, self.fields + 1 + fields))
        self.fields += fields
        self.store.add_images(case_id, _taken(numbers, discs, info.modality), actor="test")
        return case_id

    def finished(self, info: CaseInfo, fields: int = 6, *, doubts: bool = False) -> str:
        """A case whose run is done, seen by the stand-ins."""
        case_id = self.case(info, fields)
        self.seen(case_id, jobs.start_run(self.store, case_id, actor="test"), doubts=doubts)
        return case_id

    def label_free(self, info: CaseInfo, fields: int = 6, *, truth: str = "simulated") -> str:
        """A label-free case whose run is done, seen by stand-ins whose markers were learned from `truth`."""
        case_id = self.store.add_case(info, actor="test")
        self.store.add_images(case_id, _taken_label_free(fields, info.modality), actor="test")
        run_id = jobs.start_run(self.store, case_id, actor="test")
        self._ran(case_id, run_id, label_free_fakes.tools(resources.settings(), truth), info.domain, truth)
        return case_id

    def seen(self, case_id: str, run_id: str, *, doubts: bool = False) -> None:
        self._ran(case_id, run_id, fakes.tools(resources.settings(), doubts=doubts), Domain.REAL, doubts)

    def _ran(self, case_id: str, run_id: str, tools: Tools, domain: Domain, kind: object) -> None:
        """The run is done; `kind` tells one set of stand-ins from another."""
        images = self.store.images(case_id)
        batch = [Upload(i.label, self.store.picture(case_id, i.id), i) for i in images]
        self.store.advance_run(run_id, RunState.RUNNING, done=0)
        told = repr((images, tools.modality, domain, kind))
        if told not in _seen:
            _seen[told] = analyse.see(batch, tools, domain=domain)
        self.store.add_seen(case_id, run_id, _seen[told])
        self.store.advance_run(run_id, RunState.DONE, done=len(images))


_seen: dict[str, Seen] = {}


@cache
def _taken(numbers: tuple[int, ...], discs: int, modality: Modality) -> Sequence[Image]:
    uploads = [fakes.upload(_discs(number, discs), f"field {number}.png") for number in numbers]
    taken = decode.images(uploads, Settings(), modality)
    assert not taken.problems
    return taken.images


@cache
def _taken_label_free(fields: int, modality: Modality) -> Sequence[Image]:
    kinds = ("granulocyte",) * 9 + ("lymphocyte",) * 5 + ("monocyte",) * 4 + ("other",)
    uploads = [label_free_fakes.upload(label_free_fakes.grid(kinds, seed), f"{seed}.npy") for seed in range(fields)]
    return decode.images(uploads, Settings(), modality).images


def _discs(seed: int, number: int):
    places = [(20.0 + 45 * (i % 4), 25.0 + 50 * (i // 4), 14.0, LABELS[(i + seed) % 5]) for i in range(number)]
    return fakes.field(places, seed=seed)


@pytest.fixture(scope="session")
def _launched_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the engine was launched once: its tables are there, and nothing in them."""
    folder = tmp_path_factory.mktemp("launched")
    jobs.launch(Settings(data=str(folder)), work=False)
    jobs.stop()
    return folder


@pytest.fixture(scope="session", autouse=True)
def _components_looked_for_once() -> Iterator[None]:
    """Every page that is opened looks through all installed packages anew; they are the same ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _launched_once: Path) -> Iterator[House]:
    for file in _launched_once.glob("hemaboard.sqlite*"):
        shutil.copy(file, tmp_path)
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
        gc.freeze()  # and what is left stays: libraries, which the next test need not look through again


@pytest.fixture
def opened(house: House) -> Callable[..., AppTest]:  # noqa: ARG001 - pages need the house
    """A page of the app, as its frame shows it."""

    def page(name: str = "", **query: str) -> AppTest:
        at = AppTest.from_file(FRAME, default_timeout=120)
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
