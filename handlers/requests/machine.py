"""The life of a request: a pure state machine, `(request, event, now) -> (request, effects)`.

Drawn in docs/architecture.md. Whether a person may speak is decided before (policies.decisions);
here stands only what an event does to a request in a given state.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, assert_never

from handlers.actions import Verified
from handlers.requests.model import Approval, Request, RequestState, Seal

S = RequestState


@dataclass(frozen=True)
class Submitted:
    """The request was made and its target looked at."""


@dataclass(frozen=True)
class Joined:
    """Somebody else asked for the very same: they are a requester too.

    `approvals` are those given so far, marked anew: a mark covers who asks.
    """

    by: str
    approvals: tuple[Approval, ...] = ()


@dataclass(frozen=True)
class Resealed:
    """The target was looked at again before anybody approved: a new revision is shown."""

    seal: Seal
    shown: tuple[tuple[str, str], ...] = ()
    documents: tuple[tuple[str, str], ...] = ()
    diffs: tuple[tuple[str, str], ...] = ()
    covered: tuple[str, ...] = ()


@dataclass(frozen=True)
class Met:
    """Others ask for something at the same target, or no longer do: they are named, nothing else changes."""

    beside: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Approved:
    approval: Approval


@dataclass(frozen=True)
class Denied:
    by: str
    reason: str


@dataclass(frozen=True)
class Cancelled:
    by: str


@dataclass(frozen=True)
class Expired:
    """The time for answers is over."""


@dataclass(frozen=True)
class Changed:
    """What was sealed is no longer what is there."""

    what: str


@dataclass(frozen=True)
class Struck:
    """An approval does not hold at the moment it would be spent."""

    by: str
    why: str


@dataclass(frozen=True)
class Claimed:
    """A replica takes the execution, or takes it over; each claim has a higher number than the last.

    `seal` and `shown` are set by the first claim of an automatic request, which nobody approves and so
    nobody was shown.
    """

    seal: Seal | None = None
    shown: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Done:
    outcome: Verified


@dataclass(frozen=True)
class Failed:
    """It was not done, and what is known to have happened is `outcome`: without lines, nothing."""

    why: str
    outcome: Verified = field(default_factory=Verified)


@dataclass(frozen=True)
class Unsure:
    """The effect may or may not have happened and the target could not be asked."""

    why: str


@dataclass(frozen=True)
class Undone:
    """The way back of what was done was taken, by another request."""

    by: str


@dataclass(frozen=True)
class Extended:
    """It lasts so many seconds longer, as another request asked."""

    seconds: int
    by: str


Event = (
    Submitted
    | Joined
    | Resealed
    | Met
    | Approved
    | Denied
    | Cancelled
    | Expired
    | Changed
    | Struck
    | Claimed
    | Done
    | Failed
    | Unsure
    | Undone
    | Extended
)


class Effect(StrEnum):
    """What a transition causes; `handlers.requests.transitions` turns each into parts of one commit."""

    SHOW_CARD = "show-card"
    ARM_EXPIRY = "arm-expiry"
    DISARM_EXPIRY = "disarm-expiry"
    EXECUTE = "execute"
    TELL_OUTCOME = "tell-outcome"
    CLOSE = "close"


class NotNow(Exception):
    """The event has no place in this state; `state` says which."""

    def __init__(self, state: RequestState, event: Event) -> None:
        super().__init__(f"{type(event).__name__} has no place in state {state}")
        self.state = state


Step = tuple[Request, tuple[Effect, ...]]
_END = (Effect.SHOW_CARD, Effect.DISARM_EXPIRY, Effect.CLOSE, Effect.TELL_OUTCOME)

_ALLOWED: dict[type[Any], frozenset[RequestState]] = {
    Submitted: frozenset({S.REQUESTED}),
    Joined: frozenset({S.AWAITING_APPROVAL}),
    Resealed: frozenset({S.AWAITING_APPROVAL}),
    Met: frozenset({S.AWAITING_APPROVAL}),
    Approved: frozenset({S.AWAITING_APPROVAL}),
    Denied: frozenset({S.AWAITING_APPROVAL}),
    Cancelled: frozenset({S.AWAITING_APPROVAL, S.APPROVED}),
    Expired: frozenset({S.AWAITING_APPROVAL, S.APPROVED}),
    Changed: frozenset({S.AWAITING_APPROVAL, S.APPROVED, S.EXECUTING}),
    Struck: frozenset({S.APPROVED}),
    Claimed: frozenset({S.APPROVED, S.EXECUTING}),
    Done: frozenset({S.EXECUTING}),
    Failed: frozenset({S.APPROVED, S.EXECUTING}),
    Unsure: frozenset({S.EXECUTING}),
    Undone: frozenset({S.SUCCEEDED, S.FAILED}),
    Extended: frozenset({S.SUCCEEDED}),
}


def step(request: Request, event: Event, now: datetime) -> Step:
    """Apply one event. Raises NotNow when the state does not allow it."""
    if request.state not in _ALLOWED[type(event)]:
        raise NotNow(request.state, event)
    if isinstance(event, Approved | Denied | Joined | Resealed) and now >= request.expires_at:
        event = Expired()
    changes, effects = _apply(request, event)
    return request.model_copy(update={"changed_at": now, **changes}), effects


def _apply(request: Request, event: Event) -> tuple[dict[str, Any], tuple[Effect, ...]]:
    match event:
        case Submitted():
            return _submit(request)
        case Joined(by, approvals):
            joined = tuple(dict.fromkeys((*request.requesters, by)))
            kept = tuple(one for one in approvals if one.by != by)
            return {"requesters": joined, "approvals": kept}, (Effect.SHOW_CARD,)
        case Resealed(seal, shown, documents, diffs, covered):
            seen = {"shown": shown, "documents": documents, "diffs": diffs, "covered": covered}
            return {"seal": seal, **seen, "approvals": ()}, (Effect.SHOW_CARD,)
        case Met(beside):
            return {"beside": beside}, (Effect.SHOW_CARD,)
        case Approved(approval):
            return _approve(request, approval)
        case Denied(by, reason):
            return {"state": S.DENIED, "ended_by": by, "note": reason}, _END
        case Cancelled(by):
            return {"state": S.CANCELLED, "ended_by": by}, _END
        case Expired():
            return {"state": S.EXPIRED}, _END
        case Changed(what):
            return {"state": S.VOID, "note": what}, _END
        case Struck(by, why):
            kept = tuple(one for one in request.approvals if one.by != by)
            back = {"state": S.AWAITING_APPROVAL, "approvals": kept, "note": why}
            return back, (Effect.SHOW_CARD, Effect.TELL_OUTCOME)
        case Claimed(seal, shown):
            taken = {
                "state": S.EXECUTING,
                "claim": request.claim + 1,
                "note": "",
                "seal": seal or request.seal,
                "shown": shown if seal else request.shown,
            }
            return taken, (Effect.SHOW_CARD, Effect.DISARM_EXPIRY)
        case Done(outcome):
            return {"state": S.SUCCEEDED, "outcome": outcome}, _END
        case Failed(why, outcome):
            return {"state": S.FAILED, "note": why, "outcome": outcome}, _END
        case Unsure(why):
            return {"state": S.UNKNOWN, "note": why}, _END
        case Undone(by):
            undone = {"undone_by": by, "changed_at": request.changed_at}
            return undone, (Effect.SHOW_CARD, Effect.TELL_OUTCOME)
        case Extended(seconds):
            extended = {"longer": request.longer + seconds, "changed_at": request.changed_at}
            return extended, (Effect.SHOW_CARD, Effect.TELL_OUTCOME)
        case _:
            assert_never(event)


def _submit(request: Request) -> tuple[dict[str, Any], tuple[Effect, ...]]:
    if request.approvals_needed == 0:
        return {"state": S.APPROVED}, (Effect.SHOW_CARD, Effect.EXECUTE)
    return {"state": S.AWAITING_APPROVAL}, (Effect.SHOW_CARD, Effect.ARM_EXPIRY)


def _approve(request: Request, approval: Approval) -> tuple[dict[str, Any], tuple[Effect, ...]]:
    """Count a person once, never a requester, for the card's revision only, and when criteria are met."""
    counted = [one.by for one in request.approvals]
    stale = approval.revision != request.seal.revision
    if stale or approval.by in counted or approval.by in request.requesters or request.seal.unmet:
        raise NotNow(request.state, Approved(approval))
    approvals = (*request.approvals, approval)
    if len(approvals) < request.approvals_needed:
        return {"approvals": approvals}, (Effect.SHOW_CARD,)
    return {"state": S.APPROVED, "approvals": approvals, "note": ""}, (Effect.SHOW_CARD, Effect.EXECUTE)
