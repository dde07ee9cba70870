"""Teaching: what may be practised, what the browser is told and sends, whose answers are kept, decks by right."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from core.doors.review import Deed, Signature
from core.doors.teaching import Answer, Item, Origin
from core.people import Role
from core.records import Domain, Review
from core.review import signing
from core.teaching import practice, synthetic
from core.vocabulary import vocabulary
from pages.components import resources, teaching_cells, teaching_sources, who
from pages.components.teaching_matrix import component as matrix
from pages.components.teaching_quiz import component as quiz
from tests.pages.conftest import words

NOW = dt.datetime(2026, 5, 4, 8, 0, tzinfo=dt.UTC)
WORDS = vocabulary("shipped16")


@pytest.fixture
def reviewed(house, marrow) -> str:
    """A case with 36 cells, every one of its last two fields' cells named by somebody."""
    case_id = house.finished(marrow, 3, doubts=True)
    seen = house.store.seen(case_id)
    said = [Review(c.cell, "dr a", NOW, c.label, c.label, "", True) for c in seen.calls[-24:]]
    house.store.add_reviews(case_id, said)
    return case_id


def made(name: str, learner: str = "local user"):
    pool = teaching_sources.sources(WORDS)
    return teaching_sources.made(name, pool, resources.store().teaching.decks(), WORDS, learner)


def batch(*answers, client: str = "tab"):
    return {
        "client": client,
        "answers": [dict(zip(("number", "id", "given", "seconds"), a, strict=True)) for a in answers],
    }


def test_without_a_reviewed_cell_there_is_the_endless_deck(opened):
    at = opened("teaching")
    assert at.selectbox[0].options == ["Drawn cells without end (synthetic)"]
    assert "no proof of competence" in words(at)


def test_reviewed_cells_can_be_practised_and_called_ones_cannot(opened, reviewed):
    found = teaching_sources.sources(WORDS)
    assert [(source.row.id, len(source.items)) for source in found] == [(reviewed, 24)]
    assert {item.origin for item in found[0].items} == {Origin.REVIEWED}
    at = opened("teaching")
    assert at.selectbox[0].options[0].startswith("Reviewed cells of this laboratory")


@pytest.mark.usefixtures("reviewed")
def test_an_example_beside_a_cell_is_never_asked():
    asked, beside = practice.kept_apart([item for s in teaching_sources.sources(WORDS) for item in s.items])
    assert len(asked) + sum(map(len, beside.values())) == 24
    one = made(practice.REAL)
    shown = {item.id for items in one.examples.values() for item in items}
    assert not shown & {item.id for item in one.items}
    assert all(one.examples[code] for code in WORDS.codes)  # drawn ones where nobody reviewed any


def test_a_question_says_the_truth_who_says_so_and_what_the_model_said(reviewed):
    data = quiz.data_of(made(practice.REAL), [], NOW)
    first = data["queue"][0]
    assert len(data["queue"]) == quiz.AHEAD
    assert first["said"] == "Reviewed by dr a"
    assert first["src"].startswith(f"/api/crop/{reviewed}/")
    assert first["field"]["src"].startswith(f"/api/picture/{reviewed}/")
    assert first["call"]["shares"][0][2] == "90 %"
    assert first["call"]["possible"].startswith("Its set of possible classes: ")
    assert {one["key"] for one in data["classes"]} == {one.key for one in WORDS.classes}
    assert data["apart"]["blast"]["promyelocyte"]
    assert data["tally"]["right"] == "No answer in this sitting yet"


@pytest.mark.usefixtures("house")
def test_an_endless_question_is_drawn_and_no_model_looked_at_it():
    data = quiz.data_of(made(practice.ENDLESS), [], NOW)
    assert all(one["synthetic"] and one["call"] is None and one["field"] is None for one in data["queue"])
    assert data["queue"][0]["src"].startswith("/api/drawn/cell/")
    assert data["tally"]["total"] == 0


@pytest.mark.usefixtures("reviewed")
def test_answers_are_kept_once_however_often_they_are_sent(house):
    one, acks = made(practice.REAL), {}
    first, second = (ask.item for ask in one.upcoming([], NOW, 2))
    sent = [(1, first.id, first.label, 2.0), (2, second.id, "other", 3.0)]
    assert quiz.take(house.store, one, batch(sent[0]), acks, NOW) == []
    assert quiz.take(house.store, one, batch(*sent), acks, NOW) == []
    assert quiz.take(house.store, one, batch(*sent), {}, NOW) == []  # as after a restart of the server
    assert acks == {"tab": 2}
    kept = house.store.teaching.answers("local user")
    assert [(a.item.id, a.right, a.session, a.deck) for a in kept] == [
        (first.id, True, one.session, practice.REAL),
        (second.id, False, one.session, practice.REAL),
    ]
    tally = quiz.data_of(one, kept, NOW)["tally"]
    assert tally["right"] == "1 of 2 right at first sight, 50 % (9–91 %)"
    assert tally["due"] == "1 missed cell still to be learned."
    assert one.upcoming(kept, NOW, 5)[4].item.id == second.id  # after four others


@pytest.mark.usefixtures("reviewed")
def test_the_truth_that_counts_is_the_servers(house):
    one, acks = made(practice.REAL), {}
    ask = one.upcoming([], NOW, 1)[0].item
    sent = batch((1, ask.id, ask.label, float("nan"))) | {"truth": "other"}
    assert quiz.take(house.store, one, sent, acks, NOW) == []
    assert [(a.right, a.seconds) for a in house.store.teaching.answers("local user")] == [(True, 0.0)]


@pytest.mark.parametrize(
    ("id", "given", "told"),
    [("case-x/cell-y", "blast", "a cell of this practice"), (None, "no class", "a class of shipped16")],
)
@pytest.mark.usefixtures("reviewed")
def test_what_cannot_be_kept_is_told_and_not_asked_for_again(house, id, given, told):
    one, acks = made(practice.REAL), {}
    item = one.items[0]
    problems = quiz.take(house.store, one, batch((1, id or item.id, given, 1.0), (2, item.id, "blast", 1.0)), acks, NOW)
    assert [told in problem for problem in problems] == [True]
    assert acks == {"tab": 2}
    assert len(house.store.teaching.answers("local user")) == 1


@pytest.mark.parametrize("nothing", [None, {}, {"client": "tab", "answers": None}, {"client": "", "answers": []}])
def test_an_empty_message_changes_nothing(house, nothing):
    acks = {"tab": 3}
    assert quiz.take(house.store, made(practice.ENDLESS), nothing, acks, NOW) == []
    assert acks == {"tab": 3}


def test_a_cell_of_a_deleted_case_is_still_asked_for_nothing(house, reviewed):
    one = made(practice.REAL)
    house.store.delete_case(reviewed, actor="test", reason="no longer needed")
    assert teaching_cells.place(one.items[0]) is None
    problems = quiz.take(house.store, one, batch((1, one.items[0].id, "blast", 1.0)), {}, NOW)
    assert ["no such case" in problem for problem in problems] == [True]


@pytest.mark.usefixtures("reviewed")
def test_the_score_keeps_drawn_cells_apart(house, opened):
    one = made(practice.REAL)
    drawn = made(practice.ENDLESS)
    answers = []
    for number, (sitting, item) in enumerate([(one, one.items[0]), (drawn, synthetic.examples("band")[0])]):
        answers.append(sitting.answered(f"tab-{number}", item.id, item.label, 2.0, NOW))
    house.store.teaching.add_answers(answers, actor="local user")
    at = opened("teaching")
    at.button_group(key="teaching.part").set_value("Score").run()
    assert not at.exception
    assert "1 of 1 cells" in words(at)
    assert "drawn by a program" not in words(at)
    at.button_group(key="teaching.kind").set_value(True).run()
    assert not at.exception
    assert "were drawn by a program" in words(at)
    assert "1 of 1 cells" in words(at)


def test_a_score_can_be_held_against_labels_of_one_origin(house, opened, reviewed):
    one, cells = made(practice.REAL), house.store.seen(reviewed).cells
    signed = Item(reviewed, cells[0].id, "blast", Origin.SIGNED)
    kept = one.answered("tab-1", one.items[0].id, one.items[0].label, 1.0, NOW)
    house.store.teaching.add_answers([kept, replace(kept, id="tab-2", item=signed, given="band")], actor="local user")
    at = opened("teaching")
    at.button_group(key="teaching.part").set_value("Score").run()
    assert "1 of 2 cells" in words(at)
    at.button_group(key="teaching.against.signed-reviewed").set_value([Origin.SIGNED]).run()
    assert not at.exception
    assert "0 of 1 cells" in words(at)
    at.button_group(key="teaching.against.signed-reviewed").set_value([]).run()
    assert "None of these yet" in words(at)


def test_an_empty_score_says_what_comes(opened):
    at = opened("teaching")
    at.button_group(key="teaching.part").set_value("Score").run()
    assert "No answer yet" in words(at)


def test_a_field_of_the_matrix_opens_and_closes():
    field = {"truth": "blast", "given": "band"}
    assert matrix.taken(field, None) == ("blast", "band")
    assert matrix.taken(field, ("blast", "band")) is None
    assert matrix.taken(None, ("blast", "band")) == ("blast", "band")


def test_a_teacher_builds_a_deck_and_closes_it(house, opened, reviewed):
    at = opened("teaching")
    at.button_group(key="teaching.part").set_value("Decks").run()
    at.multiselect(key="deck.cases").set_value([reviewed]).run()
    at.text_input(key="deck.name").set_value("Monday").run()
    at.number_input(key="deck.number").set_value(10).run()
    next(b for b in at.button if b.label == "Build the deck").click().run()
    assert not at.exception
    (deck,) = house.store.teaching.decks()
    assert (deck.name, len(deck.items), deck.by, deck.recipe.cases) == ("Monday", 10, "local user", (reviewed,))
    assert "Monday" in words(at)
    assert "Nobody has answered in this deck yet" in words(at)
    given = made(deck.id, "somebody else").answered("tab-1", deck.items[0].id, "other", 1.0, NOW)
    house.store.teaching.add_answers([given], actor="somebody else")
    at.run()
    assert "1 learner, 1 answer at first sight: 0 % right (0–79 %" in words(at)
    assert "somebody else" not in words(at)
    at.button_group(key="teaching.part").set_value("Quiz").run()
    assert at.selectbox[0].options[0] == "Monday · 10"
    at.button_group(key="teaching.part").set_value("Decks").run()
    at.button(key=f"close-{deck.id}").click().run()
    assert house.store.teaching.deck(deck.id).closed
    at.button_group(key="teaching.part").set_value("Quiz").run()
    assert "Monday · 10" not in at.selectbox[0].options


@pytest.mark.usefixtures("reviewed")
def test_who_may_not_teach_sees_decks_and_changes_none(opened, monkeypatch):
    monkeypatch.setattr(who, "role", lambda: Role.VIEWER)
    at = opened("teaching")
    at.button_group(key="teaching.part").set_value("Decks").run()
    assert "needs the right to teach" in words(at)
    assert not [b for b in at.button if b.label == "Build the deck"]


def test_a_deck_keeps_the_labels_of_the_day_it_was_built(house, reviewed):
    one = made(practice.REAL)
    told = one.items[0]
    house.store.add_review(reviewed, Review(told.cell, "dr b", NOW + dt.timedelta(days=1), "", "smudge", "", True))
    again = next(item for s in teaching_sources.sources(WORDS) for item in s.items if item.cell == told.cell)
    assert (again.label, again.said_by) == ("smudge", "dr b")
    assert one.item(told.id).label == told.label


def test_a_signed_case_answers_for_all_its_cells_until_it_changes(house, reviewed):
    row, seen, said = house.store.case(reviewed), house.store.seen(reviewed), house.store.reviews(reviewed)
    now = signing.content(row.info, house.store.images(reviewed), seen, said)
    house.store.review.sign(reviewed, Signature(Deed.SIGNED, NOW, "dr s", "signer", authenticated=True, content=now))
    (source,) = teaching_sources.sources(WORDS)
    assert len(source.items) == len(seen.cells)
    assert {(item.origin, item.said_by) for item in source.items} == {(Origin.SIGNED, "dr s")}
    assert practice.said(source.items[0]) == "Signed by dr s, with the whole case"
    house.store.add_review(reviewed, Review(seen.cells[0].id, "dr b", NOW, "", "blast", "", True))
    (source,) = teaching_sources.sources(WORDS)
    assert {item.origin for item in source.items} == {Origin.REVIEWED}
    assert len(source.items) == 25


def test_synthetic_cases_are_marked_and_cells_of_other_kinds_are_left_out(house, marrow):
    case_id = house.finished(replace(marrow, domain=Domain.PROCEDURAL), 1)
    cell = house.store.seen(case_id).cells[0].id
    house.store.add_review(case_id, Review(cell, "dr a", NOW, "blast", "band", "", True))
    ((item,),) = [source.items for source in teaching_sources.sources(WORDS)]
    assert item.synthetic
    assert practice.said(item) == "Reviewed by dr a; the picture was drawn by a program"
    assert teaching_cells.short(item) == "reviewed, synthetic"
    label_free = house.label_free(replace(marrow, modality="dpc", vocabulary="dpc4", domain=Domain.PROCEDURAL), 1)
    other = house.store.seen(label_free).cells[0].id
    house.store.add_review(label_free, Review(other, "dr a", NOW, "", "monocyte", "", True))
    assert [source.row.id for source in teaching_sources.sources(WORDS)] == [case_id]


@pytest.mark.usefixtures("reviewed")
def test_what_was_missed_can_be_practised_alone(house):
    one = made(practice.REAL)
    missed: list[Answer] = [one.answered("tab-1", one.items[0].id, "other", 1.0, NOW)]
    house.store.teaching.add_answers(missed, actor="local user")
    again = made(practice.MISSED)
    assert [item.id for item in again.items] == [one.items[0].id]
    assert [ask.missed for ask in again.upcoming(house.store.teaching.answers("local user"), NOW, 5)] == [True]
    assert not any(item.id == one.items[0].id for items in again.examples.values() for item in items)
