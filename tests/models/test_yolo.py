"""Ultralytics behind its door: silent, offline, and the same network after its weights have travelled."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from models import yolo

SCRIPT = """
import json, os, socket, sys
tried = []
def refuse(self, *where):
    tried.append(str(where))
    raise OSError("no network in this test")
socket.socket.connect = socket.socket.connect_ex = refuse
socket.getaddrinfo = lambda *where, **rest: refuse(None, *where)
import cv2, torch
torch.set_num_threads(3)
cv2.setNumThreads(2)
before = dict(os.environ), cv2.getNumThreads()
from models import yolo
net = yolo.network()
owner = torch.tensor([0])
marks, boxes = torch.ones(1, 16, 16, dtype=torch.long), torch.full((1, 4), 0.5)
loss, _ = yolo.loss(net, torch.rand(1, 3, 64, 64), marks, boxes, owner)
loss.backward()
yolo.found(yolo.trained(yolo.weights(net)), torch.rand(1, 3, 64, 64))
print(json.dumps({
    "tried": tried, "threads": torch.get_num_threads(), "cv": cv2.getNumThreads() - before[1],
    "environment": sorted(k for k in set(os.environ) | set(before[0]) if os.environ.get(k) != before[0].get(k)),
}))
"""


def test_no_network_no_threads_no_files(tmp_path: Path) -> None:
    home = tmp_path / "home"
    scratch = tmp_path / "scratch"
    home.mkdir()
    scratch.mkdir()
    environment = {"HOME": str(home), "TMPDIR": str(scratch), "PATH": "/usr/bin:/bin", "XDG_CONFIG_HOME": str(home)}
    done = subprocess.run(  # a fresh process: what an import does can be seen only once
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=environment, check=True, timeout=240
    )
    told = json.loads(done.stdout)  # nothing else may be printed
    assert told == {"tried": [], "threads": 3, "cv": 0, "environment": []}
    assert list(home.rglob("*")) == []
    assert list(scratch.iterdir()) == []


@pytest.fixture(scope="module")
def net() -> torch.nn.Module:
    torch.manual_seed(0)
    made = yolo.network()
    with torch.no_grad():  # statistics as after some training, so that folding them in is put to the test
        for part in made.modules():
            if isinstance(part, torch.nn.BatchNorm2d):
                part.running_mean.normal_(0, 0.1)
                part.running_var.uniform_(0.8, 1.3)
    return made


def test_weights_travel_in_half_precision(net: torch.nn.Module) -> None:
    state = yolo.weights(net)
    assert sum(v.numel() * v.element_size() for v in state.values()) < 7e6
    assert not any("one2one" in key or "semseg" in key for key in state)
    pictures = torch.rand(2, 3, 96, 64)
    before = yolo.found(net.eval(), pictures)
    after = yolo.found(yolo.trained(state), pictures)
    assert after[0].shape == (2, 96 * 64 // 64 + 96 * 64 // 256 + 96 * 64 // 1024, 4)
    assert after[3].shape[-2:] == (24, 16)
    for one, other in zip(before, after, strict=True):
        torch.testing.assert_close(one, other, rtol=0.02, atol=0.02)


def test_weights_of_another_network_are_refused(net: torch.nn.Module) -> None:
    state = yolo.weights(net)
    state.popitem()
    with pytest.raises(RuntimeError, match="Missing key"):
        yolo.trained(state)


def test_the_loss_falls_when_the_network_is_taught_one_picture() -> None:
    torch.manual_seed(1)
    made = yolo.network().train()
    pictures = torch.zeros(2, 3, 64, 64)
    pictures[:, :, 16:48, 16:48] = 1.0
    marks = torch.zeros(2, 16, 16, dtype=torch.long)
    marks[:, 4:12, 4:12] = 1
    boxes, owners = torch.full((2, 4), 0.5), torch.tensor([0, 1])
    optimiser = torch.optim.AdamW(made.parameters(), 2e-3)
    losses = []
    for _ in range(12):
        loss, parts = yolo.loss(made, pictures, marks, boxes, owners)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.7 * losses[0]
    assert {"box_loss", "seg_loss", "cls_loss"} <= set(parts)


def test_a_picture_without_cells_can_be_learned_from() -> None:
    made = yolo.network().train()
    loss, _ = yolo.loss(
        made, torch.rand(1, 3, 64, 64), torch.zeros(1, 16, 16, dtype=torch.long), torch.zeros(0, 4), torch.zeros(0)
    )
    loss.backward()
    assert torch.isfinite(loss)
