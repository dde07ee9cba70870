"""The old and the new run of a case side by side."""

from dataclasses import replace

import pytest

from core.jobs import runs as jobs
from core.protocols import RunState
from core.records import Domain, Modality, Specimen
from tests.core.cases import made
from tests.pages.conftest import words


@pytest.fixture
def twice(house, marrow):
    """A case whose second run named every blast a promyelocyte, by another classifier."""
    case_id = house.finished(replace(marrow, specimen=Specimen.BLOOD), 6)
    first = house.store.seen(case_id)
    run_id = jobs.start_run(house.store, case_id, actor="test")
    better = replace(first.models[1], digest="e" * 64)
    calls = tuple(
        replace(call, model=better.digest, label="promyelocyte" if call.label == "blast" else call.label)
        for call in first.calls
    )
    house.store.advance_run(run_id, RunState.RUNNING, done=0)
    house.store.add_seen(case_id, run_id, replace(first, calls=calls, models=(first.models[0], better)))
    house.store.advance_run(run_id, RunState.DONE, done=6)
    return case_id


def test_ratios_calls_and_reviews_stand_side_by_side(house, opened, twice):
    seen = house.store.seen(twice)
    house.store.add_review(twice, made.review(seen.cells[0].id, "monocyte"))
    at = opened("compare", case=twice)
    said = words(at)
    assert "stand-in classifier" in said
    assert "cccccccccccc" in said
    assert "eeeeeeeeeeee" in said
    assert "Earlier</th>" in said
    assert "points" in said
    assert f"{size_of(seen)} with the same outline in both runs" in said
    assert "changed it" in said
    assert said.count("<figure") == min(60, changed_moves(house, twice)) > 0
    assert "1 reviewed cells are in the later run" in said


def size_of(seen) -> str:
    return f"{len(seen.cells)} cells"


def changed_moves(house, case_id) -> int:
    """Cells that the first run called blasts."""
    first = house.store.desk.runs(case_id)[-1]
    return sum(call.label == "blast" for call in house.store.seen(case_id, first).calls)


def test_the_same_run_twice_and_a_single_run_are_told(house, opened, twice, marrow):
    at = opened("compare", case=twice)
    newest = house.store.desk.runs(twice)[0]
    at.selectbox(key="compare.old").set_value(newest).run()
    assert "Choose two different runs." in words(at)
    single = house.finished(replace(marrow, pseudonym="B-2"), 1)
    assert "one finished run only" in words(opened("compare", case=single))
    assert "No case chosen." in words(opened("compare", case="none"))


def test_an_old_run_stays_readable(house, opened, twice):
    old = house.store.desk.runs(twice)[-1]
    assert any(call.label == "blast" for call in house.store.seen(twice, old).calls)
    at = opened("compare", case=twice)
    assert at.selectbox(key="compare.old").value == old


def test_label_free_runs_are_compared_by_class(house, opened, marrow):
    info = replace(marrow, specimen=Specimen.BLOOD, modality=Modality.DPC, vocabulary="dpc4", domain=Domain.PROCEDURAL)
    case_id = house.label_free(info)
    first = house.store.seen(case_id)
    run_id = jobs.start_run(house.store, case_id, actor="test")
    changed = tuple(replace(c, label="lymphocyte") if c.label == "monocyte" else c for c in first.calls)
    house.store.advance_run(run_id, RunState.RUNNING, done=0)
    house.store.add_seen(case_id, run_id, replace(first, calls=changed))
    house.store.advance_run(run_id, RunState.DONE, done=6)
    at = opened("compare", case=case_id)
    said = words(at)
    assert "The same models spoke in both runs." in said
    assert "Blasts" not in said
    assert "Granulocyte" in said
    assert list(at.selectbox(key="compare.move").options) == ["monocyte → lymphocyte (24)"]
