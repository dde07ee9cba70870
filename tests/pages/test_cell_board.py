"""The gallery on a page: what it sends to the browser, and what becomes of a batch that comes back."""

import json
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.records import Stream
from pages.components import resources, who
from pages.components.cell_board import component, decks, edits


def gallery(case: str, **how):
    """The component alone, as a page mounts it."""

    def page(case: str, how: dict) -> None:
        from pages.components import resources
        from pages.components.cell_board import component

        row = resources.store().case(case)
        seen = resources.seen(case, row.run.id)
        reviews = resources.store().reviews(case)
        component.shown(row, seen, resources.vocabulary(row.info.vocabulary), reviews, **how)

    return AppTest.from_function(page, kwargs={"case": case, "how": how}, default_timeout=120)


def sent(at: AppTest) -> dict:
    at.run()
    assert not at.exception
    (element,) = at.get("bidi_component")
    return json.loads(element.proto.json)[0]


@pytest.fixture
def case(house, marrow):
    return house.finished(marrow, 2, doubts=True)


def held(case: str, **how) -> decks.Held:
    row = resources.store().case(case)
    return decks.held(case, resources.seen(case, row.run.id), resources.vocabulary(row.info.vocabulary), **how)


def test_only_what_changes_is_sent_and_the_columns_have_an_address(case):
    first = held(case).deck.cells[0]
    batch = {"client": "a", "seq": 1, "edits": [[0, 5, "lobes"]]}
    at = gallery(case)
    data = sent(at)
    assert data["address"].startswith(f"/api/cells/{case}/")
    assert (data["named"], data["only"], data["picked"], data["focus"], data["why_not"]) == (
        {"at": [], "as": [], "done": []}, None, None, -1, "",
    )  # fmt: skip
    assert taken(case, batch) == {"client": "a", "seq": 1}
    data = sent(at)
    assert data["named"] == {"at": [0], "as": [5], "done": [1]}
    at.session_state[f"case.focus.{case}"] = first
    at.session_state[f"case.picked.{case}"] = (first, "stranger")
    at.session_state[f"case.class.{case}"] = "blast"
    data = sent(at)
    assert (data["focus"], data["picked"], data["shown"]) == (0, [0], 0)


def test_a_gallery_of_some_cells_shows_those_whatever_is_picked_elsewhere(case):
    cells = held(case).deck.cells
    at = gallery(case, only=cells[3:6], order=cells[5:2:-1], blinded=True, stream=Stream.RANDOM)
    at.session_state[f"case.picked.{case}"] = (cells[0],)
    data = sent(at)
    blind = held(case, blinded=True).deck
    assert data["only"] == [blind.place[cell] for cell in cells[3:6]]
    assert data["order"] == [blind.place[cell] for cell in cells[5:2:-1]]
    assert (data["picked"], data["blinded"], data["saliency"]) == (None, True, None)
    assert "shown" not in data


def test_who_may_not_review_is_told_why_and_nothing_of_his_is_written(house, case, monkeypatch):
    monkeypatch.setattr(who, "refusal", lambda _: "This needs the role reader; yours is viewer.")
    assert sent(gallery(case))["why_not"] == "This needs the role reader; yours is viewer."
    answer = taken(case, {"client": "v", "seq": 1, "edits": [[0, 0, ""]]}, why_not=who.refusal(None))
    assert answer["refused"].startswith("This needs the role reader")
    assert house.store.reviews(case) == []


def test_where_cells_cannot_be_named_it_says_so(case):
    assert sent(gallery(case, editable=False))["why_not"] == component.NOT_HERE


def taken(case: str, value, *, why_not: str = "", allowed=None, how=None, written=None) -> dict:
    deck = held(case)
    how = how or edits.Reading("anna")

    def now() -> edits.Standing:
        return edits.standing(deck.seen, resources.store().reviews(case), how.stream, how.actor)

    cells = frozenset(deck.deck.cells if allowed is None else allowed)
    return component._taken(value, case, deck, now, how, why_not, cells, [] if written is None else written)


def test_a_batch_that_comes_twice_is_written_once_and_answered_twice(house, case):
    value = {"client": "twice", "seq": 1, "edits": [[0, 5, ""], [1, 6, ""], [0, 7, ""]]}
    assert taken(case, value) == taken(case, value) == {"client": "twice", "seq": 1}
    assert len(house.store.reviews(case)) == 3
    assert taken(case, {**value, "seq": 2, "edits": [[2, 0, ""]]})["seq"] == 2
    assert len(house.store.reviews(case)) == 4


def test_what_is_no_batch_or_names_other_cells_is_refused_whole(house, case):
    assert "Reload the page" in taken(case, {"client": "x"})["refused"]
    deck = held(case).deck
    value = {"client": "far", "seq": 1, "edits": [[0, 5, ""], [1, 5, ""]]}
    assert "not shown here" in taken(case, value, allowed=deck.cells[:1])["refused"]
    assert house.store.reviews(case) == []


def test_a_batch_the_store_refuses_may_come_again(house, case):
    """It is not entered as written: sent once more after the fault is gone, it is."""
    deck = held(case)
    value = {"client": "later", "seq": 1, "edits": [[0, 5, ""]]}
    stranger = replace(deck.seen.cells[0], id="stranger")
    deck.deck, whole = replace(deck.deck, cells=(stranger.id, *deck.deck.cells[1:])), deck.deck
    assert "no such cell" in taken(case, value)["refused"]
    deck.deck = whole
    assert "refused" not in taken(case, value)
    assert len(house.store.reviews(case)) == 1


def test_no_cells_are_said_in_words(house, marrow):
    case = house.finished(marrow, 1)

    def page(case: str) -> None:
        from core.records import Seen
        from pages.components import resources
        from pages.components.cell_board import component

        component.shown(resources.store().case(case), Seen(), resources.vocabulary("shipped16"), ())

    at = AppTest.from_function(page, kwargs={"case": case}).run()
    assert not at.exception
    assert "No cells" in at.get("html")[0].proto.body
