"""`backends` tells what is known of the engines without loading a network, and what a trial found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core import tools
from core.cli.exits import Exit
from core.cli.main import main
from core.settings import Settings
from models import registry
from models.backends.cache import Cache, Finding

ROOT = Path(__file__).parents[3]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HEMABOARD_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("HEMABOARD_BACKEND", "auto")
    return tmp_path / "data" / "backends"


def found(data: Path, name: str, agrees: bool) -> None:
    data.mkdir(parents=True, exist_ok=True)
    card = registry.card(name.split(".")[0])
    finding = Finding(name, "openvino 2026.4", agrees, "scores 1.0e-05", {"torch": 10.0, "openvino": 25.0})
    Cache(data, name, card.sha256, "openvino").keep(finding, None)


def test_nothing_is_tried_by_asking(data: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["backends"]) == Exit.OK
    lines = capsys.readouterr().out.splitlines()
    parts = [part for parts in registry.NETWORKS.values() for part in parts]
    assert sorted(line.split("\t")[0] for line in lines) == sorted(parts)
    assert all(line.split("\t")[1] == "not tried yet" for line in lines)
    assert not data.exists()


def test_what_was_found_is_told_and_what_differs_says_why(data: Path, capsys: pytest.CaptureFixture[str]):
    found(data, "cell-classifier", True)
    found(data, "label-free", False)
    assert main(["backends", "--json"]) == Exit.OK
    told = {one["network"]: one for one in json.loads(capsys.readouterr().out)}
    assert told["cell-classifier"]["name"] == "openvino"
    assert "2.5 times as fast as torch" in told["cell-classifier"]["why"]
    assert (told["label-free"]["name"], told["label-free"]["agrees"]) == ("torch", False)
    assert main(["backends"]) == Exit.OK
    assert "torch 10.0/s, openvino 25.0/s\tdiffers by: scores 1.0e-05" in capsys.readouterr().out
    assert main(["health"]) == Exit.OK
    lines = capsys.readouterr().out.splitlines()
    assert [
        line for line in lines if line.startswith("warning\tEngine of label-free\ttorch\topenvino 2026.4 is not used")
    ]
    assert [line for line in lines if line.startswith("good\tEngine of cell-classifier\topenvino\t")]
    assert [line for line in lines if line.startswith("unknown\tEngine of cell-detector.cells\tnot tried yet\t")]


def test_untried_leaves_alone_what_was_tried(data: Path):
    for name, parts in registry.NETWORKS.items():
        for part in parts if name in registry.names() else ():
            found(data, part, False)
    before = {file: file.stat().st_mtime_ns for file in data.iterdir()}
    order = [sys.executable, "-m", "core", "backends", "--untried"]  # a process of its own: it lowers its priority
    done = subprocess.run(order, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True)
    assert {line.split("\t")[1] for line in done.stdout.splitlines()} == {"torch"}
    assert {file: file.stat().st_mtime_ns for file in data.iterdir()} == before


def test_the_setting_torch_is_the_reference(data: Path, capsys: pytest.CaptureFixture[str], monkeypatch):
    found(data, "cell-classifier", True)
    monkeypatch.setenv("HEMABOARD_BACKEND", "torch")
    assert main(["backends"]) == Exit.OK
    assert {line.split("\t")[1] for line in capsys.readouterr().out.splitlines()} == {"torch"}


def test_settings_in_tests_are_of_the_reference_and_in_use_they_are_not():
    """The suite's own switch (tests/conftest.py): a new data folder would have every network exported."""
    assert Settings().backend == "torch"
    assert tools.engines(Settings()).wish == "torch"
    assert Settings.__dataclass_fields__["backend"].default == "auto"
    assert tools.engines(Settings(backend="auto", data="/nowhere")).folder == Path("/nowhere/backends")
