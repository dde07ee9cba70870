"""When numbers are withheld, and what is warned of."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import labels
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


# --- the domain gate -------------------------------------------------------------------------------------------


def odd(given, cells, oddness=0.995):
    """The first `cells` calls odd, the others ordinary."""
    calls = [dataclasses.replace(c, oddness=oddness if n < cells else 0.5) for n, c in enumerate(given.calls)]
    return dataclasses.replace(given, calls=tuple(calls))


def warned(quality):
    return [text for text in quality.warnings if "calibrated on" in text]


@pytest.mark.parametrize(("cells", "told"), [(0, []), (2, []), (3, []), (4, ["4 of 60 counted cells"])])
def test_a_share_of_odd_cells_well_above_one_per_cent_is_warned_of(cells, told):
    quality = of(odd(seen([{"segmented": 60}]), cells))
    assert [text.split(" are ")[0] for text in warned(quality)] == told
    assert (quality.odd.count, quality.odd.total, quality.withheld) == (cells, 60, "")
    assert quality.odd.ratio == pytest.approx(cells / 60)


def test_two_odd_cells_are_chance():
    assert warned(of(odd(seen([{"segmented": 30}]), 2))) == []


def test_a_cell_at_the_threshold_is_not_odd():
    assert of(odd(seen([{"segmented": 60}]), 60, oddness=0.99)).odd.count == 0


@pytest.mark.parametrize(
    ("counted", "cells", "reason"),
    [
        (60, 29, ""),
        (60, 30, "30 of 60 counted cells are unlike those the classifier was calibrated on"),
        (20, 10, "10 of 20 counted cells are unlike those the classifier was calibrated on"),
        (19, 19, "19 counted cells, fewer than 50"),
    ],
)
def test_ratios_of_foreign_pictures_are_withheld(counted, cells, reason):
    assert of(odd(seen([{"segmented": counted}]), cells)).withheld == reason


def test_cells_named_by_people_do_not_rest_on_the_classifier():
    given = odd(seen([{"segmented": 60}]), 30)
    quality = of(given, reviews=[review("0-segmented-0", "band")])
    assert quality.withheld == ""
    assert quality.odd.count == 30
    assert warned(quality)


def test_what_is_outside_the_denominator_withholds_nothing():
    quality = of(odd(seen([{"smudge": 90, "segmented": 60}]), 90))
    assert (quality.withheld, quality.odd.count, quality.odd.total) == ("", 0, 60)


def test_a_model_without_oddness_and_sets_is_not_judged_by_them():
    quality = of(seen([{"segmented": 60}]))
    assert (quality.odd, quality.unsure, warned(quality)) == (None, None, [])


def test_cells_of_which_more_than_one_class_is_possible_are_a_share():
    given = seen([{"segmented": 60, "smudge": 10}])
    sets = [("segmented", "band"), ("segmented",)]
    calls = [dataclasses.replace(call, possible=sets[n % 2]) for n, call in enumerate(given.calls)]
    found = of(dataclasses.replace(given, calls=tuple(calls))).unsure
    assert (found.count, found.total, found.id) == (30, 60, "calls.unsure_share")


@given(
    st.lists(st.tuples(st.sampled_from(["blast", "smudge", ""]), st.integers(0, 3), st.booleans()), max_size=60),
    st.lists(st.integers(0, 59), max_size=8),
)
def test_doubts_are_counted_as_one_would_one_by_one_whoever_was_named_since(cells, named):
    whole = seen([{"blast": len(cells)}])
    calls = tuple(
        dataclasses.replace(call, label=label or "blast", possible=("blast", "band", "other")[:many],
                            oddness=None if many == 3 else 0.995 if odd else 0.4)
        for call, (label, many, odd) in zip(whole.calls, cells, strict=True)
    )  # fmt: skip
    kept = tuple(call for call, (label, _, _) in zip(calls, cells, strict=True) if label)  # others have no call
    whole = dataclasses.replace(whole, calls=kept)
    said = [review(f"0-blast-{n}", ("blast", "smudge")[n % 2], at) for at, n in enumerate(named) if n < len(cells)]
    for reviews in (said[:2], said):
        settled = labels.settled(whole, reviews)
        counted = [call for call in kept if settled.get(call.cell) == "blast"]
        judged = [call.oddness > labels.ODD for call in counted if call.oddness is not None]
        sets = [len(call.possible) > 1 for call in counted if call.possible]
        found = of(whole, reviews=reviews)
        for share, expected in ((found.odd, judged), (found.unsure, sets)):
            assert (share is None) == (not expected)
            assert share is None or (share.count, share.total) == (sum(expected), len(expected))
            assert share is None or type(share.count) is int
        open_ = sum(call.oddness > labels.ODD for call in counted
                    if call.oddness is not None and call.cell not in labels.last(reviews))  # fmt: skip
        foreign = found.counted >= 20 and 2 * open_ >= found.counted
        assert ("unlike those the classifier" in found.withheld) is foreign
