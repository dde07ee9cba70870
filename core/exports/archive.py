"""ZIPs whose bytes depend on their content alone: no clock, no machine, and unpacked as they are."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.exchange.cells_csv import safe

STAMP = (1980, 1, 1, 0, 0, 0)  # a ZIP wants a date; ours tells nothing


def zipped(members: Mapping[str, bytes]) -> bytes:
    """In the order of their names. Stored, since what packing gives differs from one version of zlib to another."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in sorted(members):
            member = zipfile.ZipInfo(name, STAMP)
            member.create_system = 3  # else the bytes would depend on the machine
            member.external_attr = 0o600 << 16
            archive.writestr(member, members[name])
    return out.getvalue()


def table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """CSV without anything that a spreadsheet would run. No byte order mark: readers of plain UTF-8 stumble over it."""
    stream = io.StringIO()
    lines = csv.DictWriter(stream, columns, restval="", lineterminator="\r\n")
    lines.writerow({name: safe(name) for name in columns})
    for row in rows:
        lines.writerow({name: safe(value) for name, value in row.items()})
    return stream.getvalue().encode()
