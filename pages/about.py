"""What Hemaboard does, what its numbers mean, and where they end."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.components import cards, notices, resources

WORDS = resources.vocabulary("shipped16")

st.title("What it is, and its limits")
notices.html(
    '<p class="hb-lede">Hemaboard finds, names and counts the cells in pictures of a stained smear and states '
    "shares with their intervals. It supports people who read smears, and it teaches; it does not diagnose.</p>"
)
notices.say(
    "warning", f"{notices.RESEARCH_USE} A qualified reader confirms every finding on the slide itself.", "Limits"
)
st.markdown(
    f"""
### What the numbers are

- **Blasts and blast equivalents** are the only share that thresholds and classifications are read on. Abnormal
  promyelocytes join it only when APL was entered.
- **{WORDS.cblc_name}** is a different thing: {WORDS.reading} It carries no diagnostic band and is never a blast
  percentage.
- **Intervals** are 95 % intervals for the sampling of cells, and of fields from five fields on. The error of the
  classifier is only in the corrected shares, which stand below the raw ones with two intervals of their own. Over 68
  patients the corrected value itself was no nearer to the expert's than the raw one: read it for its interval.
- **A low share is not a negative finding.** Acute promyelocytic leukaemia may show a low share; Auer rods or atypical
  promyelocytes that a reader enters raise an alert that no number silences.
- **Adequacy**: 500 counted cells in marrow, 200 leukocytes in blood. With fewer, numbers are shown with the word
  “inadequate”; below 50 they are withheld.
- Smudge cells and “other” stand outside the denominator; in blood, erythroblasts do too.

### What the models are

Stained smears are read by two networks. The detector finds nucleated cells and draws their outlines. The classifier
names them; it learned from peripheral blood of leukaemia patients of one laboratory, never saw a healthy control or
marrow, and says of each cell which other classes are possible and how unlike its calibration cells it is. What each
was made from, what it cannot do and how good it was on patients it had not seen stands on the page “Models”. Every
result names its models with their digests.

Label-free pictures are read by a finder without training and a network that learned from simulated cells. It names
lymphocytes, granulocytes and monocytes and knows no leukaemic cell. It also estimates CD16 and other markers; values
that were learned from simulated cells are shown on synthetic cases only, and on a person's the reason stands in their
place until a network with measured validation is installed.

### What is kept

Pictures without their metadata, cells, calls, reviews, and an audit trail in which every entry carries the hash of
the one before. Patients are pseudonyms; file names are never stored. Everything stays on this server, and no page
asks anything of another.

### Classes
"""
)
rows = [
    [f'<i class="hb-swatch" style="background:{escape(c.colour)}"></i>{escape(c.name.capitalize())}',
     escape(c.lineage), escape(", ".join(sorted(c.counted)) or "not counted"), escape(c.description)]
    for c in WORDS.classes
]  # fmt: skip
notices.html(cards.boxed(cards.table(["Class", "Lineage", "Counted in", "What it is"], rows, "words")))
