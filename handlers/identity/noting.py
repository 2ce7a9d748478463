"""Private notes: each approver who may act hears of a request, and that it no longer waits."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from handlers import texts
from handlers.cards import note, people
from handlers.changes import Cause, Draft, settle
from handlers.errors import DoNotRetry
from handlers.identity import wording as w
from handlers.identity.answers import may_answer
from handlers.identity.standing import standing
from handlers.messages import Card, Line, Mark, ThreadLink, Tone, When
from handlers.requests.cards import look_of, request_link
from handlers.requests.model import Request, RequestState
from handlers.requests.transitions import read_request
from handlers.work import Key, Lane, Verdict
from handlers.world import World

MOST_NOTED = 25
"""Approvers that get a note; where more hold the role, its people watch the channel."""


class Noted(BaseModel):
    """Who got a note of a request."""

    model_config = ConfigDict(frozen=True)

    users: tuple[str, ...]


async def tell_approvers(world: World, cause: Cause, request_id: str) -> Verdict:
    """Send the notes once a request can be approved, and set them right when it no longer waits."""
    request = await read_request(world.store, request_id)
    if request is None:
        return await world.store.commit(Draft(cause).build())
    waits = request.state is RequestState.AWAITING_APPROVAL
    ready = waits and not request.seal.unmet
    approvers = await _approvers(world, request) if ready else ()
    key = Key("noted", request_id)

    async def decide(draft: Draft) -> None:
        noted = draft.load((await world.store.read((key,)))[key], Noted)
        if noted is None and approvers:
            draft.save(key, Noted(users=approvers))
            draft.record("approvers-noted", request_id, count=len(approvers))
        if noted is not None and request.ended:
            draft.forget(key)
        told = noted.users if noted is not None else approvers
        card = _waiting_card(world, request) if waits else _over_card(request)
        for user in told:
            draft.show(user, f"noted/{request_id}/{user}", card, lane=Lane.UPDATE)

    return await settle(world.store, cause, decide)


async def _approvers(world: World, request: Request) -> tuple[str, ...]:
    """Who may approve this very request now; nobody when that is too many to be told one by one."""
    rule = world.book.action(request.system, request.action)
    named = rule.approve.roles if rule and rule.approve else ()
    roles = [world.book.roles[name] for role in named for name in world.book.counting_as(role)]
    users = {user for role in roles for user in role.users}
    for group in {group for role in roles for group in role.groups}:
        try:
            users |= await world.directory.members(group)
        except DoNotRetry:
            continue  # a group that Slack does not show gives nobody the role either
    users -= set(request.requesters)
    if len(users) > MOST_NOTED:
        return ()
    weighed = [await standing(world, user, roles=named) for user in sorted(users)]
    return tuple(
        who.user
        for who in weighed
        if not who.nobody and may_answer(world, request, who, approve=True).allowed
    )


def _waiting_card(world: World, request: Request) -> Card:
    rule = world.book.action(request.system, request.action)
    lines: tuple[Line, ...] = (
        (w.NOTED_BY, *people(request.requesters), w.NOTED_UNTIL, When(at=request.expires_at), "."),
        (ThreadLink(slot=request.card_slot, text=w.NOTED_LINK),),
    )
    title = f"{rule.title if rule else request.action}: {request.target}"
    return note(texts.say(w.NOTED, title=title, why=request.reason), Tone.WAITING, *lines)


def _over_card(request: Request) -> Card:
    tone, state = look_of(request.state)
    return note((Mark(tone=tone), request_link(request), f": {state}"))
