"""Cases whose classes show twice: in the colour of the cell and in the tile it lies on; and readers of either alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing

import cv2
import numpy as np
from numpy.typing import NDArray

from core import analyse
from core.cases.store import open_store
from core.decode import read as decode
from core.protocols import Crop, Naming, RunState, Tell, Tools, never, quiet
from core.records import CaseInfo, ModelStamp, Seen, Specimen, Upload
from core.robustness import check, cuts
from core.robustness.records import Asked, Robustness
from core.settings import Settings
from tests import fakes

KINDS = ("blast", "segmented", "lymphocyte", "monocyte")
INFO = CaseInfo("AML-0200", Specimen.BLOOD)
TILE, RADIUS, ACROSS = 56, 13, 6
USUAL = Asked()
TINTS = {"blast": 150, "segmented": 170, "lymphocyte": 190, "monocyte": 210}  # red of a tile


def field(kinds: Sequence[str], seed: int) -> NDArray[np.uint8]:
    """Rows of discs, each on a tile of its class; the last row is bare glass."""
    rows = -(-len(kinds) // ACROSS) + 1
    places = [
        (TILE * (n % ACROSS) + TILE / 2, TILE * (n // ACROSS) + TILE / 2, RADIUS, kind) for n, kind in enumerate(kinds)
    ]
    plain = fakes.field(places, (TILE * rows, TILE * ACROSS), seed)
    ground = (plain[..., 1] != 40) | (plain[..., 2] != 120)
    tiled = plain.copy()
    for x, y, _, kind in places:
        corner = (int(x - TILE / 2), int(y - TILE / 2))
        cv2.rectangle(tiled, corner, (corner[0] + TILE - 1, corner[1] + TILE - 1), (TINTS[kind], 200, 205), -1)
    return np.where(ground[..., None], tiled, plain)


class Around:
    """Names a cell by the tile it lies on and does not look at the cell: bare glass is a blast to it."""

    stamp = ModelStamp("reader of tiles", "b" * 64, "classifier", "tests", "stand-in", "shipped16")

    def name(self, crops: Sequence[Crop]) -> Naming:
        rows = np.full((len(crops), len(KINDS)), 0.02, np.float32)
        for row, crop in zip(rows, crops, strict=True):
            red = float(np.median(crop.pixels[..., 0][~crop.mask]))
            nearest = min(KINDS, key=lambda kind: abs(TINTS[kind] - red))
            row[KINDS.index(nearest)] = 0.94
        return Naming(KINDS, rows)


def tools(*, around: bool) -> Tools:
    usual = fakes.tools(Settings())
    if not around:
        return usual
    return Tools(usual.settings, usual.vocabulary, usual.modality, usual.detector, Around())


def fields(cells: int = 96, seed: int = 0) -> list[Upload]:
    """Four fields with all classes alike."""
    rng = np.random.default_rng(seed)
    kinds = [KINDS[n % len(KINDS)] for n in rng.permutation(cells)]
    size = -(-cells // 4)
    return [
        fakes.upload(field(kinds[start : start + size], seed + start), f"{start}.png")
        for start in range(0, cells, size)
    ]


def seen(uploads: Sequence[Upload], with_: Tools) -> Seen:
    return analyse.see(uploads, with_)


def bank(_: object, side: int, __: object) -> tuple[NDArray[np.uint8], ...]:
    return (np.full((side, side, 3), fakes.BACKGROUND, np.uint8),)


def outcome(
    uploads: Sequence[Upload], with_: Tools, asked: Asked = USUAL, *,
    tell: Tell = quiet, cancelled: Callable[[], bool] = never,
) -> tuple[Seen, Robustness | None]:  # fmt: skip
    """The test without a store."""
    found = seen(uploads, with_)
    drawn = check.sampled(found, asked)
    images = decode.images(uploads, with_.settings, with_.modality).images
    material = cuts.of_images(images, found.cells, drawn.cells, with_, asked.seed)
    again = check.naming_again(with_, found)
    drawings = bank(None, material.side, None)
    return found, check.check(
        found, material, again, INFO, with_.vocabulary, drawn, asked, drawings,
        run="run", tell=tell, cancelled=cancelled,
    )  # fmt: skip


def stored(settings: Settings, with_: Tools, cells: int = 96) -> str:
    """A case of these fields, analysed."""
    with closing(open_store(settings)) as store:
        case = store.add_case(INFO, actor="test")
        store.add_images(case, decode.images(fields(cells), settings, with_.modality).images, actor="test")
        images = store.images(case)
        run = f"{case}-1"
        store.add_run(case, run, len(images), actor="test")
        store.advance_run(run, RunState.RUNNING, done=0)
        batch = [Upload(image.label, store.picture(case, image.id), image) for image in images]
        store.add_seen(case, run, analyse.see(batch, with_))
        store.advance_run(run, RunState.DONE, done=len(images))
    return case
