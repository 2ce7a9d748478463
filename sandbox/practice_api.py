"""What the practice APIs have in common: a bearer token, strict JSON, one answer a key, and faults.

They are as strict as a careful original: an unknown key, a wrong type or a wrong method is refused, in JSON.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Self

from aiohttp import web

from sandbox.panel import Json, PracticePanel

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LARGEST_BODY = 64 * 1024
HUGE = 300 * 1024 * 1024
"""Bytes of the answer that does not end."""
FAULTS = {
    "no-effect": "Say 200, change nothing",
    "hang": "Stop answering",
    "cut": "Cut the line after a change",
    "expired": "Let the token expire",
    "html": "Answer with an HTML 404",
    "huge": "Answer with 300 MB",
    "elsewhere": "Redirect to another host",
}
ELSEWHERE = "http://elsewhere.invalid/"


class Refused(Exception):
    """A request that the API does not take: the status and why, as its JSON says it."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


class PracticeApi(PracticePanel):
    """One practice API. Subclasses have state, `routes` and `sections`.

    `calls` are the changes that arrived: method, path, Idempotency-Key; the newest last.
    """

    id = "api"
    title = "Practice API"
    open_paths = frozenset({"/health"})
    faults = FAULTS

    def __init__(
        self, token: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC), host: str = "127.0.0.1"
    ) -> None:
        super().__init__()
        self.calls: list[tuple[str, str, str]] = []
        self.clock = clock
        self._token = token
        self._host = host
        self._healed = asyncio.Event()
        self._kept: dict[str, tuple[str, int, Json]] = {}
        self._runner: web.AppRunner | None = None
        self.reset()

    # -- for subclasses

    @abstractmethod
    def routes(self) -> Mapping[tuple[str, str], Handler]:
        """Handlers by method and path."""

    @abstractmethod
    def first_state(self) -> None:
        """Put the state back to what it was at first."""

    async def keyed(self, request: web.Request, do: Callable[[Json], Json]) -> web.Response:
        """Do a change once for each Idempotency-Key; the same request again gets the same answer.

        https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
        """
        body = await _body(request)
        key = request.headers.get("Idempotency-Key", "")
        self.calls.append((request.method, request.path, key))
        mark = hashlib.sha256(json.dumps([request.path, body], sort_keys=True).encode()).hexdigest()
        if key in self._kept:
            before, status, answer = self._kept[key]
            if before != mark:
                raise Refused(422, "this Idempotency-Key was used for another request")
            return web.json_response(answer, status=status)
        answer = do(body)
        self.on_change()
        if key:
            self._kept[key] = (mark, 200, answer)
        return web.json_response(answer)

    # -- for whoever runs it

    async def start(self) -> None:
        """Listen on a free port."""
        app = web.Application(client_max_size=LARGEST_BODY, middlewares=[self._middleware])
        for (method, path), handler in self.routes().items():
            app.router.add_route(method, path, handler)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Answer nobody any more."""
        self._healed.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def fault(self, id: str, on: bool) -> None:
        """See `PracticePanel.fault`; who waits for an answer gets one when it stops hanging."""
        super().fault(id, on)
        if id == "hang" and not on:
            self._healed.set()
            self._healed = asyncio.Event()

    def reset(self) -> None:
        """Put everything back to its first state; faults end."""
        self._healed.set()
        self._healed = asyncio.Event()
        self._kept.clear()
        self.calls.clear()
        self.first_state()
        super().reset()

    # -- every request

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.has_fault("hang"):
            await self._healed.wait()
        if self.has_fault("elsewhere"):
            return web.Response(status=307, headers={"Location": f"{ELSEWHERE}{request.path.lstrip('/')}"})
        if self.has_fault("html"):
            page = "<!doctype html><title>404</title><h1>404 Not Found</h1><p>nginx</p>"
            return web.Response(status=404, text=page, content_type="text/html")
        try:
            self._admit(request)
            response = await handler(request)
        except Refused as no:
            headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'} if no.status == 401 else {}
            return web.json_response({"error": no.why}, status=no.status, headers=headers)
        except web.HTTPException as no:
            return web.json_response({"error": no.reason}, status=no.status)
        if self.has_fault("cut") and request.method != "GET" and request.transport is not None:
            request.transport.abort()
        if self.has_fault("huge"):
            return await _without_end(request)
        return response

    def _admit(self, request: web.Request) -> None:
        if request.path in self.open_paths:
            return
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        right = hmac.compare_digest(token.encode(), self._token.encode())
        if scheme != "Bearer" or not right or self.has_fault("expired"):
            raise Refused(401, "the token is missing, wrong or expired")


async def _body(request: web.Request) -> Json:
    """The JSON object of a request; empty when nothing was sent."""
    raw = await request.read()
    if not raw:
        return {}
    if request.content_type != "application/json":
        raise Refused(415, "send application/json")
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise Refused(400, "this is no JSON") from error
    if not isinstance(body, dict):
        raise Refused(400, "send a JSON object")
    return body


async def _without_end(request: web.Request) -> web.StreamResponse:
    """A well-formed beginning, and then far too much."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"tokens": [')
    sent, row = 0, b'{"token_id": "token000", "owner": "nobody"},' * 1500
    while sent < HUGE:
        await response.write(row)
        sent += len(row)
    return response
