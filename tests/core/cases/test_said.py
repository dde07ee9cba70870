"""Reviews are held in memory and read on from there: always those of the database, whoever wrote them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.cases.said_of import Said
from core.cases.store import CaseStore, open_store
from core.settings import Settings
from tests.core.cases import made


@pytest.fixture
def other(settings: Settings, store: CaseStore) -> Iterator[CaseStore]:  # noqa: ARG001 - it makes the tables
    """Another process on the same database, as far as memory goes."""
    opened = open_store(settings)
    yield opened
    opened.close()


def test_what_another_process_wrote_is_read_in_its_order(store: CaseStore, other: CaseStore) -> None:
    made.full(store, case_id="a")
    cells = [cell.id for cell in store.seen("a").cells]
    before = store.reviews("a")
    assert other.reviews("a") == before
    given = []
    for number, (writer, reader) in enumerate([(store, other), (other, store), (other, other), (store, store)]):
        given.append(made.review(cells[number % len(cells)], minute=50 - number))  # later ones speak of earlier times
        writer.add_review("a", given[-1])
        assert reader.reviews("a") == [*before, *given]
    mine = store.reviews("a")
    mine.clear()  # a list of one's own
    assert store.reviews("a") == other.reviews("a") == [*before, *given]


def test_a_case_made_anew_under_the_same_id_has_nothing_of_the_old_one(store: CaseStore, other: CaseStore) -> None:
    made.full(store, case_id="a")
    store.add_review("a", made.review(store.seen("a").cells[0].id, minute=9))
    assert len(other.reviews("a")) == len(store.reviews("a")) > 0
    store.delete_case("a", actor="x", reason="made by mistake")
    made.full(store, case_id="a")
    assert other.reviews("a") == store.reviews("a")
    assert made.review(store.seen("a").cells[0].id, minute=9) not in other.reviews("a")


def test_little_room_changes_no_answer(store: CaseStore, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [made.full(store, case_id=name) for name in ("a", "b")]
    expected = {case: store.reviews(case) for case in cases}
    monkeypatch.setattr(store, "_said", Said(most=1))
    for case in ("a", "b", "a", "a", "b"):
        assert store.reviews(case) == expected[case]
    assert len(store._said._held) == 1
