"""Reference cells: of each class the likest that a person has named, and never one that only the machine named."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import labels
from core.charts import references
from core.records import Call, Cell, Review, Seen
from core.vocabulary import vocabulary

WORDS = vocabulary("shipped16")
CODES = ("blast", "band", "monocyte")
AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def made(shares: list[tuple[float, float, float]], sizes: list[float] | None = None) -> Seen:
    contour = np.zeros((3, 2), np.float32)
    sizes = sizes or [10.0] * len(shares)
    cells = [Cell(f"c{n}", "i", (0, 0, 9, 9), contour, 0.9, measures={"area_px": s}) for n, s in enumerate(sizes)]
    rows = [np.array(share) / max(sum(share), 1e-9) for share in shares]
    calls = [
        Call(f"c{n}", CODES[int(row.argmax())], dict(zip(CODES, map(float, row), strict=True)), "m")
        for n, row in enumerate(rows)
    ]
    return Seen(cells=tuple(cells), calls=tuple(calls))


def named(cell: int, code: str, minute: int = 0, reason: str = "") -> Review:
    return Review(f"c{cell}", "anna", AT + dt.timedelta(minutes=minute), "blast", code, reason)


def test_the_likest_reviewed_cell_of_each_class_comes_first():
    seen = made([(0.9, 0.1, 0), (0.85, 0.15, 0), (0.5, 0.5, 0), (0.1, 0.9, 0), (0.4, 0.6, 0)])
    reviews = [named(1, "blast"), named(2, "blast"), named(3, "band"), named(4, "band")]
    found = references.beside("c0", references.likeness(seen, WORDS), reviews)
    assert found == {"blast": ("c1", "c2"), "band": ("c4", "c3")}


def test_size_decides_where_the_probabilities_do_not():
    seen = made([(1, 0, 0)] * 5, [10, 30, 11, 20, 50])
    reviews = [named(n, "blast") for n in range(5)]
    assert references.beside("c0", references.likeness(seen, WORDS), reviews)["blast"][0] == "c2"


def test_a_cell_is_no_reference_for_itself_nor_once_its_name_was_taken_back():
    known = references.likeness(made([(1, 0, 0)] * 3), WORDS)
    reviews = [named(0, "blast"), named(1, "blast"), named(1, "blast", 1, labels.TAKEN_BACK), named(2, "band")]
    assert references.beside("c0", known, reviews) == {"band": ("c2",)}
    assert references.beside("stranger", known, reviews) == {}
    assert references.beside("c0", references.likeness(Seen(), WORDS), reviews) == {}


SHARES = st.tuples(*[st.floats(0, 1)] * 3).filter(lambda share: sum(share) > 0.01)


@given(st.lists(SHARES, min_size=2, max_size=12), st.data())
def test_only_reviewed_cells_each_under_its_name_and_no_nearer_one_left_out(shares, data):
    known = references.likeness(made(shares), WORDS)
    reviews = [
        named(cell, data.draw(st.sampled_from(CODES))) for cell in data.draw(st.sets(st.integers(0, len(shares) - 1)))
    ]
    found = references.beside("c0", known, reviews, each=2)
    said = {review.cell: review.now for review in reviews if review.cell != "c0"}

    def distance(cell: str) -> float:
        return float(np.linalg.norm(known.places[known.row[cell]] - known.places[0]))

    assert set(found) == set(said.values())
    for code, cells in found.items():
        of_class = [cell for cell, now in said.items() if now == code]
        assert set(cells) <= set(of_class)
        assert len(cells) == min(2, len(of_class))
        assert max(map(distance, cells)) <= min((distance(c) for c in of_class if c not in cells), default=9) + 1e-12


def test_measures_that_are_the_same_for_all_tell_nothing():
    places = references.likeness(made([(1, 0, 0), (0, 1, 0)], [7.0, 7.0]), WORDS).places
    assert places.shape[1] == len(WORDS.codes)
    assert np.linalg.norm(places[0] - places[1]) == pytest.approx(2**0.5)
