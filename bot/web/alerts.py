"""The routes of alerts: who sends is verified, the whole body is understood, recorded, and only then
answered.

What cannot be taken is answered with 4xx and the reason in words, never repeating a value of the body, and
noted for people as well: nobody reads a sender's log, and Alertmanager drops what is answered so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from aiohttp import web
from prometheus_client import Counter

from bot.web.bodies import body_of
from bot.web.payloads import MAX_BODY, BadBody, read_json
from bot.web.senders import Allowance, SenderSecrets
from handlers.alerting.signals import Told
from handlers.errors import StoreUnavailable
from handlers.ports.clock import Clock
from handlers.redaction import Redactor

log = structlog.get_logger(__name__)
BODIES = Counter(
    "countersign_alert_bodies_total", "Bodies of alerts by source and answer", ["source", "status"]
)
INTAKE: web.AppKey[Intake] = web.AppKey("intake")

ASK_TOKEN = "send the bearer token of this alert route"  # noqa: S105  a sentence
ASK_SIGNATURE = "the signature or its moment is not right: docs/alerts.md says what is signed"
NO_SOURCE = "no such source of alerts; there is: {known}"
TOO_LARGE = (
    f"the body is larger than {MAX_BODY // 1000} kB; send fewer alerts in one (Alertmanager: max_alerts)"
)
NOT_JSON = "send application/json"
NOT_PLAIN = "send the body as it is, not compressed"
TOO_MANY = "too many alerts of this source; try again in {seconds} s"
NOT_RECORDED = "not recorded; try again"


class Reading(Protocol):
    """A body that was understood; see `handlers.alerting.sources.source.Reading`."""

    @property
    def name(self) -> str: ...

    @property
    def known_for(self) -> float: ...

    @property
    def told(self) -> Told: ...


Read = Callable[[Mapping[str, Any], str], Reading]
"""Understands a body, by the mapping of a name. Raises ValueError with what is wrong with it."""
Take = Callable[..., Any]


@dataclass(frozen=True)
class Intake:
    """What the routes need. `record` takes source, name, body, seconds that it is known for and more
    names, and says whether it was new; it raises StoreUnavailable. Senders wait `after_people`."""

    secrets: SenderSecrets
    sources: Mapping[str, Read]
    record: Take
    clock: Clock
    allowance: Allowance
    after_people: Callable[[], Awaitable[None]]
    redactor: Redactor


class _NotTaken(Exception):
    """The body counts for nothing: the status, the reason for its sender, and what kind of fault that is."""

    def __init__(self, status: int, reason: str, kind: str = "", wait: int = 0) -> None:
        super().__init__(reason)
        self.status, self.reason, self.kind, self.wait = status, reason, kind, wait


def add_alert_routes(app: web.Application, intake: Intake) -> None:
    """`POST /alerts/<source>`, and `/alerts/generic/<mapping>` for JSON that policy maps."""
    app[INTAKE] = intake
    app.router.add_post("/alerts/{source}", _alert)
    app.router.add_post("/alerts/{source}/{mapping}", _alert)


async def _alert(request: web.Request) -> web.Response:
    intake = request.app[INTAKE]
    source = request.match_info["source"]
    try:
        answer = await _take(intake, request, source, request.match_info.get("mapping", ""))
    except _NotTaken as no:
        answer = await _refuse(intake, source, no)
    BODIES.labels(source if source in intake.sources else "unknown", answer.status).inc()
    return answer


async def _take(intake: Intake, request: web.Request, source: str, mapping: str) -> web.Response:
    body, also = await _admitted(intake, request, source)
    await intake.after_people()
    read = intake.sources.get(source)
    if read is None:
        raise _NotTaken(404, NO_SOURCE.format(known=", ".join(sorted(intake.sources))))
    if request.content_type != "application/json":
        raise _NotTaken(415, NOT_JSON, "content-type")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise _NotTaken(415, NOT_PLAIN, "content-encoding")
    try:
        record = read_json(body)
        reading = read(record, mapping)
    except (BadBody, ValueError) as error:
        raise _NotTaken(422, str(error), "malformed") from None
    told = reading.told
    count = len(told.signals) + len(told.strays)
    wait = intake.allowance.wait(source, count, intake.clock.now())
    if wait:
        raise _NotTaken(429, TOO_MANY.format(seconds=wait), "too-many", wait)
    kept: dict[str, Any] = {"record": record} | ({"mapping": mapping} if mapping else {})
    try:
        new = await intake.record(source, reading.name, kept, reading.known_for, also)
    except StoreUnavailable as error:
        log.error("alert not recorded", source=source, why=str(error))
        raise _NotTaken(503, NOT_RECORDED, wait=5) from None
    if told.strays and not told.signals:
        # Recorded, and its strays will be told; the sender hears that it has no thread.
        raise _NotTaken(422, "; ".join(dict.fromkeys(one.sentence for one in told.strays)))
    said = {"recorded": reading.name, "new": new, "alerts": len(told.signals)}
    if told.strays:
        said["unplaced"] = len(told.strays)
    return web.json_response(said, status=202)


async def _admitted(intake: Intake, request: web.Request, source: str) -> tuple[bytes, tuple[str, ...]]:
    """The body of somebody who may send to this source, and the name of its signature if it has one."""
    if intake.secrets.bearer_holds(source, request.headers):
        try:
            return await body_of(request), ()
        except web.HTTPRequestEntityTooLarge:
            raise _NotTaken(413, TOO_LARGE, "too-large") from None
    if not intake.secrets.signs(source, request.headers):
        raise _NotTaken(401, ASK_TOKEN)
    try:
        body = await body_of(request)
    except web.HTTPRequestEntityTooLarge:
        raise _NotTaken(413, TOO_LARGE) from None  # whose it is cannot be known, so nobody is bothered
    if not intake.secrets.signature_holds(source, request.headers, body, intake.clock.now()):
        raise _NotTaken(401, ASK_SIGNATURE)
    return body, (intake.secrets.named(source, request.headers),)


async def _refuse(intake: Intake, source: str, no: _NotTaken) -> web.Response:
    """Answer, and note for people what somebody who may send could not get across; once a minute is
    enough."""
    if no.kind:
        # It may name a field, and a sender can call a field anything.
        (why,) = (await intake.redactor.each([no.reason])).lines
        log.warning("alerts not taken", source=source, status=no.status, why=why)
        note = {"refused": {"why": no.kind, "sentence": why}}
        try:
            await intake.record(source, f"refused/{no.kind}", note, 60.0, ())
        except StoreUnavailable as error:
            log.error("refusal not noted", source=source, why=str(error))
    headers = {"Retry-After": str(no.wait)} if no.wait else {}
    return web.Response(status=no.status, headers=headers, text=f"{no.reason}\n")
