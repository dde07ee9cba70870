"""The page of a case's robustness: asked for, watched, read, outdated; the tests run behind stand-in tools."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.people import Right
from core.records import CaseInfo, Findings
from core.robustness.records import Asked, Surroundings
from models.imaging.perturb import Change
from pages.components import robustness_runs, robustness_scenes, state, who
from pages.components.robustness_runs import Job, Kind
from tests import fakes, label_free_fakes
from tests.pages.conftest import House, words

Opened = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def stand_ins(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The networks that named the cases are asked again: here they are stand-ins."""

    def assembled(settings, modality):
        made = label_free_fakes.tools if modality.value == "dpc" else fakes.tools
        return made(settings)

    monkeypatch.setattr(robustness_runs, "assemble", assembled)
    monkeypatch.setattr(robustness_scenes, "assemble", assembled)
    yield
    robustness_runs.stop()
    robustness_runs._curves.clear()
    robustness_scenes.forget()
    assert house


def finished(job: Job) -> Job:
    assert job.thread is not None
    job.thread.join(60)
    assert job.ended
    return job


def pressed(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click().run()
    assert not at.exception, at.exception
    return at


def test_a_case_that_was_never_tested_says_so_and_can_be_tested(house: House, opened: Opened, marrow: CaseInfo) -> None:
    case_id = house.finished(marrow)
    at = opened("robustness", case=case_id)
    assert "Not tested yet" in words(at)
    pressed(at, "Test the surroundings")
    finished(robustness_runs.of(case_id, Kind.SURROUNDINGS))
    at.run()
    assert not at.exception
    said = words(at)
    assert "Not tested yet" not in said
    for name in ("Own class", "Another class", "Masked out", "As it stands", "All classes"):
        assert name in said
    assert "The background does not decide" in said or "Not decided" in said
    (kept,) = house.store.robustness.results(case_id)
    assert kept.actor
    assert kept.asked == Asked(cells=300)
    assert [button.label for button in at.button if button.label.startswith("Test")] == ["Test again"]
