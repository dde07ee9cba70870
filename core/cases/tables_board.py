"""The tables of tumour boards. What changes here needs a migration beside it."""

from __future__ import annotations
