"""When numbers are withheld, and what is warned of."""

from __future__ import annotations

import dataclasses

import pytest

from core.quality import quality_of
from core.records import Domain, ModelStamp, Problem
from core.vocabulary import vocabulary
from tests.core.counted import STAMP, info, review, seen

WORDS = vocabulary("shipped16")


def of(given, case=None, reviews=()):
    return quality_of(given, case or info(), WORDS, reviews)


@pytest.mark.parametrize(("counted", "reason"), [(49, "49 counted cells, fewer than 50"), (50, "")])
def test_numbers_are_withheld_below_fifty_counted_cells(counted, reason):
    quality = of(seen([{"segmented": counted, "smudge": 500, "erythroblast": 9}]))
    assert (quality.counted, quality.withheld) == (counted, reason)
    assert quality.cells == counted + 509


def test_reviews_are_counted_too():
    given = seen([{"segmented": 50}])
    assert of(given, reviews=[review("0-segmented-0", "smudge")]).withheld.startswith("49 counted cells")


def test_no_picture_no_numbers():
    assert of(seen([])).withheld == "no picture could be used"


def test_calls_in_another_vocabulary_are_withheld():
    given = dataclasses.replace(seen([{"segmented": 80}]), models=(dataclasses.replace(STAMP, vocabulary="cblc8"),))
    assert of(given).withheld == "naming names classes of cblc8, the case is read in shipped16"


def test_a_sound_case_has_no_warnings():
    assert of(seen([{"segmented": 20}] * 5), info(domain=Domain.PROCEDURAL)).warnings == ()


def test_everything_doubtful_is_warned_of():
    given = seen([{"segmented": 60}, {}], um_per_px=None)
    given = dataclasses.replace(
        given,
        images=tuple(dataclasses.replace(image, warnings=("8 bits kept of 16",)) for image in given.images),
        cells=tuple(dataclasses.replace(cell, touches_edge=n < 16) for n, cell in enumerate(given.cells)),
        calls=given.calls[2:],
        models=(STAMP, ModelStamp("baseline", "0" * 16, "detector", "", notice="baseline, not for reading")),
        problems=(Problem("a.png", "Expected a picture"),),
    )
    assert of(given).warnings == (
        "1 file could not be used: not in these numbers.",
        "The scale (µm per pixel) of 2 of 2 pictures is not known.",
        "8 bits kept of 16 (2 pictures)",
        "No cell was found in 1 of 2 pictures.",
        "27 % of the cells are cut by the edge of a picture: their calls are less certain.",
        "2 cells without a call: not in these numbers.",
        "Counted cells lie in 1 field, fewer than 5: fields not assessed.",
        "baseline: baseline, not for reading.",
        "naming was made from procedural pictures; those of this case are real.",
    )


def test_file_names_are_not_repeated():
    given = dataclasses.replace(
        seen([{"segmented": 60}]), problems=(Problem("Jane Doe.png", "Jane Doe.png is broken"),)
    )
    assert "Jane" not in " ".join(of(given).warnings)
