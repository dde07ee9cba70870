"""A filed case as a PDF: the same case, the same bytes."""

from __future__ import annotations

from typing import Any

from core import filed
from core.errors import BadInput
from core.exchange.case_json import NOTICE
from core.filed import Filed
from core.records import Domain
from core.report import fonts, methods, pages, parts, readback, widths
from core.report.style import MARGIN, PAPERS
from core.review.signing import Signed

PARTS = (
    parts.head,
    parts.alerts,
    parts.shares,
    parts.classes,
    parts.distributions,
    parts.summary,
    parts.cells,
    widths.widths,
    parts.stated,
    methods.methods,
    methods.limits,
)
MOST_PAGES = 3  # beyond them the digests of single images give way, which one digest binds all the same


def written(of: Filed, paper: str = "A4") -> bytes:
    """The report on 'A4' or 'Letter'. Refused when it holds letters that the fonts do not have."""
    if paper not in PAPERS:
        raise BadInput(f"paper of {' or '.join(PAPERS)}", repr(paper), "Choose one of them.")
    fonts.ready()
    width = PAPERS[paper][0] - 2 * MARGIN
    every = _every(of)
    whole, number = pages.printed(_story(of, width, methods.MOST_IMAGES), every, paper)
    if number > MOST_PAGES and len(of.seen.images) > methods.FEW_IMAGES:
        whole, _ = pages.printed(_story(of, width, methods.FEW_IMAGES), every, paper)
    return whole


def _story(of: Filed, width: float, images: int) -> list[Any]:
    return [*(one for part in PARTS for one in part(of, width)), *methods.origins(of, width, images)]


def _every(of: Filed) -> pages.Every:
    synthetic, signed = of.info.domain is Domain.PROCEDURAL, isinstance(of.state, Signed)
    state, digest = parts.state(of), filed.sha256(of)
    return pages.Every(
        title=f"Hemaboard report: {of.info.pseudonym}",
        subject=f"{state}. {NOTICE}",
        creator=f"Hemaboard {of.version}",
        keywords=readback.marked(digest, of.id, of.trail),
        head=f"{of.info.pseudonym} · {of.info.specimen.value}" + (" · SYNTHETIC" if synthetic else ""),
        state=state,
        notice=NOTICE,
        digest=digest,
        across=(*(() if signed else ("DRAFT",)), *(("SYNTHETIC",) if synthetic else ())),
    )
