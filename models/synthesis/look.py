"""The look of one slide: its stain, its light, its optics. Fields of one patient share one look.

Colours mix the way dyes do. Every dye is an absorbance vector (red, green, blue); amounts of dye add up, and the
eye sees the light times ten to the minus absorbance. The vectors come from colours seen in Romanowsky-stained smears.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rgb = tuple[float, float, float]

# What holds dye, in the order of the last axis of every dye map.
CHROMATIN, BASOPHILIC, EOSINOPHILIC, AZUROPHILIC, ORANGE, HAEMOGLOBIN = range(6)
DYES = 6

_BLUE_CHROMATIN = np.array([0.56, 0.79, 0.20])
_RED_CHROMATIN = np.array([0.36, 0.76, 0.24])
_BASOPHILIC = np.array([0.40, 0.40, 0.12])
_GREEN_BASOPHILIC = np.array([0.47, 0.33, 0.14])
_EOSINOPHILIC = np.array([0.10, 0.27, 0.14])
_AZUROPHILIC = np.array([0.31, 0.74, 0.22])
_ORANGE = np.array([0.17, 0.36, 0.30])
_HAEMOGLOBINS = np.array(
    [[0.165, 0.235, 0.155], [0.19, 0.235, 0.18], [0.09, 0.215, 0.19], [0.085, 0.235, 0.15], [0.15, 0.20, 0.21]]
)  # mauve, taupe, salmon, pink, grey-olive
_LIGHTS = np.array(
    [[254, 230, 204], [253, 246, 230], [205, 208, 203], [246, 243, 242], [236, 226, 232], [250, 236, 218]]
)  # peach, cream, grey, white, lilac, warm


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that the cells of one slide have in common."""

    light: Rgb  # colour of the empty slide, 0 to 255
    chromatin: Rgb
    basophilic: Rgb
    eosinophilic: Rgb
    azurophilic: Rgb
    orange: Rgb
    haemoglobin: Rgb
    plasma: float  # absorbance of dried plasma between the cells
    contrast: float  # tightness of chromatin texture in this preparation
    um_per_px: float
    blur_um: float  # standard deviation of the point spread
    defocus_um: float  # what is added to it where the field tilts out of focus
    sharpening: float  # what the camera's own sharpening adds: the light halo around cells
    vignette: float
    fringe_px: float  # lateral colour error at the corner of a field
    noise: float  # grey levels
    erythrocyte_um: float  # mean radius
    pallor: float
    crenation: float
    crowding: float  # share of the field under erythrocytes
    rouleaux: float  # share of erythrocytes that lie in stacks
    litter: float  # stain precipitate and debris

    @property
    def dyes(self) -> NDArray[np.float32]:
        """(DYES, 3) absorbance of one unit of each dye."""
        return np.array(
            [
                self.chromatin,
                self.basophilic,
                self.eosinophilic,
                self.azurophilic,
                self.orange,
                self.haemoglobin,
            ],
            dtype=np.float32,
        )


def draw_look(seed: int) -> Look:
    """The look of slide `seed`: the same number, the same slide."""
    rng = np.random.default_rng([seed, 0x100C])
    redness = float(np.clip(rng.normal(0.52, 0.26), 0, 1))
    strength = float(rng.uniform(0.82, 1.05))
    light = _LIGHTS[rng.choice(len(_LIGHTS), p=[0.34, 0.14, 0.14, 0.14, 0.09, 0.15])] + rng.normal(0, 2.5, 3)
    shares = rng.dirichlet([2.6, 1.2, 0.7, 0.9, 0.5])
    return Look(
        light=_rgb(np.clip(light, 150, 254.5)),
        chromatin=_rgb(strength * _mixed(_BLUE_CHROMATIN, _RED_CHROMATIN, redness)),
        basophilic=_rgb(strength * _mixed(_BASOPHILIC, _GREEN_BASOPHILIC, float(rng.uniform(0, 0.6)))),
        eosinophilic=_rgb(_EOSINOPHILIC * rng.uniform(0.85, 1.2) + rng.normal(0, 0.008, 3)),
        azurophilic=_rgb(strength * _AZUROPHILIC + rng.normal(0, 0.015, 3)),
        orange=_rgb(_ORANGE * rng.uniform(0.9, 1.1) + rng.normal(0, 0.012, 3)),
        haemoglobin=_rgb((shares @ _HAEMOGLOBINS) * rng.uniform(0.85, 1.15)),
        plasma=float(rng.uniform(0.0, 0.018)),
        contrast=float(rng.uniform(0.85, 1.2)),
        um_per_px=float(np.round(rng.uniform(0.12, 0.165), 4)),
        blur_um=float(rng.uniform(0.085, 0.13)),
        defocus_um=float(np.abs(rng.normal(0, 0.05))),
        sharpening=float(rng.uniform(0.35, 0.9)),
        vignette=float(rng.uniform(0.01, 0.10)),
        fringe_px=float(rng.normal(0, 0.5)),
        noise=float(rng.uniform(1.0, 2.4)),
        erythrocyte_um=float(rng.uniform(3.35, 3.8)),
        pallor=float(rng.uniform(0.35, 0.95)),
        crenation=float(max(0.0, rng.normal(-0.2, 0.2))),
        crowding=float(rng.uniform(0.22, 0.52)),
        rouleaux=float(max(0.0, rng.normal(-0.02, 0.08))),
        litter=float(rng.gamma(1.2, 0.5)),
    )


def _mixed(first: NDArray[np.float64], second: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    return (1 - share) * first + share * second


def _rgb(values: NDArray[np.float64]) -> Rgb:
    red, green, blue = (float(v) for v in values)
    return red, green, blue
