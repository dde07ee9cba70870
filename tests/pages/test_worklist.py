"""The worklist: what is there, what is found, saved, tagged, noted, analysed again and deleted."""

from dataclasses import replace

import pytest

from core.doors.desk import Filters, Mark
from core.errors import NotFound
from core.jobs import runs as jobs
from core.people import Role
from core.protocols import RunState
from core.records import Domain, Modality, Specimen
from core.robustness import standing
from core.vocabulary import vocabulary
from pages.components import who, worklist_stale
from tests.core.robustness.made import result
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


def test_a_test_of_the_surroundings_is_told_until_its_cells_count_as_something_else(house, opened, marrow):
    case_id = house.finished(marrow, 2)
    assert ">background: " not in words(opened())
    seen, run = house.store.seen(case_id), house.store.case(case_id).run.id
    cells = tuple(cell.id for cell in seen.cells)
    calls = standing.digest(seen, marrow, vocabulary("shipped16"))
    house.store.robustness.add(case_id, result(run, cells, standing.model(seen), calls=calls), actor="test")
    assert "background: undecided" in words(opened())
    apl = replace(marrow.findings, apl=not marrow.findings.apl)
    house.store.amend_case(case_id, replace(marrow, findings=apl), actor="test")
    assert "background: outdated" in words(opened())


def test_deleting_asks_first_and_leaves_the_trail(house, opened, marrow):
    case_id = house.case(marrow, 1)
    at = opened()
    at.button(key=f"more-{case_id}").click().run()
    at.text_input(key=f"reason-{case_id}").set_value("uploaded twice").run()
    at.button(key=f"delete-{case_id}").click().run()
    assert not at.exception
    assert "AML-0147 was deleted." in words(at)
    assert "No case yet." in words(at)
    with pytest.raises(NotFound):
        house.store.case(case_id)
    assert [event.action for event in house.store.trail(case_id)][-1] == "case.deleted"


def test_a_pseudonym_is_never_markup(house, opened, marrow):
    house.case(replace(marrow, pseudonym="A-1", centre="<img src=x onerror=alert(1)>"))
    said = words(opened())
    assert "<img" not in said
    assert "&lt;img" in said


def test_filters_are_saved_applied_forgotten_and_still_there_on_return(house, opened, marrow):
    house.case(marrow)
    house.case(replace(marrow, pseudonym="CTRL-02", specimen=Specimen.BLOOD))
    at = opened()
    at.selectbox(key="worklist.specimen").set_value(Specimen.BLOOD).run()
    at.text_input(key="worklist.search").set_value("ctrl").run()
    next(box for box in at.text_input if box.label == "Save the filters as").set_value("blood controls")
    next(button for button in at.button if button.label == "Save").click().run()
    saved = house.store.desk.filters("local user")
    assert [(one.name, one.filters) for one in saved] == [
        ("blood controls", Filters(text="ctrl", specimen=Specimen.BLOOD))
    ]
    at.button(key="filters-clear").click().run()
    assert "AML-0147" in words(at)
    at.button(key="filter-0").click().run()
    assert "AML-0147" not in words(at)
    assert at.text_input(key="worklist.search").value == "ctrl"
    at.switch_page("about.py").run()
    at.switch_page("worklist.py").run()
    assert at.selectbox(key="worklist.specimen").value is Specimen.BLOOD
    at.button(key="filter-delete-0").click().run()
    assert house.store.desk.filters("local user") == ()


def test_pages_are_turned_and_a_filter_begins_at_the_first(house, opened, marrow):
    for number in range(30):
        house.case(replace(marrow, pseudonym=f"AML-{number:04d}"))
    at = opened()
    assert "1–25 of 30 cases" in words(at)
    at.button(key="page-next").click().run()
    said = words(at)
    assert "26–30 of 30 cases" in said
    assert "AML-0000" in said
    assert "AML-0029" not in said
    at.text_input(key="worklist.search").set_value("aml").run()
    assert "1–25 of 30 cases" in words(at)


def test_ticked_cases_are_tagged_and_analysed_together(house, opened, marrow):
    one, two = house.case(marrow, 1), house.case(replace(marrow, pseudonym="B-2"), 1)
    bare = house.case(replace(marrow, pseudonym="C-3"))
    at = opened()
    at.checkbox(key=f"pick-{one}").check().run()
    assert "1 case chosen" in words(at)
    at.button(key="bulk-all").click().run()
    assert "3 cases chosen" in words(at)
    house.store.desk.tag([one], "pilot", actor="test")
    gone = house.store.add_case(marrow, actor="test")
    at.run()
    at.checkbox(key=f"pick-{gone}").check().run()
    house.store.delete_case(gone, actor="another", reason="made twice")
    at.run()
    assert "3 cases chosen" in words(at)
    at.selectbox(key="bulk-tag").set_value("pilot").run()
    at.button(key="bulk-add").click().run()
    assert [house.store.desk.line(case).tags for case in (one, two, bare)] == [("pilot",)] * 3
    at.button(key="bulk-again").click().run()
    assert [house.store.case(case).run is not None for case in (one, two, bare)] == [True, True, False]
    assert "2 analyses queued. 1 case left out: Expected pictures" in words(at)
    assert "chosen</b>" not in words(at)


def test_a_failed_run_is_retried_a_waiting_one_cancelled_and_gone_on_with(house, opened, marrow):
    case_id = house.case(marrow, 1)
    first = jobs.start_run(house.store, case_id, actor="test")
    house.store.advance_run(first, RunState.RUNNING)
    house.store.advance_run(first, RunState.FAILED, message="no room <b>left</b>")
    at = opened()
    assert "no room &lt;b&gt;left" in words(at)
    for state in (RunState.QUEUED, RunState.CANCELLED, RunState.QUEUED):
        at.button(key=f"mend-{case_id}").click().run()
        assert house.store.case(case_id).run.state is state
    assert house.store.case(case_id).run.id != first


def test_notes_are_added_and_what_may_identify_is_asked_about(house, opened, marrow):
    case_id = house.case(marrow)
    at = opened()
    at.button(key=f"more-{case_id}").click().run()
    at.text_area(key=f"note-{case_id}").set_value("smudges <i>everywhere</i>").run()
    at.button(key=f"note-add-{case_id}").click().run()
    assert "smudges &lt;i&gt;everywhere" in words(at)
    at.text_area(key=f"note-{case_id}").set_value("born 3.5.1961").run()
    at.button(key=f"note-add-{case_id}").click().run()
    assert "The note holds a date." in words(at)
    assert len(house.store.desk.notes(case_id)) == 1
    at.checkbox(key=f"note-sure-{case_id}").check().run()
    at.button(key=f"note-add-{case_id}").click().run()
    assert [note.text for note in house.store.desk.notes(case_id)] == ["smudges <i>everywhere</i>", "born 3.5.1961"]


def test_cases_named_by_other_models_are_flagged_found_and_analysed_again(house, opened, marrow, monkeypatch):
    now = {Modality.SMEAR: (Mark("detector", "new detector", "1" * 64), Mark("classifier", "new", "2" * 64))}
    monkeypatch.setattr(worklist_stale, "installed", lambda: now)
    case_id = house.finished(marrow, 2)
    house.case(replace(marrow, pseudonym="B-2"), 1)
    at = opened()
    assert words(at).count(">other models<") == 1
    at.selectbox(key="worklist.stale").set_value(True).run()
    assert "B-2" not in words(at)
    at.button(key=f"more-{case_id}").click().run()
    assert "new detector" in words(at)
    assert "must be reviewed again" in words(at)
    at.button(key="stale-all").click().run()
    assert house.store.case(case_id).run.state is RunState.QUEUED
    assert house.store.desk.line(case_id).spoke[0].name == "stand-in detector"


def test_a_viewer_may_look_and_change_nothing(house, opened, marrow, monkeypatch):
    case_id = house.case(marrow, 1)
    monkeypatch.setattr(who, "role", lambda: Role.VIEWER)
    at = opened()
    assert at.button(key=f"mend-{case_id}").disabled
    at.button(key=f"more-{case_id}").click().run()
    assert at.text_area(key=f"note-{case_id}").disabled
    assert at.multiselect(key=f"tags-{case_id}").disabled
    assert "needs the role administrator" in words(at)
    assert [button.label for button in at.button if button.label == "Delete this case"] == []


def test_who_made_a_case_may_delete_it(house, opened, marrow, monkeypatch):
    mine, others = house.store.add_case(marrow, actor="dr a"), house.store.add_case(marrow, actor="dr b")
    monkeypatch.setattr(who, "role", lambda: Role.READER)
    monkeypatch.setattr(who, "actor", lambda: "dr a")
    at = opened()
    for case_id, may in ((mine, True), (others, False)):
        at.button(key=f"more-{case_id}").click().run()
        assert any(button.key == f"delete-{case_id}" for button in at.button) is may
