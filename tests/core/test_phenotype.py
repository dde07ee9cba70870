"""Label-free cells are cut out once and named by the names of a model's columns, whatever views there are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import analyse, detect, phenotype
from core.errors import ModelMismatch
from core.records import Domain, Image, ImageInfo, Modality
from core.vocabulary import vocabulary
from models.imaging import dpc
from models.imaging.phase import VIEWS
from models.synthesis.markers import MARKERS
from tests import label_free_fakes as fakes

WORDS = vocabulary("dpc4")


def image(pixels, views=VIEWS) -> Image:
    info = ImageInfo(
        "i", "0" * 64, 0, "image 1", Modality.DPC, pixels.shape[2], pixels.shape[1], 0.166, 12, tuple(views)
    )
    return Image(info, pixels)


def called(picture, phenotyper=None):
    cells = detect.cells(phenotype.four(picture), fakes.BrightSpots())
    return cells, *phenotype.calls(cells, picture, phenotyper or fakes.Spectrum(), WORDS)


def test_several_cells_of_a_frame_keep_their_names_and_columns_are_matched_by_name():
    labels = ("monocyte", "lymphocyte", "other", "granulocyte")
    cells, calls, strips = called(image(fakes.grid(labels)))
    assert [call.label for call in calls] == list(labels)
    assert {call.cell for call in calls} == {cell.id for cell in cells} == set(strips)
    straight = fakes.Spectrum().look([phenotype.crop(c, dpc.normalised(fakes.grid(labels)), 0.166) for c in cells])
    for n, call in enumerate(calls):
        assert set(call.markers) == set(MARKERS)
        for name, value in call.markers.items():
            assert value.value == pytest.approx(float(straight.values[n, straight.markers.index(name)]), abs=1e-3)
        assert call.gate == (0.3, 0.7)
        assert call.views == VIEWS
    assert calls[0].markers["CD16"].low is None  # no interval could be made: nothing stands in its place
    assert calls[2].markers["CD16"].low < calls[2].markers["CD16"].value < calls[2].markers["CD16"].high


@pytest.mark.parametrize("there", [("left",), ("left", "top"), ("bottom", "right"), ("top", "bottom", "right")])
def test_fewer_views_are_put_in_their_places_and_said(there):
    whole = fakes.grid(("granulocyte", "monocyte"))
    picture = image(whole[[VIEWS.index(v) for v in there]], there)
    _, calls, strips = called(picture)
    assert {call.views for call in calls} == {tuple(v for v in VIEWS if v in there)}
    for strip in strips.values():
        panels = strip.reshape(phenotype.SHOWN, 5, phenotype.SHOWN, 3).transpose(1, 0, 2, 3)
        assert [bool((panels[k] == phenotype.ABSENT).all()) for k in range(4)] == [v not in there for v in VIEWS]


def test_views_in_another_order_are_the_same_picture():
    whole = fakes.grid(("granulocyte", "monocyte", "other"))
    order = ("bottom", "left", "top", "right")
    _, one, first = called(image(whole))
    _, two, second = called(image(whole[[VIEWS.index(v) for v in order]], order))
    assert one == two
    assert all(np.array_equal(first[cell], second[cell]) for cell in first)


def test_a_view_twice_is_refused():
    with pytest.raises(ModelMismatch, match="each once"):
        phenotype.four(image(fakes.grid(("other",)), ("left", "left", "top", "bottom")))


@settings(max_examples=12, deadline=None)
@given(x=st.integers(0, 199), y=st.integers(0, 149), radius=st.integers(5, 30), scale=st.sampled_from((0.12, 0.4)))
def test_windows_are_whole_and_centred_wherever_the_cell_lies(x, y, radius, scale):
    pixels = fakes.field([(x, y, radius, "other")], (150, 200))
    picture = replace(image(pixels), info=replace(image(pixels).info, um_per_px=scale))
    cells, calls, strips = called(picture)
    views = dpc.normalised(phenotype.four(picture).pixels)
    for cell in cells:
        cut = phenotype.crop(cell, views, scale)
        assert cut.views.shape == (4, phenotype.SIDE, phenotype.SIDE)
        assert np.isfinite(cut.views).all()
        assert cut.mask.any()
        assert strips[cell.id].shape == (phenotype.SHOWN, 5 * phenotype.SHOWN, 3)
    assert len(calls) == len(cells)


class Wrong(fakes.Spectrum):
    def __init__(self, **changed):
        super().__init__()
        self.changed = changed

    def look(self, crops):
        return replace(super().look(crops), **self.changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"labels": ("cat", "dog", "cow", "hen")},
        {"markers": ("CD34", *MARKERS[1:])},
        {"values": np.zeros((1, 4), np.float32)},
        {"gate": np.zeros((3, 2), np.float32)},
        {"views": np.zeros((2, 3), bool)},
        {"values": np.full((2, 4), np.nan, np.float32)},
        {"probabilities": np.full((2, 4), np.nan, np.float32)},
    ],
)
def test_answers_that_do_not_fit_the_card_are_refused(changed):
    with pytest.raises(ModelMismatch):
        called(image(fakes.grid(("other", "monocyte"))), Wrong(**changed))


def test_see_takes_a_label_free_field_all_the_way_and_an_empty_one_too():
    uploads = [fakes.upload(fakes.grid(("granulocyte",) * 5, 1)), fakes.upload(fakes.field([], seed=2), "empty.npy")]
    seen = analyse.see(uploads, fakes.tools(), domain=Domain.PROCEDURAL)
    assert not seen.problems
    assert (len(seen.images), len(seen.cells), len(seen.calls)) == (2, 5, 5)
    assert all(call.markers and call.views == VIEWS for call in seen.calls)
    assert {"sharpness", "phase_mean_rad", "light_least", "light_most"} <= set(seen.calls[0].measures)


def test_see_lets_no_value_out_unless_it_is_told_that_a_program_drew_the_pictures():
    uploads = [fakes.upload(fakes.grid(("granulocyte",) * 5))]
    assert all(not call.markers for call in analyse.see(uploads, fakes.tools()).calls)
    assert all(call.markers for call in analyse.see(uploads, fakes.tools(truth="measured")).calls)
    assert all(not call.markers for call in analyse.see(uploads, fakes.tools(truth="")).calls)
