"""Augmentation: what must stay stays, what must change changes, and the same chance gives the same batch."""

import numpy as np
import pytest
import torch

from models.imaging.contours import rasterised
from models.synthesis.smear import single
from models.training.augment import Batch, drawn, feathered, hollow, photographed, plain, ready, restained, swapped
from models.training.cell_crops import SIDE
from models.training.recipe import FULL


@pytest.fixture(scope="module")
def batch() -> Batch:
    fields = [
        single(40 + k, label, size=SIDE, um_per_px=0.16) for k, label in enumerate(("blast", "lymphocyte", "monocyte"))
    ]
    masks = np.stack([rasterised(f.cells[0].contour, (SIDE, SIDE)) for f in fields])
    pixels = torch.from_numpy(np.stack([f.pixels for f in fields])).permute(0, 3, 1, 2).float()
    return Batch(pixels, torch.from_numpy(masks)[:, None].float(), pixels.amax((2, 3)))


def chance(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_without_chance_a_crop_is_the_same_each_time_and_its_cell_in_the_middle(batch):
    pixels, masks = plain(batch, 96)
    assert torch.equal(pixels, plain(batch, 96)[0])
    assert pixels.shape == (3, 3, 96, 96)
    assert masks[:, 0, 48, 48].all()


def test_the_same_chance_gives_the_same_batch_and_another_chance_another(batch):
    one, two, three = (drawn(batch, FULL, chance(seed))[0] for seed in (1, 1, 2))
    assert torch.equal(one, two)
    assert not torch.equal(one, three)


def test_on_another_border_the_cell_itself_stays(batch):
    pixels, masks = plain(batch, 96)
    moved = swapped(pixels, masks, chance())
    inside = (masks > 0).expand_as(pixels)
    core = torch.nn.functional.max_pool2d(1 - masks, 9, 1, 4).expand_as(pixels) == 0
    assert torch.allclose(moved[core], pixels[core], atol=1e-3)
    outside = (feathered(masks) == 0).expand_as(pixels)
    assert (moved[outside] - pixels[outside]).abs().mean() > 5
    assert inside.any()


def test_a_hollow_border_keeps_the_border_and_loses_the_cell(batch):
    pixels, masks = plain(batch, 96)
    left = hollow(pixels, masks, chance())
    outside = (feathered(masks) == 0).expand_as(pixels)
    assert torch.allclose(left[outside], pixels[outside], atol=1e-3)
    middle = (left - pixels)[:, :, 40:56, 40:56].abs().mean(dim=(1, 2, 3))
    assert (middle > 10).all()


def test_strength_zero_changes_nothing(batch):
    pixels, _ = plain(batch, 96)
    assert torch.equal(restained(pixels, 0.0, chance()), pixels)
    assert torch.equal(photographed(pixels, 0.0, chance()), pixels)


def test_another_stain_leaves_glass_nearly_as_it_is(batch):
    glass = torch.full((40, 3, 8, 8), 240.0)
    assert (restained(glass, 1.0, chance()) - 240).abs().mean() < 25
    pixels, _ = plain(batch, 96)
    changed = restained(pixels, 1.0, chance())
    assert changed.isfinite().all()
    assert (changed - pixels).abs().mean() > 3


def test_a_camera_changes_a_part_of_the_batch_and_stays_finite(batch):
    pixels = plain(batch, 96)[0].repeat(6, 1, 1, 1)
    changed = photographed(pixels, 1.0, chance())
    same = (changed == pixels).all(dim=(1, 2, 3))
    assert 0 < int(same.sum()) < len(pixels)
    assert changed.isfinite().all()


def test_the_network_is_given_mean_and_spread_of_its_start():
    grey = ready(torch.full((1, 3, 4, 4), 255 * 0.485))
    assert float(grey[0, 0].abs().max()) < 1e-5
