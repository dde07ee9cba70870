"""Old and new run: which models changed, which cells are the same, which calls differ, which reviews hold."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core import recompute
from core.doors.desk import Mark
from core.recompute import Change, Swap, compared, swaps
from core.records import Call, Cell, ImageInfo, Modality, ModelCard, ModelStamp, Review, Seen, Stream

PICTURE = ImageInfo("p", "0", 0, "image 1", Modality.SMEAR, 400, 400)
OTHER = replace(PICTURE, id="q", label="image 2")
FINDS = ModelStamp("finder", "f" * 64, "detector", "tests")
NAMES = ModelStamp("namer", "a" * 64, "classifier", "tests")
BETTER = replace(NAMES, digest="b" * 64)


def cell(name: str, x: float, y: float, size: float = 20, image: str = "p") -> Cell:
    ring = np.array([(x, y), (x + size, y), (x + size, y + size), (x, y + size)], np.float32)
    return Cell(name, image, (x, y, x + size, y + size), ring, 0.9)


def seen(cells: list[tuple[Cell, str]], *stamps: ModelStamp) -> Seen:
    calls = tuple(Call(one.id, label, {label: 1.0}, NAMES.digest) for one, label in cells)
    return Seen((PICTURE, OTHER), tuple(one for one, _ in cells), calls, stamps)


def review(name: str, stream: Stream = Stream.TARGETED) -> Review:
    return Review(name, "dr a", dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "blast", "monocyte", "", True, stream)


OLD = seen(
    [(cell("1", 0, 0), "blast"), (cell("2", 50, 0), "blast"), (cell("3", 100, 0), "lymphocyte"),
     (cell("4", 150, 0), "blast"), (cell("5", 0, 0, image="q"), "smudge")],
    FINDS, NAMES,
)  # fmt: skip
NEW = seen(
    [(cell("1", 0, 0), "blast"), (cell("2", 50, 0), "promyelocyte"), (cell("3b", 102, 0), "monocyte"),
     (cell("6", 155, 12), "blast"), (cell("7", 0, 60, image="q"), "smudge")],
    FINDS, BETTER,
)  # fmt: skip


def test_cells_are_the_same_by_id_else_by_outline_in_the_same_picture() -> None:
    found = compared(OLD, NEW, [])
    assert (found.same, found.moved, found.kept) == (2, 1, 1)
    assert (found.lost, found.found) == (("4", "5"), ("6", "7"))
    (by_id, by_outline) = found.changes
    assert by_id == Change("2", "2", "blast", "promyelocyte", 1.0, False)
    assert (by_outline.old, by_outline.new, by_outline.was, by_outline.now) == ("3", "3b", "lymphocyte", "monocyte")
    assert abs(by_outline.overlap - 18 / 22) < 0.03
    assert found.moves() == (("blast", "promyelocyte", 1), ("lymphocyte", "monocyte", 1))
    assert found.swaps == (
        Swap("classifier", Mark("classifier", "namer", "a" * 64), Mark("classifier", "namer", "b" * 64)),
    )


def test_reviews_hold_for_the_same_cell_only() -> None:
    """A cell that merely lies in the same place, with another outline, is another cell to `core.labels`."""
    found = compared(OLD, NEW, [review("2"), review("3"), review("4"), review("1", Stream.OBSERVER)])
    assert (found.reviews_held, found.reviews_left) == (1, 2)
    assert [change.reviewed for change in found.changes] == [True, False]


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300), st.sampled_from(["blast", "band"])), max_size=12))
def test_every_cell_is_accounted_for_whichever_run_is_the_old_one(places: list[tuple[int, int, str]]) -> None:
    some = seen([(cell(f"s{n}", x, y), label) for n, (x, y, label) in enumerate(places)], FINDS, NAMES)
    for old, new in ((some, OLD), (OLD, some), (some, some)):
        found = compared(old, new, [])
        assert found.same + found.moved + len(found.lost) == len(old.cells)
        assert found.same + found.moved + len(found.found) == len(new.cells)
        assert sum(count for *_, count in found.moves()) == len(found.changes) <= found.same + found.moved
    assert compared(some, some, []).changes == ()


def test_a_thousand_cells_with_new_outlines_are_compared_in_seconds() -> None:

    grid = [(20.0 * (n % 10), 20.0 * (n // 10), f"i{k}") for k in range(10) for n in range(100)]
    old = seen([(cell(f"o{n}", x, y, 18, image), "blast") for n, (x, y, image) in enumerate(grid)])
    new = seen([(cell(f"n{n}", x + 1, y, 18, image), "band") for n, (x, y, image) in enumerate(grid)])
    begun = time.process_time()
    found = compared(old, new, [])
    assert (found.moved, len(found.changes)) == (1000, 1000)
    assert time.process_time() - begun < 5


def test_models_that_were_replaced_are_told_by_task() -> None:
    finds, names, better = (recompute.marks([stamp])[0] for stamp in (FINDS, NAMES, BETTER))
    assert swaps((finds, names), (finds, names)) == ()
    assert swaps((finds, names), ()) == swaps((), (finds, names)) == ()
    assert swaps((finds, names), (finds, better)) == (Swap("classifier", names, better),)
    assert swaps((finds, names), (finds,)) == (Swap("classifier", names, None),)
    assert swaps((finds,), (finds, better)) == (Swap("classifier", None, better),)
    assert recompute.stale((finds, names), (finds, better))
    assert not recompute.stale((finds, names), (finds, names))
    assert not recompute.stale((finds, names), ())
    assert not recompute.stale((), (finds, names))


def test_what_is_installed_are_the_cards_in_use_that_are_not_refused() -> None:
    cards = [ModelCard(name, task, digest=name, in_use=True) for name, task in (
        ("cell-detector", "detector"), ("cell-classifier", "classifier"), ("dpc-detector", "detector"),
        ("baseline-detector", "detector"))]  # fmt: skip
    marks = (
        Mark("detector", "cell-detector", "cell-detector"),
        Mark("classifier", "cell-classifier", "cell-classifier"),
    )
    assert recompute.installed(cards) == {Modality.SMEAR: marks}
    assert recompute.installed([replace(cards[0], problem="other bytes"), cards[1]]) == {}
