"""The practice Alertmanager: alerts of the four systems, sent to the bot's own route when a switch is turned.

Its bodies are those of Alertmanager's webhook, version 4, with the fingerprint that Prometheus makes of
labels. What the Alertmanager beside it has silenced is not sent until the silence is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote_plus

import aiohttp

from sandbox.alertmanager import PracticeAlertmanager, fingerprint
from sandbox.slack.shapes import Json

POST_SECONDS = 10.0
SILENCED_SECONDS = 1.0
"""How often a silenced alert is looked at."""
_NEVER = "0001-01-01T00:00:00Z"


@dataclass(frozen=True)
class Rule:
    """An alerting rule of one system, and what it says when it fires."""

    id: str
    labels: Mapping[str, str]
    summary: str
    description: str
    expression: str

    @property
    def name(self) -> str:
        return self.labels["alertname"]


def _rule(id: str, name: str, severity: str, summary: str, said: str, expr: str, **labels: str) -> Rule:
    return Rule(id, {"alertname": name, "severity": severity, **labels}, summary, said, expr)


RULES = (
    _rule(
        "auditron", "QueueBacklog", "warning", "The job queue grows", "140 jobs wait",
        "queue_waiting > 100", namespace="auditron",
    ),
    _rule(
        "clinchat-rag", "HighLatency", "warning", "Requests are slow", "P95 is 4.2 s",
        "request_seconds_p95 > 3", namespace="clinchat-rag",
    ),
    _rule(
        "credit-monitoring", "LedgerChanged", "critical", "The ledger of runs was changed",
        "ledger.jsonl is shorter than it was", "credit_monitor_ledger_changed == 1",
        component="credit-monitor",
    ),
    _rule(
        "provability-fabric", "CrossTenantAccess", "critical", "A tenant read another's receipts",
        "globex read 3 receipts of acme", "cross_tenant_reads > 0", namespace="provability-fabric",
    ),
)  # fmt: skip


@dataclass
class _State:
    """Whether a rule fires, since when, and what the bot answered last."""

    firing: bool = False
    since: str = ""
    answer: str = "not sent yet"
    sent: int = 0


class PracticeMonitoring:
    """One switch a rule: on sends it firing, off resolved; each time the page shows what the bot answered."""

    id = "monitoring"
    title = "Practice Alertmanager"

    def __init__(
        self,
        url: str,
        token: str,
        manager: PracticeAlertmanager | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`manager` is told what fires, and says what is silenced; `now` is practice time."""
        self.url = url
        self._now = now
        self._manager = manager
        self.on_change: Callable[[], None] = lambda: None
        self._token = token
        self._states = {rule.id: _State() for rule in RULES}
        self._tasks: set[asyncio.Task[None]] = set()

    def panel(self) -> Json:
        rows = [self._row(rule) for rule in RULES]
        columns = ["alert", "system", "state", "the bot's answer"]
        faults = [
            {"id": rule.id, "label": f"{rule.name} of {rule.id}", "on": self._states[rule.id].firing}
            for rule in RULES
        ]
        sections = [{"title": "Alerting rules", "columns": columns, "rows": rows}]
        return {
            "id": self.id, "title": self.title, "address": self.url, "sections": sections, "faults": faults,
            "switches": "Let an alert fire",
        }  # fmt: skip

    def _row(self, rule: Rule) -> Json:
        state = self._states[rule.id]
        word = {"text": "firing", "tone": "bad"} if state.firing else {"text": "quiet", "tone": "good"}
        cells = [{"text": rule.name}, {"text": rule.id}, word, {"text": state.answer}]
        return {"id": rule.id, "cells": cells, "changed": state.sent}

    def fault(self, id: str, on: bool) -> None:
        """Have a rule fire, or resolve. Raises KeyError for one that there is not."""
        state = self._states[id]
        if on == state.firing:
            return
        rule = next(one for one in RULES if one.id == id)
        if on:
            state.since = _said(self._now())
        state.firing = on
        if self._manager is not None:
            self._manager.tell(rule.labels, {"summary": rule.summary}, firing=on)
        self.on_change()
        task = asyncio.get_running_loop().create_task(self._send(rule, state))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def reset(self) -> None:
        """Resolve whatever fires."""
        for rule in RULES:
            self.fault(rule.id, on=False)

    async def _send(self, rule: Rule, state: _State) -> None:
        if not await self._audible(rule, state):
            return
        body = notification(rule, firing=state.firing, since=state.since, now=self._now())
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=POST_SECONDS)) as session,
                session.post(self.url, json=body, headers={"Authorization": f"Bearer {self._token}"}) as said,
            ):
                why = "recorded" if said.ok else (await said.text())[:120].strip()
                answer = f"{said.status} {why}"
        except (aiohttp.ClientError, TimeoutError) as error:
            answer = f"none ({type(error).__name__})"
        state.answer, state.sent = answer, state.sent + 1
        self.on_change()

    async def _audible(self, rule: Rule, state: _State) -> bool:
        """Wait for the end of a silence; False when what it hid is no news any more."""
        firing = state.firing
        while self._manager is not None and self._manager.hides(rule.labels):
            state.answer = "silenced, not sent"
            self.on_change()
            await asyncio.sleep(SILENCED_SECONDS)
        return state.firing is firing


def notification(rule: Rule, *, firing: bool, since: str, now: datetime) -> Json:
    """The body in which Alertmanager would tell one alert."""
    status = "firing" if firing else "resolved"
    alert = {
        "status": status,
        "labels": dict(rule.labels),
        "annotations": {"summary": rule.summary, "description": rule.description},
        "startsAt": since,
        "endsAt": _NEVER if firing else _said(now),
        "generatorURL": f"http://prometheus.example/graph?g0.expr={quote_plus(rule.expression)}&g0.tab=1",
        "fingerprint": fingerprint(rule.labels),
    }
    return {
        "version": "4",
        "groupKey": f'{{}}:{{alertname="{rule.name}"}}',
        "truncatedAlerts": 0,
        "status": status,
        "receiver": "countersign",
        "groupLabels": {"alertname": rule.name},
        "commonLabels": dict(rule.labels),
        "commonAnnotations": alert["annotations"],
        "externalURL": "http://alertmanager.example:9093",
        "alerts": [alert],
    }


def _said(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
