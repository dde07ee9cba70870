"""The review page on a real store. What happens inside the gallery is written as its edits would write it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.appraisals import Drawn
from core.charts import history
from core.doors.review import Deed, Purpose, Sample, SampleStep, StepKind
from core.jobs import runs as jobs
from core.people import Right
from core.records import Domain, Modality, Review, Specimen, Stream
from core.review import reads, signing
from pages.components import state, who
from tests.pages.conftest import House, words

NOW = dt.datetime.now(dt.UTC)
FIRST, SECOND = "local user, first observer", "local user, second observer"


def part(at: AppTest, name: str) -> AppTest:
    at.segmented_control[0].set_value(name).run()
    assert not at.exception, at.exception
    return at


def pressed(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label.startswith(label)).click().run()
    assert not at.exception, at.exception
    return at


def said(house: House, case: str, cells, now: str, stream: Stream, actor: str = "local user", hidden: bool = True):
    at = dt.datetime.now(dt.UTC)
    called = {call.cell: call.label for call in house.store.seen(case).calls}
    house.store.add_reviews(
        case, [Review(cell, actor, at, called[cell], now or called[cell], "", not hidden, stream) for cell in cells]
    )


@pytest.fixture
def case(house: House, marrow) -> str:
    return house.finished(marrow, doubts=True)  # 72 cells


def test_a_case_without_a_result_has_nothing_to_review(house, opened, marrow):
    at = opened("review", case=house.case(marrow, 1))
    assert "nothing to review before its analysis is done" in words(at)


def test_a_signature_is_given_voided_shown_and_taken_back(house, opened, case):
    at = opened("review", case=case)
    assert "Nobody has signed this case" in words(at)
    assert "36 cells of which several classes are possible" in words(at)
    pressed(at, "Sign this content")
    (given,) = house.store.review.signatures(case)
    assert (given.actor, given.role, given.authenticated) == ("local user", "administrator", False)
    content = signing.content(house.store.case(case).info, house.store.images(case), house.store.seen(case), [])
    assert given.content == content
    assert "Signed" in words(at)
    assert "unauthenticated: nobody was signed in" in words(at)
    assert next(button for button in at.button if button.label.startswith("Sign this content")).disabled

    said(house, case, [house.store.seen(case).cells[0].id], "blast", Stream.TARGETED)
    at.run()
    assert "Signature void" in words(at)
    assert "1 review was added" in words(at)
    assert "Signature void" in words(opened("case", case=case))  # everybody sees it

    at.text_input[0].set_value("a second look")
    pressed(at, "Take the signature back")
    assert [one.deed for one in house.store.review.signatures(case)] == [Deed.SIGNED, Deed.REOPENED]
    assert "Reopened by" in words(at)
    assert "a second look" in words(at)
    assert house.store.verify_trail() == len(house.store.trail())


def test_reopening_without_a_reason_changes_nothing(house, opened, case):
    at = pressed(opened("review", case=case), "Sign this content")
    pressed(at, "Take the signature back")
    assert "None" in words(at) or "reason for reopening" in words(at)
    assert [one.deed for one in house.store.review.signatures(case)] == [Deed.SIGNED]


def test_who_may_not_sign_or_review_is_told_and_cannot(opened, case, monkeypatch):
    monkeypatch.setattr(who, "may", lambda right: right is Right.VIEW)
    at = opened("review", case=case)
    assert next(button for button in at.button if button.label.startswith("Sign this content")).disabled
    part(at, "Random sample")
    assert next(button for button in at.button if button.label.startswith("Draw from")).disabled
    part(at, "Two observers")
    assert next(button for button in at.button if button.label.startswith("Begin a round")).disabled


def test_a_sample_is_declared_read_blinded_estimated_and_revealed(house, opened, case):
    at = part(opened("review", case=case), "Random sample")
    assert "never enter that interval" in words(at)
    assert "optional stopping" in words(at)
    at.number_input[0].set_value(10)
    pressed(at, "Draw from")
    (sample,) = house.store.review.samples(case)
    assert (len(sample.cells), sample.blinded, sample.purpose) == (10, True, Purpose.ESTIMATE)
    assert sum(stratum.drawn for stratum in sample.drawn.strata) == 10
    assert "0 of 10 declared cells read" in words(at)
    assert "Three ways" not in " ".join(head.value for head in at.subheader)

    said(house, case, sample.cells[:9], "", Stream.RANDOM)
    said(house, case, sample.cells[9:], "", Stream.TARGETED)  # picked, so it is not read as a drawn one
    at.run()
    assert "9 of 10 declared cells read" in words(at)
    assert "no interval before the last declared cell" in words(at)
    assert "<b>random sample</b>" not in words(at)

    said(house, case, sample.cells[9:], "", Stream.RANDOM)
    at.run()
    assert "<b>random sample</b>" in words(at)
    pressed(at, "Reveal the machine")
    (step,) = house.store.review.steps(case)
    assert (step.kind, step.read) == (StepKind.REVEALED, 10)
    said(house, case, sample.cells[:2], "monocyte", Stream.RANDOM, hidden=False)
    at.run()
    assert "2 were named otherwise: 0 to the machine’s call, 2 away from it" in words(at)


def test_a_sample_of_another_run_is_told_and_another_declared(house, opened, case):
    run = house.store.case(case).run
    cells = tuple(cell.id for cell in house.store.seen(case).cells[:3])
    drawn = reads_of(cells, 72)
    house.store.review.add_sample(case, Sample("old", run.id, Purpose.ESTIMATE, NOW, "a", drawn))
    house.seen(case, jobs.start_run(house.store, case, actor="test"))
    at = part(opened("review", case=case), "Random sample")
    assert "drawn from another run" in words(at)
    assert any(button.label.startswith("Draw from") for button in at.button)


def reads_of(cells, frame):
    return Drawn(cells, dict.fromkeys(cells, len(cells) / frame), frame, 1)


def test_the_flip_test_names_the_fewest_cells_and_hands_them_on(opened, case):
    at = part(opened("review", case=case), "Flip test")
    assert words(at).count("Mark at") == 3  # marrow
    assert "CBLC has no marks" in words(at)
    pressed(at, "Look at them in the case")
    assert at.get("page_link")[0].proto.label == "Review and sign"  # the page of the case
    picked = at.session_state[f"{state.CASE_PICKED}.{case}"]
    assert picked
    assert at.session_state[f"{state.CASE_SECTION}.{case}"] == "Cells"


def test_two_observers_read_apart_are_compared_and_settled(house, opened, case):
    at = part(opened("review", case=case), "Two observers")
    at.number_input[0].set_value(4)
    pressed(at, "Begin a round")
    (sample,) = house.store.review.samples(case)
    a, b, c, d = sample.cells
    before = house.store.seen(case)
    assert next(button for button in at.button if button.label.startswith("End the round")).disabled
    said(house, case, (a, b), "plasma_cell", Stream.OBSERVER, FIRST)
    said(house, case, (c, d), "", Stream.OBSERVER, FIRST)
    said(house, case, (a,), "plasma_cell", Stream.OBSERVER, SECOND)
    said(house, case, (b, c, d), "", Stream.OBSERVER, SECOND)
    at.run()
    assert "second observer: 4 of 4" in words(at)
    assert "plasma" not in words(at)  # what anybody said is not told while the round goes on
    part(at, "History")
    assert "8 reads of a round of observers that goes on" in words(at)
    assert "plasma" not in words(at)
    part(at, "Two observers")
    pressed(at, "End the round and compare")
    told = words(at)
    assert "3 of 4 cells that both read" in told
    assert "1 cell in dispute, 1 on which both agree" in told
    pressed(at, "Take over what both say of 1 cell")
    taken = [review for review in house.store.reviews(case) if review.stream is Stream.ADJUDICATED]
    assert [(review.cell, review.now) for review in taken] == [(a, "plasma_cell")]
    said(house, case, (b,), "blast", Stream.ADJUDICATED, hidden=False)
    at.run()
    assert "No cell is in dispute" in words(at)
    people = reads.readers(sample, [sample], [], house.store.reviews(case))
    assert reads.queue(people[0], people[1], before, house.store.reviews(case)).settled == (a, b)


def test_history_keeps_every_word_of_a_cell(house, opened, case):
    cell = house.store.seen(case).cells[0].id
    said(house, case, [cell], "blast", Stream.TARGETED, hidden=False)
    said(house, case, [cell], "monocyte", Stream.TARGETED, "Dr Weber", hidden=False)
    at = part(opened("review", case=case), "History")
    told = words(at)
    assert "Dr Weber" in told
    assert told.index("monocyte") < told.index("call in view")
    at.selectbox[0].set_value(cell).run()
    assert words(at).count("picked") == 2
    assert len(history.lines(house.store.reviews(case), who.resources.vocabulary("shipped16"), cell)) == 2


def test_readers_learn_of_themselves_and_meet_cells_again(house, opened, case):
    at = part(opened("review", case=case), "Readers")
    assert "Nobody has read yet" in words(at)
    cells = [cell.id for cell in house.store.seen(case).cells[:3]]
    said(house, case, cells, "", Stream.RANDOM)
    at.run()
    assert "100 % <small>" in words(at)
    pressed(at, "Draw them")
    (sample,) = house.store.review.samples(case)
    assert (sample.purpose, set(sample.cells)) == (Purpose.REPEAT, set(cells))
    said(house, case, cells[:1], "", Stream.OBSERVER)
    assert "1 of 3 met again" in words(at.run())


def test_repeats_wait_for_a_round_of_observers(house, opened, case):
    run = house.store.case(case).run
    cells = tuple(cell.id for cell in house.store.seen(case).cells[:3])
    said(house, case, cells, "", Stream.RANDOM)
    round_ = Sample("round", run.id, Purpose.OBSERVERS, NOW, "a", reads_of(cells, 72))
    house.store.review.add_sample(case, round_)
    at = part(opened("review", case=case), "Readers")
    assert "repeats can be drawn when it has ended" in words(at)
    house.store.review.add_step(case, SampleStep("round", StepKind.CLOSED, NOW, "a"))
    at.run()
    assert any(button.label == "Draw them" for button in at.button)


def test_a_label_free_case_has_no_composite_to_estimate(house, opened, marrow):
    info = replace(marrow, specimen=Specimen.BLOOD, modality=Modality.DPC, vocabulary="dpc4", domain=Domain.PROCEDURAL)
    at = opened("review", case=house.label_free(info))
    assert list(at.segmented_control[0].options) == ["Sign-off", "Two observers", "History", "Readers"]
    pressed(at, "Sign this content")
    assert "Signed" in words(at)
