"""A practice SMS gateway behind a webhook: it checks the signature, and takes each notice once."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
from typing import Any, Self

from aiohttp import web

from sandbox.panel import Json, PracticePanel

_FAULTS = {"down": "Answer 503", "hang": "Stop answering"}
SHOWN = 20
"""Texts on the page, the newest first."""


class PracticeTextGateway(PracticePanel):
    """Takes notices at `/hook`: `bodies` are those taken, the oldest first.

    `status` is its answer, `sends_to` where it redirects to instead.
    """

    id = "texts"
    title = "Text messages"
    faults = _FAULTS

    def __init__(self) -> None:
        super().__init__()
        self.secret = secrets.token_urlsafe(24)
        self.asked, self.status, self.sends_to = 0, 200, ""
        self.bodies: list[dict[str, Any]] = []
        self._ids: set[str] = set()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/hook", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/hook"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def news(self) -> list[str]:
        """What each notice was about: `waits`, `answered`, `over`."""
        return [one["news"] for one in self.bodies]

    def sections(self) -> list[Json]:
        newest = list(enumerate(self.bodies))[: -SHOWN - 1 : -1]
        rows = [self._row(number, body) for number, body in newest]
        return [
            {
                "title": "Sent by the gateway",
                "columns": ["alert", "news"],
                "rows": rows,
                "empty": "No text was sent.",
            }
        ]

    def reset(self) -> None:
        """No text was sent yet."""
        self.bodies.clear()
        self._ids.clear()
        super().reset()

    def _row(self, number: int, body: dict[str, Any]) -> Json:
        tone = {"waits": "bad", "answered": "warning", "over": "good"}[body["news"]]
        cells = ({"text": body["subject"]}, {"text": body["news"], "tone": tone})
        return self.row("texts", str(number), *cells, body=f"{body['text']}\n{body['link']}".strip())

    async def _take(self, request: web.Request) -> web.Response:
        self.asked += 1
        raw = await request.read()
        if not self._vouched(request, raw):
            return web.Response(status=401)
        if self.sends_to:
            return web.Response(status=307, headers={"Location": self.sends_to})
        if self.has_fault("hang"):
            await asyncio.sleep(60)
        status = 503 if self.has_fault("down") else self.status
        if status != 200:
            return web.Response(status=status)
        id = request.headers.get("Idempotency-Key", "")
        if id not in self._ids:
            self._ids.add(id)
            self.bodies.append(json.loads(raw))
            self.on_change()
        return web.Response(status=200)

    def _vouched(self, request: web.Request, raw: bytes) -> bool:
        """Whether the sender knows the secret, by docs/alerts.md."""
        stamp = request.headers.get("X-Countersign-Timestamp", "")
        given = request.headers.get("X-Countersign-Signature", "")
        wanted = hmac.new(self.secret.encode(), stamp.encode() + b"." + raw, hashlib.sha256).hexdigest()
        return hmac.compare_digest(f"v1={wanted}", given)
