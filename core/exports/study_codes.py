"""Names that stand for others outside the house: of patients, readers, cases and cells.

They are keyed, so that nobody without the store can try out whom one stands for; and they come from the store, so that
the same case leaves it with the same bytes from whichever machine. The key comes from the hash of the trail's first
event, which no paper and none of these exports prints; an archive of the store's first case and the trail as CSV do.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection

from core.doors.laboratory import Wanted
from core.errors import NotFound
from core.protocols import Store


def secret(store: Store) -> bytes:
    """Of this store, for as long as it exists."""
    first = next(iter(store.laboratory.history.all(Wanted())), None)
    if first is None:
        raise NotFound("a store with a case in it", "one without any event", "Take a case in first.")
    return hashlib.sha256(f"study codes of the store that began with {first.hash}".encode()).digest()


def keyed(secret: bytes, kind: str, name: str) -> str:
    return hmac.new(secret, f"{kind}\n{name}".encode(), hashlib.sha256).hexdigest()


def patient(secret: bytes, pseudonym: str) -> str:
    """The same for every case of a patient, since cells of one patient must not be split."""
    return f"patient-{keyed(secret, 'patient', pseudonym)[:12]}"


def numbered(secret: bytes, kind: str, names: Collection[str], start: str) -> dict[str, str]:
    """name → code, by number in an order that the key alone decides: neither time nor alphabet shows in it."""
    ordered = sorted(set(names), key=lambda name: keyed(secret, kind, name))
    digits = max(2, len(str(len(ordered))))
    return {name: f"{start}{number:0{digits}d}" for number, name in enumerate(ordered, 1)}
