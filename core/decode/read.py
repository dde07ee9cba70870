"""The way through decode: uploads → checked, stripped, numbered images. READ FIRST.

    from core.decode import read as decode
    decoded = decode.images(uploads, settings)

A file that cannot be used becomes a Problem with a message; the others are unharmed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.decode import gather
from core.decode.batch import Batch
from core.decode.gather import uploads_in
from core.decode.identity import masked, picture_id
from core.decode.panel import contents as panel_contents
from core.protocols import Tell, quiet
from core.records import Decoded, Image, Modality, Problem, Upload
from core.settings import Settings

__all__ = ["each", "images", "masked", "panel_contents", "picture_id", "uploads_in"]


def images(
    uploads: Sequence[Upload], settings: Settings, modality: Modality | None = None, *, tell: Tell = quiet
) -> Decoded:
    """What becomes of a batch of uploads.

    Without a modality, four files named after the DPC views, a TIFF of four grey pages, arrays and BSCCM sets are
    DPC, and everything else is smear. Every file takes a number, usable or not, so that mending one does not
    renumber the others; a set of four views takes one.
    """
    batch = Batch(settings, modality)
    for _ in _taken(batch, uploads, tell):
        pass
    return batch.decoded()


def each(
    uploads: Sequence[Upload], settings: Settings, modality: Modality | None, problems: list[Problem]
) -> Iterator[Image]:
    """The same images, one after another and let go of; `problems` is added to as they are met."""
    batch = Batch(settings, modality, problems=problems)
    for _ in _taken(batch, uploads, quiet):
        yield from batch.released()


def _taken(batch: Batch, uploads: Sequence[Upload], tell: Tell) -> Iterator[None]:
    """Every upload, in order; where several make one picture, these together."""
    # A stored picture has no name worth reading; an empty one is no view's.
    names = ["" if upload.known else upload.name for upload in uploads]
    done = 0
    for group in gather.grouped(names, batch.modality):
        tell("decode", done, len(uploads))
        upload = uploads[group[0]]
        if upload.known is not None:
            batch.take_known(upload, upload.known)
        else:
            batch.take([batch.entry(uploads[place], gather.lacking(names, place)) for place in group])
        done += len(group)
        yield
    tell("decode", len(uploads), len(uploads))
