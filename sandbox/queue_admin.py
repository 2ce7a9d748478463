"""AUDITRON's practice admin API: the job queue and the API keys, over HTTP with a bearer token.

`GET /api/admin/queue/stats`, `POST /api/admin/queue/{pause,resume,clean}`, `GET /api/admin/api-keys[/<id>]`,
`POST /api/admin/api-keys/<id>/revoke`, `GET /health` (open to all) and `GET /health/detailed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from sandbox.panel import Json
from sandbox.practice_api import Handler, PracticeApi, Refused


@dataclass
class ApiKey:
    """A customer's key: only its id and whose it is; the key itself is nowhere."""

    id: str
    owner: str
    scope: str
    active: bool = True


KEYS = (("key-acme-1", "Acme GmbH", "audits:write"), ("key-globex-2", "Globex", "audits:read"))
FIRST_COUNTS = {"waiting": 42, "active": 3, "delayed": 2, "completed": 1280, "failed": 7}
_CLEANED = ("completed", "failed")
_BUSY, _FULL = 50, 100
"""Waiting jobs: a backlog is 100 (AU-24)."""


class PracticeQueueAdmin(PracticeApi):
    """The admin API. Its queue and keys are the state that an approval changes."""

    id = "queue-admin"
    title = "Practice AUDITRON admin API"

    def first_state(self) -> None:
        """The queue runs and every key is active."""
        self.paused = False
        self.counts = dict(FIRST_COUNTS)
        self._keys = {row[0]: ApiKey(*row) for row in KEYS}

    def routes(self) -> Mapping[tuple[str, str], Handler]:
        return {
            ("GET", "/health"): self._health,
            ("GET", "/health/detailed"): self._detailed,
            ("GET", "/api/admin/queue/stats"): self._stats,
            ("POST", "/api/admin/queue/{verb:pause|resume|clean}"): self._queue,
            ("GET", "/api/admin/api-keys"): self._listed,
            ("GET", "/api/admin/api-keys/{id}"): self._key,
            ("POST", "/api/admin/api-keys/{id}/revoke"): self._revoke,
        }

    def sections(self) -> list[Json]:
        state = {"text": "paused", "tone": "warning"} if self.paused else {"text": "running", "tone": "good"}
        queue = [self.row("queue", "paused", {"text": "state"}, state)]
        for name, count in self.counts.items():
            cell: Json = {"text": str(count)}
            if name == "waiting":
                cell["tone"] = "good" if count < _BUSY else "warning" if count < _FULL else "bad"
                cell["bar"] = min(1.0, count / _FULL)
            queue.append(self.row("queue", name, {"text": name}, cell))
        keys = [
            self.row("keys", key.id, {"text": key.id}, {"text": key.owner}, _state(key))
            for key in self._keys.values()
        ]
        return [
            {"title": "Job queue", "columns": ["what", "now"], "rows": queue},
            {"title": "API keys", "columns": ["key", "owner", "state"], "rows": keys},
        ]

    async def _health(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _detailed(self, request: web.Request) -> web.Response:
        queue = "paused" if self.paused else "ok"
        return web.json_response({"status": "ok", "database": "ok", "redis": "ok", "queue": queue})

    async def _stats(self, request: web.Request) -> web.Response:
        return web.json_response({"queue": "audits", "paused": self.paused, **self.counts})

    async def _queue(self, request: web.Request) -> web.Response:
        verb = request.match_info["verb"]
        return await self.keyed(request, lambda body: self._do(verb, body))

    def _do(self, verb: str, body: Json) -> Json:
        if body:
            raise Refused(400, "this takes no body")
        if self.has_fault("no-effect"):
            return {"ok": True}
        if verb == "clean":
            for name in _CLEANED:
                self.counts[name] = 0
        else:
            self.paused = verb == "pause"
        return {"ok": True}

    async def _listed(self, request: web.Request) -> web.Response:
        return web.json_response({"keys": [_shown(key) for key in self._keys.values()]})

    async def _key(self, request: web.Request) -> web.Response:
        return web.json_response(_shown(self._found(request)))

    async def _revoke(self, request: web.Request) -> web.Response:
        key = self._found(request)
        return await self.keyed(request, lambda body: self._revoked(key, body))

    def _revoked(self, key: ApiKey, body: Json) -> Json:
        if set(body) - {"reason"} or not isinstance(body.get("reason", ""), str):
            raise Refused(400, "this takes a reason and nothing else")
        if key.active and not self.has_fault("no-effect"):
            key.active = False
        return {"revoked": key.id}

    def is_active(self, key: str) -> bool:
        """Whether a key still opens anything. Raises KeyError for one that was never issued."""
        return self._keys[key].active

    def _found(self, request: web.Request) -> ApiKey:
        key = self._keys.get(request.match_info["id"])
        if key is None:
            raise Refused(404, "there is no such key")
        return key


def _state(key: ApiKey) -> Json:
    return {"text": "active", "tone": "good"} if key.active else {"text": "revoked", "tone": "bad"}


def _shown(key: ApiKey) -> Json:
    return {"id": key.id, "owner": key.owner, "scope": key.scope, "active": key.active}
