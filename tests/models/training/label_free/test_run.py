"""Training: what can be learned is learned, a broken-off run goes on as if it had not been, a frozen trunk stays so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from models.training.label_free import losses
from models.training.label_free.augment import Targets
from models.training.label_free.baselines import network
from models.training.label_free.recipe import FULL, SHIPPED, VARIANTS, Recipe, variant
from models.training.label_free.run import Task, frozen, predicted, trained

SHORT = Recipe(network="cnn", steps=30, batch=32, rate=4e-3, mixup=0.0, dropout=0.0, side=28)


def task(cells: int = 160, seed: int = 0) -> Task:
    """Bright or dark discs; the marker is the disc's size."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, cells)
    radius = rng.uniform(8, 20, cells)
    y, x = np.mgrid[:64, :64] - 31.5
    disc = (np.hypot(y, x)[None] < radius[:, None, None]).astype(np.float32)
    pixels = 1 + disc * np.where(labels, 0.3, -0.3)[:, None, None] + 0.02 * rng.normal(size=disc.shape)
    markers = np.full((cells, 1), np.nan, np.float32)
    markers[:, 0] = (radius - 14) / 3.5
    markers[::9] = np.nan
    return Task(np.repeat(pixels[:, None], 4, 1).astype(np.float16), labels, markers, 2)


TASK = task()
ROWS = np.arange(120)
REST = np.arange(120, 160)


def test_classes_and_a_marker_with_holes_are_learned() -> None:
    said = predicted(trained(SHORT, TASK, ROWS, 1), TASK, REST, SHORT)
    known = np.isfinite(TASK.markers[REST, 0])
    assert (said.logits.argmax(1) == TASK.labels[REST]).mean() > 0.9
    assert np.corrcoef(said.markers[known, 0], TASK.markers[REST][known, 0])[0, 1] > 0.6


def test_a_run_that_broke_off_ends_where_it_would_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.training.label_free.run.SAVED", 3)
    recipe = replace(SHORT, steps=6)
    whole = trained(recipe, TASK, ROWS, 2, tmp_path / "whole.pt")
    calls = 0

    def dies(*args: object) -> torch.Tensor:
        nonlocal calls
        calls += 1
        if calls > 4:
            raise KeyboardInterrupt
        return real(*args)  # type: ignore[arg-type]

    real = losses.of
    monkeypatch.setattr(losses, "of", dies)
    with pytest.raises(KeyboardInterrupt):
        trained(recipe, TASK, ROWS, 2, tmp_path / "broken.pt")
    monkeypatch.setattr(losses, "of", real)
    resumed = trained(recipe, TASK, ROWS, 2, tmp_path / "broken.pt")
    for one, other in zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_a_frozen_trunk_does_not_move_and_still_learns_markers() -> None:
    trunk = trained(replace(SHORT, tasks="classes"), TASK, ROWS, 3)
    before = {k: v.clone() for k, v in trunk.state_dict().items()}
    taught = frozen(SHORT, TASK, ROWS, 3, trunk, None)
    moved = {k for k, v in taught.state_dict().items() if not torch.equal(v, before[k])}
    assert moved
    assert all(name.startswith("measure") for name in moved)


@pytest.mark.parametrize("title", VARIANTS)
def test_every_variant_takes_a_step(title: str) -> None:
    recipe = replace(variant(title, SHORT), network=variant(title).network, steps=1, batch=8)
    said = predicted(trained(recipe, TASK, ROWS, 4), TASK, REST[:5], recipe)
    assert np.isfinite(said.logits).all()
    assert np.isfinite(said.markers).all()


@pytest.mark.parametrize("base", [FULL, SHIPPED])
def test_baselines_have_about_the_hybrids_weights(base: Recipe) -> None:
    sizes = {t: sum(w.numel() for w in network(variant(t, base), 4, 4).parameters()) for t in VARIANTS}
    assert all(0.75 < size / sizes["hybrid"] < 1.25 for size in sizes.values())


def test_a_network_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="hybrid, cnn, resnet or vit"):
        network(replace(SHORT, network="vgg"), 2, 0)


@torch.no_grad()
@pytest.mark.parametrize("kind", ["hybrid", "cnn", "resnet", "vit"])
def test_fine_networks_read_single_pixels_and_take_other_sides(kind: str) -> None:
    torch.manual_seed(0)
    made = network(Recipe(network=f"fine {kind}", side=64), 2, 1).eval()
    cells = torch.randn(2, 4, 64, 64)
    moved = cells.clone()
    moved[1, 0, 30, 30] += 20
    before, after = made(cells).features, made(moved).features
    assert torch.allclose(before[0], after[0], atol=1e-5)
    assert not torch.allclose(before[1], after[1], atol=1e-4)
    for side in (28, 96, 128):
        assert torch.isfinite(made(torch.randn(2, 4, side, side)).features).all()


@torch.no_grad()
def test_losses_pass_over_what_is_not_known() -> None:
    answer = network(SHORT, 2, 1)(torch.randn(10, 4, 28, 28))
    nothing = Targets(torch.zeros(10, 2), torch.full((10, 1), float("nan")))
    assert float(losses.of(answer, nothing, replace(SHORT, inner=0.5))) == 0
    right = torch.eye(2)[torch.arange(10) % 2]
    sure, wrong = 20 * right - 10, 10 - 20 * right
    assert float(losses.of_classes(sure, right)) < float(losses.of_classes(torch.zeros(10, 2), right))
    assert float(losses.of_classes(torch.zeros(10, 2), right)) < float(losses.of_classes(wrong, right))


def test_the_correlation_within_classes_is_blind_to_what_the_class_tells() -> None:
    classes = torch.eye(2)[torch.arange(40) % 2]
    inner = torch.randn(40, generator=torch.Generator().manual_seed(1))
    of_class = 5 * classes[:, 1]
    true = inner + of_class
    assert float(losses._within(inner, true, classes)) == pytest.approx(1, abs=1e-4)
    assert abs(float(losses._within(of_class, true, classes))) < 1e-3
    mixed = torch.where(torch.arange(40)[:, None] < 20, classes, torch.zeros(40, 2))
    wrong_beyond = torch.where(torch.arange(40) < 20, inner, -inner)
    assert float(losses._within(wrong_beyond, true, mixed)) == pytest.approx(1, abs=1e-4)
