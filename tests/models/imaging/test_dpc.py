"""Light evened out and windows cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.imaging import dpc
from models.synthesis import donors
from models.synthesis.white_cells import Traits

UM = 0.166


def cell(seed: int = 3, kind: str = "granulocyte", *, counts: bool = True) -> NDArray[np.float32]:
    of, on = donors.donor(seed), donors.slide(seed, 0)
    return donors.pictured(np.random.default_rng(seed), of, on, Traits(kind), counts=counts).views


@given(seed=st.integers(0, 40), gain=st.floats(0.05, 40), tilt=st.floats(-0.2, 0.2))
@settings(max_examples=8, deadline=None)
def test_gain_and_slope_of_the_light_do_not_matter(seed: int, gain: float, tilt: float) -> None:
    views = cell(seed, counts=False)
    light = gain * (1 + tilt * np.linspace(-1, 1, views.shape[-1], dtype=np.float32))
    plain, lit = dpc.normalised(views), dpc.normalised(views * light)
    assert np.abs(plain - lit).max() < 0.03
    assert np.median(lit[:, :8]) == pytest.approx(1, abs=0.02)


def test_a_measured_background_is_divided_out_exactly() -> None:
    views = cell()
    under = np.random.default_rng(0).uniform(500, 900, views.shape).astype(np.float32)
    assert np.allclose(dpc.normalised(views * under, under), views, rtol=1e-5)
    with pytest.raises(ValueError, match=r"background of the picture's shape"):
        dpc.normalised(views, under[:, :5])


@given(x=st.integers(-40, 170), y=st.integers(-40, 170), side=st.sampled_from([28, 64, 96, 128]))
@settings(max_examples=20, deadline=None)
def test_a_window_shows_what_lies_there_and_glass_beyond_the_frame(x: int, y: int, side: int) -> None:
    frame = np.full((4, 128, 128), 2.0, np.float32)
    cut = dpc.window(frame, (x, y), UM, side)
    assert cut.shape == (4, side, side)
    low, high = max(x - 48, 0), min(x + 48, 128)
    inside = max(high - low, 0) * max(min(y + 48, 128) - max(y - 48, 0), 0) / 96**2
    assert (cut - 1).mean() == pytest.approx(inside, abs=0.03)


def test_a_window_has_the_same_width_whatever_the_pixels() -> None:
    views = dpc.normalised(cell())
    coarse = np.stack([view.reshape(64, 2, 64, 2).mean((1, 3)) for view in views])
    fine, half = dpc.window(views, (64, 64), UM, 48), dpc.window(coarse, (32, 32), 2 * UM, 48)
    assert np.corrcoef(fine.ravel(), half.ravel())[0, 1] > 0.98


def test_an_absent_view_stays_absent() -> None:
    views = cell(counts=False)
    views[2] = np.nan
    cut = dpc.window(views, (64, 64), UM, 28)
    assert np.isnan(cut[2]).all()
    assert np.isfinite(cut[[0, 1, 3]]).all()
