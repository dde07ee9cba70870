"""Reader statistics: never against oneself, blinded apart from anchored, changed minds and repeats, by month."""

import datetime as dt

from core import labels
from core.records import Stream
from core.review import readers
from core.review.readers import CaseReads
from tests.core.review.made import NOON, said

CELLS = [f"c{n}" for n in range(10)]
CALLED = dict.fromkeys(CELLS, "lymphocyte")
BLASTS, LYMPHOCYTES = dict.fromkeys(CELLS, "blast"), dict.fromkeys(CELLS, "lymphocyte")
MONTH = 24 * 31


def only(cases, name="anna"):
    return next(one for one in readers.statistics(cases) if one.reader == name)


def test_a_reader_is_held_against_what_somebody_else_settled():
    reads = said(BLASTS, CELLS[:6], Stream.OBSERVER, actor="anna")
    settled = said(BLASTS | {"c0": "monocyte"}, CELLS[:4], Stream.ADJUDICATED, actor="chief", hours=1)
    found = only([CaseReads([*reads, *settled], CALLED)])
    assert (found.reference.count, found.reference.total) == (3, 4)
    assert found.reference.interval.low < 0.75 < found.reference.interval.high
    assert (found.cases, found.reads) == (1, 6)
    assert [one.reader for one in readers.statistics([CaseReads([*reads, *settled], CALLED)])] == ["anna"]


def test_nobody_is_held_against_himself():
    reads = said(BLASTS, CELLS, actor="anna")
    own = said(BLASTS, CELLS, Stream.ADJUDICATED, actor="anna", hours=1)
    assert only([CaseReads([*reads, *own], CALLED, signed=True)]).reference.total == 0
    assert only([CaseReads(reads, CALLED, signed=True)]).reference.value is None


def test_labels_of_an_unsigned_case_are_no_reference_unless_adjudicated():
    reads = [*said(BLASTS, CELLS[:5], actor="anna"), *said(LYMPHOCYTES, CELLS[:5], actor="bert", hours=1)]
    assert only([CaseReads(reads, CALLED)]).reference.total == 0
    signed = CaseReads(reads, CALLED, signed=True)
    assert (only([signed]).reference.count, only([signed]).reference.total) == (0, 5)
    assert only([signed], "bert").reference.total == 0  # his own words hold


def test_agreement_with_the_machine_stands_apart_by_whether_its_call_was_in_view():
    reads = [*said(BLASTS, CELLS[:4], actor="anna"), *said(LYMPHOCYTES, CELLS[4:], actor="anna", saw_call=True)]
    found = only([CaseReads(reads, CALLED)])
    assert (found.machine_blinded.count, found.machine_blinded.total) == (0, 4)
    assert (found.machine_anchored.count, found.machine_anchored.total) == (6, 6)


def test_changed_minds_are_of_cells_read_blinded_and_then_shown():
    reads = said(BLASTS, CELLS[:6], actor="anna")
    after = [*said(LYMPHOCYTES, CELLS[:2], actor="anna", saw_call=True, hours=1),
             *said(dict.fromkeys(CELLS, "monocyte"), CELLS[2:3], actor="anna", saw_call=True, hours=1),
             *said(BLASTS, CELLS[3:4], actor="anna", saw_call=True, hours=1)]  # fmt: skip
    found = only([CaseReads(reads + after, CALLED)])
    assert (found.changed.count, found.changed.total, found.towards) == (3, 6, 2)
    shown = CaseReads(reads + after, CALLED, revealed={"anna": frozenset(CELLS[:4])})
    assert (only([shown]).changed.count, only([shown]).changed.total) == (3, 4)
    nobody = CaseReads(reads, CALLED, revealed={})
    assert only([nobody]).changed.total == 0


def test_a_read_made_before_the_blinded_one_is_no_changed_mind():
    reads = [
        *said(LYMPHOCYTES, CELLS[:1], actor="anna", saw_call=True),
        *said(BLASTS, CELLS[:1], actor="anna", hours=1),
    ]
    assert only([CaseReads(reads, CALLED)]).changed.count == 0


def test_blinded_repeats_are_held_against_one_another():
    reads = [*said(BLASTS, CELLS[:5], actor="anna"),
             *said(BLASTS | {"c1": "monocyte"}, CELLS[:3], Stream.OBSERVER, actor="anna", hours=MONTH),
             *said(LYMPHOCYTES, CELLS[:5], actor="anna", saw_call=True, hours=2 * MONTH)]  # fmt: skip
    found = only([CaseReads(reads, CALLED)])
    assert (found.repeats.count, found.repeats.total) == (2, 3)


def test_months_are_those_of_the_reads_or_of_the_case():
    reads = [*said(BLASTS, CELLS[:5], actor="anna"), *said(LYMPHOCYTES, CELLS[5:], actor="anna", hours=MONTH)]
    found = only([CaseReads(reads, CALLED)])
    assert [(one.month, one.reads, one.machine.count) for one in found.periods] == [
        ("2026-11", 5, 0),
        ("2026-12", 5, 5),
    ]
    dated = only([CaseReads(reads, CALLED, date=dt.date(2026, 3, 4))])
    assert [(one.month, one.reads) for one in dated.periods] == [("2026-03", 10)]


def test_a_read_taken_back_was_never_made():
    reads = said(BLASTS, CELLS[:1], actor="anna")
    back = [type(reads[0])("c0", "anna", NOON + dt.timedelta(hours=1), "blast", "lymphocyte", labels.TAKEN_BACK, False,
                           Stream.RANDOM)]  # fmt: skip
    assert readers.statistics([CaseReads([*reads, *back], CALLED)]) == ()


def test_cases_add_up_and_readers_come_by_name():
    one = CaseReads(said(BLASTS, CELLS[:3], actor="bert"), CALLED)
    two = CaseReads([*said(BLASTS, CELLS[:2], actor="bert"), *said(BLASTS, CELLS[:4], actor="anna")], CALLED)
    found = readers.statistics([one, two])
    assert [(r.reader, r.cases, r.reads) for r in found] == [("anna", 1, 4), ("bert", 2, 5)]


def test_nothing_read_says_nothing():
    assert readers.statistics([]) == ()
    found = only([CaseReads(said(BLASTS, CELLS[:1], actor="anna"), {})])
    assert found.machine_blinded.value is None
