"""What the store keeps of tumour boards: the values, and the seam."""

from __future__ import annotations

from typing import Protocol


class BoardDoor(Protocol):
    """The seam."""
