"""What in a cell's pictures speaks for its class, measured when somebody asks.

A map costs about ten times what naming the cell does, and nobody looks at all of them. So none is kept: picture,
outline and weights, which an exported case carries or names, give it again. Only the weights that named the cell may
explain it: the map of others would explain another answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core import phenotype
from core.errors import ModelMismatch
from core.protocols import Explainer
from core.records import Call, Cell, Image
from models.imaging import dpc
from models.imaging.phase import BSCCM

FOR, AGAINST = (230, 126, 20), (38, 110, 215)  # orange and blue: apart for every kind of colour vision
STRONGEST = 99.5  # percentile of a map's size that is drawn in full colour
MEANING = (
    "Saliency: orange speaks for the class that the network called, blue against it, over all views together "
    "(integrated gradients from empty glass). It shows where the network looked, not whether it was right: a wrong "
    "call has a map as clear as a right one."
)


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One image's views over their background: evened out once, for all its cells."""

    views: NDArray[np.float32]
    um_per_px: float


def field(image: Image) -> Field:
    return Field(dpc.normalised(phenotype.four(image).pixels), image.info.um_per_px or BSCCM.um_per_px)


def of(cell: Cell, call: Call, among: Field, explainer: Explainer) -> NDArray[np.uint8]:
    """(SHOWN, SHOWN, 3): the mean of the views in grey, and over it what spoke for the call and against it."""
    if explainer.stamp.digest != call.model:
        raise ModelMismatch(
            "the weights that named this cell",
            f"others ({explainer.stamp.name} {explainer.stamp.digest[:12]})",
            "Analyse the case again, then ask for its saliency.",
        )
    cut = phenotype.crop(cell, among.views, among.um_per_px)
    told = explainer.saliency([cut], call.label)[0]
    shown = dpc.window(among.views, phenotype.centre(cell), among.um_per_px, phenotype.SHOWN)
    return drawn(shown, told)


def drawn(views: NDArray[np.float32], told: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A map over the views; no colour where it is nought, full colour at its strongest."""
    there = views[np.isfinite(views).all((1, 2))]
    low, high = phenotype.CONTRAST
    grey = np.clip((there.mean(0) - low) / (high - low), 0, 1)
    side = grey.shape[0]
    at = np.arange(side) * told.shape[0] // side  # the nearest pixel: a map is not made finer than it is
    large = told[np.ix_(at, at)]
    strength = np.abs(large) / max(float(np.percentile(np.abs(told), STRONGEST)), 1e-9)
    cover = np.clip(strength, 0, 1)[..., None] ** 0.7
    colour = np.where(large[..., None] > 0, np.array(FOR), np.array(AGAINST))
    mixed = (1 - cover) * grey[..., None] * 255 + cover * colour
    return np.asarray(np.clip(mixed, 0, 255).round(), np.uint8)
