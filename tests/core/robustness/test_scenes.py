"""Pictures of a test: the cell keeps every pixel, donors are taken out, places without cells hold none."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.decode import read as decode
from core.records import Seen
from core.robustness import cuts
from core.robustness.cuts import Material
from core.robustness.records import Asked, Surroundings
from core.robustness.scenes import Scenes
from tests import fakes
from tests.core.robustness import planted


@cache
def made() -> tuple[Seen, Material]:
    uploads, tools = planted.fields(24), planted.tools(around=True)
    seen = planted.seen(uploads, tools)
    images = decode.images(uploads, tools.settings, tools.modality).images
    return seen, cuts.of_images(images, seen.cells, [cell.id for cell in seen.cells], tools, 0)


def scenes(asked: Asked = planted.USUAL) -> Scenes:
    seen, material = made()
    drawn = planted.bank(None, material.side, None)
    return Scenes(material, {call.cell: call.label for call in seen.calls}, asked, drawn)


@settings(deadline=None, max_examples=20)
@given(st.sampled_from(Surroundings), st.integers(0, 23), st.floats(0, 6), st.booleans())
def test_a_cell_keeps_every_pixel_of_its_own(setting: Surroundings, place: int, feather: float, match: bool) -> None:
    some = scenes(Asked(feather=feather, match_colour=match))
    donors = some.donors(setting)
    cell = list(donors)[place % len(donors)]
    own = some.material.shots[cell].cut
    shown = some.shown(cell, setting, donors[cell])
    assert shown.pixels.shape == own.pixels.shape
    assert (shown.pixels[own.mask] == own.pixels[own.mask]).all()
    assert (shown.mask == own.mask).all()
    assert shown.um_per_px == own.um_per_px
    assert (some.shown(cell, setting, donors[cell]).pixels == shown.pixels).all()


def test_donors_are_of_the_class_that_the_setting_asks_for_and_never_the_cell_itself() -> None:
    some = scenes()
    for setting, alike in ((Surroundings.SAME_CLASS, True), (Surroundings.OTHER_CLASS, False)):
        donors = some.donors(setting)
        assert len(donors) == 24
        assert all(cell != donor for cell, donor in donors.items())
        assert all((some.called[cell] == some.called[donor]) is alike for cell, donor in donors.items())
    assert scenes(Asked(seed=1)).donors(Surroundings.OTHER_CLASS) != some.donors(Surroundings.OTHER_CLASS)


def test_of_a_donor_nothing_is_left_but_what_lies_around_it() -> None:
    some = scenes(Asked(feather=0, match_colour=False))
    donors = some.donors(Surroundings.OTHER_CLASS)
    for cell, donor in donors.items():
        shown = some.shown(cell, Surroundings.OTHER_CLASS, donor)
        around = shown.pixels[~shown.mask]
        assert abs(np.median(around[:, 0]) - planted.TINTS[some.called[donor]]) <= 3
        assert not ((around[:, 1] == 40) & (around[:, 2] == 120)).any(), "no pixel of a disc"


def test_masked_cells_lie_on_glass_alone() -> None:
    some = scenes()
    cell = next(iter(some.material.shots))
    shown = some.shown(cell, Surroundings.MASKED)
    around = shown.pixels[~shown.mask]
    assert (around == around[0]).all()
    assert np.abs(around[0].astype(int) - fakes.BACKGROUND).max() <= 6


def test_places_without_cells_hold_none() -> None:
    _, material = made()
    assert material.places
    for place in material.places:
        assert place.pixels.shape == (material.side, material.side, 3)
        assert not ((place.pixels[..., 1] == 40) & (place.pixels[..., 2] == 120)).any()


def test_a_setting_that_cannot_be_made_says_why() -> None:
    seen, material = made()
    bare = replace(material, places=())
    called = dict.fromkeys(material.shots, "blast")
    some = Scenes(bare, called, Asked())
    assert some.missing(Surroundings.SAME_CLASS) == ""
    assert "lend" in some.missing(Surroundings.OTHER_CLASS)
    assert "no place" in some.missing(Surroundings.CELL_FREE)
    assert "no bank" in some.missing(Surroundings.DRAWN)
    assert some.missing(Surroundings.MASKED) == ""
    assert len(seen.cells) == 24


@pytest.mark.parametrize("match", [True, False])
def test_other_surroundings_come_into_the_light_of_the_cells_own_slide(match: bool) -> None:
    """A darker slide's glass becomes the cell's own, by the slides' glass and not by what lies around the cell."""
    seen, material = made()
    dark = (np.full((material.side, material.side, 3), (188, 182, 176), np.uint8),)
    some = Scenes(material, {call.cell: call.label for call in seen.calls}, Asked(feather=0, match_colour=match), dark)
    cell = next(iter(material.shots))
    shown = some.shown(cell, Surroundings.DRAWN)
    glass = shown.pixels[~shown.mask].mean(axis=0)
    wanted = material.shots[cell].glass if match else (188, 182, 176)
    assert np.abs(glass - wanted).max() <= 3


def test_the_scale_of_a_field_that_does_not_say_it_is_estimated_once() -> None:
    uploads, tools = planted.fields(24, seed=71), planted.tools(around=True)
    image = decode.images(uploads, tools.settings, tools.modality).images[0]
    asked: list[int] = []

    class Estimating(fakes.DiscDetector):
        def scale(self, pixels):
            asked.append(pixels.shape[0])
            return None if len(asked) > 1 else 0.25

    estimating = replace(tools, detector=Estimating())
    bare, said = (replace(image, info=replace(image.info, um_per_px=um)) for um in (None, 0.1))
    assert [cuts.scale(one, estimating) for one in (bare, said, bare)] == [0.25, 0.1, 0.25]
    assert len(asked) == 1
