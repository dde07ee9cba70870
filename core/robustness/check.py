"""Does the background decide? READ FIRST of this room: one case's cells among other surroundings, named again.

    sampled cells → cut out (`cuts`) → among other surroundings (`scenes`) → named by the same network
    → calls that changed, numbers that moved (`measured`) → one word (`verdict`)

`of_case` is the whole way from a stored case to a result that the store can keep; `check` is its pure middle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, cast

import numpy as np

from core import classify, markers, phenotype
from core.appraisals import Drawn
from core.errors import BadInput, Conflict, ModelMismatch
from core.protocols import Renamer, Store, Tell, Tools, never, quiet
from core.records import Call, CaseInfo, Modality, Seen
from core.review import sample
from core.robustness import cuts, measured, standing, verdict
from core.robustness.cuts import Cut, Material, Picture
from core.robustness.measured import Course, Tested
from core.robustness.records import Asked, Flipped, InSetting, Robustness, Surroundings, Turn
from core.robustness.scenes import Scenes
from core.vocabulary import Vocabulary

AT_A_TIME = 64
Classify = Callable[[Sequence[Any]], Sequence[Call]]  # crops → calls, in their order
Again = Callable[[Sequence[Any], Sequence[str]], Sequence[Call]]  # crops, and what each was called → calls
Cancelled = Callable[[], bool]
Bank = Callable[[Modality, int, float | None], Sequence[Picture]]  # drawn backgrounds of a side, at a scale


def of_case(
    store: Store, case_id: str, tools: Tools, asked: Asked, bank: Bank | None = None,
    *, tell: Tell = quiet, cancelled: Cancelled = never,
) -> Robustness | None:  # fmt: skip
    """The result for the case's latest finished run; None: cancelled. Nothing is stored here."""
    info, runs = store.case(case_id).info, store.desk.runs(case_id)
    seen = store.seen(case_id, runs[0]) if runs else Seen()
    if not seen.calls:
        found = "none" if not runs else "one without cells"
        raise Conflict(f"a finished analysis of case {case_id} with cells in it", found, "Analyse it first.")
    again, drawn = naming_again(tools, seen), sampled(seen, asked)
    material = cuts.of_case(store, case_id, seen, drawn.cells, tools, asked.seed, tell=tell, cancelled=cancelled)
    if material is None:
        return None
    wanted = bank is not None and Surroundings.DRAWN in asked.settings
    drawings = bank(info.modality, material.side, info.um_per_px) if bank and wanted else ()
    return check(
        seen, material, again, info, tools.vocabulary, drawn, asked, drawings,
        run=runs[0], tell=tell, cancelled=cancelled,
    )  # fmt: skip


def naming(tools: Tools, seen: Seen) -> Classify:
    """The network that named the cells, to be asked again; no other may answer for it."""
    network = tools.classifier or tools.phenotyper
    named = standing.model(seen)
    if network is None or network.stamp.digest != named:
        found = f"others ({network.stamp.name} {network.stamp.digest[:12]})" if network else "none"
        raise ModelMismatch("the weights that named these cells", found, "Analyse the case again, then test it.")
    if tools.classifier is not None:
        return partial(classify.calls_of, classifier=tools.classifier, vocabulary=tools.vocabulary)
    assert tools.phenotyper is not None
    return partial(phenotype.calls_of, phenotyper=tools.phenotyper, vocabulary=tools.vocabulary)


def naming_again(tools: Tools, seen: Seen) -> Again:
    """The same, sooner where the network can tell at a glance that a call stays."""
    whole, network = naming(tools, seen), cast(object, tools.classifier)
    if isinstance(network, Renamer):
        return partial(classify.calls_again, network=network, vocabulary=tools.vocabulary)
    return lambda crops, _: whole(crops)


def sampled(seen: Seen, asked: Asked) -> Drawn:
    """All cells with a call, or a sample with some of every call; the same seed draws the same cells."""
    if asked.cells < 1:
        raise BadInput("at least one cell to test", str(asked.cells), "Ask for more.")
    called = {call.cell: call.label for call in seen.calls}
    frame = {cell.id: called[cell.id] for cell in seen.cells if cell.id in called}
    if len(frame) <= asked.cells:
        return Drawn(tuple(sorted(frame)), dict.fromkeys(sorted(frame), 1.0), len(frame), asked.seed)
    most = max(asked.cells, len(set(frame.values())))
    drawn = sample.stratified(frame, most, asked.seed)
    return Drawn(tuple(sorted(drawn.cells)), drawn.probability, drawn.frame, drawn.seed, drawn.strata)


def check(
    seen: Seen, material: Material, again: Again, info: CaseInfo, vocabulary: Vocabulary, drawn: Drawn,
    asked: Asked, bank: Sequence[Picture] = (),
    *, run: str = "", tell: Tell = quiet, cancelled: Cancelled = never,
) -> Robustness | None:  # fmt: skip
    """`again` names crops as the case's own network does, told what each was called. None: cancelled."""
    calls = {call.cell: call for call in markers.permitted(seen.calls, seen.models, info.domain)}
    cells = [cell for cell in drawn.cells if cell in material.shots]
    if not cells:
        raise Conflict("cells with a call and a stored picture", "none", "Analyse the case first.")
    scenes = Scenes(material, {cell: calls[cell].label for cell in cells}, asked, bank)
    weights = [1 / drawn.probability[cell] for cell in cells]
    of = measured.tested(cells, [calls[cell] for cell in cells], weights, asked.seed)
    found: list[InSetting] = []
    courses: list[tuple[Course, ...]] = []
    turns: dict[str, list[Turn]] = {}
    for place, setting in enumerate(asked.settings):
        report = _counting(tell, place, len(asked.settings), len(cells))
        one = _setting(setting, scenes, of, again, seen, info, vocabulary, turns, report, cancelled)
        if one is None:
            return None
        found.append(one[0])
        courses.append(one[1])
    found = [replace(one, moved=moved) for one, moved in zip(found, measured.together(courses), strict=True)]
    tell("surroundings", len(asked.settings) * len(cells), len(asked.settings) * len(cells))
    flipped = tuple(
        Flipped(cell, calls[cell].label, calls[cell].probabilities.get(calls[cell].label, 0.0), tuple(its),
                verdict.fragile(its))
        for cell, its in sorted(turns.items())
    )  # fmt: skip
    return Robustness(
        run=run,
        calls=standing.digest(seen, info, vocabulary),
        model=standing.model(seen),
        asked=asked,
        tested=tuple(cells),
        frame=drawn.frame,
        strata=drawn.strata,
        settings=tuple(found),
        flipped=flipped,
        verdict=verdict.judged(found, len(cells), [one for one in Surroundings if one not in asked.settings]),
        notes=tuple(_notes(info, seen, drawn, cells)),
    )


def _setting(
    setting: Surroundings, scenes: Scenes, of: Tested, again: Again, seen: Seen, info: CaseInfo,
    vocabulary: Vocabulary, turns: dict[str, list[Turn]], report: Callable[[int], None], cancelled: Cancelled,
) -> tuple[InSetting, tuple[Course, ...]] | None:  # fmt: skip
    """What it did, without the numbers that moved; and these, which are judged beside those of the other settings."""
    missing = scenes.missing(setting)
    if missing:
        return InSetting(setting, measured.rate(0, 0), skipped=missing), ()
    donors = scenes.donors(setting)
    some = of.only(np.array([cell in donors for cell in of.cells]))
    after: list[Call] = []
    for shown, called in _ahead(scenes, setting, some, donors):
        if cancelled():
            return None
        report(len(after))
        after += again(shown, called)
    after = list(markers.permitted(after, seen.models, info.domain))
    for call, was in zip(after, some.calls, strict=True):
        if call.label != was.label:
            turns.setdefault(was.cell, []).append(
                Turn(setting, call.label, donors[was.cell], call.probabilities.get(call.label))
            )
    names = () if markers.withheld(seen.models, info.domain) else [m for model in seen.models for m in model.markers]
    turned, kinds, told = measured.flips(some, after), measured.class_flips(some, after, vocabulary), None
    if setting is Surroundings.OTHER_CLASS:
        told = measured.towards(some, after, [donors[cell] for cell in some.cells], scenes.called)
    courses = measured.courses(some, after, seen, info, vocabulary, names)
    return InSetting(setting, turned, kinds, told, tested=len(some.cells)), courses


def _ahead(
    scenes: Scenes, setting: Surroundings, some: Tested, donors: Mapping[str, str]
) -> Iterator[tuple[list[Cut], list[str]]]:
    """The pictures batch by batch, with what each cell was called. The next are made while the network looks."""

    def made(start: int) -> list[Cut]:
        return [scenes.shown(cell, setting, donors[cell]) for cell in some.cells[start : start + AT_A_TIME]]

    with ThreadPoolExecutor(1) as maker:
        coming = maker.submit(made, 0)
        for start in range(0, len(some.cells), AT_A_TIME):
            shown = coming.result()
            coming = maker.submit(made, start + AT_A_TIME)
            yield shown, some.labels[start : start + AT_A_TIME]


def _counting(tell: Tell, place: int, settings: int, cells: int) -> Callable[[int], None]:
    return lambda done: tell("surroundings", place * cells + done, settings * cells)


def _notes(info: CaseInfo, seen: Seen, drawn: Drawn, cells: Sequence[str]) -> list[str]:
    notes = ["Counted from the network's own calls: a cell that a person has named counts by the call it had."]
    if drawn.strata:
        notes.append(
            f"{len(cells)} of {drawn.frame} cells were tested, drawn at random from every class; each counts for as "
            "many as it stands for."
        )
    withheld = markers.withheld(seen.models, info.domain)
    if withheld and any(model.markers for model in seen.models):
        notes.append(f"Nothing is said of markers: {withheld}.")
    return notes
