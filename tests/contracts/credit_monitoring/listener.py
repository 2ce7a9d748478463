"""Whoever is told of approved reruns: a real HTTP server that answers well or badly, and counts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
PATH = "/hooks/secret-path"


@dataclass
class Listener:
    """What was heard. `answers` are used up in order; when none is left, everything is taken."""

    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def keys(self) -> list[str]:
        """The Idempotency-Key of everything that was heard."""
        return [heard.get("Idempotency-Key", "") for heard in self.headers]

    async def hear(self, request: web.Request) -> web.StreamResponse:
        """Take a request down, then answer as ordered."""
        self.bodies.append(await request.read())
        self.headers.append(dict(request.headers))
        return await self.answers.pop(0)(request) if self.answers else web.json_response({}, status=202)


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    """A listener on a port of its own."""
    listener = Listener()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", listener.hear)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        listener.url = f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}"
        yield listener
    finally:
        await runner.cleanup()


def status(code: int) -> Answer:
    """Answer with this status and a JSON object."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response({}, status=code)

    return answer


def text(body: str, content_type: str, code: int = 200) -> Answer:
    """Answer with some text."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(text=body, content_type=content_type, status=code)

    return answer


def elsewhere(url: str, code: int) -> Answer:
    """Answer with a redirect."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=code, headers={"Location": url})

    return answer


async def cut(request: web.Request) -> web.StreamResponse:
    """Take the request and cut the connection before any answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def endless(request: web.Request) -> web.StreamResponse:
    """Begin a JSON text of 300 MB."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    for _ in range(300):
        await response.write(b" " * 1_000_000)
    return response
