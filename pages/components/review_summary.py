"""The review at one look, and the sign-off."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core import labels
from core.charts import words
from core.protocols import CaseRow
from core.records import Review, Seen
from core.review import still_open
from pages.components import cards, notices, resources, signature

DOUBTFUL = "Several classes possible, or renamed by other surroundings; named by nobody."


def shown(row: CaseRow, seen: Seen, reviews: Sequence[Review]) -> None:
    assert row.run is not None
    store = resources.store()
    samples, steps = store.review.samples(row.id), store.review.steps(row.id)
    people = {review.actor for review in reviews}
    tested = resources.tested_of(row, seen)
    left = still_open.waiting(seen, reviews, tested)
    drawn = [
        cards.figure("Cells named by a person", f"{len(labels.last(reviews))}", f"of {len(seen.cells)}", ""),
        cards.figure("Reviews", f"{len(reviews)}", f"by {words.size(len(people), 'person', 'people')}", ""),
        cards.figure("Doubtful cells left", f"{len(left)}", "", DOUBTFUL),
    ]
    notices.html(f'<div class="hb-cards small">{"".join(drawn)}</div>')
    st.subheader("Sign-off")
    signature.acts(row, seen, reviews, still_open.points(seen, reviews, samples, steps, row.run.id, tested))
    signature.past(row)
