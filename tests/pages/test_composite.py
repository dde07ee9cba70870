"""The composite: its members from the vocabulary, its classes in words, never a blast percentage."""

from __future__ import annotations

import datetime as dt

from core.records import Review
from tests.pages.conftest import words


def test_the_composite_and_the_blasts_are_kept_apart(opened):
    said = words(opened("composite"))
    assert "blasts, promyelocytes, promonocytes" in said
    assert "blasts, promonocytes<" in said
    assert "never printed as a blast percentage" in said
    assert "never a negative finding" in said
    assert "when APL is entered" in said
    assert "CBLC-8" in said
    assert "never compared with" in said
    assert "Mufti 2008" in said
    assert "Haematologica 2008;93:1712" in said


def test_drawn_examples_are_marked_and_reviewed_ones_come_when_there_are_any(house, opened, marrow):
    at = opened("composite")
    said = words(at)
    assert "No cell of this class has been reviewed" in said
    assert said.count("/api/drawn/cell/") == said.count('class="hb-tag synthetic"') == 4
    assert "/api/crop/" not in said
    case_id = house.finished(marrow, 1)
    cell = house.store.seen(case_id).cells[0].id
    house.store.add_review(case_id, Review(cell, "dr a", dt.datetime.now(dt.UTC), "", "blast", "", True))
    at.run()
    assert f"/api/crop/{case_id}/" in words(at)
    at.button_group(key="composite.class").set_value("basophil").run()
    assert not at.exception
    assert "dark violet granules" in words(at)
    assert f"/api/crop/{case_id}/" not in words(at)
