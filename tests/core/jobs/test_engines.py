"""The engines are tried beside the app: once, gently, not where they are known, and not after its end."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from core.jobs.engines import Trial
from core.settings import Settings
from models import registry
from models.backends.cache import Cache, Finding


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=str(tmp_path / "data"), backend="auto", device="cpu")


def trials() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "--untried" in child.cmdline()]


def known(settings: Settings) -> None:
    """A finding for each network, as a trial keeps it."""
    settings.backends_folder.mkdir(parents=True)
    for name, parts in registry.NETWORKS.items():
        if name in registry.names():
            for part in parts:
                finding = Finding(part, "openvino 2026.4", False, "scores 0.5")
                Cache(settings.backends_folder, part, registry.card(name).sha256, "openvino").keep(finding, None)


def test_it_begins_once_gives_way_and_ends_with_the_app(settings):
    trial = Trial(settings)
    trial.begin()
    trial.begin()
    (process,) = trials()
    assert process.environ()["HEMABOARD_DATA"] == settings.data
    assert process.environ()["HEMABOARD_BACKEND"] == "auto"
    late = time.monotonic() + 120
    while process.nice() != 19:
        assert process.is_running()
        assert time.monotonic() < late
        time.sleep(0.05)
    trial.end()
    assert trials() == []


def test_one_that_has_ended_is_not_left_among_the_processes(settings):
    trial = Trial(settings)
    trial.begin()
    (process,) = trials()
    process.kill()
    late = time.monotonic() + 60
    while process.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < late
        time.sleep(0.02)
    trial.begin()
    assert process not in psutil.Process().children()
    trial.end()


def test_what_is_known_is_not_tried_again(settings):
    known(settings)
    assert any(settings.backends_folder.iterdir())
    trial = Trial(settings)
    trial.begin()
    assert trials() == []
    trial.end()


def test_where_torch_is_asked_for_there_is_nothing_to_try(settings):
    trial = Trial(replace(settings, backend="torch"))
    trial.begin()
    assert trials() == []
    trial.end()
