"""What the command line's exit codes mean. README has the same table; a test compares them."""

from __future__ import annotations

from enum import IntEnum

from core.errors import BadInput, Conflict, HemaboardError, ModelMismatch, NoNetwork, NotFound, TrailBroken


class Exit(IntEnum):
    OK = 0  # done
    UNEXPECTED = 1  # a defect of ours: please report what was printed; of `verify FILE`: filed, and changed since
    USAGE = 2  # the command was not understood; of `verify FILE`: altered, or not known here
    PARTIAL = 3  # a result was written, but some files could not be used
    BAD_INPUT = 4  # nothing usable was given, or a setting is wrong
    NO_NETWORK = 5  # no network is installed for what was asked, or it does not fit
    TRAIL_BROKEN = 6  # the audit trail does not verify
    NOT_FOUND = 7  # no such file or case
    CONFLICT = 8  # the thing is in a state that forbids this
    FAILED = 9  # a run failed or was cancelled
    NO_GO = 10  # the site verification was done, and its verdict is no-go
    NO_VERDICT = 11  # the site verification was done, and there is no verdict: too few or undecided
    UNWELL = 12  # health: something that is needed does not work
    INTERRUPTED = 130  # stopped from the keyboard


BY_ERROR: tuple[tuple[type[HemaboardError], Exit], ...] = (
    (BadInput, Exit.BAD_INPUT),
    (NoNetwork, Exit.NO_NETWORK),
    (ModelMismatch, Exit.NO_NETWORK),
    (TrailBroken, Exit.TRAIL_BROKEN),
    (NotFound, Exit.NOT_FOUND),
    (Conflict, Exit.CONFLICT),
)


def exit_of(error: HemaboardError) -> Exit:
    """The code that goes with an error."""
    return next((code for kind, code in BY_ERROR if isinstance(error, kind)), Exit.UNEXPECTED)
