"""The detector's training: what it may see, that it learns, and that it goes on where it broke off."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
import torch

from models.training import detector_fields, train_detector
from models.training.detector_fields import Stock
from tests.models.training.test_detector_fields import scene


def test_a_source_left_out_is_no_ground() -> None:
    everything = train_detector.weights_of_grounds(False, None)
    assert {"raabin", "barcelona", "bccd_fields"} <= set(everything)
    assert "raabin" not in train_detector.weights_of_grounds(False, "raabin")
    without = train_detector.weights_of_grounds(False, "bccd")
    assert not any(name.startswith("bccd") for name in without)
    assert {"raabin", "barcelona"} <= set(without)
    assert not set(train_detector.weights_of_grounds(True, None)) & set(train_detector.REAL)


def test_the_rate_rises_then_falls() -> None:
    rates = [train_detector.rate_at(k / 200, 1.0) for k in range(201)]
    top = max(range(201), key=lambda k: rates[k])
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[-1] == pytest.approx(0.02)


def test_training_goes_on_from_its_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(train_detector, "CHECKPOINTS", tmp_path)
    monkeypatch.setattr(train_detector, "BATCH", 1)
    monkeypatch.setattr(train_detector, "SAVED_EVERY", 1)
    drawn = Stock({"drawn": [scene(1)]}, {"drawn": 1.0}, {})
    options = argparse.Namespace(seed=1, rate=1e-3, start=None, minutes=0.005)
    train_detector.train("first", drawn, options)
    first = torch.load(tmp_path / "detector-first.pt", weights_only=True)
    assert first["step"] >= 1
    assert all(torch.isfinite(v).all() for v in first["average"].values())
    options.minutes = 0.01
    train_detector.train("first", drawn, options)
    second = torch.load(tmp_path / "detector-first.pt", weights_only=True)
    assert second["step"] > first["step"]
    assert second["spent"] > first["spent"]
    assert "minutes on one thread" in capsys.readouterr().out
    train_detector.train("other", drawn, argparse.Namespace(seed=1, rate=1e-3, start="first", minutes=0.0))
    other = torch.load(tmp_path / "detector-other.pt", weights_only=True)
    key = next(k for k in other["net"] if k.endswith("conv.weight"))
    torch.testing.assert_close(other["net"][key], second["average"][key])
    assert detector_fields.SIDE % 32 == 0
