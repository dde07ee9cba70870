"""ZIP archives: what is taken out of them, and what is refused."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.decode import read as decode
from core.records import Upload
from core.settings import Settings
from tests.core.decode.samples import message, packed, rgb, saved, taken, tiff

PNG = saved(rgb(), "PNG")


def test_pictures_in_order_of_name_and_system_files_skipped() -> None:
    found = taken(
        {
            "case.zip": packed(
                {
                    "b.tif": tiff(rgb(2), photometric="rgb"),
                    "sub/a.png": PNG,
                    "__MACOSX/b.tif": b"x",
                    ".DS_Store": b"x",
                    "sub/Thumbs.db": b"x",
                    "note.txt": b"hello there",
                }
            )
        }
    )
    assert [i.info.label for i in found.images] == ["image 1", "image 3"]
    assert [p.file for p in found.problems] == ["case.zip › note.txt"]
    np.testing.assert_array_equal(found.images[1].pixels, rgb())


def test_a_zip_on_disk_is_not_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(packed({"a.png": PNG}))
    found = decode.images([Upload("a.zip", tmp_path / "a.zip")], Settings())
    assert len(found.images) == 1


def test_nesting_stops_at_the_limit() -> None:
    inner = packed({"a.png": PNG})
    for _ in range(3):
        assert len(taken({"a.zip": inner}, max_zip_depth=4).images) == 1
        inner = packed({"in.zip": inner})
    found = taken({"a.zip": inner, "b.png": saved(rgb(4), "PNG")}, max_zip_depth=3)
    assert len(found.images) == 1
    assert "archives at most 3 deep" in found.problems[0].message


@pytest.mark.parametrize("name", ["../a.png", "/etc/a.png", "x/../../a.png", "..\\a.png", "C:\\a.png", "C:/a.png"])
def test_names_that_lead_outside_are_refused(name: str) -> None:
    found = taken({"a.zip": packed({name: PNG, "good.png": saved(rgb(1), "PNG")})})
    assert len(found.images) == 1
    assert found.problems[0].kind == "refusedfile"
    assert "one that points outside it" in found.problems[0].message


def test_links_and_passwords_are_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        link = zipfile.ZipInfo("link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert "a symbolic link" in message(stream.getvalue(), "a.zip")[1]
    locked = bytearray(packed({"a.png": PNG}))
    locked[6] |= 1
    locked[locked.rfind(b"PK\x01\x02") + 8] |= 1
    assert "an encrypted file" in message(bytes(locked), "a.zip")[1]
    assert "method 14" in message(packed({"a.png": PNG}, zipfile.ZIP_LZMA), "a.zip")[1]


def test_a_bomb_is_counted_while_it_inflates() -> None:
    bomb = packed({f"{n}.png": b"\0" * 3 * 1024 * 1024 for n in range(4)})
    assert len(bomb) < 20_000
    found = taken({"bomb.zip": bomb, "good.png": PNG}, max_unpacked_mb=5)
    assert len(found.images) == 1
    assert sum("at most 5 MB once unpacked" in problem.message for problem in found.problems) == 3
    assert "a file of at most 2 MB" in taken({"bomb.zip": bomb}, max_file_mb=2).problems[0].message


def test_a_header_that_lies_about_the_size_is_not_believed() -> None:
    data = bytearray(packed({"a.png": b"\0" * 1024 * 1024}))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.find(mark)
        data[place + offset : place + offset + 4] = (100).to_bytes(4, "little")
    assert message(bytes(data), "a.zip")[0] == "unreadablefile"


def test_too_many_members_are_refused_before_they_are_listed() -> None:
    many = packed({f"{n}.png": b"x" for n in range(300)}, zipfile.ZIP_STORED)
    assert "at most 20 files in archives" in message(many, "a.zip", max_zip_entries=20)[1]
    assert "a far longer list" in message(many, "a.zip", max_zip_entries=2)[1]


def test_corrupt_archives() -> None:
    good = packed({"a.png": PNG})
    assert "one without its list of files" in message(good[:-30], "a.zip")[1]
    start = good.find(PNG[:8]) if PNG[:8] in good else 40
    bad = bytearray(good)
    bad[start + 60 : start + 90] = bytes(30)
    kind, text = message(bytes(bad), "a.zip")
    assert kind == "unreadablefile"
    assert "ZIP" in text
    assert "a ZIP with pictures; found one without any" in message(packed({}), "a.zip")[1]
    assert "an Office document" in message(packed({"[Content_Types].xml": b"<x/>"}), "a.docx")[1]
