"""A rung's time has come: the thread is read, who is on call is found out, and then the rung is told."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from handlers import texts
from handlers.alerts import events, machine
from handlers.alerts import wording as w
from handlers.alerts.ladder import THREADS, Called
from handlers.alerts.model import Alert, AlertState
from handlers.alerts.on_call import on_call_for
from handlers.alerts.outlasting import OutlastDue, climb_unresolved
from handlers.alerts.stored import alert_key, read_alert
from handlers.alerts.transitions import move_alert
from handlers.changes import Cause, Draft, due, later, settle
from handlers.errors import DoNotRetry, TryAgainLater
from handlers.escalating.catching_up import catch_up, is_gravest
from handlers.messages import Line
from handlers.work import Verdict
from handlers.world import World

PATIENCE = timedelta(seconds=60)
"""How long a rung waits for Slack to let its thread be read; then people are told: better twice than not."""
_LOOKS_AGAIN = 5.0


class ClimbDue(BaseModel):
    """Due work: climb a rung. `waiting_since` is when Slack first did not let the thread be read."""

    model_config = ConfigDict(frozen=True)

    do: str = "climb"
    alert: str
    rung: int
    epoch: int
    waiting_since: datetime | None = None


async def climb(world: World, cause: Cause, asked: ClimbDue) -> Verdict:
    """Climb one rung, unless somebody has answered, or an answer is found now."""
    alert = await read_alert(world.store, asked.alert)
    if alert is None:
        return await world.store.commit(Draft(cause).build())
    called = Called()
    if _is_next(world, alert, asked):
        found = await _find_out(world, cause, alert, asked)
        if isinstance(found, Verdict):
            return found
        called = found
    key = alert_key(asked.alert)

    async def decide(draft: Draft) -> None:
        current = draft.load((await world.store.read((key,)))[key], Alert)
        if current is not None:
            move_alert(draft, world, current, events.ClockRan(asked.rung, asked.epoch), called)

    return await settle(world.store, cause, decide)


async def _find_out(world: World, cause: Cause, alert: Alert, asked: ClimbDue) -> Called | Verdict:
    """Read the thread and ask who is on call; or, while Slack may not be read, wait a little."""
    rung = alert.ladder[asked.rung - 1]
    unread: Line = ()
    if rung.after_seconds:  # who is told at once is not called because nobody answered
        try:
            await catch_up(world, alert.slot, alert.received_at, gravest=is_gravest(world, alert.severity))
        except TryAgainLater as away:
            since = asked.waiting_since or world.clock.now()
            if world.clock.now() < since + PATIENCE:
                return await _look_again(world, cause, alert, asked, since, away)
            unread = texts.say(w.NOT_READ, why=str(away))
        except DoNotRetry as no:
            unread = texts.say(w.NOT_READ, why=str(no))
    return Called(await on_call_for(world, rung), unread)


def _is_next(world: World, alert: Alert, asked: ClimbDue) -> bool:
    """Whether the clock that armed this still runs, and has come to this rung."""
    waits = alert.state is AlertState.FIRING and alert.epoch == asked.epoch
    at = machine.rung_due(alert) if asked.rung == alert.escalated + 1 else None
    return waits and at is not None and at <= world.clock.now()


async def _look_again(
    world: World, cause: Cause, alert: Alert, asked: ClimbDue, since: datetime, away: TryAgainLater
) -> Verdict:
    """Wait for Slack a while; since when is written down, so that a restart does not wait anew."""
    draft = Draft(cause)
    body = due(
        "climb", alert=asked.alert, rung=asked.rung, epoch=asked.epoch, waiting_since=since.isoformat(),
        system=THREADS,
    )  # fmt: skip
    at = min(later(world.clock.now(), min(away.after, _LOOKS_AGAIN)), since + PATIENCE)
    draft.arm(f"{alert.slot}/clock", at, body)
    return await world.store.commit(draft.build())


async def outlast(world: World, cause: Cause, asked: OutlastDue) -> Verdict:
    """Tell that an alert is not over, unless it is, or that is found in its thread now."""
    alert = await read_alert(world.store, asked.alert)
    called = Called()
    if asked.means(alert):
        with suppress(TryAgainLater, DoNotRetry):  # people are rather told than not
            await catch_up(world, asked.slot, asked.fired, gravest=is_gravest(world, asked.severity))
        called = Called(await on_call_for(world, asked.ladder[0]))
    key = alert_key(asked.alert)

    async def decide(draft: Draft) -> None:
        current = draft.load((await world.store.read((key,)))[key], Alert)
        if current is not None and asked.means(current):
            climb_unresolved(draft, world, current, asked, called)

    return await settle(world.store, cause, decide)
