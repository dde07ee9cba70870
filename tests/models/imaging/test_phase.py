"""Phase is recovered from simulated thin cells, whichever views are there; wrong input is refused in words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.imaging.phase import BSCCM, phase, transfer
from models.synthesis import dpc_optics

N = 128


def thin(height: float, radius: float = 22.0, at: tuple[float, float] = (0.0, 0.0)) -> NDArray[np.float32]:
    y, x = np.mgrid[:N, :N] - (N - 1) / 2
    return (height * np.clip(1 - ((x - at[0]) ** 2 + (y - at[1]) ** 2) / radius**2, 0, None)).astype(np.float32)


@given(height=st.floats(0.05, 0.4), radius=st.floats(14, 26), x=st.floats(-15, 15), y=st.floats(-15, 15))
@settings(max_examples=8, deadline=None)
def test_a_thin_cell_comes_back_within_a_few_per_cent(height: float, radius: float, x: float, y: float) -> None:
    true = thin(height, radius, (x, y))
    found = phase(dpc_optics.views(true), BSCCM.um_per_px)
    inside = true > 0
    assert np.corrcoef(found.ravel(), true.ravel())[0, 1] > 0.98
    assert np.abs(found - true)[inside].mean() < 0.06 * height
    assert found[inside].sum() == pytest.approx(true[inside].sum(), rel=0.13)  # the slowest changes are lost


def test_the_weak_model_is_the_abbe_sums_limit() -> None:
    true = thin(0.05)
    _, shifting = transfer((N, N), BSCCM.um_per_px)
    for k, seen in enumerate(dpc_optics.views(true)):
        told = np.fft.ifft2(shifting[k] * np.fft.fft2(true)).real
        assert np.corrcoef(told.ravel(), seen.ravel())[0, 1] > 0.998
        assert told.std() == pytest.approx((seen - 1).std(), rel=0.03)


def test_the_phase_of_a_cell_does_not_hang_on_how_many_pixels_surround_it() -> None:
    room = np.pad(thin(0.3), 32)
    seen = dpc_optics.views(room)
    means = []
    for off in range(32, 49, 2):  # frames of 128 to 96 pixels
        true = room[off:-off, off:-off]
        found = phase(seen[:, off:-off, off:-off], BSCCM.um_per_px)
        means.append(found[true > 0.1].mean() - found[true == 0].mean())
    assert np.std(means) < 0.01 * np.mean(means)


@pytest.mark.parametrize("present", [(1, 1, 0, 0), (0, 0, 1, 1), (1, 0, 0, 0), (0, 0, 0, 1), (1, 0, 1, 0)])
def test_fewer_views_still_show_the_cell_standing_out_upwards(present: tuple[int, ...]) -> None:
    true = thin(0.3)
    seen = dpc_optics.views(true)
    seen[[k for k, there in enumerate(present) if not there]] = np.nan  # absent views are not looked at
    found = phase(seen, BSCCM.um_per_px, tuple(map(bool, present)))
    assert np.isfinite(found).all()
    assert np.corrcoef(found.ravel(), true.ravel())[0, 1] > 0.55
    assert found[60:68, 60:68].mean() > 0.05


def test_an_empty_frame_has_no_phase() -> None:
    assert np.abs(phase(np.ones((4, 60, 90), np.float32), 0.166)).max() < 1e-5


def test_views_that_are_not_four_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match="order left, right, top, bottom"):
        phase(np.ones((3, 32, 32), np.float32), 0.166)
    with pytest.raises(ValueError, match="at least one view"):
        phase(np.ones((4, 32, 32), np.float32), 0.166, (False,) * 4)
