"""The crops of a set in every setting, drawn the same each time they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.imaging import backgrounds
from models.imaging.backgrounds import DONATED, Setting
from models.studies.subjects import Subjects
from models.synthesis import background_bank

BANK = 24  # cell-free backgrounds
LARGEST = 256  # pixels of their side; the middle of them is taken
SEED = 41


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to show every cell of a set."""

    setting: Setting
    on: str = ""  # class of the donors; '' as the setting says
    match_colour: bool = True
    moved: int = 0  # pixels that the contour is moved outwards before anything is done

    @property
    def key(self) -> str:
        words = [
            self.setting.value,
            *([f"on-{self.on}"] if self.on else []),
            *(["unmatched"] * (not self.match_colour)),
        ]
        return "_".join(words) + (f"_moved{self.moved:+d}" if self.moved else "")


UNALTERED = Arm(Setting.UNALTERED)
SETTINGS = tuple(Arm(s) for s in Setting)
UNMATCHED = (Arm(Setting.OTHER_CLASS, match_colour=False),)
MOVES = (-3, -1, 1, 3)
MOVED = (
    *(Arm(Setting.MASKED, moved=d) for d in MOVES),
    *(Arm(Setting.UNALTERED, moved=d) for d in (min(MOVES), max(MOVES))),
)


def on_each(classes: tuple[str, ...]) -> tuple[Arm, ...]:
    """Every cell on donors of one class, class after class: its own among them."""
    return tuple(Arm(Setting.OTHER_CLASS, on=c) for c in classes)


class Composites:
    """A set's crops in any arm; donors are emptied once."""

    def __init__(self, subjects: Subjects, seed: int = SEED) -> None:
        self.subjects, self._seed = subjects, seed
        self._emptied: dict[int, NDArray[Any]] = {}
        self._bank: tuple[NDArray[Any], ...] = ()

    def shown(self, arm: Arm) -> Iterator[tuple[NDArray[Any], NDArray[np.bool_]]]:
        """Every cell's picture and mask, in the set's order. Where a class has no donor the crop stays as it is."""
        donors = self._donors(arm)
        for k, (picture, mask) in enumerate(zip(self.subjects.pictures, self.subjects.masks, strict=True)):
            inside = backgrounds.grown(mask, arm.moved) if arm.moved else mask
            if not inside.any():
                inside = mask
            background = None
            if arm.setting is Setting.CELL_FREE:
                background = self._free(k, picture)
            elif arm.setting in DONATED:
                background = self._donated(int(donors[k]), picture)
                if background is None:
                    yield picture, inside
                    continue
            yield backgrounds.altered(arm.setting, picture, inside, background, match_colour=arm.match_colour), inside

    def _donors(self, arm: Arm) -> NDArray[np.intp]:
        """Of the cell's own patient where there is one, else of anybody."""
        labels, patients = self.subjects.labels, self.subjects.patients
        if arm.setting not in DONATED:
            return np.full(len(labels), -1, np.intp)
        if arm.on:
            return self._of(arm.on)
        own = backgrounds.chosen(labels, arm.setting, self._seed, patients)
        return np.where(own >= 0, own, backgrounds.chosen(labels, arm.setting, self._seed))

    def _of(self, name: str) -> NDArray[np.intp]:
        labels, patients = self.subjects.labels, self.subjects.patients
        rng = np.random.default_rng([self._seed, sorted(self.subjects.classes).index(name)])
        luck = rng.random(len(labels))
        found = np.full(len(labels), -1, np.intp)
        for k in range(len(labels)):
            able = labels == name
            able[k] = False
            near = np.flatnonzero(able & (patients == patients[k]))
            rows = near if len(near) else np.flatnonzero(able)
            if len(rows):
                found[k] = rows[int(luck[k] * len(rows))]
        return found

    def _donated(self, donor: int, picture: NDArray[Any]) -> NDArray[Any] | None:
        if donor < 0:
            return None
        if donor not in self._emptied:
            own, mask = self.subjects.pictures[donor], self.subjects.masks[donor]
            self._emptied[donor] = backgrounds.emptied(own, mask, seed=donor)
        return backgrounds.fitted(self._emptied[donor], picture.shape)

    def _free(self, k: int, picture: NDArray[Any]) -> NDArray[Any]:
        if not self._bank:
            stained = picture.dtype == np.uint8
            self._bank = (
                background_bank.stained_bank(BANK, LARGEST, seed=self._seed)
                if stained
                else background_bank.unstained_bank(BANK, picture.shape[1], seed=self._seed)
            )
        return backgrounds.fitted(self._bank[k % BANK], picture.shape)
