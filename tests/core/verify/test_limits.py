"""One file of limits: nothing may be left out, and a change is told."""

from __future__ import annotations

import re

import pytest

from core.errors import BadSettings
from core.verify.limits import CRITERIA, SHIPPED, Otherwise, limits

TEXT = SHIPPED.read_text(encoding="utf-8")


def test_the_shipped_limits_hold_every_criterion_with_reason_and_source():
    shipped = limits()
    assert list(shipped.by_id) == list(CRITERIA)
    assert shipped.changed == ()
    assert all(limit.reason and limit.source for limit in shipped.by_id.values())
    assert shipped["blasts_bias"].otherwise is Otherwise.NO_GO


def test_a_changed_limit_is_named_and_a_changed_reason_is_not(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(TEXT.replace("limit = 3000", "limit = 500").replace("As for blasts.", "Ours."), encoding="utf-8")
    assert limits(own).changed == ("cells",)
    assert limits(own)["cells"].limit == 500


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        ("[odd]", "[odder]", "missing odd; unknown odder"),
        ("limit = 95.0", "limit = 0", "limit above 0"),
        ("limit = 95.0", "limit = 950.0", "limit above 0"),
        ("limit = 95.0", "limit = true", "limit above 0"),
        ('otherwise = "no-go"', 'otherwise = "no verdict"', "otherwise"),
        ('otherwise = "no-go"', 'otherwise = "condition"', "condition"),
        ("limit = 95.0", 'limit = 95.0\ncolour = "red"', "in \\[found\\]"),
        ("version = 1", "version = 2", "version = 1"),
        ("version = 1", "version 1", "TOML"),
        ('reason = "As for blasts."', 'reason = " "', "a reason"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path, was, now, words):
    own = tmp_path / "own.toml"
    assert was in TEXT
    own.write_text(TEXT.replace(was, now, 1), encoding="utf-8")
    with pytest.raises(BadSettings, match=words):
        limits(own)


def test_no_such_file(tmp_path):
    with pytest.raises(BadSettings, match=re.escape(str(tmp_path / "none.toml"))):
        limits(tmp_path / "none.toml")
