"""Whether approvals hold at the moment they are spent, and the target still is what was sealed.

Roles and words are read again from Slack, marks are checked, the rules must be the sealed ones.
"""

from __future__ import annotations

import asyncio
import json

from handlers import texts
from handlers.actions import Action, Observation
from handlers.actions.sealed_fields import what_differs
from handlers.alerts.stored import read_alert
from handlers.asking import wording as w
from handlers.asking.lengthening import look_at_end
from handlers.changes import later
from handlers.errors import DoNotRetry, OutcomeUnknown, TargetChanged, TryAgainLater
from handlers.identity.answers import mac_holds
from handlers.identity.proof import words_differ
from handlers.identity.standing import standing
from handlers.messages import plain
from handlers.requests import machine as request_machine
from handlers.requests.model import Approval, Request
from handlers.requests.transitions import is_genuine, read_request
from handlers.requests.ways_back import params_back, rule_back, words_back
from handlers.values import No
from handlers.world import World
from policies.decisions import may_approve, may_happen_automatically

_STILL_MEANT = 3600.0
"""Seconds after its approval's time within which people still expect what was begun and left."""


async def against_spending(world: World, request: Request) -> request_machine.Event | None:
    """Why the approvals cannot be spent now; None when they can."""
    if request.seal.rule_digest != world.book.rule_digest(request.system, request.action):
        return request_machine.Changed(texts.CHANGED_RULES)
    if request.automatic:
        why = await _against_automatic(world, request)
        return request_machine.Failed(why) if why else None
    if request.by_rule:  # nobody's answer can be too late for it
        why = await _against_going_back(world, request)
        return request_machine.Failed(why) if why else None
    if world.clock.now() >= request.expires_at:
        return request_machine.Expired()
    rule = world.book.action(request.system, request.action)
    needed = rule.approve.count if rule and rule.approve else 0
    # Slack is asked everything at once: what runs waits for one of its answers, not for each in turn.
    weighed = await asyncio.gather(*(_against_approval(world, request, one) for one in request.approvals))
    for approval, why in zip(request.approvals, weighed, strict=True):
        if why:
            return request_machine.Struck(approval.by, why)
    if rule is None or len({one.by for one in request.approvals}) < needed:
        return request_machine.Failed(w.STRUCK_MAC)
    return None


def against_resuming(world: World, request: Request) -> str:
    """Why an execution that a stopped replica began is not believed; empty when it is.

    What the store says counts only as far as the marks on it: they are made with a key it does not hold.
    """
    if not is_genuine(world, request):
        return texts.FORGED
    if request.automatic or request.by_rule:
        return ""
    marked = {one.by for one in request.approvals if mac_holds(world.sealer, request, one)}
    return w.STRUCK_MAC if len(marked) < request.approvals_needed else ""


async def against_going_on(world: World, request: Request) -> str:
    """Why what is left of an execution that a stopped replica began is not granted now; empty when it is."""
    if request.seal.rule_digest != world.book.rule_digest(request.system, request.action):
        return texts.CHANGED_RULES
    if request.automatic:
        return await _against_automatic(world, request)
    if request.by_rule:
        return await _against_going_back(world, request)
    meant_until = later(max(request.expires_at, request.changed_at), _STILL_MEANT)
    return w.LEFT_TOO_LONG if world.clock.now() >= meant_until else ""


async def _against_automatic(world: World, request: Request) -> str:
    """What nobody approves runs only where policy says so for that very alert."""
    alert = await read_alert(world.store, request.alert_id)
    if alert is not None:
        decision = may_happen_automatically(
            world.book, request.system, alert.source, alert.severity, request.action
        )
        if decision.allowed and request.id in alert.containment:
            return ""
    return w.NOT_BY_ITSELF.format(action=request.action)


async def _against_going_back(world: World, request: Request) -> str:
    """What was asked for a time goes back by itself where policy says so now, once its time is over."""
    done = await read_request(world.store, request.undoes)
    if done is None or not (is_genuine(world, done) and is_genuine(world, request)):
        return texts.FORGED
    over = done.ends_at is not None and done.ends_at <= world.clock.now()
    params = params_back(world, done, {**request.params})
    same = not isinstance(params, No) and json.loads(params.model_dump_json()) == request.params
    meant = words_back(world, done)[:1] == (request.action,)
    return "" if over and same and meant and rule_back(world, done) else w.NOT_ITS_TIME


async def _against_approval(world: World, request: Request, approval: Approval) -> str:
    """Why one approval does not hold at the moment it is spent; empty when it does.

    Where Slack does not let the bot see who holds the role or what was said, it does not hold.
    """
    try:
        return await _weigh_approval(world, request, approval)
    except DoNotRetry as no:
        return str(no)


async def _weigh_approval(world: World, request: Request, approval: Approval) -> str:
    if approval.revision != request.seal.revision or not mac_holds(world.sealer, request, approval):
        return w.STRUCK_MAC
    rule = world.book.action(request.system, request.action)
    roles = rule.approve.roles if rule and rule.approve else ()
    who, differs = await asyncio.gather(
        standing(world, approval.by, fresh=True, roles=roles), _differ(world, approval)
    )
    decision = may_approve(
        world.book,
        request.system,
        request.action,
        who.roles,
        approver=approval.by,
        requesters=frozenset(request.requesters),
        earlier_approvers=frozenset(),
    )
    if who.nobody or not decision.allowed:
        return who.nobody or w.STRUCK_ROLE
    return differs


async def _differ(world: World, approval: Approval) -> str:
    """Why the words of an approval do not stand in Slack as they did; empty for a form, which has none."""
    return await words_differ(world, approval.by, approval.words) if approval.words.ts else ""


async def look_at_target(
    world: World, request: Request, action: Action, *, spent: bool = False
) -> Observation | request_machine.Event:
    """The target as it is now, or what its state does to the request. When approvals are `spent`, what only
    informs is not asked for: nobody reads it any more.
    """
    if request.extends:
        end = await look_at_end(world, request.extends, request.longer)
        return request_machine.Changed(plain(end.line)) if isinstance(end, No) else end
    params = action.params.model_validate(request.params)
    try:
        async with asyncio.timeout(look_timeout(world, request.system, request.action)):
            look = action.again if spent and action.again else action.look
            return await look(world.target(request.system, action), params)
    except TargetChanged as changed:
        return request_machine.Changed(str(changed))
    except (DoNotRetry, OutcomeUnknown) as no:
        return request_machine.Failed(str(no)) if request.automatic else request_machine.Changed(str(no))
    except TimeoutError as slow:
        raise TryAgainLater(f"{request.system} did not answer", after=5) from slow


LONGEST_LOOK = 60.0
"""Seconds that a look at the target may take, or the question of recovery, however long its action may."""


def look_timeout(world: World, system: str, action: str) -> float:
    """Seconds that a look at an action's target may take."""
    rule = world.book.action(system, action)
    return min(rule.timeout.total_seconds() if rule else 30.0, LONGEST_LOOK)


def timeout_of(world: World, request: Request) -> float:
    rule = world.book.action(request.system, request.action)
    return rule.timeout.total_seconds() if rule else 30.0


def what_changed(request: Request, observed: Observation) -> str | None:
    """What differs from what was sealed, in words; None when nothing does."""
    moved = what_differs(request.seal.sealed, observed.sealed)
    if moved:
        return plain(texts.say(texts.CHANGED_FIELDS, fields=moved))
    listed = {one.name for one in request.seal.criteria}
    unmet = [one.text for one in observed.criteria if not one.met and one.name in listed]
    if unmet:
        return plain(texts.say(w.CHANGED_CRITERIA, names="; ".join(unmet)))
    return None
