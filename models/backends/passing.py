"""Was it the engine that failed, or the moment? What fails for want of room or time may go well another day.

A finding of such a failure is no verdict: the next start of the program tries again, up to `TRIES` times one after the
other and then once a day, so that a disk which is always full does not cost every start a trial. Processes that started
together take each other's word.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator

from models.backends.cache import Finding

TRIES = 3
LATER = 86_400.0  # seconds between trials from then on
STARTED = time.time()  # of this process, near enough: a finding from before it is one of an earlier start
NUMBERS = {
    number
    for name in ("ENOSPC", "EDQUOT", "EFBIG", "ENOMEM", "EAGAIN", "EMFILE", "ENFILE", "EBUSY", "EINTR", "EIO")
    if (number := getattr(errno, name, None)) is not None
}
WORDS = (  # of torch and OpenVINO, which tell such failures as RuntimeErrors
    "alloc",  # std::bad_alloc, 'cannot allocate memory', 'failed to allocate', DefaultCPUAllocator
    "out of memory",
    "not enough memory",
    "no space left",
    "disk quota",
    "iostream error",
    "too many open files",
    "resource temporarily unavailable",
    "resource busy",
    "start new thread",
    "thread creation failed",
    "timed out",
)


def passes(error: BaseException) -> bool:
    """Whether the machine's moment is to blame: memory, disk, files, threads."""
    return any(_of_the_moment(one) for one in _chain(error))


def due(finding: Finding) -> bool:
    """Whether this process is to try again."""
    wait = 0.0 if finding.tries < TRIES else LATER
    return finding.passing and finding.at + wait < STARTED


def outlook(finding: Finding) -> str:
    """What becomes of a failure, in words that follow what went wrong; '' of a lasting one."""
    if not finding.passing:
        return ""
    if finding.tries < TRIES:
        return "; the next start tries again"
    return f"; tried {finding.tries} times, and again tomorrow or by `python -m core backends --measure`"


def _of_the_moment(error: BaseException) -> bool:
    if isinstance(error, (MemoryError, TimeoutError)) or (isinstance(error, OSError) and error.errno in NUMBERS):
        return True
    told = str(error).lower()
    return isinstance(error, RuntimeError) and any(word in told for word in WORDS)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, and what it was raised from."""
    seen: list[BaseException] = []
    now: BaseException | None = error
    while now is not None and now not in seen:
        seen.append(now)
        yield now
        now = now.__cause__ or now.__context__
