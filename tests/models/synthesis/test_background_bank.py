"""Drawn backgrounds: the same for the same seed, and without a nucleated cell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.imaging import colour, dpc
from models.synthesis import background_bank, donors
from models.synthesis.background_bank import CELL_FREE, Kind
from models.synthesis.smear import single


@given(st.integers(0, 500), st.sampled_from(list(Kind)))
@settings(max_examples=8, deadline=None)
def test_the_same_seed_draws_the_same_background(seed: int, kind: Kind) -> None:
    one, two = (background_bank.stained(seed, 96, kind=kind) for _ in range(2))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, background_bank.stained(seed + 1, 96, kind=kind))


def nuclear(pixels: np.ndarray) -> float:
    """The share of a picture that is as dense and blue as a nucleus."""
    clear = colour.background(pixels)
    density = colour.nuclear_density(colour.optical_density(pixels, clear))
    return float((density > 0.9).mean())


@pytest.mark.parametrize("kind", list(Kind))
def test_no_background_shows_a_nucleus(kind: Kind) -> None:
    cell = np.mean([nuclear(single(k, "lymphocyte", size=128).pixels) for k in range(4)])
    empty = [nuclear(background_bank.stained(k, 128, kind=kind)) for k in range(8)]
    assert cell > 0.05
    assert max(empty) < 0.25 * cell


def test_glass_is_even_and_erythrocytes_are_not() -> None:
    glass, red = (np.mean([background_bank.stained(k, 128, kind=kind)[..., 1].std() for k in range(6)])
                  for kind in (Kind.GLASS, Kind.ERYTHROCYTES))  # fmt: skip
    assert glass < 5
    assert red > 3 * glass


def test_a_bank_holds_its_kinds_in_turn() -> None:
    bank = background_bank.stained_bank(4, 64, seed=7)
    assert len(bank) == 4
    assert np.array_equal(bank[1], background_bank.stained(8, 64, kind=CELL_FREE[1]))
    assert all(picture.shape == (64, 64, 3) and picture.dtype == np.uint8 for picture in bank)


def test_unstained_backgrounds_are_an_empty_field() -> None:
    bank = background_bank.unstained_bank(3, 64, seed=3)
    assert np.array_equal(bank[0], background_bank.unstained(3, 64))
    of, on = donors.donor(3), donors.slide(3, 0)
    seen = donors.pictured(np.random.default_rng(3), of, on, donors.traits(of, 1, 0)[0], counts=False).views
    cell = dpc.window(seen, (64, 64), background_bank.dpc_optics.BSCCM.um_per_px, 64)
    for views in bank:
        assert views.shape == (4, 64, 64)
        assert abs(float(np.median(views)) - 1) < 0.05
        assert views.std() < 0.7 * cell.std()
