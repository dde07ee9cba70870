"""What the store keeps of users and their roles: the seam. The values are `core.people`'s."""

from __future__ import annotations

from typing import Protocol

from core.people import Claims, Role, User


class PeopleDoor(Protocol):
    """Who may work here. Every change is an event of the trail."""

    def all(self) -> list[User]: ...

    def one(self, subject: str) -> User | None: ...

    def meet(self, claims: Claims, *, administrator: bool = False) -> User:
        """Somebody signed in: made known at the first time, without a role unless a setting names an administrator."""
        ...

    def give(self, subject: str, role: Role | None, *, actor: str) -> User:
        """Conflict when it would leave nobody to administer."""
        ...

    def activate(self, subject: str, active: bool, *, actor: str) -> User:
        """Somebody inactive keeps the role and may do nothing."""
        ...
