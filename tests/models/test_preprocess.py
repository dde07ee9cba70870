"""One path from a crop to a network: what it evens out, what it keeps, what it refuses."""

import numpy as np
import pytest

from models.preprocess import DIAMETER, Preprocessing, coloured, glass, hint, size, standardised
from models.synthesis.smear import single


def crop(label: str = "lymphocyte", seed: int = 3, side: int = 120) -> tuple[np.ndarray, np.ndarray]:
    drawn = single(seed, label, size=side, um_per_px=0.16)
    from models.imaging.contours import rasterised

    return drawn.pixels, rasterised(drawn.cells[0].contour, (side, side))


def test_a_batch_has_the_card_s_side_whatever_the_crops_sizes():
    some = [crop(side=s) for s in (60, 120, 200)]
    ready = standardised([p for p, _ in some], [m for _, m in some], [0.2, None, 0.1], Preprocessing(side=96))
    assert ready.pixels.shape == (3, 3, 96, 96)
    assert ready.masks.shape == (3, 96, 96)
    assert ready.sizes[:, 1].tolist() == [1, 0, 1]


def test_another_lamp_gives_nearly_the_same_picture():
    pixels, mask = crop()
    warm = np.clip(pixels * np.array([0.95, 0.9, 0.8]), 0, 255).astype(np.uint8)
    how = Preprocessing()
    apart = [np.abs(np.float32(a) - np.float32(b)).mean() for a, b in (
        (pixels, warm), (coloured(pixels, mask, glass(pixels, mask), how), coloured(warm, mask, glass(warm, mask), how))
    )]  # fmt: skip
    assert apart[1] < 0.35 * apart[0]


def test_without_balance_nothing_is_changed():
    pixels, mask = crop()
    assert np.array_equal(coloured(pixels, mask, glass(pixels, mask), Preprocessing(balance=False)), pixels)


def test_reinhard_brings_every_cell_to_the_same_colour():
    how = Preprocessing(reinhard=True)
    means = []
    for seed in (1, 2, 3):
        pixels, mask = crop(seed=seed)
        means.append(coloured(pixels, mask, glass(pixels, mask), how)[mask].mean(axis=0))
    assert np.ptp(means, axis=0).max() < 12


def test_the_hint_is_the_diameter_in_micrometres():
    mask = np.zeros((100, 100), bool)
    rows, columns = np.mgrid[:100, :100]
    mask[np.hypot(rows - 50, columns - 50) < 30] = True
    assert np.exp(size(mask, 0.2)) == pytest.approx(12.0, rel=0.01)
    assert np.isnan(size(mask, None))
    level = hint(np.array([DIAMETER[0], np.nan, 99.0], np.float32))
    assert level.tolist() == [[0, 1], [0, 0], [3, 1]]


def test_a_crop_without_glass_is_not_balanced_by_the_cell_itself():
    dark = np.full((40, 40, 3), 60, np.uint8)
    assert glass(dark, np.ones((40, 40), bool)).tolist() == [240, 240, 240]


@pytest.mark.parametrize(
    ("pixels", "mask", "scales"),
    [
        (np.zeros((9, 8, 3), np.uint8), np.zeros((9, 8), bool), [None]),
        (np.zeros((9, 9, 3), np.float32), np.zeros((9, 9), bool), [None]),
        (np.zeros((9, 9, 3), np.uint8), np.zeros((8, 9), bool), [None]),
        (np.zeros((9, 9, 3), np.uint8), np.zeros((9, 9), bool), []),
    ],
)
def test_what_is_no_crop_is_refused_in_words(pixels, mask, scales):
    with pytest.raises(ValueError, match="expected"):
        standardised([pixels], [mask], scales, Preprocessing())


def test_the_card_s_table_comes_back_as_it_was():
    how = Preprocessing(side=96, reinhard=True)
    assert Preprocessing.from_card(how.table()) == how
    with pytest.raises(ValueError, match="colour"):
        Preprocessing.from_card({"colour": 1})
