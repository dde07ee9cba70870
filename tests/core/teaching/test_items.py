"""What may be asked: only cells whose label somebody, or the drawing program, answers for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.doors.teaching import Origin
from core.protocols import CaseRow
from core.records import Call, CaseInfo, Cell, Domain, Seen, Specimen, Stream
from core.teaching.items import known
from core.vocabulary import vocabulary
from tests.core.cases.made import AT, review

WORDS = vocabulary("shipped16")
ROW = CaseRow("case-1", CaseInfo("A-1", Specimen.BLOOD), AT, 1, 4, None)


def cell(name: str, edge: bool = False) -> Cell:
    return Cell(name, "image-1", (0, 0, 9, 9), np.zeros((3, 2), np.float32), 0.9, edge)


SEEN = Seen(
    cells=(cell("a"), cell("b"), cell("c"), cell("cut", edge=True)),
    calls=tuple(Call(name, "monocyte", {"monocyte": 1.0}, "m") for name in ("a", "b", "c", "cut")),
)
SAID = (review("b", "blast"), review("cut", "blast"))


def told(items):
    return [(i.cell, i.label, i.origin, i.said_by) for i in items]


def test_a_models_call_alone_is_no_truth():
    assert known(ROW, SEEN, (), WORDS) == ()
    assert told(known(ROW, SEEN, SAID, WORDS)) == [("b", "blast", Origin.REVIEWED, "dr a")]


def test_an_observers_read_is_no_truth_and_the_last_word_counts():
    said = (*SAID, review("b", "band", 1), replace(review("b", "smudge", 2), stream=Stream.OBSERVER))
    assert told(known(ROW, SEEN, said, WORDS)) == [("b", "band", Origin.REVIEWED, "dr a")]


def test_a_signature_answers_for_every_label_of_the_case():
    assert told(known(ROW, SEEN, SAID, WORDS, signed_by="dr s")) == [
        ("a", "monocyte", Origin.SIGNED, "dr s"),
        ("b", "blast", Origin.SIGNED, "dr s"),
        ("c", "monocyte", Origin.SIGNED, "dr s"),
    ]


def test_the_program_that_drew_a_cell_knows_best_and_its_pictures_are_marked():
    row = replace(ROW, info=replace(ROW.info, domain=Domain.PROCEDURAL))
    found = known(row, SEEN, SAID, WORDS, drawn={"b": "band", "c": "smudge", "cut": "band"})
    assert told(found) == [("b", "band", Origin.DRAWN, ""), ("c", "smudge", Origin.DRAWN, "")]
    assert all(item.synthetic for item in found)
    assert not any(item.synthetic for item in known(ROW, SEEN, SAID, WORDS))


def test_a_label_that_the_vocabulary_does_not_know_is_not_asked():
    assert known(ROW, SEEN, (review("a", "x_old"),), WORDS) == ()
