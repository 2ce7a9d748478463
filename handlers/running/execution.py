"""Running approved requests: once, or honestly unknown (invariants 3 to 5).

An approval is spent here: roles and words are read again, the target is looked at again, and only when
everything still is what was sealed does the claim precede the effect. After a crash the target is asked
what happened before anything else is decided.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

from handlers import texts
from handlers.actions import Action, Observation, Order, Signatory, Verified
from handlers.actions.sealed_fields import what_differs
from handlers.asking.extending import still_extends
from handlers.asking.lengthening import lengthened
from handlers.asking.spending import (
    against_going_on,
    against_resuming,
    against_spending,
    look_at_target,
    look_timeout,
    timeout_of,
    what_changed,
)
from handlers.changes import Cause, Draft, settle
from handlers.errors import DoNotRetry, OutcomeUnknown, StoppedMidway, TargetChanged, TryAgainLater
from handlers.identity.standing import Standing, standing
from handlers.lockdown import hold_while_locked
from handlers.redaction import as_told
from handlers.requests import machine as request_machine
from handlers.requests.model import Request, RequestState, Seal
from handlers.requests.transitions import move_request, read_request, request_key
from handlers.running import wording as w
from handlers.running.acting import in_the_name_of_who_asked
from handlers.running.followups import after_success, tell_alert
from handlers.running.progress import end_progress, telling
from handlers.running.watching import goes_on
from handlers.work import Verdict
from handlers.world import World
from policies.decisions import broadest

S = RequestState
MAX_CLAIMS = 3
"""After so many claims without an end a person decides."""
STILL_SEEN = timedelta(seconds=2)
"""A write that names the version it stands on may stand on a look that was begun so short a time ago."""


async def execute(world: World, cause: Cause, request_id: str) -> Verdict:
    """Spend the approvals and run, or take over from a replica that stopped midway."""
    _, request = await asyncio.gather(hold_while_locked(world), read_request(world.store, request_id))
    if request is None or request.state not in (S.APPROVED, S.EXECUTING):
        return await world.store.commit(Draft(cause).build())
    if not world.has_action(request.system, request.action):
        ends = request_machine.Unsure if request.state is S.EXECUTING else request_machine.Changed
        return await _end(world, cause, request, ends(texts.CHANGED_RULES))
    action = world.action(request.system, request.action)
    if request.state is S.EXECUTING:
        return await _recover(world, cause, request, action)
    against = await against_spending(world, request)
    if against is not None:
        return await _end(world, cause, request, against)
    # Names for the target's record are asked for beside the look: they decide nothing.
    looked = world.clock.now()
    observed, signed = await asyncio.gather(
        look_at_target(world, request, action, spent=not request.automatic), _signed(world, request)
    )
    if isinstance(observed, Observation) and not request.automatic:
        changed = what_changed(request, observed)
        observed = observed if changed is None else request_machine.Changed(changed)
    if not isinstance(observed, Observation):
        return await _end_unless_done(world, cause, request, action, signed, observed)
    claim = request_machine.Claimed()
    if request.automatic:
        seal = Seal(revision=1, sealed=observed.sealed, rule_digest=request.seal.rule_digest)
        claim = request_machine.Claimed(seal, observed.shown)
    claimed = await _claim(world, cause, request, claim)
    if claimed is None:
        return Verdict.LOST_CLAIM
    order = _order(world, claimed, action, signed, observed.precondition)
    if order.at - looked < STILL_SEEN:
        order = replace(order, seen=observed.seen)
    return await _end(world, cause, claimed, await _run(world, claimed, action, order))


async def _end_unless_done(
    world: World,
    cause: Cause,
    request: Request,
    action: Action,
    signed: _Signed,
    event: request_machine.Event,
) -> Verdict:
    """End what cannot be spent, unless it has had its effect: a failover of the store can lose a claim."""
    if isinstance(event, request_machine.Changed) and action.tells_whose and not request.extends:
        answer = await _asked(world, request, action, _order(world, request, action, signed))
        if isinstance(answer, request_machine.Done):
            claimed = await _claim(world, cause, request, request_machine.Claimed())
            return await _end(world, cause, claimed, _recovered(answer)) if claimed else Verdict.LOST_CLAIM
    return await _end(world, cause, request, event)


def _recovered(answer: request_machine.Done) -> request_machine.Done:
    """The same, with the word that it was found done."""
    lines = (*answer.outcome.lines, w.RECOVERED)
    return request_machine.Done(answer.outcome.model_copy(update={"lines": lines}))


async def _claim(
    world: World, cause: Cause, request: Request, claim: request_machine.Claimed
) -> Request | None:
    """Take the next claim number; None when the request moved on meanwhile or ended instead."""
    key = request_key(request.id)
    draft = Draft(cause, keeps_item=True)
    _, read = await asyncio.gather(hold_while_locked(world, draft), world.store.read((key,)))
    current = draft.load(read[key], Request)
    if current != request:
        return None
    claimed = move_request(draft, world, current, claim)
    verdict = await world.store.commit(draft.build())
    return claimed if verdict is Verdict.COMMITTED and claimed.state is S.EXECUTING else None


@dataclass(frozen=True)
class _Signed:
    """Who asked and who approved, for the target's own record."""

    requesters: tuple[Signatory, ...]
    approvers: tuple[Signatory, ...]


async def _signed(world: World, request: Request) -> _Signed:
    approvers = [one.by for one in request.approvals]
    signed = await asyncio.gather(*(_signatory(world, user) for user in (*request.requesters, *approvers)))
    return _Signed(tuple(signed[: len(request.requesters)]), tuple(signed[len(request.requesters) :]))


def _order(world: World, request: Request, action: Action, signed: _Signed, precondition: str = "") -> Order:
    by_rule = (w.BY_RULE_STAMP.format(rule=request.by_rule),) if request.by_rule else ()
    return Order(
        request_id=request.id,
        params=action.params.model_validate(request.params),
        sealed=request.seal.sealed,
        precondition=precondition,
        reason=request.reason,
        approvers=by_rule or tuple(one.title for one in signed.approvers),
        at=world.clock.now(),
        approved_because=tuple(approval.reason for approval in request.approvals),
        seconds=timeout_of(world, request),
        since=request.changed_at,
        requested_by=signed.requesters,
        approved_by=signed.approvers,
    )


async def _signatory(world: World, user: str) -> Signatory:
    """Somebody for the target's own record: role and name (CM-51), or the id alone."""
    try:
        who = await standing(world, user)
    except (TryAgainLater, DoNotRetry):
        who = Standing(user, user, frozenset())
    title = f"{broadest(world.book, who.roles).upper()} {who.name}".strip()
    return Signatory(user, title, tuple(name for name in world.book.roles if name in who.roles))


async def _run(world: World, request: Request, action: Action, order: Order) -> request_machine.Event:
    """Cause the effect in bounded time; when its end is unsure, ask the target."""
    if request.extends:
        return request_machine.Done(lengthened(request))
    system = world.target(request.system, action)
    try:
        async with telling(world, request) as tell, asyncio.timeout(timeout_of(world, request)):
            with in_the_name_of_who_asked(order):
                return request_machine.Done(await action.run(system, replace(order, tell=tell)))
    except TargetChanged as changed:
        return request_machine.Changed(str(changed))
    except DoNotRetry as no:
        return request_machine.Failed(str(no))
    except StoppedMidway as stop:
        return request_machine.Failed(str(stop), Verified(lines=stop.lines, way_back=stop.way_back))
    except TryAgainLater:
        # Nothing happened, or part of it: recovery asks and goes on, MAX_CLAIMS times at most.
        answer = await _asked(world, request, action, order)
        if answer is None and request.claim < MAX_CLAIMS:
            raise
        return answer or request_machine.Unsure(w.GAVE_UP.format(claims=request.claim))
    except (OutcomeUnknown, TimeoutError) as unsure:
        return await _asked(world, request, action, order) or request_machine.Unsure(
            str(unsure) or w.STILL_UNKNOWN
        )


async def _asked(
    world: World, request: Request, action: Action, order: Order
) -> request_machine.Event | None:
    """What the target says happened; None when it says that the effect is not complete."""
    if request.extends:
        return None  # its effect is in the commit that ends it
    try:
        async with asyncio.timeout(look_timeout(world, request.system, request.action)):
            verified = await action.ask(world.target(request.system, action), order)
    except (OutcomeUnknown, DoNotRetry, TargetChanged) as unsure:
        return request_machine.Unsure(str(unsure))
    except (TryAgainLater, TimeoutError) as away:
        return request_machine.Unsure(f"{w.STILL_UNKNOWN}: {away}")
    return None if verified is None else request_machine.Done(verified)


async def _recover(world: World, cause: Cause, request: Request, action: Action) -> Verdict:
    """Another replica claimed this and did not finish: ask the target, then finish or run again."""
    against = against_resuming(world, request)
    if against:
        return await _end(world, cause, request, request_machine.Unsure(against))
    signed = await _signed(world, request)
    order = _order(world, request, action, signed)
    answer = await _asked(world, request, action, order)
    # What is done is told as done, whatever is granted by now; of what is not, a part may be done.
    if answer is None and (why := await against_going_on(world, request)):
        answer = request_machine.Unsure(why)
    if answer is None and request.claim >= MAX_CLAIMS:
        answer = request_machine.Unsure(w.GAVE_UP.format(claims=request.claim))
    if isinstance(answer, request_machine.Done):
        answer = _recovered(answer)
    if answer is not None:
        return await _end(world, cause, request, answer)
    claimed = await _claim(world, cause, request, request_machine.Claimed())
    if claimed is None:
        return Verdict.LOST_CLAIM
    observed = await _looked_again(world, claimed, action)
    if observed is not None and not what_differs(request.seal.sealed, observed.sealed):
        # Nothing of it is done, and what had to hold before it may hold no longer.
        unmet = what_changed(request, observed)
        if unmet is not None:
            return await _end(world, cause, claimed, request_machine.Changed(unmet))
    precondition = observed.precondition if observed is not None else ""
    order = replace(_order(world, claimed, action, signed, precondition), resumed=True)
    return await _end(world, cause, claimed, await _run(world, claimed, action, order))


async def _looked_again(world: World, request: Request, action: Action) -> Observation | None:
    """The target as a stopped replica left it; None where it cannot be looked at: `run` then says why.

    Raises TryAgainLater where it is away and something must hold before it may go on.
    """
    try:
        async with asyncio.timeout(look_timeout(world, request.system, request.action)):
            params = action.params.model_validate(request.params)
            return await action.look(world.target(request.system, action), params)
    except (TryAgainLater, TimeoutError) as away:
        if request.seal.criteria:
            raise TryAgainLater(str(away), after=5) from away
    except (DoNotRetry, TargetChanged, OutcomeUnknown):
        pass
    return None


async def _end(world: World, cause: Cause, request: Request, event: request_machine.Event) -> Verdict:
    """Write how it ended, unless another replica has taken over: then its word counts."""
    key = request_key(request.id)
    if isinstance(event, request_machine.Changed):
        # It may name things of the target, which are foreign text.
        event = replace(event, what=await as_told(world.redactor, event.what))

    async def decide(draft: Draft) -> None:
        current = draft.load((await world.store.read((key,)))[key], Request)
        if current is not None and _claim_is_lost(current, request):
            current = move_request(
                draft, world, current, request_machine.Claimed(request.seal, request.shown)
            )
        if current is None or (current.state, current.claim) != (request.state, request.claim):
            return
        ended = move_request(draft, world, current, await still_extends(draft, world, current, event))
        if ended.automatic and ended.ended:
            await tell_alert(draft, world, ended)
        if ended.state is S.SUCCEEDED and not ended.automatic:
            await after_success(draft, world, ended)
        if ended.ended and not goes_on(world, ended):
            await end_progress(draft, world, ended)

    return await settle(world.store, cause, decide)


def _claim_is_lost(stored: Request, claimed: Request) -> bool:
    """Whether the store has forgotten, in a failover, that this very approval was spent."""
    before = (S.APPROVED, claimed.claim - 1, claimed.approvals)
    return claimed.state is S.EXECUTING and before == (stored.state, stored.claim, stored.approvals)
