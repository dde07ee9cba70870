"""A case's ZIP on its way in: everything in it is checked before a single row is written.

Refusals name the member. Limits are those of the settings; nothing is unpacked to disk, so no path can lead out.
"""

from __future__ import annotations

import json
import math
import re
import secrets
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

import numpy as np
import sqlalchemy as sa

from core import markers
from core.cases import counts, filings, pictures, pseudonym, reviewing, robustness, rows, slide_rows, trail, words
from core.cases.blobs import sha256
from core.cases.dump import CASE_TABLES, NEVER_USED, NOTHING_IN, RUN_TABLES, held, loaded
from core.cases.every_table import BOUND
from core.cases.tables import carried, cases
from core.errors import RefusedFile, UnreadableFile
from core.protocols import RunState
from core.records import Call, Modality
from core.settings import MEGABYTE, Settings
from core.vocabulary import VOCABULARIES

NAME = re.compile(r"manifest\.json|case\.json|history\.json|runs/[0-9]{4,9}\.json|blobs/[0-9a-f]{64}")
EVENT = {"number", "at", "actor", "action", "case", "detail", "previous", "hash"}
JSON_LIMIT = 512 * MEGABYTE  # parsed whole; some 300,000 cells of one run
OLD_VOCABULARY = ("hemaboard-case-1", "hemaboard-case-2")  # label-free cases had none of their own
AGAIN = "Get the file anew from where it was exported."


class Arrival:
    """An opened, checked ZIP. Use it in a `with`."""

    def __init__(self, file: Path, settings: Settings) -> None:
        try:
            self._zip = zipfile.ZipFile(file)
        except (OSError, zipfile.BadZipFile, ValueError, struct.error, NotImplementedError) as error:
            found = "no such file" if isinstance(error, FileNotFoundError) else "something else"
            raise UnreadableFile("a ZIP that a case was exported to", found, AGAIN) from error
        try:
            self._check(settings)
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Arrival:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._zip.close()

    def _check(self, settings: Settings) -> None:
        self._check_directory(settings)
        manifest = self._read("manifest.json")
        self.manifest_digest = sha256(manifest)
        with _refusing("manifest.json"):
            told = _parsed(manifest)
            self._listed: dict[str, Any] = told["members"]
            self.case_id = pseudonym.checked_id(told["case"])
            self._format = told["format"]
            if self._format not in NOTHING_IN:
                refuse("manifest.json", f"format {self._format!r}", f"This version reads {', '.join(NOTHING_IN)}.")
        self._check_digests()
        with _refusing("case.json"):
            self._read_case(_parsed(self._read("case.json")), settings)
        self._runs = {name: self._read_run(name, run) for name, run in self._run_names.items()}
        self._check_reviews()
        with _refusing("history.json"):
            self._history = _parsed(self._read("history.json"))
            self._check_history()
            filings.check_arrived(self._history)
        with _refusing("case.json"):
            seen = {name: {row["id"] for row in part["cells"]} for name, part in self._by_run().items()}
            reviewing.check_arrived(self._rows, seen, self._history)
            counts.check_arrived(self._rows)
            slide_rows.check_arrived(self._rows)
            words.check_arrived(self._rows, self._history)
            models = {name: [rows.stamp(row) for row in part["stamps"]] for name, part in self._by_run().items()}
            robustness.check_arrived(self._rows, seen, models, rows.info(self._rows["cases"][0]).domain)
        self._check_blobs()

    def blob(self, key: str) -> bytes:
        return self._read(f"blobs/{key}")

    def insert(self, connection: sa.Connection) -> dict[str, list[str]]:
        """Write every row; the digests of reviews and of other bound rows, for the trail to hold."""
        salt = secrets.token_hex(32)
        digests: dict[str, list[str]] = {trail.BINDS: [], trail.HOLDS: []}
        for row in self._rows["cases"]:
            row["salt"] = salt
        for row in self._rows["reviews"]:
            row["digest"] = trail.digest(salt, trail.review_content(row))
            digests[trail.BINDS].append(row["digest"])
        for table in BOUND:
            for row in self._rows[table.name]:
                row["digest"] = trail.digest(salt, trail.record_content(table, row))
                digests[trail.HOLDS].append(row["digest"])
        with _refusing("case.json"):
            try:
                for table in CASE_TABLES:
                    if self._rows[table.name]:
                        connection.execute(sa.insert(table), self._rows[table.name])
                for part in self._runs.values():
                    for table in RUN_TABLES:
                        if part[table.name]:
                            connection.execute(sa.insert(table), part[table.name])
            except sa.exc.IntegrityError as error:
                raise ValueError("rows that do not fit together") from error
        events = [{"case_id": self.case_id, "position": n, "event": e} for n, e in enumerate(self._history)]
        if events:
            connection.execute(sa.insert(carried), events)
        return digests

    # --- the file ----------------------------------------------------------------------------------------

    def _check_directory(self, settings: Settings) -> None:
        members = self._zip.infolist()
        if len(members) > settings.max_zip_entries:
            do = "Raise HEMABOARD_MAX_ZIP_ENTRIES if the case is truly so large."
            raise RefusedFile(f"at most {settings.max_zip_entries} members", f"{len(members)}", do)
        names = set()
        for member in members:
            if not NAME.fullmatch(member.filename) or member.filename in names or member.flag_bits & 1:
                refuse(member.filename, "a name, a repetition or an encryption that no export writes")
            if member.filename.endswith(".json") and member.file_size > JSON_LIMIT:
                refuse(member.filename, f"{member.file_size // MEGABYTE} MB of text, more than can be read at once")
            names.add(member.filename)
        size = sum(member.file_size for member in members)
        if size > settings.max_unpacked_mb * MEGABYTE:
            do = "Raise HEMABOARD_MAX_UNPACKED_MB if the case is truly so large."
            raise RefusedFile(f"at most {settings.max_unpacked_mb} MB unpacked", f"{size // MEGABYTE} MB", do)

    def _read(self, name: str) -> bytes:
        try:
            member = self._zip.getinfo(name)
            with self._zip.open(member) as stream:
                content = stream.read(member.file_size + 1)  # never more than was announced
        except KeyError:
            refuse(name, "no such member")
        except (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError):
            refuse(name, "damaged bytes")
        if len(content) != member.file_size:
            refuse(name, "another size than announced")
        return content

    def _check_digests(self) -> None:
        there = set(self._zip.namelist()) - {"manifest.json"}
        with _refusing("manifest.json"):
            for name in sorted(there ^ set(self._listed)):
                refuse(name, "a member the manifest does not list" if name in there else "no such member")
            for name, told in self._listed.items():
                content = self._read(name)
                if (len(content), sha256(content)) != (told["bytes"], told["sha256"]):
                    refuse(name, "other bytes than were exported")
                if name.startswith("blobs/") and name != f"blobs/{told['sha256']}":
                    refuse(name, "bytes that are not what the name says")
        self.keys = sorted(name.removeprefix("blobs/") for name in there if name.startswith("blobs/"))

    # --- the content -------------------------------------------------------------------------------------

    def _read_case(self, content: dict[str, Any], settings: Settings) -> None:
        if set(content) != held(self._format):
            raise ValueError("tables missing or unknown")
        if any(content.get(name) for name in NEVER_USED):
            raise ValueError("rows in tables that no version ever wrote to")
        self._rows = {
            table.name: loaded(table, content.get(table.name, []), self._format, **filled)
            for table in CASE_TABLES
            for filled in ({} if table is cases else {"case_id": self.case_id},)
        }
        if [row["id"] for row in self._rows["cases"]] != [self.case_id]:
            raise ValueError("another case than the manifest names")
        if self._format in OLD_VOCABULARY and self._rows["cases"][0]["modality"] == Modality.DPC:
            self._rows["cases"][0]["vocabulary"] = VOCABULARIES[Modality.DPC]  # as migration 0003 does
        case = rows.info(self._rows["cases"][0])
        pseudonym.checked(case.pseudonym)
        rows.of_info(case)  # as strict as with what is entered here
        for row in self._rows["images"]:
            image = rows.image(row)
            if image.modality is not case.modality or not all(isinstance(w, str) for w in image.views + image.warnings):
                raise ValueError(f"image {image.id}")
            if f"blobs/{row['blob']}" in self._listed:
                with _refusing(f"blobs/{row['blob']}"):
                    pictures.check(self.blob(row["blob"]), image, settings.max_pixels)
        for row in self._rows["reviews"]:
            rows.review(row)
        ended = {RunState.DONE, RunState.FAILED, RunState.CANCELLED}
        if not all(rows.run(row).state in ended for row in self._rows["runs"]):
            raise ValueError("a run that has not ended")
        self._run_names = {f"runs/{row['number']:04d}.json": row["id"] for row in self._rows["runs"]}
        self.run_ids = list(self._run_names.values())

    def _read_run(self, name: str, run_id: str) -> dict[str, list[dict[str, Any]]]:
        with _refusing(name):
            content = _parsed(self._read(name))
            if content["run"] != run_id or set(content) != {"run", *(table.name for table in RUN_TABLES)}:
                raise ValueError("another run, or tables missing or unknown")
            part = {table.name: loaded(table, content[table.name], self._format, run_id=run_id) for table in RUN_TABLES}
            for row in part["run_images"]:
                row["case_id"] = self.case_id
            for row in part["cells"]:
                contour = np.frombuffer(row["contour"], dtype="<f4")
                if len(contour) < 6 or len(contour) % 2 or not np.isfinite(contour).all():
                    raise ValueError(f"the contour of cell {row['id']}")
            for row in (*part["cells"], *part["calls"]):
                for numbers in (row["measures"], row.get("probabilities", {})):
                    if not all(type(number) is float for number in numbers.values()):
                        raise ValueError("measures or probabilities that are no numbers")
            for row in part["stamps"]:
                rows.confusion(row["confusion"])
            for row in part["calls"]:
                rows.doubts(row["possible"], row["oddness"])
            self._check_markers(part)
        return part

    def _check_markers(self, part: dict[str, list[dict[str, Any]]]) -> None:
        """No value comes in that could not have been kept here."""
        models = [rows.stamp(row) for row in part["stamps"]]
        domain = rows.info(self._rows["cases"][0]).domain
        found = []
        for row in part["calls"]:
            values, gate, views = rows.estimates(row["markers"], row["gate"], row["views"])
            found.append(Call(row["cell_id"], row["label"], {}, row["model"], {}, (), None, values, gate, views))
        if markers.permitted(found, models, domain) != tuple(found):
            raise ValueError(f"marker values that must not be kept with {domain} pictures")

    def _by_run(self) -> dict[str, dict[str, list[dict[str, Any]]]]:
        return {self._run_names[name]: part for name, part in self._runs.items()}

    def _check_reviews(self) -> None:
        known = {row["id"] for part in self._runs.values() for row in part["cells"]}
        for row in self._rows["reviews"]:
            if row["cell_id"] not in known:
                refuse("case.json", f"a review of cell {row['cell_id']}, which no run saw")

    def _check_history(self) -> None:
        for event in self._history:
            body = {key: value for key, value in event.items() if key != "hash"}
            if set(event) != EVENT or event["case"] != self.case_id:
                raise ValueError("events that are none, or another case's")
            if trail.hash_of(body | {"at": trail.time_of(event["at"])}) != event["hash"]:
                refuse("history.json", f"event {event['number']} changed")

    def _check_blobs(self) -> None:
        needed = {row["blob"] for row in self._rows["images"]}
        needed |= {row["blob"] for part in self._runs.values() for row in part["cells"]} - {None}
        for key in sorted(needed ^ set(self.keys)):
            refuse(f"blobs/{key}", "no such member" if key in needed else "a member that nothing refers to")
        runs = {name for name in self._listed if name.startswith("runs/")}
        for name in sorted(runs ^ set(self._run_names)):
            refuse(name, "no such member" if name not in runs else "a member that nothing refers to")


def refuse(member: str, found: str, do: str = AGAIN) -> NoReturn:
    raise RefusedFile(f"member {member!r} of the case file as it was exported", found, do)


@contextmanager
def _refusing(member: str) -> Iterator[None]:
    """What does not parse or fit is refused by the name of its member."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise RefusedFile(f"member {member!r} as it was exported", f"{type(error).__name__}: {error}", AGAIN) from error


def _parsed(content: bytes) -> Any:
    def no_number(name: str) -> NoReturn:
        raise ValueError(f"{name} where a number belongs")

    def finite(text: str) -> float:
        number = float(text)
        return number if math.isfinite(number) else no_number(text)  # 1e999 is infinite, and cannot be written again

    return json.loads(content.decode("utf-8"), parse_constant=no_number, parse_float=finite)
