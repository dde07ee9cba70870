"""Settings: environment over file over defaults; nothing wrong is silently ignored."""

from __future__ import annotations

import pytest

from core.errors import BadSettings
from core.settings import settings


def test_environment_wins_over_file_over_default(tmp_path):
    file = tmp_path / "h.toml"
    file.write_text('user = "from file"\nmax_zip_depth = 3\n')
    chosen = settings({"HEMABOARD_USER": "from environment", "PATH": "ignored"}, file)
    assert (chosen.user, chosen.max_zip_depth, chosen.fields_per_step) == ("from environment", 3, 4)


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"HEMABOARD_USR": "x"}, "usr"),
        ({"HEMABOARD_MAX_PIXELS": "many"}, "whole number"),
        ({"HEMABOARD_MAX_PIXELS": "0"}, "at least 1"),
        ({"HEMABOARD_DEVICE": "tpu"}, "auto, cpu or cuda"),
        ({"HEMABOARD_SETTINGS": "/nowhere/h.toml"}, "settings file"),
    ],
)
def test_a_wrong_value_is_refused_by_name(environ, says):
    with pytest.raises(BadSettings, match=says):
        settings(environ)


@pytest.mark.parametrize("text", ["user = ", "user = 3", "max_pixels = 1.5", "max_pixels = true", "nonsense = 1"])
def test_a_wrong_file_is_refused_with_its_name(tmp_path, text):
    file = tmp_path / "site.toml"
    file.write_text(text)
    with pytest.raises(BadSettings, match=r"site\.toml"):
        settings({}, file)


def test_a_postgresql_url_names_our_driver(tmp_path):
    for scheme in ("postgres", "postgresql"):
        chosen = settings({"HEMABOARD_DATABASE_URL": f"{scheme}://host/db"}, None)
        assert chosen.database == "postgresql+psycopg://host/db"
    local = settings({"HEMABOARD_DATA": str(tmp_path)})
    assert local.database.startswith("sqlite:///")
    assert local.blob_root.startswith("file://")


def test_retention_may_be_nothing_and_a_session_may_not():
    assert settings({"HEMABOARD_RETENTION_DAYS": "0"}).retention_days == 0
    with pytest.raises(BadSettings, match="'retention_days' of at least 0"):
        settings({"HEMABOARD_RETENTION_DAYS": "-1"})
    with pytest.raises(BadSettings, match="'session_hours' of at least 1"):
        settings({"HEMABOARD_SESSION_HOURS": "0"})
