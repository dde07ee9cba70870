"""What is drawn of a state of a label-free case is made once, and anew when the state is another."""

import datetime as dt
from dataclasses import replace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.records import Review
from pages.components import label_free_kept, resources
from pages.components.label_free_kept import Now
from tests import label_free_fakes as fakes

NOW = Now("case", "run", fakes.SYNTHETIC, (2, "2026-01-05"), 40)


def test_it_is_made_once_for_a_state_and_anew_for_another():
    st.cache_resource.clear()
    made = []

    def ask(now: Now, *what: object) -> int:
        return now.once(what, lambda: made.append(now) or len(made))

    assert [ask(NOW, "rows", "CD16"), ask(NOW, "rows", "CD16"), ask(replace(NOW), "rows", "CD16")] == [1, 1, 1]
    assert [ask(NOW, "rows", "CD45"), ask(NOW, "rows", "CD16")] == [2, 1]
    others = [
        replace(NOW, case="other"),
        replace(NOW, run="other"),
        replace(NOW, last=(3, "2026-01-06")),
        replace(NOW, info=replace(NOW.info, pseudonym="other")),
    ]
    assert [ask(other, "rows", "CD16") for other in others] == [3, 4, 5, 6]


def test_a_review_changes_what_the_charts_hold(house, opened):
    case_id = house.label_free(fakes.SYNTHETIC)

    def chart() -> str:
        at = opened("case", case=case_id)
        return next(e.proto.spec for e in at.main if e.type == "plotly_chart" and "customdata" in e.proto.spec)

    before = chart()
    assert chart() == before
    seen = resources.seen(case_id, house.store.case(case_id).run.id)
    call = next(call for call in seen.calls if call.label == "granulocyte")
    at = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
    house.store.add_reviews(case_id, [Review(call.cell, "reader", at, call.label, "monocyte")])
    assert chart() != before


def test_values_to_choose_from_are_those_of_the_cells_that_are_drawn():
    """Which cells have both values hangs on both: whoever looked with another second value set no bounds for this."""

    def form(up: str, most: float) -> None:
        from core.charts.label_free import Axis, Cloud, Point
        from pages.components import label_free_scatter
        from tests.pages.test_label_free_kept import NOW

        points = tuple(Point(f"cell {at}", at, 1.0, "granulocyte", "") for at in (1.0, most))
        label_free_scatter._by_value(NOW, Axis("area", "Area"), up, (Cloud("granulocytes", "#000000", points),))

    st.cache_resource.clear()
    found = [
        AppTest.from_function(form, kwargs={"up": up, "most": most}, default_timeout=60).run().slider[0].max
        for up, most in (("marker.CD16", 2.0), ("phase", 9.0), ("marker.CD16", 2.0))
    ]
    assert found == pytest.approx([2.0, 9.0, 2.0], abs=0.02)


def test_what_is_drawn_is_of_the_reviews_that_the_reading_is_of(house, opened, monkeypatch):
    """A word that comes while the page is made belongs to the next look: else charts of before were kept for it."""
    case_id = house.label_free(fakes.SYNTHETIC)
    run = house.store.case(case_id).run.id
    cells = iter(resources.seen(case_id, run).calls)
    read, known = resources.label_free_reading, []

    def and_somebody_speaks(*given, **more):
        known.append(resources.last(house.store.reviews(case_id)))
        found = read(*given, **more)
        call = next(cells)
        house.store.add_reviews(
            case_id, [Review(call.cell, "reader", dt.datetime(2026, 1, 5, tzinfo=dt.UTC), call.label, "monocyte")]
        )
        return found

    monkeypatch.setattr(resources, "label_free_reading", and_somebody_speaks)
    st.cache_resource.clear()
    assert not opened("case", case=case_id).exception
    held = label_free_kept._held()._held
    assert {now.last for now, _ in held} == {known[0]}
