"""Demo cases: the same everywhere, made once, finished after an interruption, gone when somebody deletes them."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from PIL import Image as Picture

from core import demo
from core.cases.store import open_store
from core.decode import read as decode
from core.records import Domain, Modality, Upload
from core.settings import Settings
from models.synthesis import dpc_demo
from models.synthesis.demo import demo_cases, demo_fields


@pytest.fixture
def settings(tmp_path):
    return Settings(data=str(tmp_path))


@pytest.fixture
def store(settings):
    opened = open_store(settings)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Two cases of two fields instead of three of many, each field drawn once for all tests."""
    plans = tuple(replace(plan, fields=2, cells_per_field=3) for plan in demo_cases()[:2])
    monkeypatch.setattr(demo.synthesis, "demo_cases", lambda: plans)
    monkeypatch.setattr(demo.synthesis, "demo_fields", lambda plan: drawn(plan.key))
    monkeypatch.setattr(demo.dpc_demo, "DEMO", replace(dpc_demo.DEMO, frames=2, cells_per_frame=3, side=160))
    monkeypatch.setattr(demo.dpc_demo, "frames", lambda case: frames(case))
    monkeypatch.setattr(demo, "label_free_installed", lambda _: True)


@cache
def drawn(key: str):
    plan = next(plan for plan in demo_cases() if plan.key == key)
    return list(demo_fields(replace(plan, fields=2, cells_per_field=3)))


unstained = dpc_demo.frames


@cache
def frames(case):
    return list(unstained(case))


def test_they_are_made_once_and_started_once(store, settings):
    started: list[str] = []

    def start(case_id: str) -> None:
        started.append(case_id)
        store.add_run(case_id, f"run-{case_id}", 2, actor="tests")

    for _ in range(2):
        demo.ensure_demo_cases(store, settings, start=start)
    assert started == list(demo.demo_ids()) == ["demo-low", "demo-borderline", "demo-label-free"]
    for case_id in started:
        row = store.case(case_id)
        assert row.info.domain is Domain.PROCEDURAL
        assert "SYNTHETIC" in row.info.note
        assert row.images == 2
    assert [event.action for event in store.trail("demo-low")].count("case.created") == 1


def test_what_was_interrupted_is_finished(store, settings, monkeypatch):
    plain = demo.fields_of

    def dies(case_id: str):
        yield next(plain(case_id))
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "fields_of", dies)
    with pytest.raises(KeyboardInterrupt):
        demo.ensure_demo_cases(store, settings, start=lambda _: None)
    assert len(store.images("demo-low")) == 1
    monkeypatch.setattr(demo, "fields_of", plain)
    demo.ensure_demo_cases(store, settings, start=lambda _: None)
    assert len(store.images("demo-low")) == 2


def test_a_deleted_one_stays_deleted_until_asked_for(store, settings):
    demo.ensure_demo_cases(store, settings, start=lambda _: None)
    store.delete_case("demo-low", actor="tests", reason="not wanted")
    demo.ensure_demo_cases(store, settings, start=lambda _: None)
    assert {row.id for row in store.cases()} == {"demo-borderline", "demo-label-free"}
    demo.ensure_demo_cases(store, settings, start=lambda _: None, again=True)
    assert {row.id for row in store.cases()} == set(demo.demo_ids())


def test_one_that_somebody_amended_is_left_alone(store, settings):
    demo.ensure_demo_cases(store, settings, start=lambda _: None)
    mine = replace(store.case("demo-low").info, note="ours now")
    store.amend_case("demo-low", mine, actor="tests")
    demo.ensure_demo_cases(store, settings, start=lambda _: None)
    assert store.case("demo-low").info == mine


def test_progress_ends_at_the_whole(store, settings):
    told: list[tuple[int, int]] = []
    demo.ensure_demo_cases(
        store, settings, start=lambda _: None, tell=lambda _, done, total: told.append((done, total))
    )
    assert told[-1] == (6, 6)
    assert told == sorted(told)


def test_a_field_is_what_decode_makes_of_its_picture(settings):
    field = next(demo.fields_of("demo-low"))
    decoded = decode.images([Upload("field.png", field.content)], settings, Modality.SMEAR)
    assert not decoded.problems
    assert not decoded.doubts
    (image,) = decoded.images
    assert (image.info.id, image.info.sha256) == (field.image.info.id, field.image.info.sha256)
    assert np.array_equal(np.asarray(Picture.open(io.BytesIO(field.content))), field.image.pixels)


def test_the_truth_lies_in_the_picture():
    field = next(demo.fields_of("demo-borderline"))
    assert field.truth["sha256"] == field.image.info.sha256
    assert len(field.truth["cells"]) >= 3
    for cell in field.truth["cells"]:
        points = np.array(cell["contour"])
        assert (points >= 0).all()
        assert (points <= [field.truth["width"], field.truth["height"]]).all()


def test_the_label_free_case_is_what_decode_makes_of_its_views_and_knows_its_truth(store, settings):
    field = next(demo.fields_of("demo-label-free"))
    decoded = decode.images([Upload("field.npy", field.content)], settings, Modality.DPC)
    assert not decoded.problems
    (image,) = decoded.images
    assert image.info.id == field.image.info.id
    assert np.array_equal(image.pixels, field.image.pixels)
    assert {"class", "contour", "markers"} <= set(field.truth["cells"][0])
    demo.ensure_demo_cases(store, settings, start=lambda _: None)
    info = store.case("demo-label-free").info
    assert (info.modality, info.vocabulary, info.domain) == (Modality.DPC, "dpc4", Domain.PROCEDURAL)


def test_without_a_network_for_it_no_label_free_case_is_made(store, settings, monkeypatch):
    monkeypatch.setattr(demo, "label_free_installed", lambda _: False)
    demo.ensure_demo_cases(store, settings, start=lambda _: None)
    assert {row.id for row in store.cases()} == {"demo-low", "demo-borderline"} == set(demo.demo_ids(settings))
