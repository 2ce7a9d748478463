"""Bodies as Alertmanager 0.25 sends them; `tests/monitoring` has the real one."""

from __future__ import annotations

import hashlib
from typing import Any

import aiohttp

from tests.scenarios.room import INTAKE_TOKEN, Json, Room


def notice(name: str = "QueueBacklog", status: str = "firing", **labels: str) -> Json:
    """One alert of a notification; the same labels have the same fingerprint."""
    labels = {"namespace": "auditron", "severity": "warning", **labels, "alertname": name}
    labels = {key: value for key, value in labels.items() if value}
    said = "".join(f"{key}\xff{value}\xff" for key, value in sorted(labels.items()))
    return {
        "status": status,
        "labels": labels,
        "annotations": {"summary": f"{name} is too high", "description": "140 jobs wait"},
        "startsAt": "2026-11-21T09:00:00.000Z",
        "endsAt": "0001-01-01T00:00:00Z" if status == "firing" else "2026-11-21T09:05:00.000Z",
        "generatorURL": "http://prometheus.example/graph?g0.expr=queue_waiting+%3E+100&g0.tab=1",
        "fingerprint": hashlib.sha256(said.encode()).hexdigest()[:16],
    }


def notification(*alerts: Json, **more: Any) -> Json:
    """The body of a group."""
    return {
        "version": "4",
        "groupKey": '{}:{alertname="QueueBacklog"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "countersign",
        "groupLabels": {"alertname": "QueueBacklog"},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example:9093",
        "alerts": list(alerts),
        **more,
    }


async def post(
    room: Room, body: Any, route: str = "alertmanager", *, token: str = INTAKE_TOKEN, **headers: str
) -> tuple[int, str]:
    """POST a body (JSON, or bytes as they are) to an alert route; returns status and text."""
    sent: Json = {"data": body} if isinstance(body, bytes) else {"json": body}
    given = {"Authorization": f"Bearer {token}"} if token else {}
    if isinstance(body, bytes):
        given["Content-Type"] = "application/json"
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{room.intake}/alerts/{route}", headers={**given, **headers}, **sent) as response,
    ):
        return response.status, await response.text()
