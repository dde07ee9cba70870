"""What is drawn of a state of a label-free case is made once, and anew when the state is another."""

import datetime as dt
from dataclasses import replace

import streamlit as st

from core.records import Review
from pages.components import resources
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
