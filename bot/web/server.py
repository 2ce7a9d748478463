"""The routes: Slack, alerts, health, metrics. Each verifies, records and answers; none of them works."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.web.payloads import MAX_BODY, BadBody, read_json, slack_payload
from bot.web.signature import signed_by_slack
from handlers import texts
from handlers.errors import StoreUnavailable
from handlers.ports import Clock

ROUTES: web.AppKey[Routes] = web.AppKey("routes")
BACKGROUND: web.AppKey[set[asyncio.Task[None]]] = web.AppKey("background")
log = structlog.get_logger(__name__)


class Inbound(Protocol):
    """Where payloads go; see `bot.inbox.Inbox`."""

    async def take(self, payload: Mapping[str, Any]) -> dict[str, Any]: ...

    async def take_alert(self, source: str, record: Mapping[str, Any], name: str) -> bool: ...


AlertCheck = Callable[[Mapping[str, Any]], str]
"""Returns the sender's name for an alert. Raises ValueError with what is wrong with it."""


@dataclass(frozen=True)
class Routes:
    """What the server needs. `unreadable` are the errors of a payload that is none of Slack's."""

    inbox: Inbound
    clock: Clock
    signing_secret: str
    intake_token: str
    alert_sources: Mapping[str, AlertCheck]
    readiness: Callable[[], Mapping[str, str]]
    unreadable: type[Exception]
    say_not_recorded: Callable[[str, str], Awaitable[None]]


def make_server(routes: Routes) -> web.Application:
    """The aiohttp application."""
    app = web.Application(client_max_size=MAX_BODY)
    app[ROUTES] = routes
    app[BACKGROUND] = set()
    app.router.add_post("/slack/events", _slack)
    app.router.add_post("/alerts/{source}", _alert)
    app.router.add_get("/healthz", _alive)
    app.router.add_get("/readyz", _ready)
    app.router.add_get("/metrics", _metrics)
    return app


async def _body(request: web.Request) -> bytes:
    """The body, in bounded size and time. Raises HTTPException."""
    try:
        async with asyncio.timeout(10):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout(text="the body took too long\n") from None
    except aiohttp.ClientPayloadError:
        raise web.HTTPBadRequest(text="the body ended early\n") from None


async def _slack(request: web.Request) -> web.Response:
    routes: Routes = request.app[ROUTES]
    body = await _body(request)
    now = routes.clock.now().timestamp()
    if not signed_by_slack(routes.signing_secret, request.headers, body, now):
        return web.Response(status=401, text="the signature or its time is not right\n")
    try:
        payload = slack_payload(request.content_type, body)
    except BadBody as error:
        return web.Response(status=400, text=f"{error}\n")
    if payload.get("type") == "url_verification":
        return web.json_response({"challenge": str(payload.get("challenge", ""))})
    if payload.get("ssl_check"):
        return web.Response()
    return await _record(request, routes, payload)


async def _record(request: web.Request, routes: Routes, payload: dict[str, Any]) -> web.Response:
    """Answer 200 only once the payload is recorded; otherwise say so where Slack lets us."""
    try:
        answer = await routes.inbox.take(payload)
    except routes.unreadable as error:
        return web.Response(status=400, text=f"{error}\n")
    except StoreUnavailable as error:
        log.error("payload not recorded", why=str(error), kind=payload.get("type") or payload.get("command"))
        _say_later(request.app, routes, payload)
        return web.Response(status=503, text="not recorded; try again\n")
    return web.json_response(answer) if answer else web.Response()


def _say_later(app: web.Application, routes: Routes, payload: Mapping[str, Any]) -> None:
    """Tell the person through the response_url: commands and clicks are not retried by Slack."""
    url = payload.get("response_url")
    if isinstance(url, str) and url:
        task = asyncio.ensure_future(routes.say_not_recorded(url, texts.NOT_RECORDED))
        app[BACKGROUND].add(task)
        task.add_done_callback(app[BACKGROUND].discard)


async def _alert(request: web.Request) -> web.Response:
    routes: Routes = request.app[ROUTES]
    if not _bearer_holds(request, routes.intake_token):
        return web.Response(status=401, text="send the bearer token of the alert routes\n")
    check = routes.alert_sources.get(request.match_info["source"])
    if check is None:
        known = ", ".join(sorted(routes.alert_sources))
        return web.Response(status=404, text=f"no such source of alerts; there is: {known}\n")
    if request.content_type != "application/json":
        return web.Response(status=415, text="send application/json\n")
    try:
        record = read_json(await _body(request))
        name = check(record)
    except (BadBody, ValueError) as error:
        return web.Response(status=422, text=f"{error}\n")
    try:
        new = await routes.inbox.take_alert(request.match_info["source"], record, name)
    except StoreUnavailable as error:
        log.error("alert not recorded", why=str(error))
        return web.Response(status=503, headers={"Retry-After": "5"}, text="not recorded; try again\n")
    return web.json_response({"recorded": name, "new": new}, status=202)


def _bearer_holds(request: web.Request, token: str) -> bool:
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    holds = hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())
    return bool(token) and kind.lower() == "bearer" and holds


async def _alive(_: web.Request) -> web.Response:
    return web.Response(text="alive\n")


async def _ready(request: web.Request) -> web.Response:
    """200 when nothing stands against working; otherwise 503 and what does."""
    against = request.app[ROUTES].readiness()
    text = json.dumps({"ready": not against, "against": dict(against)})
    return web.Response(status=503 if against else 200, text=text, content_type="application/json")


async def _metrics(_: web.Request) -> web.Response:
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
