"""`python -m core trail …`: has anybody edited history?"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing

from core.cases.store import open_store
from core.cli.exits import Exit
from core.errors import BadInput
from core.settings import Settings


def verify(options: Namespace, settings: Settings) -> Exit:
    """Raises TrailBroken (exit code 6) naming the first event that is not as it was written."""
    with closing(open_store(settings)) as store:
        number = store.verify_trail(_known(options.known))
    print(f"{number} events, each as it was written.")
    return Exit.OK


def head(_: Namespace, settings: Settings) -> Exit:
    """Number of events and the newest hash: kept elsewhere, they also find a trail cut short or made anew."""
    with closing(open_store(settings)) as store:
        store.verify_trail()
        number, newest = store.trail_head()
    print(number, newest)
    return Exit.OK


def _known(words: Sequence[str] | None) -> tuple[int, str] | None:
    if not words:
        return None
    number, newest = words
    if not number.isdecimal():
        raise BadInput("the number and hash that 'trail head' printed", repr(" ".join(words)), "Copy both of them.")
    return int(number), newest
