"""Demo cases are made beside the pages, and the server can end in the middle."""

import time

import pytest

from core.records import Domain
from pages.components.resources import DemoCases


def test_making_demo_cases_can_be_stopped_and_taken_up_again(house):
    demo = DemoCases()
    demo.start()
    _until(lambda: demo.drawn[0] >= 1)
    demo.stop()
    assert not demo.in_the_making
    assert demo.problem == ""
    (row,) = house.store.cases()
    assert row.info.domain is Domain.PROCEDURAL
    before = row.images
    assert 0 < before < demo.drawn[1]

    again = DemoCases()
    again.start()
    _until(lambda: again.drawn[0] > before)
    again.stop()
    assert house.store.case(row.id).images > before


def _until(true):
    end = time.monotonic() + 120
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@pytest.mark.usefixtures("house")
def test_what_goes_wrong_is_said_and_does_not_end_the_server(monkeypatch):
    monkeypatch.setattr("core.demo.ensure_demo_cases", lambda *_, **__: 1 / 0)
    demo = DemoCases()
    demo.start()
    demo.stop()
    assert "ZeroDivisionError" in demo.problem
