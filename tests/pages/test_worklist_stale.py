"""On a case's page: other models are told, and neither a new run nor a failed one hides the earlier result."""

from core import recompute
from core.doors.desk import Mark
from core.protocols import RunState
from core.records import Modality
from pages.components import worklist_stale
from tests.pages.conftest import words

NOW = {Modality.SMEAR: (Mark("detector", "stand-in detector", "d" * 64), Mark("classifier", "better", "e" * 64))}


def test_other_models_are_told_and_the_case_is_analysed_again(house, opened, marrow, monkeypatch):
    monkeypatch.setattr(worklist_stale, "installed", lambda: NOW)
    case_id = house.finished(marrow, 6)
    at = opened("case", case=case_id)
    said = words(at)
    assert "Other models are installed now" in said
    assert "stand-in classifier cccccccc → better eeeeeeee" in said
    assert "Finds cells" not in said.split("Other models are installed now")[1].split("</div>")[0]
    at.button(key=f"stale-again-{case_id}").click().run()
    again = house.store.case(case_id).run
    assert again.state is RunState.QUEUED
    said = words(at)
    assert "What follows is the earlier result." in said
    assert "Counted cells" in said
    house.store.advance_run(again.id, RunState.RUNNING)
    house.store.advance_run(again.id, RunState.FAILED, message="no room left")
    said = words(opened("case", case=case_id))
    assert "no room left" in said
    assert "Counted cells" in said


def test_a_case_of_the_installed_models_says_nothing(house, opened, marrow, monkeypatch):
    case_id = house.finished(marrow, 6)
    now = {Modality.SMEAR: house.store.desk.line(case_id).spoke}
    monkeypatch.setattr(worklist_stale, "installed", lambda: now)
    at = opened("case", case=case_id)
    assert "Other models are installed now" not in words(at)
    at.text_area(key=f"note-{case_id}").set_value("smudges").run()
    at.button(key=f"note-add-{case_id}").click().run()
    assert [note.text for note in house.store.desk.notes(case_id)] == ["smudges"]
    assert [box.label for box in at.expander if box.label.startswith("Notes")] == ["Notes (1)"]


def test_a_swap_is_told_by_what_the_model_does():
    old = (Mark("detector", "finder", "1" * 64), Mark("phenotyper", "namer", "2" * 64))
    swaps = recompute.swaps(old, (Mark("detector", "finder", "3" * 64),))
    assert worklist_stale.told(swaps) == (
        "Finds cells: finder 11111111 → finder 33333333; Names cells: namer 22222222 → none"
    )
    assert "<dt>Finds cells</dt>" in worklist_stale.listed(swaps)
