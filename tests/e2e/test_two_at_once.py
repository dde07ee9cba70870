"""Two people on one case at once, by Streamlit's own protocol: every word is kept once, and both see both."""

from __future__ import annotations

import asyncio
from pathlib import Path

from core.cases.store import CaseStore, open_store
from core.settings import Settings
from tests.benchmarks.load_client import Client
from tests.e2e import prepared

EACH = 4


def test_two_people_name_cells_of_one_case_at_once(tmp_path: Path) -> None:
    made: list[str] = []

    def fill(store: CaseStore, settings: Settings) -> None:
        made.append(prepared.finished(store, settings, fields=2))

    with prepared.house(tmp_path, fill) as server:
        asyncio.run(_both(server.address, made[0]))
    store = open_store(Settings(data=str(tmp_path)))
    try:
        assert len(store.reviews(made[0])) == 2 * EACH
    finally:
        store.close()


async def _both(address: str, case: str) -> None:
    async with Client(address) as first, Client(address) as second:
        people = [first, second]
        await asyncio.gather(*(_names(client, case, number) for number, client in enumerate(people)))
        for client in people:
            run = await client.trigger(client.page.keyed(f"cells-{case}"), "wish", {"kind": "settle"})
            assert run.whole
            named = client.page.data(f"cells-{case}")["named"]
            assert named["done"] == [1] * (2 * EACH)
            assert f"{2 * EACH} reviewed" in client.page.text()
            assert client.problems == []


async def _names(client: Client, case: str, number: int) -> None:
    await client.arrive("case", case=case)
    section = client.page.keyed(f"case.section.{case}")
    await client.set(section, string_value="Cells")
    given = client.page.data(f"cells-{case}")
    sheet = await client.fetch(f"{given['address']}/pictures?{given['query']}&side=96&alone=0&of=0.1.2")
    assert sheet.headers["content-type"] == "image/webp"
    assert "immutable" in sheet.headers["cache-control"]
    for seq in range(1, EACH + 1):
        edit = [number * EACH + seq, number, "at once"]
        batch = {"client": f"person {number}", "seq": seq, "edits": [edit]}
        run = await client.trigger(client.page.keyed(f"cells-{case}"), "batch", batch)
        assert not run.whole  # the page around the gallery is left alone
        assert client.page.data(f"cells-{case}")["ack"] == {"client": f"person {number}", "seq": seq}
