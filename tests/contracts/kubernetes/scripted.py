"""An HTTP server that answers as it is told: for what a well-behaved API server does not do."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
WAITING: dict[str, Any] = {
    "metadata": {"name": "auditron-api", "uid": "u-1", "resourceVersion": "7", "generation": 1},
    "spec": {"replicas": 3, "template": {"metadata": {}, "spec": {"containers": [{"image": "api:1"}]}}},
    "status": {"observedGeneration": 1, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3},
}


def answer(status: int, body: Any, **headers: str) -> Answer:
    """One answer; a text is sent as HTML, everything else as JSON."""

    async def send(_: web.Request) -> web.StreamResponse:
        kind = "text/html" if isinstance(body, str) else "application/json"
        text = body if isinstance(body, str) else json.dumps(body)
        return web.Response(status=status, text=text, content_type=kind, headers=headers)

    return send


def status(code: int, reason: str, message: str = "", **details: Any) -> dict[str, Any]:
    """A Kubernetes Status."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "code": code,
        "reason": reason,
        "message": message,
        "details": details,
    }


def after(seconds: float, then: Answer) -> Answer:
    """An answer that is slow to come."""

    async def send(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return await then(request)

    return send


async def cut(request: web.Request) -> web.StreamResponse:
    """The connection ends before there is an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def cut_in_the_middle(request: web.Request) -> web.StreamResponse:
    """The connection ends in the middle of the body."""
    response = web.StreamResponse(headers={"Content-Length": "1000", "Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"metadata":')
    assert request.transport is not None
    request.transport.abort()
    return response


def losing_writes(kubeconfig: Path) -> Answer:
    """Passes everything on to a cluster, as the account of a kubeconfig; what it says to a write is lost.

    A dry run is none.
    """
    whole = passing_on(kubeconfig)

    async def send(request: web.Request) -> web.StreamResponse:
        answered = await whole(request)
        lost = request.method in ("PATCH", "POST", "DELETE") and "dryRun" not in request.query
        return await cut(request) if lost else answered

    return send


def troubled(kubeconfig: Path, part: str, answers: list[Answer]) -> Answer:
    """Passes everything on; what is sent to paths with this in them is answered by these first."""
    whole = passing_on(kubeconfig)

    async def send(request: web.Request) -> web.StreamResponse:
        return await (answers.pop(0) if answers and part in request.path else whole)(request)

    return send


def passing_on(kubeconfig: Path) -> Answer:
    """Passes everything on to a cluster, as the account of a kubeconfig."""
    written = json.loads(kubeconfig.read_text())
    cluster, user = written["clusters"][0]["cluster"], written["users"][0]["user"]
    trusted = None
    if authority := cluster.get("certificate-authority-data"):
        trusted = ssl.create_default_context(cadata=base64.b64decode(authority).decode())

    async def send(request: web.Request) -> web.StreamResponse:
        headers = {"Authorization": f"Bearer {user['token']}", "Content-Type": request.content_type}
        body, url = await request.read(), cluster["server"] + request.raw_path
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(request.method, url, data=body, ssl=trusted or True) as response,
        ):
            answered = await response.read()
        return web.Response(status=response.status, body=answered, content_type=response.content_type)

    return send


@dataclass
class Scripted:
    """Answers in order; the last one again and again. `asked` are the requests that came."""

    answers: list[Answer] = field(default_factory=lambda: [answer(200, WAITING)])
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    url: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        told = request.headers.get("Authorization", "")
        self.asked.append((request.method, request.path, told))
        one = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return await one(request)

    def write_kubeconfig(self, path: Path, *, renewed: bool = False) -> Path:
        """Where it is, for the adapter."""
        written = {
            "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": self.url}}],
            "users": [{"name": "u", "user": {"token": "renewed" if renewed else "a-token"}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        }
        path.write_text(json.dumps(written))
        return path


@asynccontextmanager
async def scripted(answers: list[Answer] | None = None) -> AsyncIterator[Scripted]:
    """One such server."""
    server = Scripted(answers) if answers else Scripted()
    application = web.Application()
    application.router.add_route("*", "/{anything:.*}", server.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
