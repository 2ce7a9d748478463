"""PagerDuty as its documentation has it: Events API v2 and the listing of on-calls, as strict as that.

https://developer.pagerduty.com/docs/send-alert-event
https://developer.pagerduty.com/api-reference/3a6b910f11050-list-all-of-the-on-calls
"""

from __future__ import annotations

import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from aiohttp import web

Json = dict[str, Any]
_ACTIONS = ("trigger", "acknowledge", "resolve")
_SEVERITIES = ("critical", "error", "warning", "info")


@dataclass
class Incident:
    """What one dedup_key stands for; after `resolved` the same key opens another incident."""

    key: str
    summary: str
    severity: str
    state: str = "triggered"
    triggers: int = 1


@dataclass
class PagerDuty:
    """One account with one integration. `status` makes every call fail with it; `odd` is what a proxy in
    between answers instead, with a status as if all were well."""

    routing_key: str = "0123456789abcdef0123456789abcdef"
    token: str = field(default_factory=lambda: f"u+{uuid4().hex}")
    url: str = ""
    ca_file: str = ""
    """Who vouches for its certificate."""
    status: int = 0
    odd: str = ""
    events: list[Json] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    oncalls: list[Json] = field(default_factory=list)
    asked: int = 0

    def open(self, key: str) -> Incident | None:
        """The incident of a key that is not resolved."""
        return next((one for one in self.incidents if one.key == key and one.state != "resolved"), None)

    async def enqueue(self, request: web.Request) -> web.Response:
        """POST /v2/enqueue."""
        self.asked += 1
        if self.status:
            return web.json_response({"status": "throttled"}, status=self.status)
        if self.odd:
            return web.Response(text=self.odd, content_type="application/json", status=202)
        event: Json = await request.json()
        faults = _faults(event, self.routing_key)
        if faults:
            answer = {"status": "invalid event", "message": "Event object is invalid", "errors": faults}
            return web.json_response(answer, status=400)
        self.events.append(event)
        self._apply(event)
        answer = {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}
        return web.json_response(answer, status=202)

    def _apply(self, event: Json) -> None:
        found, action = self.open(event["dedup_key"]), event["event_action"]
        if action == "trigger" and found is not None:
            found.triggers += 1
        elif action == "trigger":
            payload = event["payload"]
            self.incidents.append(Incident(event["dedup_key"], payload["summary"], payload["severity"]))
        elif found is not None:
            found.state = {"acknowledge": "acknowledged", "resolve": "resolved"}[action]

    async def list_oncalls(self, request: web.Request) -> web.Response:
        """GET /oncalls."""
        self.asked += 1
        if self.status:
            return web.json_response({"error": {"message": "Internal"}}, status=self.status)
        if self.odd:
            return web.Response(text=self.odd, content_type="application/json")
        if request.headers.get("Authorization") not in (f"Token token={self.token}", f"Bearer {self.token}"):
            return web.json_response({"error": {"message": "Unauthorized", "code": 2006}}, status=401)
        wanted = request.query.getall("schedule_ids[]", [])
        for edge in ("since", "until"):
            datetime.fromisoformat(request.query[edge])
        with_users = "users" in request.query.getall("include[]", [])
        found = [_shown(one, with_users) for one in self.oncalls if one["schedule"]["id"] in wanted]
        offset, limit = int(request.query.get("offset", 0)), int(request.query.get("limit", 25))
        page = found[offset : offset + limit]
        more = offset + limit < len(found)
        return web.json_response(
            {"oncalls": page, "limit": limit, "offset": offset, "more": more, "total": None}
        )

    def is_on(self, schedule: str, email: str, level: int = 1) -> None:
        """Somebody is on call from now on."""
        user = {"id": f"P{len(self.oncalls)}", "type": "user", "summary": "Somebody", "email": email}
        self.oncalls.append(
            {
                "escalation_level": level,
                "schedule": {"id": schedule},
                "user": user,
                "start": None,
                "end": None,
            }
        )


def _shown(oncall: Json, with_users: bool) -> Json:
    user = oncall["user"]
    reference = {"id": user["id"], "type": "user_reference", "summary": user["summary"]}
    return {**oncall, "user": user if with_users else reference}


def _faults(event: Json, routing_key: str) -> list[str]:
    faults = []
    if not re.fullmatch(r"[0-9a-zA-Z]{32}", str(event.get("routing_key"))):
        faults.append("'routing_key' is invalid")
    elif event["routing_key"] != routing_key:
        faults.append("Invalid routing key")
    if event.get("event_action") not in _ACTIONS:
        faults.append("'event_action' is missing or invalid")
    if not 0 < len(str(event.get("dedup_key", ""))) <= 255:
        faults.append("'dedup_key' is missing or longer than 255")
    if event.get("event_action") == "trigger":
        payload = event.get("payload", {})
        if not 0 < len(payload.get("summary", "")) <= 1024:
            faults.append("'payload.summary' is missing or blank or too long")
        if not payload.get("source"):
            faults.append("'payload.source' is missing or blank")
        if payload.get("severity") not in _SEVERITIES:
            faults.append("'payload.severity' is invalid (must be one of: critical, error, warning, info)")
        if "timestamp" in payload:
            datetime.fromisoformat(payload["timestamp"])
        faults += ["'links.href' is invalid" for link in event.get("links") or () if not link.get("href")]
    return faults


@asynccontextmanager
async def practice_pagerduty(tls: ssl.SSLContext) -> AsyncIterator[PagerDuty]:
    """An account on this machine; PagerDuty's own client speaks TLS only."""
    account = PagerDuty()
    app = web.Application()
    app.router.add_post("/v2/enqueue", account.enqueue)
    app.router.add_get("/oncalls", account.list_oncalls)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "localhost", 0, ssl_context=tls)
    await site.start()
    account.url = f"https://localhost:{runner.addresses[0][1]}"
    try:
        yield account
    finally:
        await runner.cleanup()
