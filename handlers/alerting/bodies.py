"""A recorded body of alerts, read again when it is handled: by policy as it is then."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from handlers.alerting.signals import Signal, Stray, Told
from handlers.alerting.sources import SOURCES
from handlers.alerting.strays import strays_key
from handlers.alerts.stored import subject_key
from handlers.changes import Cause
from handlers.work import Claimed, Key
from handlers.world import World

_PATIENCE = 3
"""How often the end of an alert waits for its beginning, which another worker may have in hand."""


@dataclass(frozen=True)
class Body:
    """What one recorded body tells; where it is `patient`, an end waits for its beginning."""

    cause: Cause
    source: str
    told: tuple[Signal, ...]
    strays: tuple[Stray, ...]
    received: datetime
    patient: bool = False

    @property
    def subjects(self) -> frozenset[Key]:
        """The objects that hold what it tells of."""
        signals = frozenset(subject_key(one.system, one.subject) for one in self.told)
        return signals | {strays_key(self.source, one.why, self.cause.at) for one in self.strays}


@dataclass(frozen=True)
class IncomingSignal:
    """One signal of a recorded body."""

    body: Body
    signal: Signal

    @property
    def cause(self) -> Cause:
        return self.body.cause

    @property
    def received(self) -> datetime:
        return self.body.received


def read_body(world: World, claimed: Claimed) -> Body:
    """A claimed item of the ALERTS queue."""
    body = json.loads(claimed.item.body)
    source = body["source"]
    cause = Cause(claimed.item.id, f"alerts/{source}", world.clock.now(), claimed.item, claimed.token)
    received = datetime.fromisoformat(body["received_at"]).astimezone(UTC)
    told = _told(world, source, body)
    patient = claimed.attempt <= _PATIENCE
    return Body(cause, source, told.signals, told.strays, received, patient)


def _told(world: World, source: str, body: Mapping[str, Any]) -> Told:
    """What a recorded body says; one that can no longer be read is told of as well."""
    if "refused" in body:
        return Told(strays=(Stray(**body["refused"]),))
    try:
        return SOURCES[source].read(world.book, body["record"], body.get("mapping", "")).told
    except ValueError as error:
        return Told(strays=(Stray("malformed", str(error)),))
