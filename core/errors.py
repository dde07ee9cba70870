"""Every error a person may meet, as one family.

    HemaboardError
    ├── BadInput                 something a person gave us cannot be used
    │   ├── UnreadableFile       the bytes are not a picture we can read
    │   ├── RefusedFile          readable, but beyond a limit or unsafe
    │   ├── UnsupportedFile      recognised, and not supported here
    │   └── BadSettings          a setting or vocabulary file is wrong (names the line)
    ├── NotFound                 no such case, image, run
    ├── Conflict                 the thing is in a state that forbids this
    ├── TrailBroken              the audit trail does not verify
    ├── NoNetwork                no model is installed for what was asked
    └── ModelMismatch            weights, card and vocabulary disagree

A message says what was expected, what was found, and what the person can do. `say` joins the three, so
that none is forgotten.
"""

from __future__ import annotations


class HemaboardError(Exception):
    """Root of the family: catch this to show a message instead of a traceback."""

    def __init__(self, expected: str, found: str, do: str) -> None:
        self.expected, self.found, self.do = expected, found, do
        super().__init__(say(expected, found, do))

    def __reduce__(self) -> tuple[type[HemaboardError], tuple[str, str, str]]:
        # Errors cross process and checkpoint borders, so they must pickle with their three parts.
        return type(self), (self.expected, self.found, self.do)


class BadInput(HemaboardError):
    """Something a person gave us cannot be used."""


class UnreadableFile(BadInput):
    """The bytes are not a picture we can read."""


class RefusedFile(BadInput):
    """The file is readable, but beyond a limit or unsafe."""


class UnsupportedFile(BadInput):
    """The format is recognised and not supported."""


class BadSettings(BadInput):
    """A setting or a vocabulary file is wrong."""


class NotFound(HemaboardError):
    """No such case, image, cell or run."""


class Conflict(HemaboardError):
    """The thing is in a state that forbids this."""


class TrailBroken(HemaboardError):
    """The audit trail does not verify."""


class NoNetwork(HemaboardError):
    """No model is installed for what was asked."""


class ModelMismatch(HemaboardError):
    """Weights, card and vocabulary disagree."""


def say(expected: str, found: str, do: str) -> str:
    """One line a person can act on: what was expected, what was found, what to do."""
    return f"Expected {expected}; found {found}. {do}"
