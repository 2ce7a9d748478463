"""Requests that nobody answers: those whom policy names are reminded, rung by rung.

Being reminded gives nobody a right: who may approve stands in the action's rule alone. The ladder travels in
the timer, so a request keeps the one that it began with.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, TypeAdapter

from handlers import texts
from handlers.alerts import wording as w
from handlers.alerts.ladder import Called, arm_notifier, notes, whom
from handlers.alerts.on_call import on_call_for
from handlers.cards import note, titles
from handlers.changes import Cause, Draft, later, settle
from handlers.errors import DoNotRetry, TryAgainLater
from handlers.escalating.catching_up import catch_up
from handlers.escalating.climbing import PATIENCE
from handlers.messages import Line, ThreadLink, Tone, When
from handlers.requests.model import Request, RequestState
from handlers.requests.transitions import read_request, remind_timer, request_key
from handlers.rungs import Rung
from handlers.work import Verdict
from handlers.world import World

_LADDER = TypeAdapter(tuple[Rung, ...])


class RemindDue(BaseModel):
    """Due work: climb a rung of a request's ladder, which is JSON text."""

    model_config = ConfigDict(frozen=True)

    do: str = "remind"
    request: str
    rung: int
    ladder: str
    waiting_since: datetime | None = None


async def remind(world: World, cause: Cause, asked: RemindDue) -> Verdict:
    """Remind whom the rung names, unless the request no longer waits, or an answer is found now."""
    request = await read_request(world.store, asked.request)
    if request is None or request.state is not RequestState.AWAITING_APPROVAL:
        return await world.store.commit(Draft(cause).build())
    ladder = _LADDER.validate_json(asked.ladder)
    rung = ladder[asked.rung - 1]
    unread: Line = ()
    try:
        await catch_up(world, request.root_slot, request.created_at, gravest=False)
    except TryAgainLater as away:
        since = asked.waiting_since or world.clock.now()
        if world.clock.now() < since + PATIENCE:
            draft = Draft(cause)
            waits = asked.model_copy(update={"waiting_since": since})
            draft.arm(remind_timer(request.id), later(world.clock.now(), away.after), waits.model_dump_json())
            return await world.store.commit(draft.build())
        unread = texts.say(w.NOT_READ, why=str(away))
    except DoNotRetry as no:
        unread = texts.say(w.NOT_READ, why=str(no))
    called = Called(await on_call_for(world, rung), unread)
    key = request_key(request.id)

    async def decide(draft: Draft) -> None:
        current = draft.load((await world.store.read((key,)))[key], Request)
        if current is None or current.state is not RequestState.AWAITING_APPROVAL:
            return
        _tell(draft, world, current, asked.rung, rung, called)
        if asked.rung < len(ladder):
            body = asked.model_copy(update={"rung": asked.rung + 1, "waiting_since": None})
            at = ladder[asked.rung].at or current.expires_at
            draft.arm(remind_timer(current.id), at, body.model_dump_json())

    return await settle(world.store, cause, decide)


def _tell(draft: Draft, world: World, request: Request, number: int, rung: Rung, called: Called) -> None:
    rule = world.book.action(request.system, request.action)
    approvers = titles(world.book, rule.approve.roles) if rule and rule.approve else ""
    line = texts.say(
        w.UNANSWERED_SAYS if rung.say else w.UNANSWERED,
        say=rung.say,
        action=rule.title if rule else request.action,
        target=request.target,
        since=When(at=request.created_at),
        who=whom(rung, called) or approvers,
        link=ThreadLink(slot=request.card_slot, text=request.id),
    )
    card = note(line, Tone.WAITING, texts.say(w.UNANSWERED_WHO, roles=approvers), *notes(rung, called))
    slot = f"{request.card_slot}/remind/{number}"
    draft.show(request.channel, slot, card, thread=request.root_slot)
    for channel in rung.tell_channels:
        draft.show(channel, f"{slot}/{channel}", card)
    for name in rung.notify:
        arm_notifier(draft, world, "request", request.id, name)
    draft.record("approval-unanswered", request.id, rung=number)
