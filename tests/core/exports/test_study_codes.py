"""Codes that stand for names: the same from any process of one store, others in another, and in no telling order."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import filed
from core.cases.store import open_store
from core.errors import NotFound
from core.exports import crops_zip, study_codes
from core.settings import Settings
from tests.core.cases import made


def test_the_key_stays_with_the_store(database_url: str, tmp_path: Path):
    settings = Settings(data=str(tmp_path / "data"), database_url=database_url)
    store = open_store(settings)
    with pytest.raises(NotFound):
        study_codes.secret(store)
    case = made.full(store)
    key = study_codes.secret(store)
    of = filed.gather(store, case, settings)
    content = crops_zip.written(of, store.crops(case, crops_zip.chosen(of)), key)
    made.full(store, case_id="another", seeds=(8, 9))
    store.close()
    again = open_store(settings)
    assert study_codes.secret(again) == key
    of = filed.gather(again, case, settings)
    assert crops_zip.written(of, again.crops(case, crops_zip.chosen(of)), key) == content
    assert key.hex() not in content.hex()
    again.close()


def test_another_store_has_another_key(tmp_path: Path):
    keys = set()
    for name in ("one", "other"):
        store = open_store(Settings(data=str(tmp_path / name)))
        made.full(store)
        keys.add(study_codes.secret(store))
        store.close()
    assert len(keys) == 2


@given(st.sets(st.text(max_size=8), max_size=30), st.binary(min_size=1, max_size=8))
def test_every_name_has_a_code_of_its_own(names, secret):
    codes = study_codes.numbered(secret, "reader", names, "R")
    assert set(codes) == names
    assert sorted(codes.values()) == [f"R{n:02d}" for n in range(1, len(names) + 1)]


def test_the_order_is_not_that_of_the_alphabet():
    names = [f"reader {n:02d}" for n in range(20)]
    books = [study_codes.numbered(bytes([n]), "reader", names, "R") for n in range(5)]
    orders = {tuple(book[name] for name in names) for book in books}
    assert len(orders) == 5
    assert tuple(f"R{n:02d}" for n in range(1, 21)) not in orders
