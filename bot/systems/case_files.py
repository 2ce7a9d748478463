"""Cases as JSON files, `cases/<Case_ID>.json` (rows CM-08, CM-14 to CM-17).

The fields are the ones the monitor writes; `Notes` and `Stamps` are added by the bot. A stamp in the file
is what recovery asks for: it is written in the same rename as the change that it stands for.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from bot.systems.disk_lane import DiskLane
from bot.systems.durable_files import Folder
from bot.systems.plain_json import MAX_BYTES, dump, parse_object
from bot.systems.stamps import check_request_id
from handlers.actions.credit_monitoring.ports import CaseState
from handlers.errors import DoNotRetry, TargetChanged

CASES = "cases"
OURS = frozenset({"Case_ID", "Notes", "Stamps"})
"""Fields that callers cannot set."""

_CASE_ID = re.compile(r"CASE-[0-9]{8}-[0-9A-Z]{6}")


class CasesOnDisk:
    """The `Cases` port on a folder."""

    def __init__(self, root: Path, lane: DiskLane, now: Callable[[], datetime], lock_wait: float) -> None:
        self._root = root
        self._lane = lane
        self._now = now
        self._lock_wait = lock_wait

    async def look(self, case_id: str) -> CaseState:
        """The case as it stands. DoNotRetry: `bad-case-id`, `bad-case` when the file cannot be read."""
        return await self._lane.read(partial(self._look, case_id))

    async def open(self, case_id: str, request_id: str, fields: Mapping[str, Any]) -> CaseState:
        """Create the case once; `Created_At` is now unless the fields say otherwise.

        TargetChanged when it is there and this request did not open it; DoNotRetry: `bad-fields`.
        """
        return await self._lane.change(partial(self._open, case_id, request_id, fields))

    async def amend(
        self, case_id: str, request_id: str, expected_digest: str, fields: Mapping[str, Any], note: str
    ) -> CaseState:
        """Set fields and append the note (none when empty) under one stamp, at most once.

        A request that amended the case before changes nothing, whatever it asks for now. TargetChanged when
        the digest is not the expected one; DoNotRetry: `no-such-case`, `bad-fields`.
        """
        work = partial(self._amend, case_id, request_id, expected_digest, fields, note)
        return await self._lane.change(work)

    def _look(self, case_id: str) -> CaseState:
        check_case_id(case_id)
        with Folder.root(self._root) as root:
            if root.stat(CASES) is None:
                return _state(case_id, None)
            with root.enter(CASES) as cases:
                return _read(cases, case_id)

    def _open(self, case_id: str, request_id: str, fields: Mapping[str, Any]) -> CaseState:
        with self._locked(case_id, request_id) as cases:
            case = _read(cases, case_id)
            stamp = _Stamp(request_id, "open")
            if not case.exists:
                entry = stamp.entry(self._now())
                created = {"Case_ID": case_id, "Created_At": entry["At"], **fields}
                data = _encode({**created, "Notes": [], "Stamps": [entry]}, fields)
                try:
                    cases.create(f"{case_id}.json", data)
                except FileExistsError:
                    raise TargetChanged(f"Somebody else has just opened {case_id}.") from None
                return _state(case_id, data)
            if not stamp.stands_in(case):
                raise TargetChanged(f"{case_id} is already open, not by {request_id}.")
            cases.sync()
            return case

    def _amend(
        self, case_id: str, request_id: str, expected_digest: str, fields: Mapping[str, Any], note: str
    ) -> CaseState:
        with self._locked(case_id, request_id) as cases:
            case = _read(cases, case_id)
            stamp = _Stamp(request_id, "amend")
            if not case.exists:
                raise DoNotRetry(f"{case_id} was never opened.", "no-such-case")
            if stamp.stands_in(case):
                cases.sync()
                return case
            if expected_digest not in ("", case.digest):
                raise TargetChanged(f"{case_id} was changed since it was read.")
            entry = stamp.entry(self._now())
            notes = [{"Text": note, "At": entry["At"], "Request_ID": request_id}] if note else []
            amended = {
                **case.fields,
                **fields,
                "Notes": [*case.fields.get("Notes", ()), *notes],
                "Stamps": [*case.fields.get("Stamps", ()), entry],
            }
            data = _encode(amended, fields)
            cases.replace(f"{case_id}.json", data)
            return _state(case_id, data)

    @contextmanager
    def _locked(self, case_id: str, request_id: str) -> Iterator[Folder]:
        check_case_id(case_id)
        check_request_id(request_id)
        with (
            Folder.root(self._root) as root,
            root.locked(case_id, self._lock_wait),
            root.make(CASES) as cases,
        ):
            cases.sweep(f"{case_id}.json")
            yield cases


@dataclass(frozen=True)
class _Stamp:
    request_id: str
    kind: str

    def entry(self, at: datetime) -> dict[str, str]:
        return {"Request_ID": self.request_id, "Kind": self.kind, "At": at.isoformat()}

    def stands_in(self, case: CaseState) -> bool:
        return any(
            (entry.get("Request_ID"), entry.get("Kind")) == (self.request_id, self.kind)
            for entry in case.fields.get("Stamps", ())
        )


def check_case_id(case_id: str) -> None:
    """Raise DoNotRetry (`bad-case-id`) for an id that is not CASE-YYYYMMDD-XXXXXX."""
    if _CASE_ID.fullmatch(case_id) is None:
        raise DoNotRetry("That is not a case id. It looks like CASE-20261120-4D7F4C.", "bad-case-id")


def _read(cases: Folder, case_id: str) -> CaseState:
    name = f"{case_id}.json"
    try:
        data = cases.read(name, MAX_BYTES)
    except FileNotFoundError:
        return _state(case_id, None)
    if data is None:
        raise _bad_case(case_id)
    return _state(case_id, data)


def _state(case_id: str, data: bytes | None) -> CaseState:
    if data is None:
        return CaseState(case_id, exists=False, status="", digest="", fields={})
    fields = parse_object(data)
    if fields is None or not _is_case(fields, case_id):
        raise _bad_case(case_id)
    return CaseState(case_id, True, str(fields.get("Status", "")), hashlib.sha256(data).hexdigest(), fields)


def _is_case(fields: Mapping[str, Any], case_id: str) -> bool:
    return fields.get("Case_ID") == case_id and all(
        isinstance(fields.get(name, []), list)
        and all(isinstance(entry, dict) for entry in fields.get(name, []))
        for name in ("Notes", "Stamps")
    )


def _bad_case(case_id: str) -> DoNotRetry:
    return DoNotRetry(f"The file of {case_id} is damaged. Mend it first.", "bad-case")


def _encode(case: Mapping[str, Any], fields: Mapping[str, Any]) -> bytes:
    ours = sorted(OURS & fields.keys())
    if ours:
        raise DoNotRetry(f"A case's {ours[0]} cannot be set.", "bad-fields")
    try:
        data = dump(case)
    except (TypeError, ValueError, RecursionError) as error:
        raise DoNotRetry("A case's fields must be plain JSON.", "bad-fields") from error
    if len(data) > MAX_BYTES or parse_object(data) is None:
        raise DoNotRetry(f"A case must be shallow and under {MAX_BYTES} bytes.", "bad-fields")
    return data
