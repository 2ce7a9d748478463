"""The practice Alertmanager: silences and alerts over its API v2, as strict as the original.

It holds what is told to `POST /api/v2/alerts`, as Prometheus tells it, and hides what a silence matches. In
front of it stands what real ones have in front of them: something that asks for a bearer token.

https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from sandbox.matchers import Matcher, filters, posted
from sandbox.panel import Json
from sandbox.practice_api import Handler, PracticeApi, Refused

_FNV_OFFSET, _FNV_PRIME = 14695981039346656037, 1099511628211
_POSTED = frozenset({"id", "matchers", "startsAt", "endsAt", "createdBy", "comment"})


@dataclass
class Silence:
    """A silence; it begins and ends by the clock alone."""

    id: str
    matchers: tuple[Matcher, ...]
    starts: datetime
    ends: datetime
    updated: datetime
    by: str
    comment: str

    def state(self, now: datetime) -> str:
        if now >= self.ends:
            return "expired"
        return "active" if now >= self.starts else "pending"

    def holds(self, labels: Mapping[str, str]) -> bool:
        return all(one.holds(labels) for one in self.matchers)


@dataclass
class Told:
    """An alert as Prometheus told it."""

    labels: dict[str, str]
    annotations: dict[str, str]
    starts: datetime
    ends: datetime | None
    generator: str


class PracticeAlertmanager(PracticeApi):
    """Silences, and the alerts that they hide."""

    id = "alertmanager"
    title = "Practice silences"

    def first_state(self) -> None:
        """Nothing fires, nothing is silent."""
        self.kept: dict[str, Silence] = {}
        self._told: dict[frozenset[tuple[str, str]], Told] = {}

    def routes(self) -> Mapping[tuple[str, str], Handler]:
        return {
            ("GET", "/api/v2/silences"): self._listed,
            ("POST", "/api/v2/silences"): self._posted,
            ("GET", "/api/v2/silence/{id}"): self._one,
            ("DELETE", "/api/v2/silence/{id}"): self._deleted,
            ("GET", "/api/v2/alerts"): self._alerts,
            ("POST", "/api/v2/alerts"): self._take,
        }

    def sections(self) -> list[Json]:
        now = self.clock()
        rows = [
            self.row(
                "silences", one.id, {"text": one.id[:8]}, _state(one.state(now)),
                {"text": ", ".join(map(str, one.matchers))}, {"text": one.by}, {"text": one.comment},
                {"text": f"{one.ends:%H:%M:%S}"},
            )
            for one in reversed(self.kept.values())
        ]  # fmt: skip
        columns = ["silence", "state", "hides", "who", "why", "ends (UTC)"]
        return [{"title": "Silences", "columns": columns, "rows": rows}]

    # -- for whoever plays Prometheus

    def tell(self, labels: Mapping[str, str], annotations: Mapping[str, str], *, firing: bool) -> None:
        """An alert fires, or is over."""
        now = self.clock()
        told = self._told.setdefault(
            frozenset(labels.items()), Told(dict(labels), dict(annotations), now, None, "")
        )
        told.ends = None if firing else now
        self.on_change()

    def hides(self, labels: Mapping[str, str]) -> bool:
        """Whether an active silence matches these labels."""
        now = self.clock()
        return any(one.state(now) == "active" and one.holds(labels) for one in self.kept.values())

    # -- silences

    async def _listed(self, request: web.Request) -> web.Response:
        wanted = filters(request.query.getall("filter", []))
        found = [one for one in self.kept.values() if _has(one, wanted)]
        return web.json_response([self._shown(one) for one in found])

    async def _one(self, request: web.Request) -> web.Response:
        return web.json_response(self._shown(self._found(request)))

    async def _posted(self, request: web.Request) -> web.Response:
        body = _object(await _json(request))
        self.calls.append((request.method, request.path, str(body.get("comment", ""))))
        made = self._new(body)
        if not self.has_fault("no-effect"):
            self.kept[made.id] = made
        self.on_change()
        return web.json_response({"silenceID": made.id})

    def _new(self, body: Json) -> Silence:
        strange = set(body) - _POSTED
        missing = _POSTED - {"id"} - set(body)
        if strange or missing:
            raise Refused(422, f"unknown {sorted(strange)}, missing {sorted(missing)}")
        if body.get("id"):
            raise Refused(404, "silence not found")
        if not isinstance(body["createdBy"], str) or not isinstance(body["comment"], str):
            raise Refused(422, "createdBy and comment are texts")
        now = self.clock()
        starts, ends = _moment(body["startsAt"]), _moment(body["endsAt"])
        if ends <= now:
            raise Refused(400, "end time can't be in the past")
        if starts >= ends:
            raise Refused(400, "start time must be before end time")
        matchers = tuple(posted(one) for one in _list(body["matchers"]))
        if all(one.holds({}) for one in matchers):
            raise Refused(400, "invalid silence: at least one matcher must not match the empty string")
        return Silence(
            str(uuid.uuid4()), matchers, max(starts, now), ends, now, body["createdBy"], body["comment"]
        )

    async def _deleted(self, request: web.Request) -> web.Response:
        self.calls.append((request.method, request.path, ""))
        found, now = self._found(request, missing=500), self.clock()
        if found.state(now) != "expired" and not self.has_fault("no-effect"):
            found.starts, found.ends, found.updated = min(found.starts, now), now, now
        self.on_change()
        return web.Response()

    def _found(self, request: web.Request, missing: int = 404) -> Silence:
        name = request.match_info["id"]
        try:
            uuid.UUID(name)
        except ValueError:
            raise Refused(422, "silenceID must be of type uuid") from None
        if name not in self.kept:
            raise Refused(missing, "silence not found")
        return self.kept[name]

    def _shown(self, one: Silence) -> Json:
        return {
            "id": one.id,
            "status": {"state": one.state(self.clock())},
            "updatedAt": _rfc3339(one.updated),
            "matchers": [matcher.json for matcher in one.matchers],
            "startsAt": _rfc3339(one.starts),
            "endsAt": _rfc3339(one.ends),
            "createdBy": one.by,
            "comment": one.comment,
        }

    # -- alerts

    async def _alerts(self, request: web.Request) -> web.Response:
        wanted, now = filters(request.query.getall("filter", [])), self.clock()
        found = [
            told
            for told in self._told.values()
            if (told.ends is None or told.ends > now) and all(one.holds(told.labels) for one in wanted)
        ]
        return web.json_response([self._shown_alert(told, now) for told in found])

    def _shown_alert(self, told: Told, now: datetime) -> Json:
        by = [one.id for one in self.kept.values() if one.state(now) == "active" and one.holds(told.labels)]
        state = "suppressed" if by else "active"
        return {
            "labels": told.labels,
            "annotations": told.annotations,
            "startsAt": _rfc3339(told.starts),
            "updatedAt": _rfc3339(told.starts),
            "endsAt": _rfc3339(told.ends or now),
            "fingerprint": fingerprint(told.labels),
            "receivers": [{"name": "countersign"}],
            "status": {"state": state, "silencedBy": by, "inhibitedBy": []},
            "generatorURL": told.generator,
        }

    async def _take(self, request: web.Request) -> web.Response:
        for one in _list(await _json(request)):
            labels = one.get("labels")
            if not isinstance(labels, dict) or "alertname" not in labels:
                raise Refused(400, "an alert needs labels, and a name among them")
            over = "endsAt" in one and _moment(one["endsAt"]) <= self.clock()
            self.tell(labels, one.get("annotations", {}), firing=not over)
        return web.Response()


def _has(silence: Silence, wanted: Iterable[Matcher]) -> bool:
    """Alertmanager compares a filter with what the silence's own matchers say of that label."""
    said = {one.name: one.value for one in silence.matchers}
    return all(one.holds(said) for one in wanted)


async def _json(request: web.Request) -> Any:
    if request.content_type != "application/json":
        raise Refused(415, "unsupported media type, only application/json is allowed")
    try:
        return json.loads(await request.read())
    except ValueError:
        raise Refused(400, "parsing body failed") from None


def _object(value: Any) -> Json:
    if not isinstance(value, dict):
        raise Refused(422, "this must be an object")
    return value


def _list(value: Any) -> list[Json]:
    if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
        raise Refused(422, "this must be a list of objects, and not an empty one")
    return value


def _moment(value: Any) -> datetime:
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Refused(400, "parsing body failed: this is no moment") from None
    if found.tzinfo is None:
        raise Refused(422, "a moment has a time zone")
    return found


def _rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _state(state: str) -> Json:
    return {"text": state, "tone": {"active": "warning", "pending": "neutral"}.get(state, "good")}


def fingerprint(labels: Mapping[str, str]) -> str:
    """What Prometheus calls a set of labels: FNV-1a of 64 bits over the sorted names and values."""
    found = _FNV_OFFSET
    for name, value in sorted(labels.items()):
        for byte in name.encode() + b"\xff" + value.encode() + b"\xff":
            found = ((found ^ byte) * _FNV_PRIME) % 2**64
    return f"{found:016x}"
