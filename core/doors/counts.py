"""What the store keeps of counts made elsewhere: the values, and the seam."""

from __future__ import annotations

from typing import Protocol


class CountsDoor(Protocol):
    """The seam."""
