"""`python -m core case …`: list, export, import, sign-state, delete."""

from __future__ import annotations

import json
from argparse import Namespace
from contextlib import closing

from core.cases.store import open_store
from core.cli.exits import Exit
from core.errors import BadInput
from core.protocols import CaseRow, RunState
from core.review import signing
from core.review.signing import Signed, Void
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


def sign_state(options: Namespace, settings: Settings) -> Exit:
    """As JSON; a signature counts for exactly the content it was given over."""
    with closing(open_store(settings)) as store:
        row, given = store.case(options.case), store.review.signatures(options.case)
        now = signing.content(
            row.info, store.images(row.id), store.seen(row.id), store.reviews(row.id), store.words.versions(row.id)
        )
    state = signing.state(given, now)
    by = state.by if isinstance(state, Signed) else (state.was,) if isinstance(state, Void) else ()
    told = {
        "case": row.id,
        "state": type(state).__name__.lower(),
        "content": now.hash,
        "because": list(state.because) if isinstance(state, Void) else [],
        "signatures": [
            {
                "by": one.actor,
                "role": one.role,
                "authenticated": one.authenticated,
                "at": one.at.isoformat(),
                "content": one.content.hash,
            }
            for one in by
        ],
    }
    print(json.dumps(told, indent=1, ensure_ascii=False))
    return Exit.OK


def delete(options: Namespace, settings: Settings) -> Exit:
    with closing(open_store(settings)) as store:
        store.delete_case(options.case, actor=settings.user, reason=options.reason)
    print(options.case)
    return Exit.OK
