"""Networks load once whoever asks, and batches shrink when a GPU is full."""

from __future__ import annotations

import os
import sys
import threading
import time

import pytest
import torch

from models import runtime


def test_three_sessions_at_once_load_a_network_once():
    loads = []

    def load():
        time.sleep(0.05)
        loads.append(1)
        return object()

    got = []
    sessions = [threading.Thread(target=lambda: got.append(runtime.once(("digest", "cpu"), load))) for _ in range(3)]
    for session in sessions:
        session.start()
    for session in sessions:
        session.join()
    assert len(loads) == 1
    assert len(got) == 3
    assert len({id(network) for network in got}) == 1


def test_another_device_is_another_load_and_a_failed_load_is_tried_again():
    assert runtime.once(("other", "cpu"), object) is not runtime.once(("other", "cuda"), object)
    with pytest.raises(ZeroDivisionError):
        runtime.once(("broken", "cpu"), lambda: 1 / 0)
    assert runtime.once(("broken", "cpu"), lambda: "mended") == "mended"


def card_with_room_for(room: int):
    def run(batch):
        if len(batch) > room:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return [item * 2 for item in batch]

    return run


@pytest.mark.parametrize("room", [1, 3, 7, 100])
def test_a_full_gpu_halves_the_batch_and_says_so(room):
    said: list[str] = []
    assert runtime.in_batches(card_with_room_for(room), range(50), 16, said.append) == [2 * k for k in range(50)]
    assert bool(said) == (room < 16)
    assert all("out of memory" in words for words in said)


def test_one_item_too_large_is_an_error():
    with pytest.raises(torch.cuda.OutOfMemoryError):
        runtime.in_batches(card_with_room_for(0), [1, 2], 2, lambda _: None)


def test_other_errors_are_not_mistaken_for_a_full_gpu():
    def broken(_):
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes"):
        runtime.in_batches(broken, [1, 2], 2, lambda _: None)


def test_a_gpu_that_is_not_there_is_not_replaced_silently():
    if torch.cuda.is_available():
        assert runtime.device("cuda") == "cuda"
    else:
        with pytest.raises(RuntimeError, match="no CUDA"):
            runtime.device("cuda")
        assert runtime.device("auto") == "cpu"


@pytest.mark.parametrize(
    ("platform", "device", "there"),
    [("linux", "", False), ("linux", "nvidiactl", True), ("linux", "kfd", True), ("linux", "dxg", True),
     ("linux", "null", False), ("darwin", "", False), ("win32", "", True)],
)  # fmt: skip
def test_torch_is_asked_for_a_gpu_only_where_a_driver_is(tmp_path, monkeypatch, platform, device, there):
    if device:
        (tmp_path / device).touch()
    assert runtime.driven(tmp_path)  # torch is here already: asking costs nothing
    monkeypatch.delitem(sys.modules, "torch")
    monkeypatch.setattr(sys, "platform", platform)
    assert runtime.driven(tmp_path) is there


def test_a_gpu_of_this_machine_is_not_overlooked(monkeypatch):
    found = torch.cuda.is_available()
    monkeypatch.delitem(sys.modules, "torch")
    assert runtime.driven() or not found


@pytest.mark.parametrize(
    ("told", "files", "most"),
    [
        ({"OMP_NUM_THREADS": "3"}, {"cpu.max": "100000 100000"}, 3),  # what is asked for goes before all else
        ({}, {"cpu.max": "100000 100000\n"}, 1),
        ({}, {"cpu/cpu.cfs_quota_us": "50000", "cpu/cpu.cfs_period_us": "100000"}, 1),
    ],
)
def test_threads_are_as_asked_or_a_container_s_share(tmp_path, told, files, most):
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    assert runtime.threads(told, tmp_path) == most


@pytest.mark.parametrize("content", ["max 100000", "-1 100000", "", "odd"])
@pytest.mark.parametrize("wish", ["", "0", "many"])
def test_without_a_limit_all_cores_of_the_process_are_used(tmp_path, content, wish):
    (tmp_path / "cpu.max").write_text(content)
    reach = getattr(os, "sched_getaffinity", None)
    assert runtime.threads({"OMP_NUM_THREADS": wish}, tmp_path) == (len(reach(0)) if reach else os.cpu_count())
