"""`python -m core robustness CASE`: a case's cells among other surroundings; the result is kept with the case."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

from core import filed
from core.cases.store import open_store
from core.cli.exits import Exit
from core.cli.progress import Bar
from core.readings import Interval
from core.robustness import check, plain
from core.robustness.records import Asked, InSetting, Moved, Robustness
from core.settings import Settings
from core.tools import assemble, drawn_backgrounds

EVERY = 10**9


def robustness(options: Namespace, settings: Settings) -> Exit:
    asked = Asked(cells=EVERY if options.all else options.cells, seed=options.seed)
    with closing(open_store(settings)) as store, Bar("Testing") as bar:
        tools = assemble(settings, store.case(options.case).info.modality)
        found = check.of_case(
            store, options.case, tools, asked, drawn_backgrounds, tell=lambda _, done, total: bar.show(done, total)
        )
        assert found is not None  # nobody could cancel
        kept = store.robustness.add(options.case, found, actor=settings.user)
        reading = filed.gather(store, options.case, settings).reading
    kept = without_numbers(kept, reading.quality.withheld)
    if options.json:
        told = {"number": kept.number, "actor": kept.actor, "at": kept.at and kept.at.isoformat()}
        print(json.dumps({"case": options.case, **told, **plain.as_table(kept)}, indent=1, ensure_ascii=False))
    else:
        print("\n".join(table(kept)))
    return Exit.OK


def without_numbers(found: Robustness, withheld: str) -> Robustness:
    """As the page tells it where no share of the case may be seen: neither moves nor the reasons that speak of them."""
    if not withheld:
        return found
    return replace(
        found,
        settings=tuple(replace(one, moved=()) for one in found.settings),
        verdict=replace(found.verdict, reasons=()),
        notes=(*found.notes, f"Numbers withheld: {withheld}."),
    )


def table(found: Robustness) -> Iterator[str]:
    """The result as lines of text."""
    verdict = found.verdict
    yield f"{verdict.word.value.upper()}. {verdict.said}"
    yield from (f"  {reason}" for reason in verdict.reasons)
    yield f"{len(found.tested)} of {found.frame} cells, {sum(one.fragile for one in found.flipped)} of them fragile"
    for one in found.settings:
        yield ""
        yield from _setting(one)
    yield ""
    yield from found.notes
    yield from verdict.limits


def _setting(one: InSetting) -> Iterator[str]:
    name = one.setting.value.replace("_", " ")
    if one.skipped:
        yield f"{name}: not made, {one.skipped}"
        return
    yield f"{name}: {one.flips.count} of {one.flips.total} called otherwise{_percent(one.flips.interval)}"
    if one.towards is not None and one.towards.total:
        yield f"  {one.towards.count} of these as the cell was whose surroundings they were given"
    for moved in one.moved:
        yield f"  {_moved(moved)}"
    for flips in one.classes:
        if flips.flips.count:
            yield f"  {flips.code:<20} {flips.flips.count} of {flips.flips.total}{_percent(flips.flips.interval)}"


def _moved(moved: Moved) -> str:
    if moved.before is None or moved.after is None or moved.move is None or moved.interval is None:
        return f"{moved.name}: nothing to divide by"
    digits = 1 if moved.unit == "%" else 2
    low, high = moved.interval.low, moved.interval.high
    said = f"{moved.name}: {moved.before:.{digits}f} → {moved.after:.{digits}f} {moved.unit}"
    said += f", by {moved.move:+.{digits}f} [{low:+.{digits}f} to {high:+.{digits}f}]"
    if moved.crosses is not None:
        said += f"; across {moved.crosses} %"
    return said + ("; out of its own interval" if moved.leaves else "")


def _percent(interval: Interval | None) -> str:
    return f" [{100 * interval.low:.0f}–{100 * interval.high:.0f} %]" if interval else ""
