"""Tests of the surroundings: appended, bound by the trail, whole after a journey, gone with their case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.cases.database import Database
from core.cases.store import CaseStore
from core.errors import BadInput, NotFound, RefusedFile, TrailBroken
from core.robustness.curves import Curves
from core.robustness.records import Robustness, Surroundings, Word
from core.settings import Settings
from tests.core.cases import made
from tests.core.cases.test_archive import edited, rewritten
from tests.core.cases.test_trail import by_hand
from tests.core.robustness.made import curves, result


def asked(store: CaseStore, case: str, run: int = 2) -> Robustness:
    run_id = f"{case}-run-{run}"
    cells = tuple(cell.id for cell in store.seen(case, run_id).cells)
    return result(run_id, cells, made.CLASSIFIER.digest, marker=True)


def test_results_are_kept_in_their_order_with_who_asked_and_when(store: CaseStore) -> None:
    case = made.full(store)
    assert store.robustness.results(case) == []
    assert store.robustness.latest([case]) == {}
    first = store.robustness.add(case, asked(store, case), actor="dr a")
    second = store.robustness.add(case, replace(asked(store, case), calls="e" * 64), actor="dr b")
    assert store.robustness.results(case) == [first, second]
    assert (first.number, first.actor, second.number, second.actor) == (1, "dr a", 2, "dr b")
    assert replace(first, number=0, actor="", at=None) == asked(store, case)
    latest = store.robustness.latest([case, "nowhere"])
    assert (latest[case].calls, latest[case].word) == ("e" * 64, Word.UNDECIDED)


def test_a_list_is_told_of_the_test_that_no_fuller_one_stands_before(store: CaseStore) -> None:
    case = made.full(store)
    whole = asked(store, case)
    fragile = replace(whole, verdict=replace(whole.verdict, word=Word.FRAGILE))
    fewer = replace(whole, asked=replace(whole.asked, settings=(Surroundings.MASKED,)))
    store.robustness.add(case, fragile, actor="dr a")
    store.robustness.add(case, fewer, actor="dr b")
    assert store.robustness.latest([case])[case].word is Word.FRAGILE
    store.robustness.add(case, replace(fewer, calls="e" * 64), actor="dr b")
    assert store.robustness.latest([case])[case].word is Word.UNDECIDED, (
        "the calls are others: nothing stands before it"
    )


def test_a_test_of_fewer_cells_takes_no_fuller_ones_place(store: CaseStore) -> None:
    case = made.full(store)
    whole = asked(store, case)
    fragile = replace(whole, verdict=replace(whole.verdict, word=Word.FRAGILE))
    store.robustness.add(case, fragile, actor="dr a")
    store.robustness.add(case, replace(whole, asked=replace(whole.asked, cells=whole.asked.cells - 1)), actor="dr b")
    assert store.robustness.latest([case])[case].word is Word.FRAGILE
    store.robustness.add(case, whole, actor="dr b")
    assert store.robustness.latest([case])[case].word is Word.UNDECIDED, "as full, and newer"
    assert len(store.robustness.results(case)) == 3


def drawn(store: CaseStore, case: str, run: int = 2) -> Curves:
    run_id = f"{case}-run-{run}"
    return curves(run_id, tuple(cell.id for cell in store.seen(case, run_id).cells), made.CLASSIFIER.digest)


def test_curves_are_kept_bound_and_travel_with_their_case(
    store: CaseStore, elsewhere: Callable[[], CaseStore], settings: Settings, tmp_path: Path
) -> None:
    case = made.full(store)
    first = store.robustness.add_curves(case, drawn(store, case), actor="dr a")
    second = store.robustness.add_curves(case, drawn(store, case), actor="dr b")
    assert store.robustness.curves(case) == [first, second]
    assert replace(first, number=0, actor="", at=None) == drawn(store, case)
    assert store.trail(case)[-1].action == "background.curves"
    with pytest.raises(BadInput):
        store.robustness.add_curves(case, replace(first, tested=("a stranger",)), actor="dr a")
    file = store.export_case(case, tmp_path / "whole.zip")
    other = elsewhere()
    other.import_case(file, actor="them")
    assert other.robustness.curves(case) == [first, second]
    assert other.verify_trail() == len(other.trail())
    by = edited("case.json", lambda content: content["strength_curves"][0]["result"].update(tested=["a stranger"]))
    with pytest.raises(RefusedFile):
        elsewhere().import_case(rewritten(file, tmp_path / "forged.zip", by, honest=True), actor="them")
    database = Database(settings)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.writing() as connection:
        connection.execute(sa.text("update strength_curves set run = 'other'"))
    database.close()
    by_hand(settings, "delete from strength_curves where number = 1")
    with pytest.raises(TrailBroken):
        store.verify_trail()


def test_what_does_not_belong_to_the_case_is_refused_and_leaves_nothing(store: CaseStore) -> None:
    case, other = made.full(store), made.full(store, case_id="other", seeds=(8, 9))
    good, before = asked(store, case), len(store.trail())
    strange = store.seen(other).cells[0].id
    for wrong in (
        replace(good, tested=(*good.tested, strange)),
        replace(good, tested=()),
        replace(good, model="f" * 64),
        replace(good, notes=("x" * 2001,)),
        replace(good, notes=("\0",)),
    ):
        with pytest.raises(BadInput):
            store.robustness.add(case, wrong, actor="dr a")
    for name, run in ((other, good.run), (case, "run-9"), ("nowhere", good.run)):
        with pytest.raises(NotFound):
            store.robustness.add(name, replace(good, run=run), actor="dr a")
    assert store.robustness.results(case) == store.robustness.results(other) == []
    assert len(store.trail()) == before


def test_medians_of_markers_that_must_not_be_seen_are_not_kept(store: CaseStore) -> None:
    """The weights of this run learned their markers from a simulator, and the pictures are a person's."""
    case = "case-simulated"
    simulated = replace(made.CLASSIFIER, marker_truth="simulated")
    picture = made.smear(1)
    store.add_case(made.INFO, actor="dr a", case_id=case)
    store.add_images(case, [picture], actor="dr a")
    store.add_run(case, "run-s", 1, actor="dr a")
    seen = made.seen(picture)
    calls = tuple(replace(call, markers={}) for call in seen.calls)
    store.add_seen(case, "run-s", replace(seen, models=(made.DETECTOR, simulated), calls=calls))
    cells = tuple(cell.id for cell in seen.cells)
    with pytest.raises(BadInput, match="simulated"):
        store.robustness.add(case, result("run-s", cells, simulated.digest, marker=True), actor="dr a")
    store.robustness.add(case, result("run-s", cells, simulated.digest), actor="dr a")


def test_the_trail_holds_the_result_and_finds_a_change_by_hand(store: CaseStore, settings: Settings) -> None:
    case = made.full(store)
    store.robustness.add(case, asked(store, case), actor="dr a")
    event = store.trail(case)[-1]
    assert (event.action, event.actor, event.detail["word"]) == ("background.tested", "dr a", "undecided")
    assert "monocyte" not in str(event.detail)
    assert store.verify_trail() == len(store.trail())
    database = Database(settings)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.writing() as connection:
        connection.execute(sa.text("update robustness_results set word = 'robust'"))
    database.close()
    by_hand(settings, "delete from robustness_results")
    with pytest.raises(TrailBroken):
        store.verify_trail()


def test_results_travel_with_their_case_and_go_with_it(
    store: CaseStore, elsewhere: Callable[[], CaseStore], tmp_path: Path
) -> None:
    case = made.full(store)
    store.robustness.add(case, asked(store, case), actor="dr a")
    file = store.export_case(case, tmp_path / "whole.zip")
    other = elsewhere()
    other.import_case(file, actor="them")
    assert other.robustness.results(case) == store.robustness.results(case)
    assert other.verify_trail() == len(other.trail())
    other.close()
    store.delete_case(case, actor="dr a", reason="test")
    assert store.verify_trail() == len(store.trail())
    with pytest.raises(NotFound):
        store.robustness.results(case)


@pytest.mark.parametrize(
    "change",
    [
        lambda row: row.update(word="robust"),
        lambda row: row["result"].update(tested=["a stranger"]),
        lambda row: row["result"].update(frame=None),
        lambda row: row.update(number=2),
    ],
)
def test_an_export_with_an_impossible_result_is_refused(
    store: CaseStore, elsewhere: Callable[[], CaseStore], tmp_path: Path, change: Callable[[dict], None]
) -> None:
    case = made.full(store)
    store.robustness.add(case, asked(store, case), actor="dr a")
    file = store.export_case(case, tmp_path / "whole.zip")
    by = edited("case.json", lambda content: change(content["robustness_results"][0]))
    forged = rewritten(file, tmp_path / "forged.zip", by, honest=True)
    with pytest.raises(RefusedFile):
        elsewhere().import_case(forged, actor="them")
