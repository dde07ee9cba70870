"""A case leaves as one ZIP and comes back identical; what is not as it was exported stays outside."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tempfile
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st

from core.cases.dump import FORMAT, NOTHING_IN, held
from core.cases.store import CaseStore, open_store
from core.errors import BadInput, Conflict, HemaboardError, NotFound, RefusedFile, UnreadableFile
from core.protocols import RunState
from core.records import CaseInfo, Domain, Findings, Modality, Specimen
from core.settings import Settings
from tests.core.cases import made

Elsewhere = Callable[[], CaseStore]


def members(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(file: Path, to: Path, change: Callable[[dict[str, bytes]], None], *, honest: bool = False) -> Path:
    """The ZIP with members changed; `honest` makes the manifest's digests fit again, as a careful forger would."""
    content = members(file)
    change(content)
    if honest:
        manifest = json.loads(content.pop("manifest.json"))
        manifest["members"] = {
            name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in content.items()
        }
        content["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return to


def edited(member: str, change: Callable[[dict], None]) -> Callable[[dict[str, bytes]], None]:
    def edit(content: dict[str, bytes]) -> None:
        parsed = json.loads(content[member])
        change(parsed)
        content[member] = json.dumps(parsed).encode()

    return edit


def test_export_import_export_gives_the_same_bytes(store: CaseStore, elsewhere: Elsewhere, tmp_path: Path) -> None:
    case = made.full(store)
    first = store.export_case(case, tmp_path / "first.zip")
    assert store.export_case(case, tmp_path) == tmp_path / "case-full.zip"
    assert (tmp_path / "case-full.zip").read_bytes() == first.read_bytes()
    other = elsewhere()
    assert other.import_case(first, actor="dr b") == case
    second = other.export_case(case, tmp_path / "second.zip")
    assert second.read_bytes() == first.read_bytes()
    assert other.case(case).info == store.case(case).info
    assert other.case(case).created == store.case(case).created
    assert other.images(case) == store.images(case)
    assert other.reviews(case) == store.reviews(case)
    for run in ("case-full-run-1", "case-full-run-2"):
        assert other.run(run) == store.run(run)
        assert made.content(other.seen(case, run)) == made.content(store.seen(case, run))
    for cell in store.seen(case).cells:
        assert other.crop(case, cell.id) == store.crop(case, cell.id)
    for image in store.images(case):
        assert other.picture(case, image.id) == store.picture(case, image.id)
    assert [event.action for event in other.trail()] == ["case.imported", "case.exported"]
    assert other.verify_trail() == 2
    told = store.trail(case)[-1].detail["manifest"]
    assert told == other.trail()[0].detail["manifest"]
    assert told == hashlib.sha256(members(first)["manifest.json"]).hexdigest()


def test_an_imported_case_lives_on_and_brings_its_history_home(
    store: CaseStore, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    case = made.full(store)
    other = elsewhere()
    other.import_case(store.export_case(case, tmp_path / "out.zip"), actor="dr b")
    cell = other.seen(case).cells[1].id
    other.add_review(case, made.review(cell, "basophil", 9))
    other.verify_trail()
    with pytest.raises(Conflict):
        store.import_case(other.export_case(case, tmp_path / "back.zip"), actor="dr a")
    store.delete_case(case, actor="dr a", reason="replaced by the reviewed one")
    store.import_case(tmp_path / "back.zip", actor="dr a")
    assert len(store.reviews(case)) == 3
    assert store.verify_trail() == len(store.trail())
    again = store.export_case(case, tmp_path / "again.zip")
    assert again.read_bytes() == (tmp_path / "back.zip").read_bytes()
    history = json.loads(members(again)["history.json"])
    assert [event["action"] for event in history][-2:] == ["cell.reviewed", "cell.reviewed"]
    assert history[0]["action"] == "case.created"


names = st.text(st.characters(exclude_categories=("C", "Z", "N")), min_size=1, max_size=20).filter(
    lambda text: "@" not in text
)
# What PostgreSQL and UTF-8 can hold: no zero character, no half of a surrogate pair.
words = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=40)
maybe = st.none() | st.booleans()
infos = st.builds(
    CaseInfo,
    pseudonym=names,
    specimen=st.sampled_from(Specimen),
    modality=st.just(Modality.SMEAR),
    stain=words,
    centre=words,
    scanner=words,
    um_per_px=st.none() | st.floats(0.01, 5),
    domain=st.sampled_from(Domain),
    findings=st.builds(Findings, maybe, maybe, maybe, words),
    note=words,
)


@tried(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(info=infos, cells=st.lists(st.integers(0, 4), max_size=3), runs=st.integers(0, 2), reason=words)
def test_any_case_survives_the_journey(
    store: CaseStore, info: CaseInfo, cells: list[int], runs: int, reason: str
) -> None:
    case = store.add_case(info, actor="a")
    pictures = [made.smear(seed) for seed in range(len(cells))]
    store.add_images(case, pictures, actor="a")
    for number in range(runs):
        run = f"{case}-{number}"
        store.add_run(case, run, len(cells), actor="a")
        for picture, count in zip(pictures, cells, strict=True):
            store.add_seen(case, run, made.seen(picture, count, seed=number))
        store.advance_run(run, RunState.DONE, len(cells), message=reason)
        for cell in store.seen(case, run).cells[:2]:
            store.add_review(case, made.review(cell.id, minute=number, reason=reason))
    with tempfile.TemporaryDirectory() as folder:
        first = store.export_case(case, Path(folder) / "first.zip")
        other = open_store(Settings(data=folder))
        other.import_case(first, actor="b")
        second = other.export_case(case, Path(folder) / "second.zip")
        assert second.read_bytes() == first.read_bytes()
        assert other.case(case).info == info
        assert other.reviews(case) == store.reviews(case)
        assert other.verify_trail() == 2
        other.close()


def test_any_flipped_byte_of_a_member_is_refused_by_its_name(
    store: CaseStore, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    file = store.export_case(made.full(store), tmp_path / "case.zip")
    other = elsewhere()
    for name, data in members(file).items():
        for place in (0, len(data) // 2, len(data) - 1):

            def flip(content: dict[str, bytes], name: str = name, place: int = place) -> None:
                changed = bytearray(content[name])
                changed[place] ^= 1
                content[name] = bytes(changed)

            with pytest.raises(RefusedFile) as refused:
                other.import_case(rewritten(file, tmp_path / "bad.zip", flip), actor="b")
            assert name in str(refused.value) or name == "manifest.json"
    assert other.cases() == []
    assert other.trail() == []
    assert [p for p in (other.settings.folder / "blobs").rglob("*") if p.is_file()] == []


def test_missing_added_and_wandering_members_are_refused(
    store: CaseStore, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    file = store.export_case(made.full(store), tmp_path / "case.zip")
    blob = next(name for name in members(file) if name.startswith("blobs/"))
    stray = "blobs/" + hashlib.sha256(b"x").hexdigest()
    changes: list[tuple[str, Callable[[dict[str, bytes]], object]]] = [
        (blob, lambda content: content.pop(blob)),
        ("case.json", lambda content: content.pop("case.json")),
        ("runs/0001.json", lambda content: content.pop("runs/0001.json")),
        ("manifest.json", lambda content: content.pop("manifest.json")),
        (stray, lambda content: content.update({stray: b"x"})),
        ("../outside", lambda content: content.update({"../outside": b"x"})),
        ("/etc/outside", lambda content: content.update({"/etc/outside": b"x"})),
        ("blobs/../../outside", lambda content: content.update({"blobs/../../outside": b"x"})),
    ]
    other = elsewhere()
    for number, (name, change) in enumerate(changes):
        bad = rewritten(file, tmp_path / f"bad{number}.zip", change)  # type: ignore[arg-type]
        with pytest.raises(RefusedFile) as refused:
            other.import_case(bad, actor="b")
        assert name in str(refused.value)


def first(table: str, **values: object) -> Callable[[dict], None]:
    return lambda content: content[table][0].update(values)


def simulated(content: dict) -> None:
    """Marker values of a person's cells, from a model that learned them from a simulator."""
    for row in content["stamps"]:
        if row["markers"]:
            row["markers"]["truth"] = "simulated"


@pytest.mark.parametrize(
    ("member", "change"),
    [
        ("case.json", first("cases", pseudonym="somebody@clinic.org")),
        ("case.json", first("cases", id="another")),
        ("case.json", first("cases", specimen="tissue")),
        ("case.json", first("cases", findings={"unknown": True})),
        ("case.json", first("cases", um_per_px="0.1")),
        ("case.json", first("cases", um_per_px=-0.1)),
        ("case.json", first("cases", findings={"apl": "yes"})),
        ("case.json", first("cases", created="2026-01-01T00:00:00")),
        ("case.json", first("cases", note="zero \0 character")),
        ("case.json", lambda content: content["cases"].clear()),
        ("case.json", lambda content: content.pop("reviews")),
        ("case.json", lambda content: content["cases"][0].pop("note")),
        ("case.json", first("images", width=31)),
        ("case.json", first("images", width=2**40)),
        ("case.json", first("images", modality="dpc")),
        ("case.json", first("images", blob="0" * 64)),
        ("case.json", first("runs", state="running")),
        ("case.json", first("runs", number=2)),
        ("case.json", first("reviews", cell_id="nobody")),
        ("case.json", first("reviews", stream="whim")),
        ("runs/0001.json", first("cells", contour="AAAA")),
        ("runs/0001.json", first("cells", score=True)),
        ("runs/0001.json", first("cells", score=float("nan"))),
        ("runs/0001.json", first("cells", image_id="nowhere")),
        ("runs/0001.json", first("calls", cell_id="nobody")),
        ("runs/0001.json", first("calls", probabilities={"blast": "much"})),
        ("runs/0001.json", first("calls", possible={"blast": 1})),
        ("runs/0001.json", first("calls", possible=[1])),
        ("runs/0001.json", first("calls", oddness=1.5)),
        ("runs/0001.json", first("stamps", confusion={"cblc": {"called": [[1]], "probable": [[1]]}})),
        ("runs/0001.json", first("stamps", markers={"names": ["CD16"], "truth": "measured", "units": "log10"})),
        ("runs/0001.json", first("calls", markers={"CD16": [1.0, None]})),
        ("runs/0001.json", first("calls", markers={"CD16": ["much", None, None]})),
        ("runs/0001.json", first("calls", gate=[0.5, 1.5])),
        ("runs/0001.json", first("calls", views="left")),
        ("runs/0001.json", simulated),
        ("runs/0001.json", lambda content: content["calls"][0].pop("possible")),
        ("runs/0001.json", lambda content: content["cells"].append(content["cells"][0])),
        ("history.json", lambda content: content[0].update(actor="somebody else")),
        ("history.json", lambda content: content.append({})),
        ("manifest.json", lambda content: content.update(format="hemaboard-case-99")),
        ("manifest.json", lambda content: content.update(format="hemaboard-case-1")),
        ("manifest.json", lambda content: content.update(format="hemaboard-case-2")),
        ("manifest.json", lambda content: content.update(case="../x")),
    ],
)
def test_a_consistent_file_with_impossible_content_is_refused(
    made_file: Path, elsewhere: Elsewhere, tmp_path: Path, member: str, change: Callable[[dict], None]
) -> None:
    bad = rewritten(made_file, tmp_path / "bad.zip", edited(member, change), honest=True)
    other = elsewhere()
    with pytest.raises(HemaboardError):
        other.import_case(bad, actor="b")
    assert other.cases() == []
    assert other.trail() == []


def test_a_number_too_large_for_any_float_is_refused(made_file: Path, elsewhere: Elsewhere, tmp_path: Path) -> None:
    """It reads as infinity, and a case that holds one could never be exported again."""

    def endless(content: dict[str, bytes]) -> None:
        told = json.loads(content["case.json"])
        told["images"][0]["um_per_px"] = "HERE"
        content["case.json"] = json.dumps(told).replace('"HERE"', "1e999").encode()

    bad = rewritten(made_file, tmp_path / "bad.zip", endless, honest=True)
    with pytest.raises(RefusedFile, match="1e999"):
        elsewhere().import_case(bad, actor="b")


def as_written_in(format: str) -> Callable[[dict[str, bytes]], None]:
    """The members as that format had them: without the columns that came later."""
    return partial(_without, format)


def _without(format: str, content: dict[str, bytes]) -> None:
    for name in [name for name in content if name.startswith("runs/")]:
        told = json.loads(content[name])
        for table, columns in NOTHING_IN[format].items():
            for row in told[table]:
                for column in columns:
                    row.pop(column)
        content[name] = json.dumps(told).encode()
    told = json.loads(content["case.json"])
    content["case.json"] = json.dumps({name: told.get(name, []) for name in sorted(held(format))}).encode()
    manifest = json.loads(content["manifest.json"]) | {"format": format}
    content["manifest.json"] = json.dumps(manifest).encode()


@pytest.mark.parametrize("format", [format for format in NOTHING_IN if format != FORMAT])
def test_a_file_of_an_earlier_format_is_still_read(
    made_file: Path, elsewhere: Elsewhere, tmp_path: Path, format: str
) -> None:
    old = rewritten(made_file, tmp_path / "old.zip", as_written_in(format), honest=True)
    other = elsewhere()
    found = other.seen(other.import_case(old, actor="b"))
    first = format == "hemaboard-case-1"
    assert ({(call.possible, call.oddness) for call in found.calls} == {((), None)}) is first
    assert any(model.confusion for model in found.models) is not first
    bare = {(len(call.markers), call.gate, call.views) for call in found.calls} == {(0, None, ())}
    assert bare is (format in ("hemaboard-case-1", "hemaboard-case-2"))
    new = other.export_case("case-full", tmp_path / "new.zip")
    assert json.loads(members(new)["manifest.json"])["format"] == FORMAT
    again = elsewhere()
    again.import_case(new, actor="b")
    assert made.content(again.seen("case-full")) == made.content(found)


def test_a_format_of_the_future_is_refused(made_file: Path, elsewhere: Elsewhere, tmp_path: Path) -> None:
    later = rewritten(made_file, tmp_path / "later.zip", edited("manifest.json", lambda m: m.update(format="x-4")))
    with pytest.raises(RefusedFile, match="reads hemaboard-case-1, hemaboard-case-2, hemaboard-case-3"):
        elsewhere().import_case(later, actor="b")


@pytest.fixture(scope="module")
def made_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    store = open_store(Settings(data=str(folder / "data")))
    file = store.export_case(made.full(store), folder / "case.zip")
    store.close()
    return file


def test_an_honest_rewriting_alone_is_accepted(made_file: Path, elsewhere: Elsewhere, tmp_path: Path) -> None:
    """Else the refusals above would prove nothing."""
    same = rewritten(made_file, tmp_path / "same.zip", lambda _content: None, honest=True)
    assert elsewhere().import_case(same, actor="b") == "case-full"


def test_limits_of_the_settings_hold(made_file: Path, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("case.json", bytes(3 * 1024 * 1024))
    for number, (file, limits) in enumerate(
        ((made_file, {"max_zip_entries": 3}), (bomb, {"max_unpacked_mb": 2}), (made_file, {"max_pixels": 100}))
    ):
        store = open_store(dataclasses.replace(Settings(data=str(tmp_path / f"{number}")), **limits))
        with pytest.raises(RefusedFile):
            store.import_case(file, actor="b")
        store.close()


def test_what_is_no_zip_is_said_so(elsewhere: Elsewhere, tmp_path: Path, made_file: Path) -> None:
    other = elsewhere()
    (tmp_path / "text.zip").write_text("no ZIP")
    (tmp_path / "cut.zip").write_bytes(made_file.read_bytes()[:-100])
    for name in ("text.zip", "cut.zip", "none.zip"):
        with pytest.raises(UnreadableFile):
            other.import_case(tmp_path / name, actor="b")


def test_export_wants_a_case_at_rest_and_a_folder(store: CaseStore, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        store.export_case("none", tmp_path)
    store.add_case(made.INFO, actor="a", case_id="c")
    with pytest.raises(BadInput):
        store.export_case("c", tmp_path / "nowhere" / "c.zip")
    store.add_run("c", "r", 1, actor="a")
    with pytest.raises(Conflict):
        store.export_case("c", tmp_path)
    assert list(tmp_path.glob("c.zip*")) == []


def test_a_run_id_of_another_case_is_not_taken_over(store: CaseStore, made_file: Path) -> None:
    store.add_case(made.INFO, actor="a", case_id="c")
    store.add_run("c", "case-full-run-1", 1, actor="a")
    with pytest.raises(Conflict):
        store.import_case(made_file, actor="b")
