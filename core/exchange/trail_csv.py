"""Events of the trail as CSV, for spreadsheets: texts that a spreadsheet would run as a formula are disarmed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable

from core.doors.laboratory import Event
from core.exchange.cells_csv import safe

COLUMNS = ("number", "at", "actor", "action", "case", "detail", "hash")


def text(events: Iterable[Event]) -> str:
    """One line an event; `detail` as JSON. The hash ties the line to the trail it came from."""
    stream = io.StringIO()
    lines = csv.writer(stream, lineterminator="\r\n")
    lines.writerow(COLUMNS)
    for event in events:
        detail = json.dumps(dict(event.detail), ensure_ascii=False, sort_keys=True) if event.detail else ""
        at = event.at.isoformat(timespec="microseconds")
        texts = (event.actor, event.action, event.case, detail, event.hash)
        lines.writerow([event.number, at, *(safe(one) for one in texts)])
    return stream.getvalue()
