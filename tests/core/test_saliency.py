"""Where a call comes from is shown by the weights that made it, in colour only where something spoke."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core import detect, phenotype, saliency, tools
from core.errors import ModelMismatch
from core.records import Image, ImageInfo, Modality
from core.settings import Settings
from core.vocabulary import vocabulary
from models.imaging.phase import VIEWS
from tests import label_free_fakes as fakes


@pytest.fixture(scope="module")
def explainer():
    return tools.explainer(Settings())


@pytest.fixture(scope="module")
def named(explainer):
    pixels = fakes.grid(("granulocyte", "monocyte"))
    info = ImageInfo(
        "i", "0" * 64, 0, "image 1", Modality.DPC, pixels.shape[2], pixels.shape[1], 0.166, 12, tuple(VIEWS)
    )
    image = Image(info, pixels)
    cells = detect.cells(phenotype.four(image), fakes.BrightSpots())
    return image, cells, phenotype.calls(cells, image, explainer, vocabulary("dpc4"))[0]


def test_the_installed_network_explains_its_own_call(named, explainer):
    image, cells, calls = named
    shown = saliency.of(cells[0], calls[0], saliency.field(image), explainer)
    assert (shown.shape, shown.dtype) == ((phenotype.SHOWN, phenotype.SHOWN, 3), np.uint8)
    coloured = np.ptp(shown.astype(int), axis=2) > 40
    assert coloured[24:72, 24:72].mean() > 2 * coloured[:12].mean()  # a cell speaks, empty glass at the rim does not


def test_other_weights_may_not_explain_it(named, explainer):
    image, cells, calls = named
    with pytest.raises(ModelMismatch, match="Analyse the case again"):
        saliency.of(cells[0], replace(calls[0], model="0" * 64), saliency.field(image), explainer)


def test_for_is_orange_against_is_blue_and_nothing_is_grey():
    told = np.zeros((8, 8), np.float32)
    told[1, 1], told[6, 6] = 1.0, -1.0
    shown = saliency.drawn(np.ones((2, 16, 16), np.float32), told)
    assert tuple(shown[2, 2]) == saliency.FOR
    assert tuple(shown[12, 12]) == saliency.AGAINST
    assert np.ptp(shown[8, 8]) == 0


def test_a_missing_view_does_not_darken_the_picture():
    views = np.ones((4, 16, 16), np.float32)
    whole = saliency.drawn(views, np.zeros((8, 8), np.float32))
    views[2] = np.nan
    assert np.array_equal(whole, saliency.drawn(views, np.zeros((8, 8), np.float32)))
