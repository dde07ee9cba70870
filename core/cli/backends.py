"""`python -m core backends`: what runs the networks here, how fast, and why; `--measure` tries the engines anew,
`--untried` those that were not tried yet, as the app does beside itself when it first starts.
"""

from __future__ import annotations

import json
import os
from argparse import Namespace
from dataclasses import asdict

from core import tools
from core.cli.exits import Exit
from core.cli.progress import say
from core.records import Engine
from core.settings import Settings


def run(options: Namespace, settings: Settings) -> Exit:
    found = _found(options, settings)
    if options.json:
        print(json.dumps([asdict(one) for one in found], indent=1, ensure_ascii=False))
        return Exit.OK
    for one in found:
        print("\t".join((one.network, one.name or "not tried yet", one.why, _pace(one), _differs(one))))
    return Exit.OK


def _found(options: Namespace, settings: Settings) -> tuple[Engine, ...]:
    if not options.measure and not options.untried:
        return tools.engines_told(settings)
    say("Trying the engines: some seconds for each network…")
    if options.untried and hasattr(os, "nice"):
        os.nice(19)
    return tools.engines_measured(settings) if options.measure else tools.engines_tried(settings)


def _pace(one: Engine) -> str:
    return ", ".join(f"{name} {rate:.1f}/s" for name, rate in one.rates.items())


def _differs(one: Engine) -> str:
    """A failed trial's reason stands in `why` already."""
    return f"differs by: {one.agreement}" if one.agrees else ""
