"""Watches: a list's changes as they happen, one JSON document a line."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress

from aiohttp import web

from sandbox.cluster.paths import YES, Target
from sandbox.cluster.reads import selected
from sandbox.cluster.selectors import Matches
from sandbox.cluster.shapes import Json
from sandbox.cluster.status import bad_request, expired, unreadable
from sandbox.cluster.store import FIRST_VERSION, Change, Store

TIMEOUT_SECONDS = 1800.0
INITIAL_END = "k8s.io/initial-events-end"


class Watches:
    """All open watches of one cluster."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ended = asyncio.Event()

    @property
    def ended(self) -> asyncio.Event:
        """Set when the watches that are open now have to end."""
        return self._ended

    def end(self) -> None:
        """Every open watch ends as one does whose time is over; new ones may begin."""
        self._ended.set()
        self._ended = asyncio.Event()

    async def stream(self, request: web.Request, target: Target) -> web.StreamResponse:
        """Send changes until the client leaves, `timeoutSeconds` have passed, or the cluster stops."""
        matches = selected(target, request.query)
        seconds = _seconds(request.query.get("timeoutSeconds", ""))
        start = request.query.get("resourceVersion", "")
        if start and not start.isdigit():
            told = f'strconv.ParseUint: parsing "{start}": invalid syntax'
            raise unreadable(f'resourceVersion: Invalid value: "{start}": {told}')
        ended = self._ended
        bookmarks = request.query.get("allowWatchBookmarks") in YES
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        with suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(seconds):
                at = self._store.version
                if start in ("", "0"):
                    await self._send_present(response, target, matches)
                else:
                    at = int(start)
                if request.query.get("sendInitialEvents") in YES and bookmarks:
                    await _send(response, "BOOKMARK", _bookmark(target, at))
                await self._follow(response, target, matches, at, ended)
        with suppress(ConnectionError):
            await response.write_eof()
        return response

    async def _send_present(self, response: web.StreamResponse, target: Target, matches: Matches) -> None:
        for thing in self._store.list(target.resource, target.namespace or None, matches):
            await _send(response, "ADDED", thing)

    async def _follow(
        self,
        response: web.StreamResponse,
        target: Target,
        matches: Matches,
        at: int,
        ended: asyncio.Event,
    ) -> None:
        while not ended.is_set():
            changes = self._store.changes
            oldest = changes[0].version - 1 if changes else FIRST_VERSION
            if at < oldest:
                gone = expired(f"too old resource version: {at} ({oldest})")
                await _send(response, "ERROR", gone.body())
                return
            fresh = [change for change in changes if change.version > at]
            at = self._store.version
            for change in fresh:
                for kind, thing in _seen(change, target, matches):
                    await _send(response, kind, thing)
            await self._news_since(at, ended)

    async def _news_since(self, version: int, ended: asyncio.Event) -> None:
        waits = [
            asyncio.ensure_future(self._store.changed_since(version)),
            asyncio.ensure_future(ended.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()


def _seen(change: Change, target: Target, matches: Matches) -> Iterator[tuple[str, Json]]:
    """The change as a watcher with a selector sees it: what stops matching is deleted for it."""
    if change.resource is not target.resource:
        return
    now = change.kind != "DELETED" and matches(change.object)
    before = change.before is not None and matches(change.before)
    if now:
        yield ("MODIFIED" if before else "ADDED"), change.object
    elif before:
        yield "DELETED", change.object


def _bookmark(target: Target, version: int) -> Json:
    return {
        "kind": target.resource.kind,
        "apiVersion": target.resource.api_version,
        "metadata": {"resourceVersion": str(version), "annotations": {INITIAL_END: "true"}},
    }


async def _send(response: web.StreamResponse, kind: str, thing: Json) -> None:
    await response.write(json.dumps({"type": kind, "object": thing}).encode() + b"\n")


def _seconds(text: str) -> float:
    if not text or text == "0":
        return TIMEOUT_SECONDS
    if not text.isdigit():
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return float(text)
