"""From arguments to the command's function; errors of the family become one line and an exit code."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

from core.cli.arguments import parser
from core.cli.exits import Exit, exit_of
from core.cli.progress import say
from core.errors import HemaboardError
from core.settings import settings


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    options = parser().parse_args(argv)
    try:
        chosen = settings()
        # Loaded only now, so that --help and a mistyped command need no network and no database.
        command = getattr(importlib.import_module(f"core.cli.{options.module}"), options.act)
        code = Exit(command(options, chosen))
        sys.stdout.flush()
        return code
    except HemaboardError as error:
        say(f"{parser().prog}: {error}")
        return exit_of(error)
    except KeyboardInterrupt:
        say("Stopped.")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has left (`… | head`); give Python nothing to complain about at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
