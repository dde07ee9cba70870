"""Drawn cells: their number is all they are, and demo cells are matched with what was drawn there."""

from __future__ import annotations

import io
import itertools
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image as Picture

from core.demo import fields_of
from core.errors import NotFound
from core.records import Cell, Seen
from core.teaching import synthetic
from core.vocabulary import vocabulary
from models.synthesis import smear


def test_the_program_draws_every_class_of_its_vocabulary():
    assert vocabulary(synthetic.VOCABULARY).codes == synthetic.CLASSES
    drawn = Counter(item.label for item in itertools.islice(synthetic.endless("s"), 800))
    assert set(drawn) == set(synthetic.CLASSES)
    assert min(drawn.values()) > 20


def test_a_session_draws_the_same_again_another_draws_others_and_classes_can_be_chosen():
    first, again, other = (list(itertools.islice(synthetic.endless(s), 6)) for s in ("s", "s", "t"))
    assert first == again
    assert not set(first) & set(other)
    some = list(itertools.islice(synthetic.endless("s", {"band", "blast"}), 9))
    assert {item.label for item in some} == {"band", "blast"}
    assert list(synthetic.endless("s", {"no class"})) == []


def test_a_number_is_the_cell():
    item = next(synthetic.endless("s", {"eosinophil"}))
    assert synthetic.item(item.cell) == item
    assert item.synthetic
    assert not item.case
    with Picture.open(io.BytesIO(synthetic.picture(item.cell))) as picture:
        assert np.array_equal(np.asarray(picture), smear.single(int(item.cell), "eosinophil", size=192).pixels)
    for number in ("", "-1", "1.5", "../x", "9" * 16):
        with pytest.raises(NotFound):
            synthetic.label(number)


def test_examples_are_always_the_same_of_their_class():
    found = synthetic.examples("basophil")
    assert len(set(found)) == 4
    assert {item.label for item in found} == {"basophil"}
    assert synthetic.examples("basophil") == found
    assert synthetic.examples("x_other") == ()


@pytest.fixture(scope="module")
def field():
    return next(fields_of("demo-low"))


def test_demo_cells_get_the_class_that_was_drawn_there(field):
    true = [one for one in field.truth["cells"] if not one["touches_edge"]]
    seen = _seen(field, [np.array(one["contour"], np.float32) for one in true])
    found = synthetic.truths("demo-low", seen)
    assert [found[cell.id] for cell in seen.cells] == [one["class"] for one in true]
    assert synthetic.truths("some-case", seen) == {}


def test_a_picture_that_is_another_than_it_says_has_no_truth(field):
    away = [np.array(one["contour"], np.float32) for one in field.truth["cells"]]
    seen = _seen(field, [np.abs(contour[:, ::-1] - 300) for contour in away])
    assert len(synthetic.truths("demo-low", seen)) < len(seen.cells) / 2
    beyond = replace(field.image.info, label="image 99")
    assert synthetic.truths("demo-low", replace(_seen(field, away), images=(beyond,))) == {}


def _seen(field, contours):
    image = field.image.info
    cells = []
    for number, contour in enumerate(contours):
        low, high = contour.min(axis=0), contour.max(axis=0)
        cells.append(Cell(f"c{number}", image.id, (*map(float, low), *map(float, high)), contour, 0.9))
    return Seen(images=(image,), cells=tuple(cells))
