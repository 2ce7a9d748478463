"""What goes to the app and what comes back, whichever way it travels."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from sandbox.slack.shapes import Json

ANSWER_SECONDS = 3.0
"""How long the app has to answer (docs.slack.dev/interactivity/handling-user-interaction)."""

Kind = Literal["events_api", "slash_commands", "interactive"]
Failure = Literal["http_timeout", "http_error", "connection_failed", "too_many_redirects"]


@dataclass(frozen=True)
class Parcel:
    """One delivery. `retry` counts from 0; `reason` is the failure that led to it."""

    kind: Kind
    payload: Json
    retry: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Answer:
    """How the app answered: `failure` is None when it did so in time and with 2xx."""

    status: int = 0
    body: bytes = b""
    content_type: str = ""
    failure: Failure | None = None
    no_retry: bool = False

    @property
    def ok(self) -> bool:
        return self.failure is None

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    def data(self) -> Any:
        """The body read as JSON; None when it is not JSON."""
        try:
            return json.loads(self.body) if self.body else None
        except ValueError:
            return None


class Transport(Protocol):
    """A way to the app."""

    async def send(self, parcel: Parcel) -> Answer:
        """Deliver once. Takes as long as the app takes; the caller keeps the deadline."""
        ...
