"""The routes: Slack, alerts, health, metrics. Each verifies, records and answers; none of them works."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from bot.web.alerts import Intake, add_alert_routes
from bot.web.bodies import body_of
from bot.web.payloads import MAX_BODY, BadBody, slack_payload
from bot.web.signature import signed_by_slack
from handlers import texts
from handlers.errors import OutcomeUnknown, StoreUnavailable
from handlers.ports.clock import Clock

ROUTES: web.AppKey[Routes] = web.AppKey("routes")
BACKGROUND: web.AppKey[set[asyncio.Task[None]]] = web.AppKey("background")
log = structlog.get_logger(__name__)


class Inbound(Protocol):
    """Where payloads go; see `bot.inbox.Inbox`."""

    async def take(self, payload: Mapping[str, Any]) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Routes:
    """What the server needs. `unreadable` are the errors of a payload that is none of Slack's. Slack signs
    with one of the `signing_secrets`: it has had a new one for some time before or after the bot has."""

    inbox: Inbound
    clock: Clock
    signing_secrets: tuple[str, ...]
    intake: Intake
    readiness: Callable[[], Mapping[str, str]]
    metrics: Callable[[], Awaitable[bytes]]
    unreadable: type[Exception]
    say_not_recorded: Callable[[str, str], Awaitable[None]]


def make_server(routes: Routes) -> web.Application:
    """The aiohttp application."""
    app = web.Application(client_max_size=MAX_BODY)
    app[ROUTES] = routes
    app[BACKGROUND] = set()
    app.router.add_post("/slack/events", _slack)
    add_alert_routes(app, routes.intake)
    app.router.add_get("/healthz", _alive)
    app.router.add_get("/readyz", _ready)
    app.router.add_get("/metrics", _metrics)
    return app


async def _slack(request: web.Request) -> web.Response:
    routes: Routes = request.app[ROUTES]
    body = await body_of(request)
    now = routes.clock.now().timestamp()
    if not signed_by_slack(routes.signing_secrets, request.headers, body, now):
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
        said = texts.MAYBE_RECORDED if isinstance(error, OutcomeUnknown) else texts.NOT_RECORDED
        _say_later(request.app, routes, payload, said)
        return web.Response(status=503, text="not recorded; try again\n")
    return web.json_response(answer) if answer else web.Response()


def _say_later(app: web.Application, routes: Routes, payload: Mapping[str, Any], said: str) -> None:
    """Tell the person through the response_url: commands and clicks are not retried by Slack."""
    url = payload.get("response_url")
    if isinstance(url, str) and url:
        task = asyncio.ensure_future(routes.say_not_recorded(url, said))
        app[BACKGROUND].add(task)
        task.add_done_callback(app[BACKGROUND].discard)


async def _alive(_: web.Request) -> web.Response:
    return web.Response(text="alive\n")


async def _ready(request: web.Request) -> web.Response:
    """200 when nothing stands against working; otherwise 503 and what does."""
    against = request.app[ROUTES].readiness()
    text = json.dumps({"ready": not against, "against": dict(against)})
    return web.Response(status=503 if against else 200, text=text, content_type="application/json")


async def _metrics(request: web.Request) -> web.Response:
    told = await request.app[ROUTES].metrics()
    return web.Response(body=told, headers={"Content-Type": CONTENT_TYPE_LATEST})
