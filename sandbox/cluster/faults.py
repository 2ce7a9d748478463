"""Ways in which a cluster fails, each a switch of its own."""

from __future__ import annotations

import asyncio

from aiohttp import web

from sandbox.cluster.shapes import Json
from sandbox.cluster.status import unauthorized, unavailable

HUGE_BYTES = 300_000_000
CHUNK = b"x" * 1_000_000
LABELS = {
    "refuse": "Refuse every request (503)",
    "hang": "Stop answering",
    "conflict": "Answer 409 to every write",
    "expired": "Let the bot's token expire (401)",
    "lost": "Write, then cut the connection before the answer",
    "huge": "Answer every read with 300 MB",
}


class Faults:
    """Which faults are on, and what each does to a request."""

    def __init__(self) -> None:
        self._on: set[str] = set()
        self._answering = asyncio.Event()
        self._answering.set()

    def switch(self, fault: str, on: bool) -> None:
        """Switch one on or off; raises KeyError for one that does not exist."""
        if fault not in LABELS:
            raise KeyError(fault)
        (self._on.add if on else self._on.discard)(fault)
        if "hang" in self._on:
            self._answering.clear()
        else:
            self._answering.set()

    def clear(self) -> None:
        """All off; whoever hangs is cut off."""
        for fault in LABELS:
            self.switch(fault, False)

    def panel(self) -> list[Json]:
        """For the sandbox page."""
        return [{"id": fault, "label": label, "on": fault in self._on} for fault, label in LABELS.items()]

    @property
    def conflict(self) -> bool:
        return "conflict" in self._on

    @property
    def huge(self) -> bool:
        return "huge" in self._on

    async def before(self, request: web.Request) -> None:
        """Refuse, or never answer; raises ApiError."""
        if "hang" in self._on:
            await self._answering.wait()
            _cut(request)
            raise unavailable("the server was shut down while the request waited")
        if "refuse" in self._on:
            raise unavailable("the server is currently unable to handle the request")
        if "expired" in self._on:
            raise unauthorized()

    async def after_write(self, request: web.Request) -> None:
        """What is written stays written, but nobody hears of it."""
        if "lost" in self._on:
            _cut(request)

    async def stream_huge(self, request: web.Request) -> web.StreamResponse:
        """One JSON document of 300 MB, sent as fast as it is read."""
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        try:
            await response.write(b'{"kind":"List","apiVersion":"v1","metadata":{"annotations":{"practice":"')
            for _ in range(HUGE_BYTES // len(CHUNK)):
                await response.write(CHUNK)
            await response.write(b'"}},"items":[]}')
            await response.write_eof()
        except ConnectionError:
            pass  # The client has seen enough, which is what a careful one does.
        return response


def _cut(request: web.Request) -> None:
    """Close the connection without a word, as a crashed server does."""
    if request.transport is not None:
        request.transport.abort()
