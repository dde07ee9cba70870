"""OpenVINO: a cell's answer depends on the cell alone, in single precision, and nothing leaves the machine."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some

from core.decode.codec import border
from models.backends import choice, compiled
from models.backends.compiled import CompiledNetwork
from tests.models.backends.small import Small, pictures, plan

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def content() -> bytes:
    return compiled.exported(plan(), Small().eval())


@pytest.fixture(scope="module")
def network(content: bytes) -> CompiledNetwork:
    return CompiledNetwork(content, plan(), threads=1)


@given(picked=some.lists(some.integers(0, 6), min_size=1, max_size=9))
@settings(max_examples=25, deadline=None)
def test_whatever_its_company_an_item_s_answer_is_the_same_to_the_last_bit(network: CompiledNetwork, picked: list[int]):
    whole = network(pictures(7))
    some_of_them = network(pictures(7)[picked])
    assert all(np.array_equal(part, all_[picked]) for part, all_ in zip(some_of_them, whole, strict=True))


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_however_many_threads_the_answer_is_the_same(content: bytes, network: CompiledNetwork, threads: int):
    given_ = pictures(10)
    several = CompiledNetwork(content, plan(), threads=threads)(given_)
    assert all(np.array_equal(one, other) for one, other in zip(network(given_), several, strict=True))


@pytest.mark.parametrize("side", [8, 33])
def test_pictures_of_other_sides_are_seen_too(network: CompiledNetwork, side: int):
    given_ = pictures(3, side)
    expected = choice.reference(plan())(given_)
    assert all(np.allclose(one, other, atol=1e-5) for one, other in zip(network(given_), expected, strict=True))


def test_it_computes_in_single_precision_whatever_the_processor_offers(network: CompiledNetwork):
    model = network._usual[0].get_compiled_model()
    assert model.get_property("INFERENCE_PRECISION_HINT").to_string() == "f32"


@pytest.mark.parametrize("wrong", [b"", b"PK", b"no zip at all" * 9])
def test_an_export_that_cannot_be_read_is_an_error_of_its_own(wrong: bytes):
    with pytest.raises(ValueError, match="cannot be read"):
        CompiledNetwork(wrong, plan())


def test_an_export_and_a_codec_side_by_side_leave_warnings_as_they_were():
    """Each swaps the filters of the whole process: the codec begins first and ends first, the export the other way."""
    before = list(warnings.filters)
    inside, left = threading.Event(), threading.Event()

    class Watched(Small):
        def forward(self, given: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            inside.set()
            left.wait(20)
            return super().forward(given)

    def decode() -> None:
        with border("PNG"):
            begun.set()
            inside.wait(0.5)  # in vain: the export waits for its turn
        left.set()

    begun = threading.Event()
    codec = threading.Thread(target=decode)
    export = threading.Thread(target=lambda: compiled.exported(plan(), Watched().eval()))
    try:
        codec.start()
        assert begun.wait(20)
        export.start()
        codec.join()
        export.join()
        assert inside.is_set()
        assert list(warnings.filters) == before
    finally:
        warnings.filters[:] = before


def test_its_telemetry_is_not_installed():
    """Beside the bar in the code; `make test` installs from the lock."""
    if sys.modules.get("openvino_telemetry", 0) is None:
        del sys.modules["openvino_telemetry"]
    assert importlib.util.find_spec("openvino_telemetry") is None


SPY = '''
"""Stands in for the real package: it reports on import, as that does."""
import pathlib, socket
pathlib.Path.home().joinpath("intel").mkdir(exist_ok=True)
socket.create_connection(("192.0.2.1", 443), timeout=0.1)
class Telemetry:
    def __init__(self, *a, **k): pass
    def __getattr__(self, name): return lambda *a, **k: None
'''
RUN = """
import json, os, sys
tried = []
def hook(event, given):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.gethostbyname"):
        tried.append(event)
        raise OSError("a connection to another machine")
sys.addaudithook(hook)
from models.backends import choice, compiled
from tests.models.backends.small import Small, pictures, plan
network = compiled.CompiledNetwork(compiled.exported(plan(), Small().eval()), plan())
network(pictures(4))
sockets = [fd for fd in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{fd}")
           and os.readlink(f"/proc/self/fd/{fd}").startswith("socket:")] if os.path.isdir("/proc/self/fd") else []
print(json.dumps([tried, sockets, network.engine, sys.modules.get("openvino_telemetry", "absent")]))
"""


def test_nothing_is_sent_and_nothing_is_written_home(tmp_path: Path):
    """In a process where every connection fails and is noted, with a package there that reports at its import."""
    package, home = tmp_path / "site" / "openvino_telemetry", tmp_path / "home"
    package.mkdir(parents=True)
    home.mkdir()
    (package / "__init__.py").write_text(SPY)
    (package / "backend.py").write_text("backend_ga4 = None\n")
    told = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "PYTHON"))}
    told |= {"HOME": str(home), "USERPROFILE": str(home), "PYTHONPATH": f"{ROOT}{os.pathsep}{package.parent}"}
    ran = subprocess.run(
        [sys.executable, "-c", RUN], env=told, cwd=tmp_path, capture_output=True, text=True, timeout=200
    )
    assert ran.returncode == 0, ran.stderr
    tried, sockets, engine, module = json.loads(ran.stdout.splitlines()[-1])
    assert (tried, sockets, module) == ([], [], None)
    assert engine.startswith("openvino ")
    assert not list(home.iterdir())


def test_the_bar_is_needed_and_holds(tmp_path: Path):
    """The same package reports when openvino is imported by itself: the test above can fail."""
    package = tmp_path / "openvino_telemetry"
    package.mkdir()
    (package / "__init__.py").write_text("print('reported')\nTelemetry = None\n")
    (package / "backend.py").write_text("backend_ga4 = None\n")
    told = {**os.environ, "PYTHONPATH": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, "-c", "import openvino"], env=told, capture_output=True, text=True, timeout=200, check=False
    )
    assert "reported" in ran.stdout
