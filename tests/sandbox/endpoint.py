"""An app of a few lines that records what Slack sends it and answers as the test wants."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs

from aiohttp import web

from sandbox.slack.server import PracticeSlack

WAIT_SECONDS = 10.0
Answerer = Callable[["Received"], Awaitable[web.Response]]


@dataclass(frozen=True)
class Received:
    """One delivery as it came over the wire."""

    headers: dict[str, str]
    body: bytes

    @property
    def payload(self) -> dict[str, Any]:
        if self.headers["Content-Type"] == "application/json":
            return json.loads(self.body)  # type: ignore[no-any-return]
        form = {
            name: values[0] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()
        }
        return json.loads(form["payload"]) if "payload" in form else form

    @property
    def payload_json(self) -> dict[str, Any]:
        """The body as JSON, whoever sent it."""
        return json.loads(self.body)  # type: ignore[no-any-return]

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = self.payload.get("event", {})
        return event


async def _yes(received: Received) -> web.Response:
    payload = received.payload
    return web.Response(text=payload["challenge"]) if "challenge" in payload else web.Response()


@dataclass
class Endpoint:
    """Listens on a free port; `answer` decides what is sent back (200 and nothing, unless a test says so)."""

    received: list[Received] = field(default_factory=list)
    answer: Answerer = _yes
    url: str = ""
    _runner: web.AppRunner | None = None
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/slack/events", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/slack/events"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.Response:
        received = Received(dict(request.headers), await request.read())
        self.received.append(received)
        async with self._news:
            self._news.notify_all()
        return await self.answer(received)

    async def arrived(self, count: int) -> list[Received]:
        """All deliveries, once there are `count`; raises TimeoutError when they do not come."""
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(lambda: len(self.received) >= count), WAIT_SECONDS)
        return self.received

    def events(self, kind: str | None = None) -> list[dict[str, Any]]:
        """The events received so far, those of one type or all."""
        return [each.event for each in self.received if each.event and kind in (None, each.event["type"])]


def answering(status: int = 200, **fields: Any) -> Answerer:
    """An answer that is always the same; fields go to web.Response."""

    async def answer(received: Received) -> web.Response:
        return web.Response(status=status, **fields)

    return answer


def never() -> Answerer:
    """An app that takes the delivery and says nothing until it is shut down."""

    async def answer(received: Received) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    return answer


async def payload_of(
    slack: PracticeSlack, app: Endpoint, person: str, do: str, **fields: Any
) -> dict[str, Any]:
    """What the app was sent for an act."""
    await slack.settled()
    await slack.act(person, do, **fields)
    return app.received[-1].payload
