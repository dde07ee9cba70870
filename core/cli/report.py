"""`python -m core report`: one case as a PDF."""

from __future__ import annotations

from argparse import Namespace
from contextlib import closing

from core import filed
from core.cases.store import open_store
from core.cli import write
from core.cli.exits import Exit
from core.report import pdf
from core.settings import Settings


def report(options: Namespace, settings: Settings) -> Exit:
    write.folder(options.out.absolute().parent)
    with closing(open_store(settings)) as store:
        whole = filed.gather(store, options.case, settings)
    write.whole(options.out, pdf.written(whole, options.paper))
    print(options.out)
    return Exit.OK
