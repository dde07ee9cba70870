"""What the field viewer is given: outlines and calls once, what cells are called now again and again."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest

from core import analyse, labels
from core.charts import field_sheet
from core.records import Review, Seen, Stream
from core.vocabulary import vocabulary
from tests import fakes

WORDS = vocabulary("shipped16")
AT = dt.datetime(2026, 11, 21, 9, 30, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def seen() -> Seen:
    discs = [(25.0 + 38 * (i % 5), 25.0 + 38 * (i // 5), 12.0, ("blast", "lymphocyte")[i % 2]) for i in range(10)]
    return analyse.see([fakes.upload(fakes.field(discs, seed=n)) for n in range(3)], fakes.tools(doubts=True))


def review(cell: str, now: str, was: str = "blast", minutes: int = 0, stream: Stream = Stream.TARGETED) -> Review:
    return Review(cell, "dr a", AT + dt.timedelta(minutes=minutes), was, now, stream=stream)


def test_a_sheet_and_its_page_name_the_same_cells_in_the_same_order(seen):
    pages = field_sheet.pages(seen, labels.settled(seen), WORDS)
    assert [page.name for page in pages] == [image.label[:1].upper() + image.label[1:] for image in seen.images]
    for page in pages:
        sheet = field_sheet.sheet(page.id, seen)
        assert tuple(cell["id"] for cell in sheet) == page.cells
        assert [WORDS.codes[place] for place in page.called] == [cell["call"] for cell in sheet]
    assert sum(len(page.cells) for page in pages) == len(seen.cells)


def test_outlines_are_kept_to_a_tenth_of_a_pixel_and_everything_is_json(seen):
    cell = seen.cells[0]
    told = field_sheet.sheet(cell.image, seen)[0]
    assert np.abs(np.array(told["points"]).reshape(-1, 2) / 10 - cell.contour).max() <= 0.05 + 1e-6
    assert json.loads(json.dumps(told))["id"] == cell.id
    assert told["chances"][0][0] == told["call"]
    assert sum(chance for _, chance in told["chances"]) <= 1.01


def test_a_review_changes_the_page_and_not_the_sheet(seen):
    before = field_sheet.sheet(seen.images[0].id, seen)
    said = [review(seen.cells[0].id, "monocyte")]
    page = field_sheet.pages(seen, labels.settled(seen, said), WORDS)[0]
    assert page.called[0] == WORDS.codes.index("monocyte")
    assert field_sheet.sheet(seen.images[0].id, seen) == before


def test_a_cell_without_a_call_has_no_class(seen):
    page = field_sheet.pages(seen, {}, WORDS)[0]
    assert set(page.called) == {-1}
    bare = field_sheet.sheet(seen.images[0].id, Seen(seen.images, seen.cells))
    assert all("call" not in cell for cell in bare)


def test_reviews_are_told_in_their_order_and_by_whom(seen):
    cell = seen.cells[0].id
    told = field_sheet.said(
        [review(cell, "blast", "promyelocyte", 5, Stream.RANDOM), review(cell, "promyelocyte")], WORDS
    )
    assert told == {
        cell: [
            "21 Nov 2026 09:30, dr a: blast → promyelocyte",
            "21 Nov 2026 09:35, dr a: promyelocyte → blast (random)",
        ]
    }
    assert field_sheet.said([review(cell, "blast")], WORDS)[cell][0].endswith("confirmed blast")


def test_where_a_cell_lies(seen):
    assert field_sheet.where(seen.cells[-1].id, seen) == seen.images[-1].id
    assert field_sheet.where("of another run", seen) == ""
