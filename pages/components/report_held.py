"""A case's report as this process holds it: made once for what the case says, drawn once for who looks at it.

Whatever changes a case appends to its trail, so its last event says whether what is held is still the case's.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass

import streamlit as st

from core import filed
from core.doors.laboratory import Wanted
from core.errors import NotFound
from core.filed import AtHand, Filed
from core.report import pdf, readback
from pages.components import resources

MOST = 24  # papers held at once, about 300 kB each
WIDE = 1240  # pixels of a page's picture: sharp at the width in which it is shown, also on dense screens

AT_HAND = AtHand(resources.seen, resources.vocabulary, resources.stated)


@dataclass(frozen=True, slots=True)
class Paper:
    """One print. `sha256` is of its bytes."""

    content: bytes
    sha256: str
    pages: int


_papers: OrderedDict[str, Paper] = OrderedDict()
_lock = threading.Lock()


def now(case_id: str) -> Filed:
    """The case as it would be filed now."""
    last = resources.store().laboratory.history.page(Wanted(case=case_id), limit=1)
    return _gathered(case_id, last[0].number if last else 0)


@st.cache_resource(max_entries=12, show_spinner=False)
def _gathered(case_id: str, last: int) -> Filed:  # noqa: ARG001 - the last event says which case it was
    return filed.gather(resources.store(), case_id, resources.settings(), held=AT_HAND)


def paper(of: Filed, size: str) -> Paper:
    """Refused when it holds letters that cannot be printed."""
    made = _printed(of.id, filed.sha256(of), of.trail, size, of)
    with _lock:
        _papers[made.sha256] = made
        _papers.move_to_end(made.sha256)
        while len(_papers) > MOST:
            _papers.popitem(last=False)
    return made


@st.cache_resource(max_entries=MOST, show_spinner=False)
def _printed(case_id: str, digest: str, trail: tuple[int, str] | None, size: str, _of: Filed) -> Paper:  # noqa: ARG001
    content = pdf.written(_of, size)
    return Paper(content, hashlib.sha256(content).hexdigest(), readback.pages(content))


def picture(sha256: str, page: int) -> bytes:
    """A page of a paper that this process made, as PNG."""
    with _lock:
        made = _papers.get(sha256)
    if made is None:
        raise NotFound("a report that is held here", "one of before", "Open the report's page again.")
    return _picture(sha256, page, made.content)


@st.cache_resource(max_entries=2 * MOST, show_spinner=False)
def _picture(sha256: str, page: int, _content: bytes) -> bytes:  # noqa: ARG001
    return readback.picture(_content, page, WIDE)
