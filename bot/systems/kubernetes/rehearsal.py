"""Writes that the cluster answers as if they had been made, and stores nothing of (`dryRun=All`).

https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from bot.redaction.redactor import Redactor
from bot.systems.kubernetes.answers import CHANGED
from bot.systems.kubernetes.calls import Call, Json
from bot.systems.kubernetes.connection import Connection
from bot.systems.kubernetes.manifests import NOTHING, Path, as_yaml, quiet, readable, secrets, texts
from handlers.actions.kubernetes.objects import Change
from handlers.errors import DoNotRetry, TargetChanged

DRY_RUN = {"dryRun": "All"}


class Rehearsal(Connection):
    """A connection that changes nothing: every write through it is a dry run.

    `changes` are what they would do. It uses the real one's client, which stays the real one's to close.
    """

    def __init__(self, real: Connection) -> None:
        self._real = real
        self.context = real.context
        self._redactor = Redactor()
        self.changes: list[Change] = []

    async def open(self) -> Any:
        return await self._real.open()

    async def close(self) -> None:
        """The client belongs to the real connection."""

    async def call(self, call: Call) -> Json:
        """Reads are answered as they are. Raises TargetChanged when the object moved before the dry run."""
        if not call.changes:
            return await self._real.call(call)
        dry = _dry(call)
        if "/" in call.resource and call.verb == "create":
            # Such as an eviction: it leaves no object that could be compared.
            return await self._real.call(dry)
        # What the caller has read need not be read again: a server with another version refuses the dry run.
        before = {} if call.verb == "create" else dict(call.seen) or await self._there(call)
        answered = await self._real.call(dry)
        after = {} if call.verb == "delete" else answered
        if before and after and _version(before) != _version(after):
            raise TargetChanged(CHANGED.format(what=call.what))
        self.changes.append(change(call.what, before, after, await self._redacted(before, after)))
        return answered

    async def _redacted(self, *objects: Json) -> Mapping[str, str]:
        """Texts in them that hold what must not be seen, each with what may be told of it."""
        found = sorted({text for one in objects for _, text in texts(_no_secret(one))})
        short = [text for text in found if "\n" not in text]
        told = dict(zip(short, (await self._redactor.each(short)).lines, strict=True))
        for text in found:
            if "\n" in text:
                told[text] = "\n".join((await self._redactor.redact(text.split("\n"))).lines)
        return {text: shown for text, shown in told.items() if shown != text}

    async def _there(self, call: Call) -> Json:
        """The object as it stands; nothing when an apply would make it."""
        try:
            return await self._real.call(replace(call, verb="get", body=None, query={}))
        except DoNotRetry as missing:
            if missing.code == "404" and call.verb == "apply":
                return {}
            raise


def _dry(call: Call) -> Call:
    """The same as a dry run. The options of a delete stand in its body, and then the query does not count."""
    options = call.body if call.verb == "delete" and isinstance(call.body, dict) else None
    body = {**options, "dryRun": ["All"]} if options is not None else call.body
    return replace(call, body=body, query={**call.query, **DRY_RUN})


def _no_secret(found: Json) -> Json:
    """Without the values of a Secret: these are never shown, and what is looked through may be remembered."""
    kept = quiet(found)
    return {key: value for key, value in kept.items() if key != "data"} if _is_secret(kept) else kept


def _is_secret(found: Json) -> bool:
    return found.get("kind") == "Secret"


def _version(found: Json) -> Any:
    return (found.get("metadata") or {}).get("resourceVersion")


def change(what: str, before: Json, after: Json, redacted: Mapping[str, str] = NOTHING) -> Change:
    """What differs, as people read it, and a digest over exactly the fields that do."""
    was, becomes = quiet(before), quiet(after)
    hidden, hides = secrets(was, redacted), secrets(becomes, redacted)
    shown, shows = readable(was, hidden), readable(becomes, hides, hidden)
    # A Secret's values are made anew each time, and no digest over them should leave the process either.
    compared = (shown, shows) if _is_secret(was) or _is_secret(becomes) else (was, becomes)
    differing = sorted(differences(*compared))
    text = json.dumps([what, differing], separators=(",", ":"))
    return Change(what, as_yaml(shown), as_yaml(shows), hashlib.sha256(text.encode()).hexdigest())


def differences(before: Any, after: Any, path: Path = ()) -> Iterator[tuple[str, str, str]]:
    """Every field that differs, as JSON texts: where it stands, what it was, what it becomes."""
    if (isinstance(before, dict) and after is None) or (before is None and isinstance(after, dict)):
        before, after = before or {}, after or {}
    if isinstance(before, dict) and isinstance(after, dict):
        for key in before.keys() | after.keys():
            yield from differences(before.get(key), after.get(key), (*path, key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from differences(old, new, (*path, index))
    elif before != after:
        yield json.dumps(path), json.dumps(before, sort_keys=True), json.dumps(after, sort_keys=True)
