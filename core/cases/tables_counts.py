"""The tables of counts made elsewhere. What changes here needs a migration beside it."""

from __future__ import annotations
