"""The tables of decks and answers. What changes here needs a migration beside it."""

from __future__ import annotations
