"""Who else has asked for something at the same target: the cards of open requests name one another.

Two people may ask for different things at one deployment, and their approvers must know. Cards are set right
as due work after a request begins to wait or ends, so requests made at the very same moment see each other.
"""

from __future__ import annotations

from handlers.changes import Cause, Draft, settle
from handlers.requests.machine import Met
from handlers.requests.model import Request, RequestState
from handlers.requests.transitions import move_request, open_list
from handlers.work import Stored, Verdict
from handlers.world import World

LOOKED_THROUGH = 200
"""Open requests of a system that are looked through, the oldest; more is an attack."""
Beside = tuple[tuple[str, str], ...]
"""Requests as their id and their action."""


async def open_at(world: World, system: str, target: str) -> list[tuple[Stored, Request]]:
    """Every open request at a target, the oldest first."""
    found = await world.store.ranked(open_list(system), LOOKED_THROUGH)
    requests = [(one, Request.model_validate_json(one.body)) for one in found.objects]
    return [(stored, one) for stored, one in requests if one.target == target]


def beside(request_id: str, there: list[tuple[Stored, Request]]) -> Beside:
    """The others among them."""
    return tuple((one.id, one.action) for _, one in there if one.id != request_id)


async def with_others(world: World, request: Request) -> Request:
    """A new request that names those which are open at its target already."""
    there = await open_at(world, request.system, request.target)
    return request.model_copy(update={"beside": beside(request.id, there)})


async def show_beside(world: World, cause: Cause, system: str, target: str) -> Verdict:
    """Let every card that waits at a target name the others there."""

    async def decide(draft: Draft) -> None:
        there = await open_at(world, system, target)
        for stored, request in there:
            others = beside(request.id, there)
            if request.state is RequestState.AWAITING_APPROVAL and request.beside != others:
                draft.load(stored, Request)
                move_request(draft, world, request, Met(others))

    return await settle(world.store, cause, decide)
