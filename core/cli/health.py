"""`python -m core health`: what works here; exit code 12 when something that is needed does not."""

from __future__ import annotations

import datetime as dt
import json
from argparse import Namespace
from contextlib import ExitStack, closing

from core import health, tools
from core.cases.store import open_store
from core.cli.exits import Exit
from core.errors import HemaboardError
from core.protocols import Store
from core.records import Engine, ModelCard
from core.settings import Settings


def run(options: Namespace, settings: Settings) -> Exit:
    with ExitStack() as opened:
        store: Store | HemaboardError
        try:
            store = opened.enter_context(closing(open_store(settings)))
        except HemaboardError as error:
            store = error
        found = health.of(
            store, settings, _cards(settings), _device(settings), dt.datetime.now(dt.UTC), _engines(settings)
        )
    if options.json:
        print(json.dumps(health.as_json(found), indent=1, ensure_ascii=False))
    else:
        print(f"Hemaboard {found.version}: {found.state}")
        for check in found.checks:
            print("\t".join((check.state.value, check.name, check.value, check.said)))
    return Exit.UNWELL if found.state is health.State.BAD else Exit.OK


def _cards(settings: Settings) -> tuple[ModelCard, ...] | HemaboardError:
    try:
        return tools.cards(settings=settings)
    except HemaboardError as error:
        return error


def _device(settings: Settings) -> str | HemaboardError:
    try:
        return tools.device_of(settings)
    except HemaboardError as error:
        return error


def _engines(settings: Settings) -> tuple[Engine, ...] | HemaboardError:
    try:
        return tools.engines_told(settings)
    except HemaboardError as error:
        return error
