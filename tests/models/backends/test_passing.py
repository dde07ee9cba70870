"""A trial that failed for want of room is made again at a next start, a few times; a lasting fault is remembered."""

from __future__ import annotations

import json
import logging
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from models.backends import choice, compiled, passing
from models.backends.cache import Cache, Finding
from models.backends.choice import Engines, Tried
from tests.models.backends.small import Small, Untraceable, pictures, plan

FULL = Path("/dev/full")  # a device of Linux: every write to it finds no room
VAST = 1 << 55  # bytes, more than any machine has


class Killed(BaseException):
    """Stands in for the end of the process in the midst of a trial."""


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "LONG", 0.0)


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Tried]:
    """The program started anew: the network as it is asked for then."""

    def started(wish: str = "openvino", **changed: object) -> Tried:
        monkeypatch.setattr(passing, "STARTED", time.time() + 1e-3)
        time.sleep(2e-3)  # clocks are coarse: what comes now is of this start
        made = Engines(wish, tmp_path).network(plan(**changed))
        assert isinstance(made, Tried)
        return made

    return started


def sibling(folder: Path, **changed: object) -> Tried:
    """Of a process that started at the same time."""
    made = Engines("openvino", folder).network(plan(**changed))
    assert isinstance(made, Tried)
    return made


def without_memory_in_torch() -> None:
    torch.empty(VAST)


def without_memory_in_numpy() -> None:
    np.empty(VAST, np.uint8)


def without_room_on_the_disk() -> None:
    if not FULL.exists():
        pytest.skip("no /dev/full on this system")
    with FULL.open("wb") as file:
        file.write(b"export")


def failing(cause: Callable[[], object]) -> Callable[[], Any]:
    """A network that fails so where it is exported, and nowhere else."""

    class Failing(Small):
        def forward(self, given: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            if torch.jit.is_tracing():
                cause()
            return super().forward(given)

    return Failing


@pytest.mark.parametrize("cause", [without_memory_in_torch, without_memory_in_numpy, without_room_on_the_disk])
def test_what_failed_for_want_of_room_is_tried_again_at_the_next_start(
    cause: Callable[[], object], tmp_path: Path, start: Callable[..., Tried]
) -> None:
    first = start(module=failing(cause))
    assert first(pictures(2))[0].shape == (2, 4)
    assert first.engine.startswith("torch ")
    assert "could not be tried" in first.state.why
    assert first.state.why.endswith("the next start tries again")
    assert sibling(tmp_path).engine.startswith("torch ")  # it takes the other's word
    assert start().engine.startswith("openvino ")  # there is room again
    finding = choice.told(Engines("auto", tmp_path), "small", "ab" * 32).finding
    assert finding is not None
    assert finding.agrees


def test_an_engine_that_finds_no_room_for_what_it_writes_is_tried_again(
    start: Callable[..., Tried], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so in words of its own."""
    if not FULL.exists():
        pytest.skip("no /dev/full on this system")

    class FullFolder(tempfile.TemporaryDirectory):
        def __enter__(self) -> str:
            (Path(self.name) / "model.bin").symlink_to(FULL)
            return self.name

    with monkeypatch.context() as full:
        full.setattr(compiled.tempfile, "TemporaryDirectory", FullFolder)
        network = start()
        assert network.engine.startswith("torch ")
        assert network.state.why.endswith("the next start tries again")
    assert start().engine.startswith("openvino ")


def test_what_always_fails_is_tried_a_few_times_and_then_when_asked(
    tmp_path: Path, start: Callable[..., Tried]
) -> None:
    times: list[int] = []

    def counted() -> None:
        times.append(1)
        raise MemoryError

    whys = []
    for _ in range(passing.TRIES + 3):
        network = start(module=failing(counted))
        assert network.engine.startswith("torch ")
        whys.append(network.state.why)
    assert len(times) == passing.TRIES
    assert [why.endswith("the next start tries again") for why in whys[:3]] == [True, True, False]
    assert f"tried {passing.TRIES} times, and again tomorrow or by `python -m core backends --measure`" in whys[-1]
    (file,) = tmp_path.glob("*.json")
    told = json.loads(file.read_text())
    file.write_text(json.dumps(told | {"at": told["at"] - passing.LATER}))  # a day goes by
    start(module=failing(counted))(pictures(1))
    start(module=failing(counted))(pictures(1))
    assert len(times) == passing.TRIES + 1
    choice.forget(tmp_path)
    assert start().engine.startswith("openvino ")


def test_a_trial_that_kills_the_process_does_not_kill_every_start(start: Callable[..., Tried]) -> None:
    def killed() -> Any:
        raise Killed

    for _ in range(passing.TRIES):
        with pytest.raises(Killed):
            start(samples=killed)(pictures(1))
    network = start(samples=killed)
    assert network(pictures(1))[0].shape == (1, 4)
    assert "its trial began and never ended; tried 3 times" in network.state.why


def test_a_lasting_fault_is_not_tried_again(tmp_path: Path, start: Callable[..., Tried]) -> None:
    root = logging.getLogger()
    before = root.level, list(root.filters), list(root.handlers)
    assert start(module=Untraceable).engine.startswith("torch ")
    assert (root.level, root.filters, root.handlers) == before  # the engine that failed would silence the whole program
    (file,) = tmp_path.glob("*.json")
    before = file.stat().st_mtime_ns
    network = start()
    assert network.engine.startswith("torch ")
    assert not network.state.why.endswith("tries again")
    assert file.stat().st_mtime_ns == before


def test_an_export_that_finds_no_room_is_made_again(
    tmp_path: Path, start: Callable[..., Tried], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the few bytes that say so fit still."""
    kept = Cache.keep

    def in_little_room(cache: Cache, finding: Finding, content: bytes | None) -> None:
        usual = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, usual[1]))
        try:
            kept(cache, finding, content)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, usual)

    with monkeypatch.context() as full:
        full.setattr(Cache, "keep", in_little_room)
        network = start()
        assert network.engine.startswith("torch ")
        assert f"its export could not be kept ({os.strerror(27)})" in network.state.why
    assert not [file for file in tmp_path.iterdir() if file.suffix in (".zip", ".part")]
    assert start().engine.startswith("openvino ")


def test_a_defeat_on_a_busy_machine_is_fought_again_where_speed_decides(
    tmp_path: Path, start: Callable[..., Tried]
) -> None:
    start()(pictures(1))
    cache = Cache(tmp_path, "small", "ab" * 32, choice.candidate("cpu"))
    known = cache.found()
    assert known is not None
    slow = Finding("small", known.engine, True, "little", {"torch": 9.0, "openvino": 4.0}, passing=True)
    cache.keep(slow, None)
    assert "on a busy machine; the next start tries again" in choice.chosen("auto", slow)[1]
    assert start("openvino").state.engine == ""
    start("openvino")(pictures(1))  # whoever asks for it has it, however quick: nothing to find out
    assert cache.found() == slow
    start("auto")(pictures(1))
    assert cache.found() != slow


def test_a_machine_that_others_use_is_told_by_its_unlike_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The middle run of the busy one takes long; the quiet one's are alike."""
    clock = [0.0]
    monkeypatch.setattr(choice, "time", SimpleNamespace(perf_counter=lambda: clock[0]))

    def taking(*seconds: float) -> Callable[..., Any]:
        left = list(seconds)

        def run(*_: object) -> None:
            clock[0] += left.pop(0)

        return run

    alike = {"torch": taking(2.0, 2.1, 2.2), "openvino": taking(2.0, 2.4, 9.0)}
    assert choice.measured(alike, (np.zeros(4),)) == ({"torch": 2.0, "openvino": 2.0}, True)  # type: ignore[arg-type]
    busy = {"torch": taking(2.0, 2.0, 2.0), "openvino": taking(1.0, 9.0, 9.0)}
    assert choice.measured(busy, (np.zeros(4),)) == ({"torch": 2.0, "openvino": 4.0}, False)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "moment"),
    [
        (OSError(28, "No space left on device"), True),
        (OSError(13, "Permission denied"), False),
        (RuntimeError("can't start new thread"), True),
        (RuntimeError("std::bad_alloc"), True),
        (RuntimeError("No conversion rule found for operations: aten::linalg_eigvals"), False),
        (ValueError("an export that cannot be read (out of memory)"), False),
        (MemoryError(), True),
        (TypeError("a defect"), False),
    ],
)
def test_the_moment_is_told_from_the_machine(error: Exception, moment: bool) -> None:
    assert passing.passes(error) is moment
    other = KeyError("something else")
    other.__cause__ = error
    assert passing.passes(other) is moment
