"""Addresses of pictures and crops, signed so that nobody but a page of this server can make one.

A route carries no Streamlit session. Each address therefore holds a signature made with a secret that this
process drew when it started; an address from before a restart is refused and the page draws a new one.

Whoever may no longer see a case keeps no key to it: an address ends after 6 to 12 hours. It stays the same for six, so
that browsers need not fetch a picture again with every page.
"""

from __future__ import annotations

import hmac
import secrets
import time
from hashlib import sha256
from urllib.parse import quote

import streamlit as st

_SECRET = secrets.token_bytes(32)
WINDOW = 6 * 3600  # seconds


def picture(case_id: str, image_id: str) -> str:
    return _signed("picture", case_id, image_id)


def crop(case_id: str, cell_id: str) -> str:
    return _signed("crop", case_id, cell_id)


def outlines(case_id: str, run_id: str, image_id: str) -> str:
    """One field's cells as a run saw them."""
    path = here(f"/api/outlines/{quote(case_id, safe='')}/{quote(run_id, safe='')}/{quote(image_id, safe='')}")
    return f"{path}?sig={_signature('outlines', case_id, f'{run_id}/{image_id}')}"


def cells(case_id: str, deck_id: str) -> tuple[str, str]:
    """Where the columns, pictures and references of a gallery lie, and the query that opens them."""
    path = here(f"/api/cells/{quote(case_id, safe='')}/{quote(deck_id, safe='')}")
    return path, f"sig={_signature('cells', case_id, deck_id)}"


def report(case_id: str, sha256: str, page: int) -> str:
    """One page of a report, by the digest of its PDF."""
    path = here(f"/api/report/{quote(case_id, safe='')}/{sha256}/{page}")
    return f"{path}?sig={_signature('report', case_id, f'{sha256}/{page}')}"


def scene(case_id: str, number: int, cell_id: str, setting: str) -> str:
    """A tested cell in one setting of a case's test, by the test's number."""
    path = here(f"/api/scene/{quote(case_id, safe='')}/{number}/{quote(cell_id, safe='')}/{quote(setting, safe='')}")
    return f"{path}?sig={_signature('scene', case_id, f'{number}/{cell_id}/{setting}')}"


def tiles(case_id: str, slide_id: str) -> tuple[str, str]:
    """Where the tiles of a slide lie (…/zoom/column/row), and the query that opens all of them."""
    path = here(f"/api/tiles/{quote(case_id, safe='')}/{quote(slide_id, safe='')}")
    return path, f"sig={_signature('tiles', case_id, slide_id)}"


def slide_cells(case_id: str, run_id: str) -> str:
    """All cells that a run found on a slide, as points."""
    return _signed("slide-cells", case_id, run_id)


def drawn(number: str) -> str:
    """A cell that a program draws in memory, of no case."""
    return _signed("drawn", "cell", number)


def is_ours(kind: str, case_id: str, item: str, signature: str) -> bool:
    """Whether this process signed it, and not too long ago."""
    window = signature.partition("-")[0]
    if not window.isascii() or not window.isdecimal() or len(window) > 9:
        return False
    ours = hmac.compare_digest(_signature(kind, case_id, item, int(window)).encode(), signature.encode())
    return ours and _window() - int(window) in (0, 1)


def here(path: str) -> str:
    """A path of this server, under the base path a site may have set."""
    base = str(st.get_option("server.baseUrlPath")).strip("/")
    return f"/{base}{path}" if base else path


def _signed(kind: str, case_id: str, item: str) -> str:
    path = here(f"/api/{kind}/{quote(case_id, safe='')}/{quote(item, safe='')}")
    return f"{path}?sig={_signature(kind, case_id, item)}"


def _signature(kind: str, case_id: str, item: str, window: int | None = None) -> str:
    """'WINDOW-DIGEST': the window of six hours in which it was made is part of what is signed."""
    made = _window() if window is None else window
    told = "\0".join((kind, case_id, item, str(made)))
    return f"{made}-{hmac.new(_SECRET, told.encode(), sha256).hexdigest()[:40]}"


def _window() -> int:
    return int(time.time()) // WINDOW
