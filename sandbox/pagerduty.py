"""PagerDuty as its documentation has it: Events API v2 and the listing of on-calls, as strict as that.

https://developer.pagerduty.com/docs/send-alert-event
https://developer.pagerduty.com/api-reference/3a6b910f11050-list-all-of-the-on-calls
"""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import uuid4

from aiohttp import web

from sandbox.panel import Json, PracticePanel

LARGEST_EVENT = 512 * 1024
SHOWN = 20
"""Incidents on the page, the newest first."""
_FAULTS = {"busy": "Answer 429", "down": "Answer 500", "deleted": "Delete the integration"}
_TONES = {"triggered": "bad", "acknowledged": "warning", "resolved": "good"}
_ACTIONS = ("trigger", "acknowledge", "resolve")
_SEVERITIES = ("critical", "error", "warning", "info")


@dataclass
class Incident:
    """What one dedup_key stands for; after `resolved` the same key opens another incident."""

    key: str
    summary: str
    severity: str
    link: str = ""
    state: str = "triggered"
    triggers: int = 1


class PracticePagerDuty(PracticePanel):
    """One account with one integration. `status` makes every call fail with it; `odd` is what a proxy in
    between answers instead, with a status as if all were well."""

    id = "pagerduty"
    title = "PagerDuty"
    faults = _FAULTS

    def __init__(self, tls: ssl.SSLContext) -> None:
        """`tls` is what it speaks with: PagerDuty's own client speaks nothing else."""
        super().__init__()
        self.routing_key = uuid4().hex
        self.token = f"u+{uuid4().hex}"
        self.status = 0
        self.odd = ""
        self.events: list[Json] = []
        self.incidents: list[Incident] = []
        self.oncalls: list[Json] = []
        self.asked = 0
        self._tls = tls
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=LARGEST_EVENT)
        app.router.add_post("/v2/enqueue", self._enqueue)
        app.router.add_get("/oncalls", self._list_oncalls)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "localhost", 0, ssl_context=self._tls).start()
        self.url = f"https://localhost:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def sections(self) -> list[Json]:
        newest = list(enumerate(self.incidents))[: -SHOWN - 1 : -1]
        rows = [self._row(number, incident) for number, incident in newest]
        columns = ["incident", "state", "severity", "pages"]
        return [{"title": "Incidents", "columns": columns, "rows": rows, "empty": "Nobody was paged."}]

    def reset(self) -> None:
        """There was no incident yet."""
        self.events.clear()
        self.incidents.clear()
        super().reset()

    def _row(self, number: int, incident: Incident) -> Json:
        return self.row(
            "incidents",
            str(number),
            {"text": incident.key},
            {"text": incident.state, "tone": _TONES[incident.state]},
            {"text": incident.severity},
            {"text": str(incident.triggers)},
            body=f"{incident.summary}\n{incident.link}".strip(),
        )

    def open(self, key: str) -> Incident | None:
        """The incident of a key that is not resolved."""
        return next((one for one in self.incidents if one.key == key and one.state != "resolved"), None)

    async def _enqueue(self, request: web.Request) -> web.Response:
        """POST /v2/enqueue."""
        self.asked += 1
        if status := self._failing():
            return web.json_response({"status": "throttled"}, status=status)
        if self.odd:
            return web.Response(text=self.odd, content_type="application/json", status=202)
        try:
            event = await request.json()
        except ValueError:
            event = None
        key = "" if self.has_fault("deleted") else self.routing_key
        faults = _faults(event, key) if isinstance(event, dict) else ["no JSON object"]
        if faults:
            answer = {"status": "invalid event", "message": "Event object is invalid", "errors": faults}
            return web.json_response(answer, status=400)
        event.setdefault("dedup_key", uuid4().hex)
        self.events.append(event)
        self._apply(event)
        self.on_change()
        answer = {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}
        return web.json_response(answer, status=202)

    def _apply(self, event: Json) -> None:
        found, action = self.open(event["dedup_key"]), event["event_action"]
        if action == "trigger" and found is not None:
            found.triggers += 1
        elif action == "trigger":
            payload = event["payload"]
            link = next((one["href"] for one in event.get("links") or ()), "")
            made = Incident(event["dedup_key"], payload["summary"], payload["severity"], link)
            self.incidents.append(made)
        elif found is not None:
            found.state = {"acknowledge": "acknowledged", "resolve": "resolved"}[action]

    def _failing(self) -> int:
        """The status with which every call fails now; 0 when none need."""
        return self.status or (429 if self.has_fault("busy") else 500 if self.has_fault("down") else 0)

    async def _list_oncalls(self, request: web.Request) -> web.Response:
        """GET /oncalls."""
        self.asked += 1
        if status := self._failing():
            return web.json_response({"error": {"message": "Internal"}}, status=status)
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
    unnamed = (
        event.get("event_action") == "trigger" and "dedup_key" not in event
    )  # the service then makes one
    if not unnamed and not 0 < len(str(event.get("dedup_key", ""))) <= 255:
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
