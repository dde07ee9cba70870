"""`python -m core slide`: what a slide is, a slide for a case, its cells counted, and a drawn one to try it with."""

from __future__ import annotations

import json
import time
from argparse import Namespace
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

from core import demo
from core.cases.store import open_store
from core.cli.exits import Exit
from core.cli.progress import Bar, say
from core.errors import BadInput, Conflict
from core.jobs import runs as jobs
from core.protocols import RunState, Store
from core.records import CaseInfo, Domain, Specimen
from core.settings import Settings
from core.slides import tissue
from core.slides.fields import Region, chosen, grid
from core.slides.plans import Looked, Order, SlideInfo, Stop
from core.slides.reading import Slide, opened

LOOK_EVERY = 0.5
ENDED = (RunState.DONE, RunState.FAILED, RunState.CANCELLED)
MEGABYTE = 1_000_000


def show(options: Namespace, settings: Settings) -> Exit:  # noqa: ARG001
    """What it is, and where on it cells might be counted. Nothing is kept."""
    with opened(options.file) as slide:
        um = slide.um_per_px or options.um_per_px
        regions = tissue.found(slide).regions
        laid = grid(slide.width, slide.height, um, slide.levels)
        fields = len(chosen(laid, regions)) if regions else 0
        told = {
            "format": slide.format,
            "width": slide.width,
            "height": slide.height,
            "um_per_px": um,
            "levels": [asdict(level) for level in slide.levels],
            "field_um_per_px": laid.um_per_px,
            "fields": len(laid.fields),
            "regions": [asdict(region) for region in regions],
            "fields_in_regions": fields,
        }
    if options.json:
        print(json.dumps(told, indent=1))
        return Exit.OK
    print(f"{slide.format}, {slide.width} × {slide.height} pixels, {f'{um} µm per pixel' if um else 'no scale'}")
    for number, level in enumerate(slide.levels):
        print(f"level {number}: {level.width} × {level.height}, 1/{level.downsample:g}")
    print(f"{len(laid.fields)} fields" + (f" at {laid.um_per_px} µm per pixel" if laid.um_per_px else ""))
    for region in regions:
        print(f"region {region.x},{region.y},{region.width},{region.height}: score {region.score:.2f}")
    print(f"{fields} fields in the proposed regions" if regions else "no region looks like a monolayer: give some")
    return Exit.OK


def add(options: Namespace, settings: Settings) -> Exit:
    """Copy a slide into the store, for a case that is there or a new one."""
    with closing(open_store(settings)) as store:
        case = options.case
        if case == "new":
            case = store.add_case(_info(options), actor=settings.user)
        info = store.slides.add(case, options.file, actor=settings.user, um_per_px=options.um_per_px)
        print(f"{case}\t{info.id}\t{info.label}\t{info.format}\t{info.width} × {info.height}")
        if info.um_per_px is None:
            do = "If you know it, add the slide to a new case with --um-per-px."
            say(f"The slide does not say its scale: its own pixels are looked at. {do}")
    return Exit.OK


def _info(options: Namespace) -> CaseInfo:
    if not options.specimen:
        raise BadInput("--specimen for a new case", "none", "Say whether it is marrow or blood.")
    info = CaseInfo(options.pseudonym, Specimen(options.specimen))
    return replace(info, domain=Domain.PROCEDURAL, note=demo.NOTE) if options.synthetic else info


def analyse(options: Namespace, settings: Settings) -> Exit:
    """Declare what is looked at, and look. With SQLite this process does the work; with PostgreSQL workers do."""
    jobs.launch(settings)
    try:
        store = jobs.store()
        slide = _slide(store, options.case, options.slide)
        regions = _regions(store.slides.opened(options.case, slide.id), options.region)
        stop = Stop(options.cells, options.share, options.width)
        order = Order(options.order)
        plan = store.slides.plan(
            options.case, slide.id, regions, actor=settings.user, order=order, seed=options.seed, stop=stop
        )
        say(f"plan {plan.number}: {len(plan.fields)} fields in {len(regions)} regions, {order.value} order")
        run = jobs.start_run(store, options.case, actor=settings.user)
        if not settings.database.startswith("sqlite") and not jobs.someone_works():
            say("Queued: start workers (python -m core worker).")
        ended = _watched(store, options.case, run)
        looked = store.slides.looked(options.case, run)
        print("\n".join(_lines(looked)) if looked else f"{ended.value}: {store.run(run).message}")
        return Exit.OK if ended is RunState.DONE else Exit.FAILED
    finally:
        jobs.stop()


def _slide(store: Store, case_id: str, label: str) -> SlideInfo:
    slides = store.slides.slides(case_id)
    named = [slide for slide in slides if label in ("", slide.id, slide.label)]
    if len(named) == 1:
        return named[0]
    if not slides:
        raise Conflict(f"a slide in case {case_id}", "none", f"Add one: python -m core slide add {case_id} FILE.")
    found = ", ".join(slide.id for slide in slides)
    raise BadInput("the id of one of the case's slides", f"{label or 'none'} (there are {found})", "Give --slide ID.")


def _regions(slide: Slide, given: list[Region]) -> tuple[Region, ...]:
    if given:
        return tuple(given)
    found = tissue.found(slide).regions
    if not found:
        do = "Look at the slide and give regions: --region X,Y,WIDTH,HEIGHT, in its own pixels."
        raise BadInput("a place that looks like a monolayer", "none on this slide", do)
    return found


def _watched(store: Store, case_id: str, run: str) -> RunState:
    with Bar("Fields") as bar:
        while (row := store.run(run)).state not in ENDED:
            bar.show(row.done, row.total, f"{_cells(store.slides.looked(case_id, run))} cells")
            time.sleep(LOOK_EVERY)
    if row.message:
        say(row.message)
    return row.state


def _cells(looked: Looked | None) -> int:
    return sum(sum(tally.labels.values()) for tally in looked.tallies) if looked else 0


def _lines(looked: Looked) -> list[str]:
    labels: dict[str, int] = {}
    for tally in looked.tallies:
        for label, count in tally.labels.items():
            labels[label] = labels.get(label, 0) + count
    first = f"{looked.fields} of {looked.planned} planned fields looked at, {_cells(looked)} cells"
    counted = [f"{label}\t{count}" for label, count in sorted(labels.items(), key=lambda pair: (-pair[1], pair[0]))]
    return [first, *counted]


def draw(options: Namespace, settings: Settings) -> Exit:  # noqa: ARG001
    """A slide that belongs to nobody, with its truth beside it."""
    out: Path = options.out
    if not out.absolute().parent.is_dir():
        raise BadInput("a folder to write into", f"none at {out.absolute().parent}", "Make it first.")
    truth = demo.drawn_slide(out, options.side, options.seed)
    beside = out.with_name(out.name + ".cells.csv")
    beside.write_text("\n".join(["label,x,y,radius,zone", *truth]) + "\n", encoding="utf-8")
    print(f"{out}: {options.side} × {options.side} pixels, {out.stat().st_size / MEGABYTE:,.0f} MB, {len(truth)} cells")
    return Exit.OK
