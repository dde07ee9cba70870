"""The tumour board: made by who may, shown by a link that cannot write, without a name, with every alert."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import pytest

from core.cases.database import Database
from core.charts import board as charts
from core.doors.board import Board, Layout, Panel, Shown
from core.people import Right, Role
from core.records import Findings, Review
from core.vocabulary import vocabulary
from pages.components import who
from pages.components.board_stepper import component as stepper
from tests import label_free_fakes as fakes
from tests.pages.conftest import words


@pytest.fixture
def sealed(monkeypatch):
    """Call it, and from then on any write to the store fails."""

    def seal():
        def refuse(_):
            raise AssertionError("a board's link wrote to the store")

        monkeypatch.setattr(Database, "writing", refuse)

    return seal


def board_of(house, *cases, layout=Layout.ONE, **more) -> str:
    def one(case):
        seen = house.store.seen(case)
        return Shown(case, tuple(cell.id for cell in seen.cells[:2]), (seen.images[0].id,))

    return house.store.board.add(Board("Monday", layout, tuple(map(one, cases)), **more), actor="dr a")


def everything(at) -> str:
    return " ".join(str(element.proto) for element in at.main)


def test_a_board_is_shown_without_names_and_without_a_write(house, opened, marrow, sealed):
    case = house.finished(replace(marrow, note="a telling note", findings=Findings(auer_rods=True)))
    link = board_of(house, case)
    sealed()
    at = opened("board", board=link)
    said = words(at)
    assert not at.exception
    for there in ("Monday", "Case A", "bone marrow · stained smear", "Exclude APL urgently", "WHO 5th ed.", "CBLC-3"):
        assert there in said
    for hidden in ("AML-0147", "telling", "north", "MGG"):
        assert hidden not in everything(at)
    assert said.index("Exclude APL urgently") < said.index("WHO 5th ed.")
    assert not at.button
    assert not at.text_input


def test_the_presenter_picks_panels_and_cannot_pick_alerts_away(house, opened, marrow):
    case = house.finished(replace(marrow, findings=Findings(apl=True)))
    said = words(opened("board", board=board_of(house, case, panels=())))
    assert "Exclude APL urgently" in said
    assert "WHO 5th ed." not in said
    assert "Differential" not in said
    assert "Nobody has signed" not in said
    assert "Nobody has signed" in words(opened("board", board=board_of(house, case, panels=(Panel.STANDING,))))


def test_withheld_numbers_stay_withheld_with_their_reason(house, opened, marrow):
    said = words(opened("board", board=board_of(house, house.finished(marrow, 2))))
    assert "Numbers withheld" in said
    assert "fewer than 50" in said


def test_two_cases_stand_side_by_side(house, opened, marrow):
    cases = [house.finished(marrow), house.finished(replace(marrow, pseudonym="AML-0200"))]
    at = opened("board", board=board_of(house, *cases, layout=Layout.TWO))
    assert "Case A" in words(at)
    assert "Case B" in words(at)
    unmasked = words(opened("board", board=board_of(house, *cases, layout=Layout.TWO, masked=False)))
    assert "AML-0147" in unmasked
    assert "AML-0200" in unmasked


def test_samples_over_time_with_their_alerts_once(house, opened, marrow):
    entered = replace(marrow, findings=Findings(auer_rods=True))
    cases = [house.finished(entered), house.finished(marrow), house.finished(entered)]
    at = opened("board", board=board_of(house, *cases, layout=Layout.SERIAL))
    said = words(at)
    assert said.count("Exclude APL urgently") == 1
    assert "(Sample 1, Sample 3)" in said
    assert "Blasts and blast equivalents" in said
    assert said.count("day 0") or said.count("day\u00a00")
    assert "AML-0147" not in everything(at)


def test_a_label_free_case_says_what_its_classes_rest_on_and_withholds_markers(house, opened):
    at = opened("board", board=board_of(house, house.label_free(fakes.REAL)))
    assert "Another domain" in words(at)
    assert "learned from simulated cells" in words(at)
    assert str(fakes.MARK) not in everything(at)
    synthetic = words(opened("board", board=board_of(house, house.label_free(fakes.SYNTHETIC))))
    assert "belong to no patient" in synthetic
    assert str(fakes.MARK) in synthetic


def test_a_review_is_seen_at_the_next_look(house, opened, marrow):
    case = house.finished(marrow)
    link = board_of(house, case)
    assert "1 cell reviewed" not in words(opened("board", board=link))
    cell = house.store.seen(case).cells[0].id
    house.store.add_review(case, Review(cell, "dr b", house.store.case(case).created, "", "monocyte"))
    assert "1 cell reviewed" in words(opened("board", board=link))


def test_deleted_cases_and_unknown_links_are_told(house, opened, marrow):
    case = house.finished(marrow, 1)
    link = board_of(house, case)
    house.store.delete_case(case, actor="a", reason="withdrawn")
    assert "Nothing on this board" in words(opened("board", board=link))
    assert "no such board" in words(opened("board", board="board-0")).lower()


def test_a_board_is_made_changed_and_deleted_on_the_page(house, opened, marrow):
    case = house.finished(marrow)
    at = opened("board")
    assert "No board yet" in words(at)
    assert "Still needed: a title and 1 case" in words(at)
    at.text_input(key="board.0.title").set_value("Ward two").run()
    at.multiselect(key="board.0.cases.one").set_value([case]).run()
    at.button(key="board.0.save").click().run()
    assert not at.exception
    made = house.store.board.all()
    assert [(board.title, board.masked, board.actor) for board in made] == [("Ward two", True, "local user")]
    assert made[0].cases[0].cells
    assert made[0].cases[0].fields
    at.button(key=f"change-{made[0].id}").click().run()
    at.text_input(key="board.2.title").set_value("on aml-0147").run()
    at.button(key="board.2.save").click().run()
    assert "identifies nobody" in words(at)
    at.toggle(key="board.2.masked").set_value(False).run()
    at.button(key="board.2.save").click().run()
    assert [board.title for board in house.store.board.all()] == ["on aml-0147"]
    at.button(key=f"delete-{made[0].id}").click().run()
    assert house.store.board.all() == []


def test_cells_picked_on_the_cases_page_can_be_taken(house, opened, marrow):
    case = house.finished(marrow)
    picked = tuple(cell.id for cell in house.store.seen(case).cells[5:8])
    at = opened("board")
    at.session_state[f"case.picked.{case}"] = picked
    at.text_input(key="board.0.title").set_value("Picked").run()
    at.multiselect(key="board.0.cases.one").set_value([case]).run()
    at.button(key="board.0.save").click().run()
    assert house.store.board.all()[0].cases[0].cells == picked


def test_the_days_of_samples_can_be_entered(house, opened, marrow):
    cases = [house.finished(marrow), house.finished(marrow)]
    at = opened("board")
    at.text_input(key="board.0.title").set_value("Course").run()
    at.button_group(key="board.0.layout").set_value("serial").run()
    at.selectbox(key="board.0.pseudonym").set_value("AML-0147").run()
    at.toggle(key="board.0.days").set_value(True).run()
    at.number_input(key=f"board.0.day.{cases[1]}").set_value(28).run()
    at.button(key="board.0.save").click().run()
    assert not at.exception
    board = house.store.board.all()[0]
    assert {one.case: one.day for one in board.cases} == {cases[0]: 0, cases[1]: 28}
    said = words(opened("board", board=board.id))
    assert "day\u00a028" in said
    assert "entered by who made this board" in said


def test_the_case_that_the_address_names_is_chosen(house, opened, marrow):
    house.finished(marrow, 1)
    case = house.finished(marrow, 1)
    assert opened("board", case=case).multiselect(key="board.0.cases.one").value == [case]


def test_a_viewer_may_look_and_not_make(house, opened, marrow, monkeypatch):
    link = board_of(house, house.finished(marrow))
    monkeypatch.setattr(who, "role", lambda: Role.VIEWER)
    assert "Case A" in words(opened("board", board=link))
    at = opened("board")
    assert not at.text_input
    assert not at.button
    assert escape(who.refusal(Right.REVIEW)) in words(at)


def test_slides_travel_with_signed_addresses_and_without_ids(house, marrow):
    case = house.finished(marrow, 1)
    seen = house.store.seen(case)
    shown = Shown(case, (seen.cells[0].id,), (seen.images[0].id,))
    slides = charts.slides(shown, seen, vocabulary("shipped16"))
    told = stepper.data_of([("Case A", [(case, slide) for slide in slides])])["columns"][0]["slides"]
    assert ["/api/crop/" in told[0]["address"], "/api/picture/" in told[1]["address"]] == [True, True]
    assert all("sig=" in slide["address"] and "item" not in slide for slide in told)
