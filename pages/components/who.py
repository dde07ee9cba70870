"""Who sits before the screen, and what they may do."""

from __future__ import annotations

from core.people import Right, Role, allowed
from pages.components import resources


def actor() -> str:
    """The name under which what is done is kept."""
    return resources.actor()


def authenticated() -> bool:
    """Whether somebody signed in; else what is signed says that nobody did."""
    return False


def role() -> Role | None:
    """Without a sign-in there is one local user, who may do everything."""
    return Role.ADMINISTRATOR


def may(right: Right) -> bool:
    return allowed(role(), right)
