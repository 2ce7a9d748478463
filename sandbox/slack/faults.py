"""Faults that a test, or the page's break-it buttons, put between the app and Slack."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import asdict, dataclass, field
from typing import Literal, get_args

from sandbox.slack.errors import RefusedAct
from sandbox.slack.log import EventLog
from sandbox.slack.shapes import Json

Kind = Literal["rate_limited", "error", "http", "hang", "cut", "missing_scope", "down", "no_events"]


@dataclass
class Fault:
    """One fault; `times` counts down with each call it hits (None: until cleared)."""

    id: str
    kind: Kind
    method: str | None = None
    channel: str | None = None
    times: int | None = None
    error: str = "internal_error"
    status: int = 500
    retry_after: int = 1
    seconds: float = 0.0
    after_effect: bool = False
    scope: str | None = None
    hits: int = field(default=0)

    def hits_call(self, method: str, channels: set[str]) -> bool:
        return self.method in (None, method) and (self.channel is None or self.channel in channels)


class Faults:
    """The active faults, oldest first."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._numbers = itertools.count(1)
        self._active: dict[str, Fault] = {}
        self._waiting: set[asyncio.Future[None]] = set()

    def add(self, wanted: Json) -> Fault:
        """Start a fault as the control API describes it; raises RefusedAct for one that does not exist."""
        known = set(Fault.__dataclass_fields__) - {"id", "hits"}
        if wanted.get("kind") not in get_args(Kind) or not set(wanted) <= known:
            raise RefusedAct(
                "invalid_arguments", f"No such fault: {wanted}. Fields: {', '.join(sorted(known))}."
            )
        fault = Fault(id=f"F{next(self._numbers)}", **wanted)
        self._active[fault.id] = fault
        self._tell()
        return fault

    def clear(self, fault_id: str | None = None) -> None:
        """Remove one fault, or all of them."""
        if fault_id is None:
            self._active.clear()
        else:
            self._active.pop(fault_id, None)
        self._tell()

    def take(self, kind: Kind, method: str, channels: set[str]) -> Fault | None:
        """The first fault of this kind that hits the call; its count goes down."""
        for fault in self._active.values():
            if fault.kind == kind and fault.hits_call(method, channels):
                return self._hit(fault)
        return None

    def on(self, kind: Kind) -> bool:
        return any(fault.kind == kind for fault in self._active.values())

    async def until_clear(self, *kinds: Kind) -> None:
        """Wait while any fault of these kinds is active."""
        while any(self.on(kind) for kind in kinds):
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.add(waiter)
            try:
                await waiter
            finally:
                self._waiting.discard(waiter)

    def missing_scopes(self) -> set[str]:
        return {
            fault.scope for fault in self._active.values() if fault.kind == "missing_scope" and fault.scope
        }

    def state(self) -> list[Json]:
        return [asdict(fault) for fault in self._active.values()]

    def _hit(self, fault: Fault) -> Fault:
        fault.hits += 1
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                del self._active[fault.id]
        self._tell()
        return fault

    def _tell(self) -> None:
        self._log.append("fault", faults=self.state())
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
