"""Labelled cases through the same `see` and `read` as every case, and what came out beside what the expert says.

A labelled cell counts as found when an outline holds its point (or passes it closer than a quarter of the cell's
diameter); each outline answers for one label. Only found labelled cells enter the shares, unless every cell of the
fields carries a label (`complete`): then all outlines enter, as they would in a case.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from core.aggregate.counting import Groups, groups
from core.aggregate.ratios import ratios as ratios_of
from core.analyse import read, see, together
from core.cases import pseudonym
from core.cases.pictures import encoded
from core.decode import read as decode
from core.errors import BadInput
from core.labels import odd
from core.protocols import Tell, Tools, quiet
from core.readings import Corrected, Share
from core.records import Call, CaseInfo, Cell, Findings, Image, Seen, Specimen, Upload
from core.verify.evidence import CaseEvidence, Composite, Site
from core.verify.labelled import Label, LabelledCase, LabelledPicture
from core.verify.spread import holds

NEAR = 0.25  # of a cell's diameter
HALF = 25  # counted cells in each half, below which nobody learns whether an interval holds
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Told:
    """One label, where it lies, and the cell that answers for it."""

    code: str
    image: str
    right: bool  # in the right half of its picture
    cell: str | None


@dataclass(slots=True)
class Taken:
    """A case on its way: what was seen in it and what was told of it."""

    info: CaseInfo
    seen: Seen
    told: list[Told] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Way:
    """What the site said about its cases."""

    specimen: Specimen
    complete: bool = False  # every nucleated cell of the fields carries a label
    own_names: bool = False  # the site's pseudonyms on the page, in place of keyed hashes
    um_per_px: float | None = None


def site(
    given: Sequence[LabelledCase], tools: Tools, way: Way, *, tell: Tell = quiet, say: Say = lambda _: None
) -> tuple[Site, dict[str, str]]:
    """The evidence, and which name on the page is which patient: that key stays with the site."""
    if way.own_names:
        for case in given:
            pseudonym.checked(case.patient)
    group = groups(tools.vocabulary, way.specimen, Findings())
    walk = _Walk(tools, way, tell, say, sum(len(case.pictures) for case in given))
    found = [(case, walk.case(case)) for case in given]
    if not walk.ids:
        raise BadInput("at least one usable picture", "none", "The lines above say why.")
    key = hashlib.sha256(" ".join(sorted(walk.ids)).encode()).digest()
    names = {case.patient: case.patient if way.own_names else _name(case.patient, key) for case, _ in found}
    cases = [_evidence(names[case.patient], case, taken, way, group, tools) for case, taken in found if taken.told]
    models = tools.stamps
    words = tools.vocabulary
    ordered = tuple(sorted(cases, key=lambda case: case.name))
    whole = Site(ordered, way.specimen, words.id, words.cblc_name, models, walk.unusable, dict(walk.left_out))
    return whole, {names[case.patient]: case.patient for case, _ in found}


def _name(patient: str, key: bytes) -> str:
    """Without the pictures nobody can try out which patient a hash stands for."""
    return "case " + hmac.new(key, patient.encode(), "sha256").hexdigest()[:8]


class _Halves:
    """A case in two.

    Pictures by turns, in an order that knows no class: a folder lists them class by class, and halves dealt from that
    would be more alike than chance makes them. A single field is cut in the middle, where neighbours, which resemble
    each other, stay together.
    """

    def __init__(self, taken: Taken) -> None:
        order = sorted(taken.seen.images, key=lambda image: hashlib.sha256(image.id.encode()).digest())
        self._rank = {image.id: place for place, image in enumerate(order)}
        self._middle = order[0].width / 2 if order else 0.0

    def of(self, image: str, right: bool) -> int:
        return self._rank[image] % 2 if len(self._rank) > 1 else int(right)

    def of_cell(self, cell: Cell) -> int:
        return self.of(cell.image, (cell.box[0] + cell.box[2]) / 2 >= self._middle)


class _Walk:
    """Over all pictures, each once, one in memory at a time."""

    def __init__(self, tools: Tools, way: Way, tell: Tell, say: Say, total: int) -> None:
        self.tools, self.way, self.tell, self.say, self.total = tools, way, tell, say, total
        self.ids: set[str] = set()
        self.left_out: Counter[str] = Counter()
        self.unusable = self.done = 0

    def case(self, case: LabelledCase) -> Taken:
        info = CaseInfo("site verification", self.way.specimen, vocabulary=self.tools.vocabulary.id)
        taken, parts = Taken(info, Seen()), []
        for picture in case.pictures:
            self.tell("see", self.done, self.total)
            self.done += 1
            if (seen := self._seen(picture)) is not None:
                parts.append(self._matched(picture, seen, taken))
        taken.seen = together(parts)
        return taken

    def _seen(self, picture: LabelledPicture) -> Seen | None:
        image = self._image(picture)
        if image is None:
            self.unusable += 1
            self.left_out["labelled cells in files that could not be used"] += len(picture.labels)
            return None
        if image.info.id in self.ids:
            self.left_out["labelled cells in a picture that was given twice"] += len(picture.labels)
            return None
        self.ids.add(image.info.id)
        return replace(see([Upload(image.info.label, encoded(image), image.info)], self.tools), crops={})

    def _image(self, picture: LabelledPicture) -> Image | None:
        decoded = decode.images([Upload(picture.name, picture.source)], self.tools.settings, self.tools.modality)
        for problem in decoded.problems:
            self.say(f"{problem.file}: {problem.message}")
        if len(decoded.images) != 1:
            return None
        image = decoded.images[0]
        scale = image.info.um_per_px or picture.um_per_px or self.way.um_per_px
        return Image(replace(image.info, um_per_px=scale), image.pixels)

    def _matched(self, picture: LabelledPicture, seen: Seen, taken: Taken) -> Seen:
        info = seen.images[0]
        answers = matched(picture.labels, seen.cells, (info.width / 2, info.height / 2))
        for label, cell in zip(picture.labels, answers, strict=True):
            right = label.at is not None and label.at[0] >= info.width / 2
            taken.told.append(Told(label.code, info.id, right, cell.id if cell else None))
        if self.way.complete:
            return seen
        return only(seen, {cell.id for cell in answers if cell})


def matched(labels: Sequence[Label], cells: Sequence[Cell], middle: tuple[float, float]) -> list[Cell | None]:
    """The cell that answers for each label, the best fits first, each cell once."""
    fits = []
    for place, label in enumerate(labels):
        point = label.at or middle
        for cell in cells:
            inside = cv2.pointPolygonTest(np.ascontiguousarray(cell.contour, np.float32), point, measureDist=True)
            diameter = cell.measures["diameter_px"]
            if inside >= -NEAR * diameter:
                fits.append((-inside / max(diameter, 1e-6), cell.id, place, cell))
    answers: list[Cell | None] = [None] * len(labels)
    used: set[str] = set()
    for _, id, place, cell in sorted(fits, key=lambda fit: fit[:3]):
        if answers[place] is None and id not in used:
            answers[place] = cell
            used.add(id)
    return answers


def only(seen: Seen, ids: Set[str]) -> Seen:
    """Some of the cells, in all of the pictures."""
    cells = tuple(cell for cell in seen.cells if cell.id in ids)
    return replace(seen, cells=cells, calls=tuple(call for call in seen.calls if call.cell in ids))


def _evidence(name: str, case: LabelledCase, taken: Taken, way: Way, group: Groups, tools: Tools) -> CaseEvidence:
    calls = {call.cell: call for call in taken.seen.calls}
    answered: list[tuple[str, Call]] = [(t.code, calls[t.cell]) for t in taken.told if t.cell in calls]
    reading = read(taken.seen, (), taken.info, tools.vocabulary)
    withheld = reading.quality.withheld
    shares = ((reading.blasts, group.blasts), (reading.cblc, group.cblc))
    two = [_composite(share, reading.corrected, members, taken, group, tools, withheld) for share, members in shares]
    called = [code in group.blasts for code, call in answered if call.label in group.blasts]
    return CaseEvidence(
        name=name,
        labelled=len(taken.told),
        found=len(answered),
        blasts_labelled=sum(t.code in group.blasts for t in taken.told),
        blasts_found=sum(code in group.blasts for code, _ in answered),
        blasts_called=len(called),
        blasts_right=sum(called),
        judged=sum(call.oddness is not None for _, call in answered),
        odd=sum(odd(call) for _, call in answered),
        outlines=len(taken.seen.cells) if way.complete else None,
        blasts=two[0],
        cblc=two[1],
        withheld=withheld,
        centre=case.centre,
        diagnosis=case.diagnosis,
        missed=dict(sorted(Counter(t.code for t in taken.told if t.cell not in calls).items())),
        pairs=dict(sorted(Counter((code, call.label) for code, call in answered).items())),
    )


def _composite(
    share: Share,
    corrected: Sequence[Corrected],
    members: Set[str],
    taken: Taken,
    group: Groups,
    tools: Tools,
    gone: str,
) -> Composite:
    of = [t.code in members for t in taken.told if t.code in group.counted]
    if gone:
        return Composite(sum(of), len(of), None)
    better = next((c for c in corrected if c.share == share.id and c.patient), None)
    return Composite(
        members=sum(of),
        counted=len(of),
        stated=share.ratio,
        corrected=better.value if better else None,
        interval=better.patient if better else share.interval,
        holds=_holds(share.id, members, taken, group, tools),
    )


def _holds(id: str, members: Set[str], taken: Taken, group: Groups, tools: Tools) -> bool | None:
    """The patient interval of one half of the pictures against the expert's count in the other half."""
    halves = _Halves(taken)
    seen = only(taken.seen, {cell.id for cell in taken.seen.cells if halves.of_cell(cell) == 0})
    other = [t.code in members for t in taken.told if halves.of(t.image, t.right) == 1 and t.code in group.counted]
    ratios = ratios_of(seen, (), taken.info, tools.vocabulary)
    share = ratios.blasts if id == ratios.blasts.id else ratios.cblc
    if share.total < HALF or len(other) < HALF or share.ratio is None or share.interval is None:
        return None
    better = next((c for c in ratios.corrected if c.share == id and c.patient), None)
    if better is not None and better.patient is not None and better.value is not None:
        return holds(better.patient, better.value, sum(other), len(other))
    return holds(share.interval, share.ratio, sum(other), len(other))
