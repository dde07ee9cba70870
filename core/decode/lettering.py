"""Text-like regions."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from core.records import Box, Modality


def regions(pixels: NDArray[Any], modality: Modality) -> tuple[Box, ...]:
    return ()
