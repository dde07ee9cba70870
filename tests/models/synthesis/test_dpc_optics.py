"""The Abbe sum on its coarse grid against the plain sum, and the signs that all else relies on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.imaging.phase import BSCCM, LEDS, VIEWS, Microscope, diodes, lit
from models.synthesis.dpc_optics import views
from models.synthesis.shapes import grain

N = 128


def disc(height: float = 2.0, radius: float = 20.0) -> NDArray[np.float32]:
    y, x = np.mgrid[:N, :N] - (N - 1) / 2
    return (height * np.sqrt(np.clip(1 - (x**2 + y**2) / radius**2, 0, None))).astype(np.float32)


def plain(phase: NDArray[np.float32], absorption: NDArray[np.float32], defocus_um: float) -> NDArray[np.float64]:
    """Every diode on the full grid, by the definition."""
    step = BSCCM.wavelength_um / (N * BSCCM.um_per_px)
    bins = np.fft.fftfreq(N) * N
    na = np.hypot(bins[:, None], bins[None]) * step
    along = np.sqrt(np.clip(1 - (na / BSCCM.medium) ** 2, 0, None))
    pupil = (na <= BSCCM.na) * np.exp(2j * np.pi * BSCCM.medium / BSCCM.wavelength_um * defocus_um * along)
    wave = np.exp(-absorption + 1j * phase)
    ring = diodes()
    found = []
    for view in VIEWS:
        total = np.zeros((N, N))
        for x, y in np.round(ring[lit(view, ring)] / step):
            tilt = np.exp(2j * np.pi * (y * np.arange(N)[:, None] + x * np.arange(N)[None]) / N)
            total += np.abs(np.fft.ifft2(pupil * np.fft.fft2(wave * tilt))) ** 2
        found.append(total / lit(view, ring).sum())
    return np.stack(found)


@given(seed=st.integers(0, 99), defocus=st.sampled_from([0.0, -1.3, 2.1]))
@settings(max_examples=6, deadline=None)
def test_the_coarse_grid_loses_nothing(seed: int, defocus: float) -> None:
    rng = np.random.default_rng(seed)
    phase = disc() + 0.4 * grain(rng, (N, N), 2)
    absorption = 0.05 * np.abs(grain(rng, (N, N), 4))
    assert np.abs(views(phase, absorption, defocus_um=defocus) - plain(phase, absorption, defocus)).max() < 1e-5


def test_each_half_of_the_ring_holds_as_many_diodes_as_the_microscopes() -> None:
    ring = diodes()
    assert [int(lit(view, ring).sum()) for view in VIEWS] == [LEDS] * 4
    assert np.hypot(*ring.T).min() >= BSCCM.inner_na
    assert np.hypot(*ring.T).max() <= BSCCM.outer_na


def test_a_cell_is_bright_on_the_right_of_its_left_view_and_at_the_top_of_its_top_view() -> None:
    left, right, top, bottom = views(disc())
    rim = slice(40, 88)
    assert left[rim, 70:86].mean() - left[rim, 42:58].mean() > 0.2
    assert right[rim, 42:58].mean() - right[rim, 70:86].mean() > 0.2
    assert top[42:58, rim].mean() - top[70:86, rim].mean() > 0.2
    assert bottom[70:86, rim].mean() - bottom[42:58, rim].mean() > 0.2


def test_turning_the_cell_turns_the_views() -> None:
    phase = disc() + 0.5 * grain(np.random.default_rng(3), (N, N), 3)
    turned = views(np.ascontiguousarray(np.rot90(phase)))  # anticlockwise: what is bright on the right is so at the top
    left, right, top, bottom = views(phase)
    for got, wanted in zip(turned, (bottom, top, left, right), strict=True):
        assert np.allclose(got, np.rot90(wanted), atol=1e-4)


def test_an_empty_field_is_one_everywhere() -> None:
    assert np.allclose(views(np.zeros((N, N), np.float32)), 1, atol=1e-5)


def test_absorption_darkens_all_views_alike() -> None:
    dark = views(np.zeros((N, N), np.float32), disc(0.1))
    assert dark[:, 60:68, 60:68].max() < 0.9
    assert np.abs(dark[0] - dark[1][:, ::-1]).max() < 1e-3


def test_pixels_that_cannot_hold_the_picture_are_refused() -> None:
    with pytest.raises(ValueError, match=r"pixels of at most 0\.258 µm"):
        views(np.zeros((64, 64), np.float32), microscope=Microscope(um_per_px=0.5))
