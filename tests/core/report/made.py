"""Filed cases made of counts, with pictures of noise; and a PDF read back by other hands than those that wrote it."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import PIL.Image
import pypdfium2
from pypdfium2 import raw

from core import filed
from core.appraisals import DesignEstimate
from core.charts import paper
from core.doors.review import Content, Deed, Signature
from core.filed import Filed
from core.records import CaseInfo, Domain, Review, Seen
from core.review.signing import Signed, State, Unsigned
from core.summaries import Summary
from core.vocabulary import vocabulary
from core.writers import asking
from core.writers.template import Template
from tests import label_free_fakes
from tests.core import counted
from tests.core.writers import golden

NOON = dt.datetime(2026, 3, 1, 12, 30, tzinfo=dt.UTC)
CONTENT = Content("1" * 64, "2" * 64, "3" * 64, "4" * 64)
SIGNATURE = Signature(Deed.SIGNED, NOON, "Dr Ada Quill", "signer", True, CONTENT)
SIGNED = Signed((SIGNATURE,))


def case(
    given: Seen | None = None,
    info: CaseInfo | None = None,
    *,
    reviews: Sequence[Review] = (),
    state: State | None = None,
    summary: Summary | None = None,
    side: int = 40,
    sample: DesignEstimate | None = None,
) -> Filed:
    given = golden.doubted(counted.seen(golden.MIXED)) if given is None else given
    info = info or counted.info()
    words = vocabulary(info.vocabulary)
    reading = filed.read(given, tuple(reviews), info, words, {})
    shown = paper.chosen(given, reviews, words, paper.ROOMS[info.modality])
    return Filed(
        id="case-1",
        info=info,
        created=NOON,
        run="run-1",
        analysed=NOON,
        seen=given,
        reviews=tuple(reviews),
        reading=reading,
        vocabulary=words,
        state=state or Unsigned(),
        content="c" * 64,
        summary=summary or Template().write(asking.of_case(reading, words)),
        shown=shown,
        pictures={cell: noise(number, side) for number, cell in enumerate(shown.cells)},
        trail=(7, "7" * 64),
        version="0.1.0",
        sample=sample,
        budgets=filed.budgets(given, reviews, reading, words),
    )


def label_free(domain: Domain, *, cuts: bool = False, **more: object) -> Filed:
    """With `cuts` everything is told that can be told of all markers, in long units."""
    info, given = replace(label_free_fakes.REAL, domain=domain), golden.free(domain)
    if cuts:
        told = {"marker_cuts": dict.fromkeys(golden.MARKERS, 1.579), "marker_units": f"{golden.UNITS}, floored"}
        given = replace(given, models=tuple(replace(model, **told) for model in given.models))  # type: ignore[arg-type]
        calls = tuple(replace(call, possible=tuple(golden.DPC.codes[:2])) for call in given.calls)
        given = replace(given, calls=calls)
    return case(given, info, **more)  # type: ignore[arg-type]


def noise(seed: int, side: int) -> bytes:
    """What a picture can be least compressed as."""
    out = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    PIL.Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page as another program sees it."""

    text: str
    size: tuple[int, int]  # points
    pictures: tuple[tuple[int, int], ...]  # pixels

    @property
    def bare(self) -> str:
        return bare(self.text)


def bare(text: str) -> str:
    """Without spaces and line ends, which a PDF has where lines break."""
    return "".join(text.split())


def sheets(pdf: bytes) -> list[Sheet]:
    document = pypdfium2.PdfDocument(pdf)
    found = []
    for page in document:
        words = page.get_textpage()
        images = [one.get_px_size() for one in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE])]
        width, height = page.get_size()
        found.append(Sheet(words.get_text_bounded(), (round(width), round(height)), tuple(images)))
        words.close()
        page.close()
    document.close()
    return found


def metadata(pdf: bytes) -> dict[str, str]:
    document = pypdfium2.PdfDocument(pdf)
    told = document.get_metadata_dict()
    document.close()
    return dict(told)
