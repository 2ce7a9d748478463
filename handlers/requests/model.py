"""A request: what is asked for, what an approval of it covers, who spoke, and how it ended.

What an event makes of it is `handlers.requests.machine`.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from handlers.actions import Criterion, Verified


class RequestState(StrEnum):
    REQUESTED = "requested"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    EXECUTING = "executing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DENIED = "denied"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    VOID = "void"


S = RequestState
ENDED = frozenset({S.SUCCEEDED, S.FAILED, S.UNKNOWN, S.DENIED, S.EXPIRED, S.CANCELLED, S.VOID})
"""States that nothing leaves; what was done can be undone, by another request."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Seal(_Model):
    """What an approval covers: one revision of action, parameters, sealed fields and the rules applied."""

    revision: int
    sealed: dict[str, Any]
    rule_digest: str
    criteria: tuple[Criterion, ...] = ()

    def digest(self, system: str, action: str, params: dict[str, Any]) -> str:
        """SHA-256, hex, over everything that was shown to the approver as sealed."""
        covered = [system, action, params, self.revision, self.sealed, self.rule_digest]
        return hashlib.sha256(json.dumps(covered, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    @property
    def unmet(self) -> tuple[Criterion, ...]:
        return tuple(criterion for criterion in self.criteria if not criterion.met)


class Words(_Model):
    """Where an approval or denial was spoken. Without `ts` it came through a form, proved by its MAC."""

    channel: str = ""
    thread_ts: str = ""
    ts: str = ""
    text: str = ""


class Approval(_Model):
    """One person's yes to one revision. `mac` is made with a key that the store does not hold."""

    by: str
    at: datetime
    revision: int
    words: Words
    reason: str
    mac: str


class Request(_Model):
    """One wish to run one action with fixed parameters.

    `lasts` are the seconds after which its way back is asked for, 0 for no end, and `longer` those granted
    since. A request that `extends` another one does nothing else: `longer` is what it asks for. `by_rule`
    names the rule by which nobody need approve it: it takes back what was asked for a time.
    """

    schema_version: int = 1
    id: str
    system: str
    action: str
    params: dict[str, Any]
    target: str
    reason: str
    requesters: tuple[str, ...]
    automatic: bool = False
    approvals_needed: int
    seal: Seal
    state: RequestState = S.REQUESTED
    approvals: tuple[Approval, ...] = ()
    ended_by: str = ""
    note: str = ""
    shown: tuple[tuple[str, str], ...] = ()
    documents: tuple[tuple[str, str], ...] = ()
    diffs: tuple[tuple[str, str], ...] = ()
    covered: tuple[str, ...] = ()
    """The labels among what is shown that tell what is sealed."""
    beside: tuple[tuple[str, str], ...] = ()
    """Open requests at the same target, as their id and action."""
    outcome: Verified = Verified()
    claim: int = 0
    created_at: datetime
    changed_at: datetime
    expires_at: datetime
    channel: str
    thread_slot: str = ""
    alert_id: str = ""
    undoes: str = ""
    undone_by: str = ""
    lasts: int = 0
    longer: int = 0
    extends: str = ""
    by_rule: str = ""
    mark: str = ""
    """The bot's own mark over `marked`, made with a key that the store does not hold."""

    @property
    def marked(self) -> tuple[str, ...]:
        """What nobody but the bot may change: all of it. A field of a newer release counts once it is set."""
        return ("request", self.model_dump_json(exclude={"mark"}, exclude_defaults=True))

    @property
    def digest(self) -> str:
        lasting = {"for": self.lasts} if self.lasts else {}
        return self.seal.digest(self.system, self.action, {**self.params, **lasting})

    @property
    def ends_at(self) -> datetime | None:
        """When what was asked for a time ends; None for what has no end, no way back, or is undone."""
        timed = self.lasts and self.state is S.SUCCEEDED and self.outcome.way_back and not self.undone_by
        return self.changed_at + timedelta(seconds=self.lasts + self.longer) if timed else None

    @property
    def card_slot(self) -> str:
        return f"request/{self.id}"

    @property
    def shown_slot(self) -> str:
        """The message that first showed this revision: words must be newer than it."""
        return (
            self.card_slot if self.seal.revision <= 1 else f"{self.card_slot}/revision/{self.seal.revision}"
        )

    @property
    def root_slot(self) -> str:
        """The slot of the thread that this request lives in: its own card unless it lives in another's."""
        return self.thread_slot or self.card_slot

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def done(self) -> bool:
        """Whether its effect is there, or a part of it."""
        return self.state is S.SUCCEEDED or self.midway

    @property
    def midway(self) -> bool:
        """Whether it failed when a part of it was done."""
        return self.state is S.FAILED and bool(self.outcome.lines)
