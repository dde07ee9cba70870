"""The page of a case's robustness: asked for, watched, read, outdated; the tests run behind stand-in tools."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs import robustness as tests_of_cases
from core.people import Right
from core.records import CaseInfo, Findings
from core.robustness.curves import AskedCurves
from core.robustness.records import Asked, Surroundings
from core.robustness.requests import Job, JobState
from models.imaging.perturb import Change
from pages.components import resources, robustness_scenes, state, who
from tests import fakes, label_free_fakes
from tests.pages.conftest import House, words

Opened = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def stand_ins(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The networks that named the cases are asked again: here they are stand-ins."""

    def assembled(settings, modality):
        made = label_free_fakes.tools if modality.value == "dpc" else fakes.tools
        return made(settings)

    monkeypatch.setattr(tests_of_cases, "assemble", assembled)
    monkeypatch.setattr(robustness_scenes, "assemble", assembled)
    yield
    robustness_scenes.forget()
    assert house


def finished(house: House, case_id: str) -> Job:
    """The engine of these tests works at nothing: what a page asked for is done here."""
    job = house.store.robustness_jobs.last(case_id)
    assert job is not None
    assert job.active
    tests_of_cases.done(house.store, resources.settings(), job.id)
    return house.store.robustness_jobs.one(job.id)


def pressed(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click().run()
    assert not at.exception, at.exception
    return at


def test_a_case_that_was_never_tested_says_so_and_can_be_tested(house: House, opened: Opened, marrow: CaseInfo) -> None:
    case_id = house.finished(marrow)
    at = opened("robustness", case=case_id)
    assert "Not tested yet" in words(at)
    pressed(at, "Test the surroundings")
    finished(house, case_id)
    at.run()
    assert not at.exception
    said = words(at)
    assert "Not tested yet" not in said
    for name in ("Own class", "Another class", "Masked out", "As it stands", "All classes"):
        assert name in said
    assert "The background does not decide" in said or "Not decided" in said
    (kept,) = house.store.robustness.results(case_id)
    assert kept.actor
    assert kept.asked == Asked(cells=300)
    assert [button.label for button in at.button if button.label.startswith("Test")] == ["Test again"]


def made(house: House, case_id: str, asked: Asked | AskedCurves | None = None) -> None:
    tests_of_cases.ask(house.store, case_id, asked or Asked(cells=100), actor="Dr Weber")
    job = finished(house, case_id)
    assert job.state is JobState.DONE, job.message


def test_one_setting_may_be_chosen_and_none_may_not(house: House, opened: Opened, marrow: CaseInfo) -> None:
    case_id = house.finished(marrow)
    at = opened("robustness", case=case_id)
    chosen = next(group for group in at.button_group if group.label == "Surroundings")
    at = chosen.set_value([]).run()
    assert next(button for button in at.button if button.label == "Test the surroundings").disabled
    chosen = next(group for group in at.button_group if group.label == "Surroundings")
    at = chosen.set_value([Surroundings.MASKED, Surroundings.SAME_CLASS]).run()
    pressed(at, "Test the surroundings")
    finished(house, case_id)
    (kept,) = house.store.robustness.results(case_id)
    assert kept.asked.settings == (Surroundings.SAME_CLASS, Surroundings.MASKED)


def test_a_later_test_of_fewer_kinds_is_shown_and_does_not_stand_for_the_case(
    house: House, opened: Opened, marrow: CaseInfo
) -> None:
    case_id = house.finished(marrow)
    made(house, case_id)
    assert "A fuller test stands" not in words(opened("robustness", case=case_id))
    made(house, case_id, Asked(cells=100, settings=(Surroundings.MASKED,)))
    said = words(opened("robustness", case=case_id))
    assert "A fuller test stands" in said
    assert "test 2, left out kinds of surroundings or cells that test 1 tried" in said
    assert "Masked out" in said


def test_a_viewer_looks_and_a_reader_tests(
    house: House, opened: Opened, marrow: CaseInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = house.finished(marrow)
    made(house, case_id)
    monkeypatch.setattr(who, "may", lambda right: right is Right.VIEW)
    monkeypatch.setattr(who, "refusal", lambda right: "" if right is Right.VIEW else "This needs the role reader.")
    at = opened("robustness", case=case_id)
    assert "How far each number moves" in [head.value for head in at.header]
    for label in ("Test again", "Draw the curves"):
        button = next(button for button in at.button if button.label == label)
        assert button.disabled
        assert "role reader" in button.help


def test_what_was_tested_before_something_changed_is_outdated(house: House, opened: Opened, marrow: CaseInfo) -> None:
    case_id = house.finished(marrow)
    made(house, case_id)
    assert "Outdated" not in words(opened("robustness", case=case_id))
    house.store.amend_case(case_id, replace(marrow, findings=Findings(apl=True)), actor="test")  # other blasts
    at = opened("robustness", case=case_id)
    said = words(at)
    assert "Outdated" in said
    assert "All classes" in said
    assert "/api/scene/" not in said


def test_a_case_without_an_analysis_has_nothing_to_test(house: House, opened: Opened, marrow: CaseInfo) -> None:
    at = opened("robustness", case=house.case(marrow, 1))
    assert "nothing to test before its analysis is done" in words(at)
    assert not at.button


def test_numbers_that_are_withheld_are_withheld_here_too(house: House, opened: Opened, marrow: CaseInfo) -> None:
    case_id = house.finished(marrow, 2)  # 24 cells: below what a share may be told of
    made(house, case_id)
    said = words(opened("robustness", case=case_id))
    assert "Numbers withheld" in said
    assert "As it stands" not in said
    assert 'class="hb-list hb-advice"' not in said  # the reasons speak of numbers


def test_cells_that_changed_are_shown_before_and_after_and_lead_to_their_field(
    house: House, opened: Opened, marrow: CaseInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network that reads the corner of the picture."""

    class Corner(fakes.ColourClassifier):
        def name(self, crops):
            given = super().name(crops)
            for row, crop in zip(given.probabilities, crops, strict=True):
                if crop.pixels[:3, :3].std(axis=(0, 1)).max() == 0:  # masked out: clear glass, without noise
                    row[:] = row[::-1].copy()
            return given

    monkeypatch.setattr(
        tests_of_cases, "assemble", lambda settings, _: replace(fakes.tools(settings), classifier=Corner())
    )
    case_id = house.finished(marrow)
    made(house, case_id, Asked(settings=(Surroundings.SAME_CLASS, Surroundings.MASKED)))
    (kept,) = house.store.robustness.results(case_id)
    assert len(kept.flipped) == len(kept.tested)
    at = opened("robustness", case=case_id)
    said = words(at)
    assert said.count('class="hb-turned"') == 6
    assert said.count("<figcaption>In its field") == 6
    assert said.count("<figure") == 18
    assert 'class="flipped"' in said
    at = pressed(at, "Show 6 more")
    assert words(at).count('class="hb-turned"') == 12
    number, cell = kept.number, kept.flipped[0].cell
    png = {name: robustness_scenes.scene(case_id, number, cell, name) for name in ("field", "same_class", "masked")}
    assert len({*png.values()}) == 3
    assert all(one.startswith(b"\x89PNG") for one in png.values())
    at = opened("case", case=case_id, cell=cell)
    assert at.session_state[f"{state.CASE_FOCUS}.{case_id}"] == cell
    assert "cell" not in at.query_params


def test_a_label_free_case_has_its_own_numbers_and_fewer_changes(house: House, opened: Opened) -> None:
    case_id = house.label_free(label_free_fakes.REAL)
    made(house, case_id)
    at = opened("robustness", case=case_id)
    said = words(at)
    assert "Granulocyte" in said
    assert "Blasts" not in said
    assert str(label_free_fakes.MARK) not in said
    changes = next(group for group in at.button_group if group.label == "What is made worse")
    assert Change.AZURE.value not in str(changes.value)
    assert "there is no stain" in said
    made(house, case_id, AskedCurves(cells=50))
    at.run()
    assert words(at).count('class="hb-curve"') == 4


def test_curves_are_drawn_with_the_marks_of_the_specimen(house: House, opened: Opened, marrow: CaseInfo) -> None:
    case_id = house.finished(replace(marrow, um_per_px=0.2))
    at = opened("robustness", case=case_id)
    changes = next(group for group in at.button_group if group.label == "What is made worse")
    at = changes.set_value([Change.JPEG, Change.SCALE]).run()
    pressed(at, "Draw the curves")
    job = finished(house, case_id)
    assert job.state is JobState.DONE, job.message
    at.run()
    said = words(at)
    assert said.count('class="hb-curve"') == 2
    assert said.count('class="mark"') > 2
    assert "Crosses" in said
    shares = next(group for group in at.button_group if group.label == "Share")
    at = shares.set_value("cblc.ratio").run()
    assert '<i class="mark" style="top' not in words(at)
    assert "the case’s own interval" in words(at)


def test_a_test_that_is_cancelled_leaves_nothing_and_says_so(house: House, opened: Opened, marrow: CaseInfo) -> None:
    case_id = house.finished(marrow)
    at = opened("robustness", case=case_id)
    pressed(at, "Test the surroundings")
    assert "Waiting for another test" in words(at)
    assert "Nobody takes it up" in words(at)
    pressed(at, "Cancel the test")
    assert "It was cancelled by" in words(at)
    assert house.store.robustness.results(case_id) == []


def test_who_comes_second_is_told_what_goes_on(house: House, opened: Opened, marrow: CaseInfo) -> None:
    """Another page was opened before the first one's test was asked for; and a reload finds it again."""
    case_id = house.finished(marrow)
    at = opened("robustness", case=case_id)
    asked = Asked(cells=100, settings=(Surroundings.MASKED,))
    tests_of_cases.ask(house.store, case_id, asked, actor="Dr Weber")
    pressed(at, "Test the surroundings")
    told = str([at.error, at.markdown, words(at)])
    assert "Dr Weber asked for" in told or "asked for by Dr Weber" in told
    reloaded = words(opened("robustness", case=case_id))
    assert "A test of the surroundings (masked) of at most 100 cells, asked for by Dr Weber" in reloaded
    assert "Another test goes on" in reloaded, "the curves wait"
    finished(house, case_id)
    (kept,) = house.store.robustness.results(case_id)
    assert (kept.asked, kept.actor) == (asked, "Dr Weber")


def test_curves_stay_and_a_smaller_set_does_not_stand_for_the_case(
    house: House, opened: Opened, marrow: CaseInfo
) -> None:
    case_id = house.finished(marrow)
    made(house, case_id, AskedCurves(cells=60, changes=(Change.JPEG,)))
    made(house, case_id, AskedCurves(cells=20, changes=(Change.JPEG,)))
    said = words(opened("robustness", case=case_id))
    assert "set 2, left out changes or cells that set 1 tried" in said
    assert said.count('class="hb-curve"') == 1
    house.store.amend_case(case_id, replace(marrow, findings=Findings(apl=True)), actor="test")
    assert "Outdated" in words(opened("robustness", case=case_id))


def test_what_cannot_be_tested_says_what_to_do(
    house: House, opened: Opened, marrow: CaseInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = house.finished(marrow)
    other = replace(fakes.ColourClassifier.stamp, digest="e" * 64)

    class Other(fakes.ColourClassifier):
        stamp = other

    monkeypatch.setattr(
        tests_of_cases, "assemble", lambda settings, _: replace(fakes.tools(settings), classifier=Other())
    )
    at = opened("robustness", case=case_id)
    pressed(at, "Test the surroundings")
    finished(house, case_id)
    at.run()
    assert "Analyse the case again, then test it" in words(at)


def test_the_case_leads_here_with_one_word(house: House, opened: Opened, marrow: CaseInfo) -> None:
    case_id = house.finished(marrow)
    assert "background: not tested" in words(opened("case", case=case_id))
    made(house, case_id)
    (kept,) = house.store.robustness.results(case_id)
    assert f"background: {kept.verdict.word.value}" in words(opened("case", case=case_id))
