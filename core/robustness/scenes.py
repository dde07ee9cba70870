"""The same cell among other surroundings: which it is given, and the picture that this makes.

Everything is drawn by the seed from the ids of the cells, so that a picture can be made again whenever somebody wants
to see it, and the same request gives the same pictures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.protocols import Crop
from core.robustness.cuts import Cut, Material, Picture, Place, picture, shown_as
from core.robustness.records import Asked, Surroundings
from models.imaging import backgrounds
from models.imaging.backgrounds import Setting

DONATED = {Surroundings.SAME_CLASS: Setting.SAME_CLASS, Surroundings.OTHER_CLASS: Setting.OTHER_CLASS}


@dataclass(frozen=True, slots=True, eq=False)
class Scenes:
    """Makes the pictures of one test."""

    material: Material
    called: Mapping[str, str]  # cell → its call; of all that are tested
    asked: Asked
    bank: Sequence[Picture] = ()  # drawn backgrounds
    _emptied: dict[str, Place] = field(default_factory=dict)  # what was made once

    def donors(self, setting: Surroundings) -> dict[str, str]:
        """Cell → whose surroundings it is given; a cell for which there is no donor is not in it.

        In the settings without donors every cell is there, with ''.
        """
        cells = list(self.material.shots)
        if setting not in DONATED:
            return dict.fromkeys(cells, "")
        labels = [self.called[cell] for cell in cells]
        places = backgrounds.chosen(labels, DONATED[setting], self.asked.seed)
        return {cell: cells[place] for cell, place in zip(cells, places, strict=True) if place >= 0}

    def missing(self, setting: Surroundings) -> str:
        """Why nothing can be shown in this setting; '' when it can."""
        if setting is Surroundings.CELL_FREE and not self.material.places:
            return "no place without cells is large enough in these fields"
        if setting is Surroundings.DRAWN and not self.bank:
            return "no bank of drawn backgrounds is installed"
        if setting in DONATED and not self.donors(setting):
            return "no cell of this case could lend its surroundings"
        return ""

    def shown(self, cell: str, setting: Surroundings, donor: str = "") -> Cut:
        """The cell in a setting; with the donor that `donors` names."""
        shot = self.material.shots[cell]
        own = picture(shot.cut)
        if setting is Surroundings.MASKED:
            return shown_as(shot.cut, backgrounds.masked(own, shot.kept, fill=shot.glass))
        behind = self._behind(cell, setting, donor)
        other = backgrounds.fitted(behind.pixels, own.shape)
        if self.asked.match_colour and isinstance(shot.cut, Crop):
            other = _in_light(other, behind.glass, shot.glass)
        placed = backgrounds.placed(own, shot.kept, other, feather=self.asked.feather, match_colour=False)
        return shown_as(shot.cut, placed)

    def _behind(self, cell: str, setting: Surroundings, donor: str) -> Place:
        luck = number(f"{self.asked.seed}:{setting}:{cell}")
        if setting is Surroundings.CELL_FREE:
            return self.material.places[luck % len(self.material.places)]
        if setting is Surroundings.DRAWN:
            return self._drawn(luck % len(self.bank))
        return self._without(donor)

    def _without(self, donor: str) -> Place:
        """A donor's surroundings, emptied once for all cells that are given them."""
        if donor not in self._emptied:
            shot = self.material.shots[donor]
            empty = backgrounds.emptied(shot.around, shot.mask, seed=number(donor) % 2**31)
            self._emptied[donor] = Place(empty, shot.glass)
        return self._emptied[donor]

    def _drawn(self, which: int) -> Place:
        name = f"drawn {which}"
        if name not in self._emptied:
            pixels = self.bank[which]
            nowhere = np.zeros(pixels.shape[:2], bool)
            glass = backgrounds.clear(pixels, nowhere) if pixels.dtype == np.uint8 else np.ones(len(pixels))
            self._emptied[name] = Place(pixels, tuple(map(float, glass)))
        return self._emptied[name]


def _in_light(pixels: Picture, glass: Sequence[float], wanted: Sequence[float]) -> Picture:
    """Stained surroundings in another slide's light: its clear glass becomes that slide's. The slides' own glass is
    asked, and not what lies around the one cell: nothing of that may come along."""
    gain = np.clip(np.asarray(wanted) / np.maximum(np.asarray(glass), 1), *backgrounds.GAIN)
    tables = [np.clip(np.rint(np.arange(256) * by), 0, 255).astype(np.uint8) for by in gain]
    return np.stack([table[pixels[..., k]] for k, table in enumerate(tables)], axis=-1)


def number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")
