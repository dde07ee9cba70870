"""The trail as a table: every event once, and no text that a spreadsheet would run."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json

from hypothesis import given
from hypothesis import strategies as some

from core.doors.laboratory import Event
from core.exchange import trail_csv

AT = dt.datetime(2026, 11, 21, 12, 0, 0, 5, tzinfo=dt.UTC)
TEXTS = some.text(some.characters(exclude_categories=("Cs", "Cc")), max_size=30)


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_an_event_is_a_line():
    event = Event(7, AT, "dr a", "case.amended", "c-1", {"fields": ["note"]}, "ab" * 32)
    (line,) = lines(trail_csv.text([event]))
    assert line == {
        "number": "7",
        "at": "2026-11-21T12:00:00.000005+00:00",
        "actor": "dr a",
        "action": "case.amended",
        "case": "c-1",
        "detail": '{"fields": ["note"]}',
        "hash": "ab" * 32,
    }


def test_no_event_is_a_head_alone():
    assert lines(trail_csv.text([])) == []
    assert trail_csv.text([]).startswith("number,at,actor,")


@given(actor=TEXTS, reason=TEXTS)
def test_no_cell_is_a_formula_and_nothing_is_lost(actor: str, reason: str):
    (line,) = lines(trail_csv.text([Event(1, AT, actor, "x.y", "", {"reason": reason}, "")]))
    assert not line["actor"].lstrip(" ").startswith(("=", "+", "-", "@"))
    assert line["actor"].removeprefix("'") == actor.removeprefix("'")
    assert json.loads(line["detail"]) == {"reason": reason}


def test_a_name_that_is_a_formula_is_disarmed():
    (line,) = lines(trail_csv.text([Event(1, AT, '=HYPERLINK("http://x")', "x.y", "@c", {}, "")]))
    assert line["actor"] == '\'=HYPERLINK("http://x")'
    assert line["case"] == "'@c"
