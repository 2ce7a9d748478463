"""An HTTP API as routes see it. The adapter lives in `bot/systems/http`; nothing here does I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True)
class Call:
    """One change on its way. `target` is the path and query, encoded; `key` is the Idempotency-Key, empty
    where the API knows none.

    https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
    """

    method: str
    target: str
    body: Mapping[str, Any]
    key: str
    repeatable: bool


class HttpApi(Protocol):
    """A JSON API behind one address and one bearer token, neither of which ever shows in an error.

    Both methods raise DoNotRetry when the API refuses or answers what cannot be understood, and
    TryAgainLater when it is away and nothing happened.
    """

    @property
    def identity(self) -> str:
        """What tells this API from another: a digest of its address."""
        ...

    def now(self) -> datetime:
        """The present moment, UTC."""
        ...

    async def get(self, target: str) -> Any:
        """The JSON that stands at a path, asked again a few times where that can help."""
        ...

    async def send(self, call: Call) -> int:
        """Make a change and return the status of its answer, 200 to 299.

        Sends again only what is repeatable. Raises OutcomeUnknown when it may have happened, and
        TargetChanged when the API says that a precondition failed.
        """
        ...
