"""Both networks in one file, in half precision."""

from __future__ import annotations

from pathlib import Path

import pytest
import safetensors.torch
import torch

from models import yolo
from models.contour_network import Network
from models.training import detector_weights


def test_two_networks_are_packed_and_can_be_built_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detector_weights, "CHECKPOINTS", tmp_path)
    torch.manual_seed(0)
    net, outlines = yolo.network(), Network()
    torch.save({"average": net.state_dict()}, tmp_path / "detector-main.pt")
    safetensors.torch.save_file(outlines.state_dict(), tmp_path / "contours.safetensors")
    content = detector_weights.packed("main", tmp_path / "contours.safetensors")
    state = safetensors.torch.load(content)
    assert {key.split(".")[0] for key in state} == {"yolo", "contours"}
    assert all(value.dtype != torch.float32 for value in state.values())
    assert len(content) < 7.5e6
    parts = {key.removeprefix("contours."): value for key, value in state.items() if key.startswith("contours.")}
    assert set(parts) == set(outlines.state_dict())
    assert content == detector_weights.packed("main", tmp_path / "contours.safetensors")
    alone = safetensors.torch.load(detector_weights.packed("main", None))
    assert not any(key.startswith("contours.") for key in alone)
