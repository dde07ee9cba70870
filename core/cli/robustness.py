"""`python -m core robustness CASE`: a case's cells among other surroundings, or with `--curves` in worse pictures.

The result is kept with the case.
"""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

from core import facts_strength, filed
from core.cases.store import open_store
from core.cli.exits import Exit
from core.cli.progress import Bar
from core.protocols import Store, Tools
from core.readings import Interval
from core.robustness import check, plain, strength
from core.robustness.curves import AskedCurves, Curves, Point, amount
from core.robustness.records import Asked, InSetting, Moved, Robustness
from core.settings import Settings
from core.tools import assemble, drawn_backgrounds
from models.imaging.perturb import LADDERS

EVERY = 10**9


def robustness(options: Namespace, settings: Settings) -> Exit:
    cells = EVERY if options.all else options.cells
    with closing(open_store(settings)) as store, Bar("Testing") as bar:
        tools = assemble(settings, store.case(options.case).info.modality)
        work = _curves if options.curves else _surroundings
        kept = work(store, options.case, tools, cells, options.seed, settings.user, bar)
        withheld = filed.gather(store, options.case, settings).reading.quality.withheld
    if isinstance(kept, Robustness):
        kept = without_numbers(kept, withheld)
        lines = table(kept)
    else:
        kept = without_shares(kept, withheld)
        lines = curves_table(kept)
    if options.json:
        told = {"number": kept.number, "actor": kept.actor, "at": kept.at and kept.at.isoformat()}
        print(json.dumps({"case": options.case, **told, **plain.as_table(kept)}, indent=1, ensure_ascii=False))
    else:
        print("\n".join(lines))
    return Exit.OK


def _surroundings(
    store: Store, case_id: str, tools: Tools, cells: int, seed: int, actor: str, bar: Bar
) -> Robustness | Curves:
    asked = Asked(cells=cells, seed=seed)
    found = check.of_case(
        store, case_id, tools, asked, drawn_backgrounds, tell=lambda _, done, total: bar.show(done, total)
    )
    assert found is not None  # nobody could cancel
    return store.robustness.add(case_id, found, actor=actor)


def _curves(
    store: Store, case_id: str, tools: Tools, cells: int, seed: int, actor: str, bar: Bar
) -> Robustness | Curves:
    asked = AskedCurves(cells=cells, seed=seed)
    found = strength.of_case(store, case_id, tools, asked, tell=lambda _, done, total: bar.show(done, total))
    assert found is not None
    return store.robustness.add_curves(case_id, found, actor=actor)


def without_shares(found: Curves, withheld: str) -> Curves:
    """Where no share of the case may be seen, only how many cells are called otherwise is."""
    if not withheld:
        return found
    bare = tuple(replace(curve, lines=()) for curve in found.curves)
    return replace(found, curves=bare, notes=(*found.notes, f"Numbers withheld: {withheld}."))


def curves_table(found: Curves) -> Iterator[str]:
    """Curves as lines of text."""
    yield f"{len(found.tested)} of {found.frame} cells in worse pictures"
    for curve in found.curves:
        ladder = LADDERS[curve.change]
        yield ""
        if curve.skipped:
            yield f"{ladder.name}: not tried, {curve.skipped}"
            continue
        yield f"{ladder.name}: {ladder.meaning}"
        turned = (f"{amount(one.strength, ladder.unit)}: {one.rate.count} of {one.rate.total}" for one in curve.flips)
        yield f"  called otherwise at {', '.join(turned)}"
        for line in curve.lines:
            yield f"  {line.name}: {', '.join(_point(point, ladder.unit) for point in line.points)}"
    yield ""
    withheld = any(not curve.skipped and not curve.lines for curve in found.curves)  # tried all the same
    if not withheld:
        yield from (f"{fact.name}: {fact.value}" for fact in facts_strength.of(found) if fact.id != "strength.cells")
    yield from found.notes


def _point(point: Point, unit: str) -> str:
    if point.value is None or point.interval is None:
        return f"nothing to divide by at {amount(point.strength, unit)}"
    low, high = point.interval.low, point.interval.high
    return f"{point.value:.1f} % [{low:.1f}–{high:.1f}] at {amount(point.strength, unit)}"


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
