"""The path from uploads to what was seen, on stand-ins: touching cells, cut cells, none, hundreds."""

from __future__ import annotations

import datetime as dt
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import analyse
from core.classify import AT_A_TIME
from core.errors import ModelMismatch
from core.overlap import one_after_another
from core.records import CaseInfo, Findings, Review, Specimen, Upload
from core.vocabulary import vocabulary
from tests import fakes

CODES = vocabulary("shipped16").codes


def grid(count: int, seed: int) -> np.ndarray:
    """`count` discs that do not touch, classes drawn from all."""
    names = np.random.default_rng(seed).choice(CODES, count)
    places = [(12 + 20 * (k % 20), 12 + 20 * (k // 20)) for k in range(count)]
    return fakes.field([(x, y, 8, str(n)) for (x, y), n in zip(places, names, strict=True)], (420, 420), seed)


def essence(seen):
    return [(i.id, i.sha256) for i in seen.images], [(c.id, c.box) for c in seen.cells], seen.calls


def test_every_cell_is_found_and_named_once():
    seen = analyse.see([fakes.upload(grid(300, 1)), fakes.upload(grid(0, 2)), fakes.upload(grid(7, 3))], fakes.tools())
    assert len(seen.images) == 3
    assert len(seen.cells) == len(seen.calls) == len({c.id for c in seen.cells}) == 307
    assert {call.cell for call in seen.calls} == {cell.id for cell in seen.cells}


def test_one_bad_file_sinks_nothing():
    seen = analyse.see([fakes.upload(grid(3, 1)), Upload("notes.txt", b"not a picture")], fakes.tools())
    assert len(seen.cells) == 3
    assert [p.file for p in seen.problems] == ["notes.txt"]


def test_progress_is_told_to_whoever_listens():
    told = []
    analyse.see(
        [fakes.upload(grid(2, 1)), fakes.upload(grid(2, 2))], fakes.tools(), tell=lambda *step: told.append(step)
    )
    assert told[-1] == ("see", 2, 2)


@settings(max_examples=15, deadline=None)
@given(counts=st.lists(st.integers(0, 40), min_size=1, max_size=6), split=st.integers(1, 4))
def test_batches_add_up_to_the_whole(counts, split):
    uploads = [fakes.upload(grid(count, seed)) for seed, count in enumerate(counts)]
    whole = analyse.see(uploads, fakes.tools())
    parts = [analyse.see(uploads[k : k + split], fakes.tools()) for k in range(0, len(uploads), split)]
    assert [e[0] for e in essence(whole)[0]] == [i.id for i in analyse.together(parts).images]
    assert essence(whole)[1:] == essence(analyse.together(parts))[1:]
    assert essence(analyse.together([*parts, parts[0]]))[1:] == essence(whole)[1:]  # a repeated step changes nothing


@settings(max_examples=5, deadline=None)
@given(counts=st.lists(st.integers(0, 90), min_size=1, max_size=4), slow=st.sampled_from(["find", "name", "neither"]))
def test_stages_side_by_side_see_what_plain_loops_see(counts, slow):
    """Crops of several images are named together; which, hangs on their numbers, never on who was quicker."""

    class Finds(fakes.DiscDetector):
        def find(self, pixels, um_per_px):
            time.sleep(0.01 if slow == "find" else 0)
            return super().find(pixels, um_per_px)

    class Names(fakes.ColourClassifier):
        def name(self, crops):
            time.sleep(0.01 if slow == "name" else 0)
            asked[-1].append([crop.cell for crop in crops])
            return super().name(crops)

    tools = replace(fakes.tools(), detector=Finds(), classifier=Names())
    uploads = [fakes.upload(grid(count, seed)) for seed, count in enumerate(counts)]
    uploads.insert(1, Upload("notes.txt", b"not a picture"))
    asked: list[list[list[str]]] = [[]]
    threaded = analyse.see(uploads, tools)
    asked.append([])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(analyse, "lanes", one_after_another)
        plain = analyse.see(uploads, tools)
    assert essence(threaded) == essence(plain)
    assert threaded.problems == plain.problems
    assert list(threaded.crops) == list(plain.crops)
    assert all(np.array_equal(threaded.crops[cell], crop) for cell, crop in plain.crops.items())
    assert asked[0] == asked[1]
    assert [len(some) for some in asked[0][:-1]] == [AT_A_TIME] * max(0, len(asked[0]) - 1)


def test_an_error_of_a_stage_is_raised_and_leaves_no_thread():
    class Breaks(fakes.DiscDetector):
        def find(self, pixels, um_per_px):  # noqa: ARG002
            raise ModelMismatch("an outline", "none", "Mend it.")

    before = threading.active_count()
    with pytest.raises(ModelMismatch):
        analyse.see([fakes.upload(grid(3, seed)) for seed in range(4)], replace(fakes.tools(), detector=Breaks()))
    assert threading.active_count() == before


def test_what_is_withheld_does_not_leak_through_advice():
    """Twenty cells: too few to state a share, so nothing may be said that lets a person work it out."""
    info = CaseInfo("p", Specimen.BLOOD)
    cells = [(15 + 30 * (k % 5), 15 + 30 * (k // 5), 9, "blast" if k < 4 else "segmented") for k in range(20)]
    seen = analyse.see([fakes.upload(fakes.field(cells))], fakes.tools())
    reading = analyse.read(seen, (), info, vocabulary("shipped16"))
    assert reading.quality.withheld
    assert reading.blasts.ratio is None
    assert reading.blasts.count == 4
    assert not [text for text in reading.warnings if "straddles" in text or "%" in text]
    assert all(fact.value is None for fact in reading.facts if fact.id.endswith((".share", ".ratio")))


def test_a_reading_is_pure_and_follows_reviews():
    info = CaseInfo("p", Specimen.BLOOD, findings=Findings(auer_rods=True))
    seen = analyse.see([fakes.upload(grid(200, seed)) for seed in range(6)], fakes.tools())
    words = vocabulary("shipped16")
    before = analyse.read(seen, (), info, words)
    assert analyse.read(seen, (), info, words) == before
    call = next(call for call in seen.calls if call.label == "lymphocyte")
    review = Review(call.cell, "reader", dt.datetime.now(dt.UTC), "lymphocyte", "blast")
    after = analyse.read(seen, [review], info, words)
    assert (after.blasts.count, after.blasts.total) == (before.blasts.count + 1, before.blasts.total)
    assert after.reviewed == 1
    assert any(alert.level == "urgent" for alert in after.alerts)


def test_a_stated_scale_wins_over_an_estimate_and_only_a_stated_one_gives_sizes():
    class Guesses(fakes.DiscDetector):
        def scale(self, pixels):  # noqa: ARG002
            return 0.3

    class Remembers(fakes.ColourClassifier):
        def name(self, crops):
            self.told = {crop.um_per_px for crop in crops}
            return super().name(crops)

    classifier = Remembers()
    tools = replace(fakes.tools(), detector=Guesses(), classifier=classifier)
    seen = analyse.see([fakes.upload(grid(3, 1))], tools)
    assert classifier.told == {0.3}
    assert "diameter_um" not in seen.cells[0].measures
    info = replace(seen.images[0], um_per_px=0.1)
    again = analyse.see([Upload("image 1", fakes.png(grid(3, 1)), known=info)], tools)
    assert classifier.told == {0.1}
    assert "diameter_um" in again.cells[0].measures
