"""Writing under a precondition that noise moves: status updates change a deployment's resourceVersion all
the time, and only a change of what was sealed may void a request.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from handlers import texts
from handlers.actions import Observation, Order
from handlers.actions.kubernetes import wording
from handlers.actions.kubernetes.objects import Deployment, Stamp
from handlers.actions.kubernetes.ports import KubernetesNamespace, Stamped
from handlers.actions.kubernetes.previewing import Moved
from handlers.actions.sealed_fields import what_differs
from handlers.errors import DoNotRetry, OutcomeUnknown, TargetChanged, TryAgainLater

TRIES = 5
"""Refused writes after which the request fails: every refusal says that nothing was changed."""

_FIRST_PAUSE = 0.05
"""Seconds before the second try, doubled before each further one: status updates come in bursts."""

_PATIENCE = (1.0, 2.0, 4.0)
"""Seconds between looks after a write whose answer was lost: the cluster may be changing its leader."""


@dataclass(frozen=True)
class Seen:
    """A deployment, and what of it an approval covers."""

    deployment: Deployment
    observation: Observation


class Looked(Protocol):
    """Anything that was looked at, and what of it an approval covers."""

    @property
    def observation(self) -> Observation: ...


_S = TypeVar("_S", bound=Looked)
_W = TypeVar("_W")
_O = TypeVar("_O", bound=Stamped)


async def write_as_sealed(
    order: Order, see: Callable[[], Awaitable[_S]], write: Callable[[_S], Awaitable[_W]]
) -> _W:
    """Look, compare with the seal, write; again when the write was refused, for it may have been noise.

    What the order says was seen a moment ago is a look already: the server refuses a write that stands on an
    older version.

    Raises TargetChanged when what was sealed differs, DoNotRetry when others change the deployment each time
    (`conflict`) or the cluster is away (`away`). Nothing was changed then.
    """
    try:
        return await _write_as_sealed(order, see, write)
    except TryAgainLater as away:
        raise DoNotRetry(str(away), "away") from away


async def _write_as_sealed(
    order: Order, see: Callable[[], Awaitable[_S]], write: Callable[[_S], Awaitable[_W]]
) -> _W:
    for tried in range(TRIES):
        await pause_before(tried)
        try:
            seen = await see() if tried or order.seen is None else order.seen
        except Moved as moved:  # a rollout that somebody else has begun moves it for long: that is the news
            _need_same({name: order.sealed.get(name) for name in moved.sealed}, moved.sealed)
            continue
        except TargetChanged:
            continue
        _need_same(order.sealed, seen.observation.sealed)
        try:
            return await write(seen)
        except TargetChanged:
            continue
    raise DoNotRetry(wording.RESTLESS.format(name=order.params.target), "conflict")


def _need_same(sealed: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    """Raises TargetChanged with what differs."""
    differs = what_differs(sealed, found)
    if differs:
        raise TargetChanged(texts.CHANGED_FIELDS.format(fields=differs))


async def pause_before(tried: int) -> None:
    """Wait before a further try, longer each time."""
    if tried:
        await asyncio.sleep(_FIRST_PAUSE * 2 ** (tried - 1))


async def look_at_rest(name: str, see: Callable[[], Awaitable[_W]]) -> _W:
    """Look, and again when noise moved the object between the look and its rehearsal.

    Raises DoNotRetry (`conflict`) when others change it each time.
    """
    for tried in range(TRIES):
        await pause_before(tried)
        with contextlib.suppress(TargetChanged):
            return await see()
    raise DoNotRetry(wording.RESTLESS_LOOK.format(name=name), "conflict")


def stamp(order: Order) -> Stamp:
    approvers, requesters = (
        tuple(one.signed for one in people) for people in (order.approved_by, order.requested_by)
    )
    # What nobody approved, because a rule lets it happen, names the rule.
    return Stamp(order.request_id, approvers or order.approvers, order.at, requesters)


async def stamped(
    system: KubernetesNamespace, order: Order, *, looks_done: Callable[[Deployment], bool]
) -> Deployment | None:
    """The deployment when it carries the request's stamp, None when the effect provably did not happen.

    The stamp is written together with the effect. It could be lost only when somebody takes annotations away
    (`kubectl rollout undo` does), so where the deployment looks as if it had happened nobody can tell.
    Raises OutcomeUnknown then, and when the deployment is another one by now.
    """
    return await find_stamp(order, lambda: system.deployment(order.params.deployment), looks_done)


async def find_stamp(
    order: Order, read: Callable[[], Awaitable[_O]], looks_done: Callable[[_O], bool]
) -> _O | None:
    """As `stamped`, of any object that carries the stamps."""
    now = await patiently(read)
    if order.request_id in now.requests:
        return now
    if now.uid != order.sealed["uid"] or looks_done(now):
        raise OutcomeUnknown(wording.MOVED_ON.format(name=order.params.target))
    return None


async def patiently(read: Callable[[], Awaitable[_W]]) -> _W:
    """What is read, asked for again when the cluster is away just now."""
    for wait in _PATIENCE:
        try:
            return await read()
        except TryAgainLater:
            await asyncio.sleep(wait)
    return await read()


async def read_back(read: Callable[[], Awaitable[_W]]) -> _W:
    """What is there after a write: a refusal to tell it does not say that nothing happened.

    Raises OutcomeUnknown.
    """
    try:
        return await patiently(read)
    except DoNotRetry as no:
        raise OutcomeUnknown(str(no)) from no
