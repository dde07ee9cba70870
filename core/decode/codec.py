"""The border to the codecs: their errors, warnings and logs stop here."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import BadInput, UnreadableFile
from models.imaging.hushed import hushed

# Codecs log what they dislike about a file, and that can quote its tags: names and dates of patients. Nothing of
# it may reach a log.
for _name in ("tifffile", "pydicom", "PIL"):
    logging.getLogger(_name).addHandler(logging.NullHandler())
    logging.getLogger(_name).propagate = False  # for the loggers below it
    logging.getLogger(_name).disabled = True


@contextmanager
def border(what: str) -> Iterator[None]:
    """Run a codec on a damaged or hostile file of format `what`; whatever it raises becomes UnreadableFile.

    This is the one place that catches Exception: codecs raise anything (struct.error, KeyError, RecursionError,
    MemoryError, their own). Their text is not passed on, since it can quote the file.
    """
    with hushed():  # one file at a time passes
        try:
            yield
        except BadInput:
            raise
        except Exception as error:
            raise UnreadableFile(f"a complete {what} file", _in_words(error), _ADVICE) from error


_ADVICE = "Export or copy the file again, and open it in a picture viewer to check that it is whole."


def _in_words(error: Exception) -> str:
    text = str(error).lower()
    if isinstance(error, EOFError) or any(word in text for word in ("truncat", "unexpected end", "broken data stream")):
        return "one that ends too early"
    if isinstance(error, MemoryError):
        return "one that asks for more memory than there is"
    return f"damaged data ({type(error).__name__})"
