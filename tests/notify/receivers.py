"""Receivers of notices over their real protocols: a webhook that checks what it gets."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class Webhook:
    """Takes signed notices, each id once; `status`, `hangs` and `sends_to` say how it fails."""

    secret: str = "shared-secret-of-the-practice-webhook"
    url: str = ""
    status: int = 200
    hangs: bool = False
    sends_to: str = ""
    asked: int = 0
    bodies: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    def news(self) -> list[str]:
        return [one["news"] for one in self.bodies]

    async def take(self, request: web.Request) -> web.Response:
        self.asked += 1
        raw = await request.read()
        stamp = request.headers["X-Countersign-Timestamp"]
        wanted = hmac.new(self.secret.encode(), stamp.encode() + b"." + raw, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(f"v1={wanted}", request.headers["X-Countersign-Signature"]):
            return web.Response(status=401)
        if self.sends_to:
            return web.Response(status=307, headers={"Location": self.sends_to})
        if self.hangs:
            await asyncio.sleep(60)
        if self.status == 200 and request.headers["Idempotency-Key"] not in self.ids:
            self.ids.append(request.headers["Idempotency-Key"])
            self.bodies.append(json.loads(raw))
        return web.Response(status=self.status)


@asynccontextmanager
async def webhook() -> AsyncIterator[Webhook]:
    """A webhook on this machine."""
    receiver = Webhook()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield receiver
    finally:
        await runner.cleanup()
