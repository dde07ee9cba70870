"""The case page: progress while a run goes on, then the plain result, with nothing louder than the alerts."""

from dataclasses import replace

from streamlit.testing.v1 import AppTest

from core.jobs import runs as jobs
from core.protocols import RunState
from core.records import Domain, Findings, Modality, Specimen
from pages.components import state
from tests.pages.conftest import words


def test_the_result_keeps_the_two_shares_apart(house, opened, marrow):
    said = words(opened("case", case=house.finished(marrow)))
    blasts, cblc = said.index("Blasts and blast equivalents"), said.index("<h3>CBLC-3</h3>")
    assert blasts < cblc
    assert said[blasts:cblc].count('class="mark"') == 3  # marrow: 5, 10, 20 %
    assert 'class="mark"' not in said[cblc:]
    assert "no diagnostic band" in said[cblc:]
    assert "WHO 5th ed. 2022" in said
    assert "ICC 2022 / ELN 2022" in said
    assert "M:E ratio" in said
    assert "stand-in detector" in said


def test_blood_has_marks_of_its_own_and_no_me_ratio(house, opened, marrow):
    said = words(opened("case", case=house.finished(replace(marrow, specimen=Specimen.BLOOD))))
    assert said.count('class="mark"') == 4
    assert "M:E ratio" not in said
    assert "Erythroblasts per 100 leukocytes" in said


def test_the_urgent_alert_stands_above_every_number(house, opened, marrow):
    case_id = house.finished(replace(marrow, findings=Findings(auer_rods=True)))
    said = words(opened("case", case=case_id))
    assert said.index("Exclude APL urgently") < said.index("Blasts and blast equivalents")


def test_the_urgent_alert_stays_when_numbers_are_withheld(house, opened, marrow):
    case_id = house.finished(replace(marrow, findings=Findings(apl=True)), 1)
    said = words(opened("case", case=case_id))
    assert "Exclude APL urgently" in said
    assert "Numbers withheld" in said
    assert "fewer than 50" in said


def test_the_urgent_alert_does_not_wait_for_the_analysis(house, opened, marrow):
    info = replace(marrow, findings=Findings(auer_rods=True))
    waiting = house.case(info, 1)
    assert "Exclude APL urgently" in words(opened("case", case=waiting))
    jobs.start_run(house.store, waiting, actor="test")
    assert "Exclude APL urgently" in words(opened("case", case=waiting))
    assert "Exclude APL" not in words(opened("case", case=house.case(marrow, 1)))


def test_a_synthetic_case_says_so(house, opened, marrow):
    case_id = house.finished(replace(marrow, domain=Domain.PROCEDURAL))
    assert "belong to no patient" in words(opened("case", case=case_id))


def test_every_section_is_made_by_itself_with_the_shares_on_top(house, opened, marrow):
    case_id = house.finished(marrow, doubts=True)
    at = opened("case", case=case_id)
    assert 'aria-label="Shares now"' not in words(at)
    for section, said in (("Differential", "Choose a class"), ("Fields", ""), ("Cells", ""), ("Details", "Digest")):
        at.session_state[f"{state.CASE_SECTION}.{case_id}"] = section
        at.run()
        assert not at.exception, at.exception
        assert said in words(at)
        assert 'aria-label="Shares now"' in words(at)
        assert "WHO 5th ed. 2022" not in words(at)


def test_a_class_picked_in_the_differential_is_shown_in_the_gallery():
    def script():
        from pages.components import smear

        smear._to_class("c", "blast")

    at = AppTest.from_function(script).run()
    assert not at.exception, at.exception
    assert at.session_state[f"{state.CASE_SECTION}.c"] == "Cells"
    assert at.session_state[f"{state.CASE_CLASS}.c"] == "blast"
    assert at.session_state[f"{state.CASE_PICKED}.c"] == ()


def test_a_run_can_be_cancelled_and_resumed(house, opened, marrow):
    case_id = house.case(marrow, 3)
    run_id = jobs.start_run(house.store, case_id, actor="test")
    at = opened("case", case=case_id)
    assert "0 of 3 fields" in words(at) or "waiting its turn: 3 fields" in words(at)
    at.button(key=f"cancel-{run_id}").click().run()
    assert house.store.run(run_id).state is RunState.CANCELLED
    at.run()
    at.button(key=f"resume-{run_id}").click().run()
    assert house.store.run(run_id).state is RunState.QUEUED


def test_label_free_images_are_stored_and_nothing_is_promised(house, opened, marrow, monkeypatch):
    monkeypatch.setattr("core.tools.label_free_installed", lambda _: False)
    case_id = house.store.add_case(replace(marrow, modality=Modality.DPC, vocabulary="dpc4"), actor="test")
    said = words(opened("case", case=case_id))
    assert "No network is installed for label-free images" in said


def test_an_unknown_case_is_told_and_another_can_be_chosen(house, opened, marrow):
    house.case(marrow)
    at = opened("case", case="case-0000000000000000")
    assert "Not possible" in words(at)
    assert at.selectbox[0].options == ["AML-0147"]
