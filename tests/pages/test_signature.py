"""The banner by itself: what it says in each state, and that nobody's words become markup."""

from __future__ import annotations

import datetime as dt

from core.doors.review import Content, Deed, Signature
from core.review.signing import Signed, Unsigned, Void
from pages.components import signature

CONTENT = Content("1" * 64, "2" * 64, "3" * 64, "4" * 64, 7)
AT = dt.datetime(2026, 11, 21, 9, 30, tzinfo=dt.UTC)


def given(actor: str = "Dr Weber", *, known: bool = True, deed: Deed = Deed.SIGNED, reason: str = "") -> Signature:
    return Signature(deed, AT, actor, "signer", known, CONTENT, reason)


def test_signed_by_whom_when_over_which_hash():
    said = signature.banner(Signed((given(), given("Dr Lang", known=False))), CONTENT)
    assert "good" in said
    assert "<b>Dr Weber</b> (signer) on 2026-11-21 09:30:00 UTC" in said
    assert "<b>Dr Lang</b> (signer, unauthenticated" in said
    assert CONTENT.hash in said  # whole, for who looks


def test_void_says_why_and_is_louder_than_a_draft():
    said = signature.banner(Void(given(), ("1 review was added", "its pictures are not the same")), CONTENT)
    assert "hb-notice warning" in said
    assert "1 review was added; its pictures are not the same" in said
    assert "Signature void" in said
    assert "hb-notice note" in signature.banner(Unsigned(), CONTENT)


def test_nobodys_words_become_markup():
    wild = "<script>alert(1)</script>"
    for state in (
        Signed((given(wild),)),
        Void(given(wild), (wild,)),
        Unsigned(given(wild, deed=Deed.REOPENED, reason=wild)),
    ):
        said = signature.banner(state, CONTENT)
        assert "<script>" not in said
        assert "&lt;script&gt;" in said
