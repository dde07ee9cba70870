"""Streamlit with stand-ins for the networks: `python -m tests.e2e.stand_ins run app.py …`.

They name the cells of a prepared case as they did when it was made, unless the corner of a picture is even: whatever
has its surroundings masked out is called something else. While a file `HELD` lies beside the data they wait (`held`),
at once or after a few batches more, so that a run under way can be watched for as long as that takes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from streamlit.web import cli

from core import tools
from core.protocols import Crop, Naming, Tools
from core.records import Modality
from core.settings import Settings
from tests import fakes, label_free_fakes

HELD = "held"


class Cornered(fakes.ColourClassifier):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def name(self, crops: Sequence[Crop]) -> Naming:
        while self._waits():
            time.sleep(0.05)
        found = super().name([replace(crop, pixels=np.clip(crop.pixels, 20, 200)) for crop in crops])  # of any stain
        for row, crop in zip(found.probabilities, crops, strict=True):
            if crop.pixels[:3, :3].std(axis=(0, 1)).max() == 0:
                row[:] = row[::-1].copy()
        return found

    def _waits(self) -> bool:
        file = self.folder / HELD
        try:
            more = int(file.read_text())
        except FileNotFoundError:
            return False
        if more:
            file.write_text(str(more - 1))
        return not more


def assembled(settings: Settings, modality: Modality = Modality.SMEAR) -> Tools:
    if modality is Modality.DPC:
        return label_free_fakes.tools(settings, "simulated")
    return replace(fakes.tools(settings), classifier=Cornered(settings.folder))


@contextmanager
def held(data: Path, after: int = 0) -> Iterator[None]:
    """In the process of the test: the classifier of the app over this data names so many batches, and then nothing
    until the end of the block, which comes when it has named them."""
    file = data / HELD
    new = file.with_suffix(".new")
    new.write_text(str(after))
    new.rename(file)  # never seen half written
    try:
        yield
    finally:
        file.unlink()


def main() -> None:
    tools.assemble = assembled  # type: ignore[assignment]
    cli.main(prog_name="streamlit")


if __name__ == "__main__":
    main()
