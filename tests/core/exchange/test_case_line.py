"""What is hashed of a case is the one line of its document, to the byte, whatever people say of its cells meanwhile."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import analyse, labels
from core.exchange import case_json, case_line
from core.records import CaseInfo, Domain, Seen, Specimen
from core.vocabulary import vocabulary
from tests import label_free_fakes as fakes
from tests.core import counted
from tests.core.cases import made
from tests.core.exchange.test_withholding import seen as label_free

SMEAR, FREE = vocabulary("shipped16"), vocabulary("dpc4")
BLOOD = CaseInfo("P-1", Specimen.BLOOD)
CELLS = analyse.together([made.seen(made.smear(n), 12, seed=n) for n in (1, 2)])
SOME = [cell.id for cell in CELLS.cells]


def plain(values) -> bytes:
    """As the digest was always taken: the whole document at once, by the standard library."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def same(info: CaseInfo, seen: Seen, reviews, read, words) -> None:
    reading = read(seen, reviews, info, words)
    whole = plain(case_json.document(info, seen, reading, "case-1", reviews=reviews))
    assert b"".join(case_line.pieces(info, seen, reading, "case-1", reviews)) == whole


WORD = st.builds(
    lambda cell, now, minute, reason: replace(counted.review(cell, now, minute), reason=reason),
    st.sampled_from([*SOME, "elsewhere"]),
    st.sampled_from(["blast", "monocyte", "lymphocyte"]),
    st.integers(0, 99),
    st.sampled_from(["", "", labels.TAKEN_BACK, 'a "word", {null} \\ ü']),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(WORD, max_size=12))
def test_review_by_review_it_is_the_line_of_the_whole_document(said):
    for number in range(len(said) + 1):
        same(BLOOD, CELLS, said[:number], analyse.read, SMEAR)


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.text(max_size=3), st.none() | st.text(max_size=3) | st.lists(st.integers(), max_size=2)),
    st.text(max_size=3),
    st.text(max_size=5),
)
def test_a_key_is_put_where_it_belongs(values, key, value):
    rest = {name: one for name, one in values.items() if name != key}
    assert b"".join(case_line.with_key(values, key, [plain(value)])) == plain(rest | {key: value})


@pytest.mark.parametrize(
    "change",
    [
        {"calls": CELLS.calls[3:]},  # cells without a call
        {"cells": CELLS.cells[:5]},  # calls without a cell
        {"cells": (*CELLS.cells, CELLS.cells[0])},  # a cell that comes twice
        {"cells": (), "calls": ()},
    ],
    ids=["calls are missing", "cells are missing", "twice", "empty"],
)
def test_whatever_a_run_saw(change):
    said = [counted.review(cell, "monocyte", place) for place, cell in enumerate(SOME[::2])]
    same(BLOOD, replace(CELLS, **change), said, analyse.read, SMEAR)


def test_a_cell_whose_words_look_like_the_place_of_a_review():
    odd = ('"reviewed_class":null', "reviewed_class", "zebra")
    calls = tuple(
        replace(call, probabilities={"blast": 1.0} | dict.fromkeys(odd, 0.0), measures=dict.fromkeys(odd, 1.0))
        for call in CELLS.calls
    )
    same(BLOOD, replace(CELLS, calls=calls), [counted.review(SOME[1], "monocyte")], analyse.read, SMEAR)


def test_marker_values_come_and_go_with_what_may_be_seen():
    cells = label_free(["granulocyte"] * 40 + ["lymphocyte"] * 30)
    said = [counted.review(cells.cells[3].id, "monocyte")]
    for domain in (Domain.PROCEDURAL, Domain.REAL, Domain.PROCEDURAL):
        info = replace(fakes.REAL, domain=domain)
        same(info, cells, said, analyse.read_label_free, FREE)
        reading = analyse.read_label_free(cells, said, info, FREE)
        line = b"".join(case_line.pieces(info, cells, reading, "case-1", said))
        values = json.dumps(fakes.MARK).encode() + b"."
        assert (values in line.partition(b'"cells":')[2].partition(b'"corrected":')[0]) is (domain is Domain.PROCEDURAL)


def test_another_run_of_the_same_cells_is_another_text():
    moved = tuple(replace(cell, contour=cell.contour + np.float32(1)) for cell in CELLS.cells)
    same(BLOOD, CELLS, (), analyse.read, SMEAR)
    same(BLOOD, replace(CELLS, cells=moved), (), analyse.read, SMEAR)
