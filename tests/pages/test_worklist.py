"""The worklist: what is there, what is found, what is deleted."""

from dataclasses import replace

from core.errors import NotFound
from core.jobs import runs as jobs
from core.records import Domain, Specimen
from tests.pages.conftest import words


def test_an_empty_worklist_says_what_to_do(opened):
    assert "No case yet." in words(opened())


def test_cases_are_listed_with_state_and_synthetic_mark(house, opened, marrow):
    house.case(marrow, 2)
    house.finished(replace(marrow, pseudonym="drawn one", domain=Domain.PROCEDURAL), 2)
    said = words(opened())
    assert "AML-0147" in said
    assert "not analysed" in said
    assert "finished" in said
    assert said.count(">synthetic<") == 1


def test_search_and_filters_narrow_the_list(house, opened, marrow):
    house.case(marrow)
    house.case(replace(marrow, pseudonym="CTRL-02", specimen=Specimen.BLOOD))
    at = opened()
    at.text_input(key="worklist.search").set_value("ctrl").run()
    assert "CTRL-02" in words(at)
    assert "AML-0147" not in words(at)
    at.text_input(key="worklist.search").set_value("").run()
    at.selectbox(key="worklist.specimen").set_value(Specimen.MARROW).run()
    assert "AML-0147" in words(at)
    assert "CTRL-02" not in words(at)
    at.text_input(key="worklist.search").set_value("nobody").run()
    assert "No case matches." in words(at)


def test_a_run_that_goes_on_shows_its_bar(house, opened, marrow):
    case_id = house.case(marrow, 4)
    jobs.start_run(house.store, case_id, actor="test")
    said = words(opened())
    assert 'role="progressbar"' in said
    assert "waiting its turn: 4 fields" in said


def test_deleting_asks_first_and_leaves_the_trail(house, opened, marrow):
    case_id = house.case(marrow, 1)
    at = opened()
    at.text_input(key=f"reason-{case_id}").set_value("uploaded twice").run()
    at.button(key=f"delete-{case_id}").click().run()
    assert not at.exception
    assert "AML-0147 was deleted." in words(at)
    assert "No case yet." in words(at)
    try:
        house.store.case(case_id)
    except NotFound:
        pass
    else:
        raise AssertionError("the case is still there")
    assert [event.action for event in house.store.trail(case_id)][-1] == "case.deleted"


def test_a_pseudonym_is_never_markup(house, opened, marrow):
    house.case(replace(marrow, pseudonym="A-1", centre="<img src=x onerror=alert(1)>"))
    said = words(opened())
    assert "<img" not in said
    assert "&lt;img" in said
