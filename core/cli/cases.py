"""`python -m core case …`: list, export, import, delete."""

from __future__ import annotations

import json
from argparse import Namespace
from contextlib import closing

from core.cases.store import open_store
from core.cli.exits import Exit
from core.errors import BadInput
from core.protocols import CaseRow, RunState
from core.settings import Settings

PAGE = 200


def listing(options: Namespace, settings: Settings) -> Exit:
    rows: list[CaseRow] = []
    with closing(open_store(settings)) as store:
        while page := store.cases(limit=PAGE, offset=len(rows)):
            rows += page
    told = [_told(row) for row in rows]
    if options.json:
        print(json.dumps(told, indent=1, ensure_ascii=False))
        return Exit.OK
    for row in told:
        print("\t".join(str(value) for value in row.values()))
    return Exit.OK


def _told(row: CaseRow) -> dict[str, str | int]:
    return {
        "case": row.id,
        "pseudonym": row.info.pseudonym,
        "specimen": row.info.specimen.value,
        "modality": row.info.modality.value,
        "domain": row.info.domain.value,
        "run": (row.run.state if row.run else RunState.NONE).value,
        "images": row.images,
        "cells": row.cells,
        "created": row.created.isoformat(),
    }


def export(options: Namespace, settings: Settings) -> Exit:
    if not options.out.absolute().parent.is_dir():
        raise BadInput("a folder to write into", f"none at {options.out.absolute().parent}", "Make it first.")
    with closing(open_store(settings)) as store:
        print(store.export_case(options.case, options.out))
    return Exit.OK


def bring(options: Namespace, settings: Settings) -> Exit:
    if not options.file.is_file():
        raise BadInput("a ZIP that 'case export' made", f"no file at {options.file}", "Correct the path.")
    with closing(open_store(settings)) as store:
        print(store.import_case(options.file, actor=settings.user))
    return Exit.OK


def delete(options: Namespace, settings: Settings) -> Exit:
    with closing(open_store(settings)) as store:
        store.delete_case(options.case, actor=settings.user, reason=options.reason)
    print(options.case)
    return Exit.OK
