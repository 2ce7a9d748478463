"""What the end of a request causes around it: its alert's first message, the open requests of its thread."""

from __future__ import annotations

from handlers import texts
from handlers.actions import Observation
from handlers.alerts import events, machine
from handlers.alerts.model import Alert, AlertState
from handlers.alerts.stored import alert_key
from handlers.alerts.transitions import alert_effect, move_alert
from handlers.asking.spending import look_at_target, what_changed
from handlers.asking.undoing import mark_undone
from handlers.cards import note
from handlers.changes import Cause, Draft, due, settle
from handlers.messages import Code, plain
from handlers.requests import machine as request_machine
from handlers.requests.beside import LOOKED_THROUGH
from handlers.requests.model import Request, RequestState, Seal
from handlers.requests.transitions import (
    end_timer,
    is_genuine,
    move_request,
    open_list,
    read_request,
    request_key,
    show_request,
    thread_set,
)
from handlers.running import wording as w
from handlers.running.watching import watch_from_now
from handlers.work import Key, Verdict
from handlers.world import World

S = RequestState


async def tell_alert(draft: Draft, world: World, ended: Request) -> None:
    """What an automatic action verified, or could not, stands in the alert's first message."""
    key = alert_key(ended.alert_id)
    alert = draft.load((await world.store.read((key,)))[key], Alert)
    if alert is None:
        return
    others = [request_key(one) for one in alert.containment if one != ended.id]
    stored = await world.store.read(others)
    last = all(Request.model_validate_json(one.body).ended for one in stored.values() if one.body)
    found = tuple(value for label, value in ended.shown if label == texts.TROUBLE)
    # What the action has put right is told as past, after what was done about it.
    put_right = ended.state is S.SUCCEEDED
    mended = tuple(w.PUT_RIGHT.format(what=one) for one in found) if put_right else ()
    verified = (*ended.outcome.lines, *mended)
    troubles = [] if put_right else list(found)
    if ended.state is S.FAILED or ended.state is S.VOID:
        troubles.append(plain(texts.say(w.NOT_DONE_LINE, action=ended.action, why=ended.note)))
    if ended.state is S.UNKNOWN:
        troubles.append(plain(texts.say(w.UNSURE_LINE, action=ended.action, why=ended.note)))
    move_alert(draft, world, alert, events.Contained(verified, tuple(troubles), last))


async def after_success(draft: Draft, world: World, ended: Request) -> None:
    """What is resolved resolves its alert; open requests of its thread are looked at again."""
    await watch_from_now(draft, world, ended)
    if ended.ends_at is not None:
        draft.arm(end_timer(ended.id), ended.ends_at, due("end", request=ended.id, system=ended.system))
    if ended.undoes:
        await mark_undone(draft, world, ended)
    if ended.alert_id and not ended.extends and world.action(ended.system, ended.action).resolves_alert:
        key = alert_key(ended.alert_id)
        alert = draft.load((await world.store.read((key,)))[key], Alert)
        if alert is not None and alert.state is not AlertState.RESOLVED:
            move_alert(draft, world, alert, events.Resolved())
    for request_id in await _concerned(world, ended):
        look = due("look-again", request=request_id, system=ended.system)
        draft.arm(f"request/{request_id}/look", world.clock.now(), look)


async def _concerned(world: World, ended: Request) -> set[str]:
    """The open requests of its thread, and those of its system that wait for what must be recent."""
    here = await world.store.linked(thread_set(ended.root_slot))
    found = {one.key.id for one in here if one.key.kind == "request"}
    if not any(world.book.systems[ended.system].recent_gates.values()):
        return found - {ended.id}
    waits = await world.store.ranked(open_list(ended.system), LOOKED_THROUGH)
    for stored in waits.objects:
        waiting = Request.model_validate_json(stored.body)
        if waiting.state is S.AWAITING_APPROVAL and waiting.seal.unmet:
            found.add(waiting.id)
    return found - {ended.id}


async def look_again(world: World, cause: Cause, request_id: str) -> Verdict:
    """Something in the thread changed: show an unapproved request anew, as a new revision, if it did too."""
    request = await read_request(world.store, request_id)
    waits = request is not None and request.state is S.AWAITING_APPROVAL
    if request is None or not waits or not world.has_action(request.system, request.action):
        return await world.store.commit(Draft(cause).build())
    observed = await look_at_target(world, request, world.action(request.system, request.action))
    key = request_key(request_id)

    async def decide(draft: Draft) -> None:
        current = draft.load((await world.store.read((key,)))[key], Request)
        if current is None or current.state is not S.AWAITING_APPROVAL or current.seal != request.seal:
            return
        if not isinstance(observed, Observation):
            move_request(draft, world, current, observed)
        elif what_changed(current, observed) or _newly_met(current, observed):
            _reseal(draft, world, current, observed)

    return await settle(world.store, cause, decide)


async def show_again(world: World, cause: Cause, slot: str) -> Verdict:
    """Show a request's or an alert's card as it stands: an older one may have been shown over it."""
    kind, name = (*slot.split("/"), "")[:2]
    key = Key(kind, name)

    async def decide(draft: Draft) -> None:
        stored = (await world.store.read((key,)))[key]
        request = draft.load(stored, Request) if kind == "request" else None
        if request is not None and is_genuine(world, request):
            show_request(draft, world, request)
        elif kind == "alert" and (alert := draft.load(stored, Alert)):
            alert_effect(draft, world, alert, machine.Effect.SHOW_ROOT)

    return await settle(world.store, cause, decide)


def _newly_met(request: Request, observed: Observation) -> bool:
    before = {one.name for one in request.seal.unmet}
    return any(one.met and one.name in before for one in observed.criteria)


def _reseal(draft: Draft, world: World, request: Request, observed: Observation) -> None:
    seal = Seal(
        revision=request.seal.revision + 1,
        sealed=observed.sealed,
        rule_digest=request.seal.rule_digest,
        criteria=observed.criteria,
    )
    anew = request_machine.Resealed(
        seal, observed.shown, observed.documents, observed.diffs, observed.covered
    )
    moved = move_request(draft, world, request, anew)
    if moved.state is S.AWAITING_APPROVAL:
        line = texts.say(w.RESEALED, id=Code(text=moved.id), revision=seal.revision)
        draft.show(moved.channel, moved.shown_slot, note(line), thread=moved.root_slot)
