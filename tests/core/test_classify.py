"""Cells are cut out once and named by the names of a model's columns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import classify, detect
from core.errors import ModelMismatch
from core.protocols import Naming
from core.records import Image, ImageInfo, Modality
from core.vocabulary import vocabulary
from tests import fakes

WORDS = vocabulary("shipped16")


def image(pixels) -> Image:
    return Image(ImageInfo("i", "0" * 64, 0, "image 1", Modality.SMEAR, pixels.shape[1], pixels.shape[0]), pixels)


def test_touching_and_cut_cells_keep_their_own_names():
    pixels = fakes.field([(40, 50, 20, "blast"), (80, 50, 20, "lymphocyte"), (199, 199, 15, "monocyte")])
    picture = image(pixels)
    cells = detect.cells(picture, fakes.DiscDetector())
    calls, crops = classify.calls(cells, picture, fakes.ColourClassifier(), WORDS, None)
    assert [call.label for call in calls] == ["blast", "lymphocyte", "monocyte"]
    assert [cell.touches_edge for cell in cells] == [False, False, True]
    assert set(crops) == {cell.id for cell in cells}


def test_columns_are_matched_by_name_not_by_place():
    class Shuffled(fakes.ColourClassifier):
        def name(self, crops):
            given_ = super().name(crops)
            order = np.random.default_rng(1).permutation(len(given_.labels))
            return Naming(tuple(given_.labels[i] for i in order), given_.probabilities[:, order])

    picture = image(fakes.field([(60, 60, 20, "plasma_cell")]))
    cells = detect.cells(picture, fakes.DiscDetector())
    straight, _ = classify.calls(cells, picture, fakes.ColourClassifier(), WORDS, None)
    shuffled, _ = classify.calls(cells, picture, Shuffled(), WORDS, None)
    assert straight[0].label == shuffled[0].label == "plasma_cell"
    assert dict(straight[0].probabilities) == dict(shuffled[0].probabilities)


def test_sets_and_oddness_stay_with_their_cell():
    picture = image(fakes.field([(30, 30, 12, "blast"), (90, 30, 12, "band"), (60, 70, 12, "smudge")]))
    cells = detect.cells(picture, fakes.DiscDetector())
    calls, _ = classify.calls(cells, picture, fakes.ColourClassifier(doubts=True), WORDS, None)
    assert [call.possible[0] for call in calls] == [call.label for call in calls]
    assert [len(call.possible) for call in calls] == [1, 2, 1]
    assert [call.oddness for call in calls] == [0.0, 0.5, 1.0]
    plain, _ = classify.calls(cells, picture, fakes.ColourClassifier(), WORDS, None)
    assert {(call.possible, call.oddness) for call in plain} == {((), None)}


def test_a_model_of_other_classes_is_refused():
    class Stranger(fakes.ColourClassifier):
        def name(self, crops):
            return Naming(("cat", "dog"), np.full((len(crops), 2), 0.5, dtype=np.float32))

    picture = image(fakes.field([(60, 60, 20, "blast")]))
    cells = detect.cells(picture, fakes.DiscDetector())
    with pytest.raises(ModelMismatch, match="cat"):
        classify.calls(cells, picture, Stranger(), WORDS, None)


@given(x=st.integers(0, 119), y=st.integers(0, 89), radius=st.integers(6, 80))
def test_crops_are_square_whole_and_centred_wherever_the_cell_lies(x, y, radius):
    picture = image(fakes.field([(x, y, radius, "blast")], size=(90, 120)))
    for cell in detect.cells(picture, fakes.DiscDetector()):
        cut = classify.crop(cell, picture, None, classify.glass_of(picture.pixels))
        side = cut.pixels.shape[0]
        assert cut.pixels.shape == (side, side, 3)
        assert cut.mask.shape == (side, side)
        assert cut.mask.any()
        assert (cut.pixels[cut.mask][:, 1] == 40).mean() > 0.9


def test_beyond_the_image_lies_glass_not_a_second_cell():
    picture = image(fakes.field([(0, 45, 30, "blast")], size=(90, 120)))
    (cell,) = detect.cells(picture, fakes.DiscDetector())
    cut = classify.crop(cell, picture, None, classify.glass_of(picture.pixels))
    beyond = cut.pixels[:, : cut.pixels.shape[1] // 4]
    assert np.abs(beyond.astype(int) - fakes.BACKGROUND).max() <= 6
    assert not cut.mask[:, : cut.pixels.shape[1] // 4].any()
