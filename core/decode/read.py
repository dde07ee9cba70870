"""The way through decode: uploads → checked, stripped, numbered images. READ FIRST.

    from core.decode import read as decode
    decoded = decode.images(uploads, settings)

A file that cannot be used becomes a Problem with a message; the others are unharmed.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.decode import gather
from core.decode.batch import Batch
from core.decode.gather import uploads_in
from core.decode.identity import masked, picture_id
from core.decode.panel import contents as panel_contents
from core.protocols import Tell, quiet
from core.records import Decoded, Modality, Upload
from core.settings import Settings

__all__ = ["images", "masked", "panel_contents", "picture_id", "uploads_in"]


def images(
    uploads: Sequence[Upload], settings: Settings, modality: Modality | None = None, *, tell: Tell = quiet
) -> Decoded:
    """What becomes of a batch of uploads.

    Without a modality, four files named after the DPC views, a TIFF of four grey pages, arrays and BSCCM sets are
    DPC, and everything else is smear. Every file takes a number, usable or not, so that mending one does not
    renumber the others; a set of four views takes one.
    """
    batch = Batch(settings, modality)
    # A stored picture has no name worth reading; an empty one is no view's.
    names = ["" if upload.known else upload.name for upload in uploads]
    done = 0
    for group in gather.grouped(names, modality):
        tell("decode", done, len(uploads))
        upload = uploads[group[0]]
        if upload.known is not None:
            batch.take_known(upload, upload.known)
        else:
            batch.take([batch.entry(uploads[place], gather.lacking(names, place)) for place in group])
        done += len(group)
    tell("decode", len(uploads), len(uploads))
    return batch.decoded()
