"""Turns the effects of a state machine's step into parts of one commit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from handlers import texts
from handlers.cards import UNDO, note
from handlers.changes import Draft, due
from handlers.crowd import LONG
from handlers.messages import Button, Code, Line, Tone, User
from handlers.ports.store import Store
from handlers.requests import machine as request_machine
from handlers.requests import wording as w
from handlers.requests.cards import end_line, request_card, undone_line
from handlers.requests.model import Request, RequestState
from handlers.requests.ways_back import against_undo, line_back
from handlers.rungs import Rung
from handlers.work import Key, Lane
from handlers.world import World
from policies.clocks import rungs_from

S = RequestState
ENDED_KEPT = 500
"""How many ended requests a system's list holds; the audit record holds all."""


def request_key(request_id: str) -> Key:
    return Key("request", request_id)


async def read_request(store: Store, request_id: str) -> Request | None:
    """A request as it is stored now."""
    key = request_key(request_id)
    body = (await store.read((key,)))[key].body
    return Request.model_validate_json(body) if body else None


def end_timer(request_id: str) -> str:
    """The timer of the end of what was asked for a time."""
    return f"request/{request_id}/end"


def remind_timer(request_id: str) -> str:
    """The timer of the next reminder of a request that waits for approval."""
    return f"request/{request_id}/remind"


def thread_set(slot: str) -> str:
    """The named set of what is open in the thread under a slot."""
    return f"thread/{slot}"


def ended_set(slot: str) -> str:
    """The named set of requests that ended in the thread under a slot."""
    return f"ended/{slot}"


def open_list(system: str) -> str:
    """The ordered list of a system's requests that have not ended, by when they were asked."""
    return f"open/{system}"


def ended_list(system: str) -> str:
    """The ordered list of a system's latest ended requests, by when they ended."""
    return f"ended/{system}"


def arm_beside(draft: Draft, request: Request, now: datetime) -> None:
    """Have the cards at a request's target name one another, right after this."""
    at = hashlib.sha256(f"{request.system} {request.target}".encode()).hexdigest()[:32]
    draft.arm(f"beside/{at}", now, due("beside", of=request.system, target=request.target))


_AFTERWARDS: Mapping[type[object], str] = {
    request_machine.Undone: "request-undone",
    request_machine.Extended: "request-extended",
}
"""What comes to a request that has ended, and what the record calls it."""


def move_request(draft: Draft, world: World, request: Request, event: request_machine.Event) -> Request:
    """Apply an event to a request and add everything it causes to the draft.

    A live request that somebody else has written to ends, whatever the event.
    Raises request_machine.NotNow when the request's state does not allow the event.
    """
    now = world.clock.now()
    before = request.state
    request, effects = request_machine.step(request, _against_mark(world, request) or event, now)
    request = request.model_copy(update={"mark": world.sealer.mac(*request.marked)})
    key = request_key(request.id)
    draft.save(key, request)
    if request.ended and type(event) not in _AFTERWARDS:
        draft.unrank(open_list(request.system), key)
        draft.rank(ended_list(request.system), key, now, most=ENDED_KEPT)
    elif before is S.REQUESTED:
        draft.rank(open_list(request.system), key, request.created_at)
    draft.record(
        _AFTERWARDS.get(type(event), f"request-{request.state}"),
        request.id,
        by=type(event).__name__.lower(),
        before=before,
        what=f"{request.system} {request.action} {request.target}",
        seal=request.digest,
        claim=request.claim,
        note=request.note,
    )
    for effect in effects:
        _request_effect(draft, world, request, effect, now)
    _arm_reminder(draft, world, before, request, now)
    if request.approvals_needed and not request.automatic and _concerns_approvers(before, request, event):
        draft.arm(f"request/{request.id}/notes", now, due("notes", request=request.id))
    if request.approvals_needed and not request.automatic and (before is S.REQUESTED or request.ended):
        arm_beside(draft, request, now)
    return request


def _arm_reminder(draft: Draft, world: World, before: RequestState, request: Request, now: datetime) -> None:
    """Remind people while nobody answers, by the ladder that policy has now."""
    waited, waits = before is S.AWAITING_APPROVAL, request.state is S.AWAITING_APPROVAL
    ladder = world.book.unanswered(request.system, request.action).rungs
    if waits and not waited and ladder:
        rungs = [Rung.kept(at, rung) for at, rung in rungs_from(world.book, ladder, now)]
        kept = json.dumps([rung.model_dump(mode="json") for rung in rungs])
        body = due("remind", request=request.id, rung=1, ladder=kept)
        draft.arm(remind_timer(request.id), rungs[0].at or now, body)
    elif waited and not waits:
        draft.disarm(remind_timer(request.id))


def _concerns_approvers(before: RequestState, request: Request, event: request_machine.Event) -> bool:
    """Whether it begins or ceases to wait for them, or may now be approved."""
    return isinstance(event, request_machine.Resealed) or before != request.state


def is_genuine(world: World, request: Request) -> bool:
    """Whether a stored request carries the bot's own mark for what it says."""
    return world.sealer.verify(request.mark, *request.marked)


def _against_mark(world: World, request: Request) -> request_machine.Event | None:
    """What ends a stored request without the bot's own mark; None when it is new, ended, or carries it."""
    if request.state is S.REQUESTED or request.ended or is_genuine(world, request):
        return None
    lost = request_machine.Unsure if request.state is S.EXECUTING else request_machine.Changed
    return lost(texts.FORGED)


def _request_effect(
    draft: Draft, world: World, request: Request, effect: request_machine.Effect, now: datetime
) -> None:
    match effect:
        case request_machine.Effect.SHOW_CARD:
            if not request.automatic:
                show_request(draft, world, request)
        case request_machine.Effect.ARM_EXPIRY:
            draft.arm(f"request/{request.id}/expiry", request.expires_at, due("expire", request=request.id))
        case request_machine.Effect.DISARM_EXPIRY:
            draft.disarm(f"request/{request.id}/expiry")
        case request_machine.Effect.EXECUTE:
            body = due("execute", request=request.id, system=request.system, **_length(world, request))
            draft.arm(f"request/{request.id}/run", now, body)
        case request_machine.Effect.TELL_OUTCOME:
            if not request.automatic:
                tell_outcome(draft, world, request)
        case request_machine.Effect.CLOSE:
            draft.unlink(thread_set(request.root_slot), request_key(request.id))
            draft.link(ended_set(request.root_slot), request_key(request.id))


def _length(world: World, request: Request) -> dict[str, int]:
    """That an execution is long, where policy gives it minutes: it then has places of its own."""
    rule = world.book.action(request.system, request.action)
    return {"long": 1} if rule and rule.timeout.total_seconds() > LONG else {}


def show_request(draft: Draft, world: World, request: Request) -> None:
    """Show the request's card as it stands."""
    card = request_card(request, world.book)
    draft.show(request.channel, request.card_slot, card, thread=request.thread_slot, lane=Lane.ANSWER)


def tell_outcome(draft: Draft, world: World, request: Request) -> None:
    """Say in the thread how it ended; the card alone notifies nobody."""
    line, tone, more = _outcome(world, request)
    slot = f"{request.card_slot}/{request.state}/{request.claim}/{len(request.approvals)}"
    card = note(line, tone, *more, buttons=_undo_button(world, request))
    draft.show(request.channel, slot, card, thread=request.root_slot, lane=Lane.ANSWER)


def _undo_button(world: World, request: Request) -> tuple[Button, ...]:
    """On what was done, as long as it can be undone."""
    if not request.done or against_undo(world, request) is not None:
        return ()
    return (Button(label=texts.UNDO_BUTTON, action=UNDO, value=request.id),)


def _outcome(world: World, request: Request) -> tuple[Line, Tone, tuple[Line, ...]]:
    name, who = Code(text=request.id), User(id=request.ended_by)
    why = request.note.removesuffix(".")  # it stands within a sentence
    match request.state:
        case S.SUCCEEDED:
            done = texts.say(w.SUCCEEDED, id=name, what=f"{request.action} {request.target}")
            return done, Tone.GOOD, _read_back(world, request)
        case S.DENIED:
            return texts.say(w.DENIED, who=who, id=name, reason=request.note), Tone.BAD, ()
        case S.EXPIRED:
            return texts.say(w.EXPIRED, id=name), Tone.QUIET, ()
        case S.CANCELLED:
            return texts.say(w.CANCELLED, who=who, id=name), Tone.QUIET, ()
        case S.VOID:
            void = texts.say(w.VOID, id=name, what=why)
            return void, Tone.BAD, ((w.NEXT_VOID,),)
        case S.FAILED if request.midway:
            stopped = texts.say(w.STOPPED_MIDWAY, id=name, why=why)
            return stopped, Tone.BAD, (*_read_back(world, request), (w.NEXT_MIDWAY,))
        case S.FAILED:
            failed = texts.say(w.FAILED, id=name, why=why)
            return failed, Tone.BAD, ((w.NEXT_FAILED,),)
        case S.UNKNOWN:
            return texts.say(w.UNSURE, id=name, why=why), Tone.UNSURE, ()
        case _:  # an approval was struck
            struck = texts.say(w.STRUCK, id=name, why=why)
            return struck, Tone.WARNING, ((w.NEXT_STRUCK,),)


def _read_back(world: World, request: Request) -> tuple[Line, ...]:
    """What was verified, and how to go back."""
    lines: list[Line] = [(line,) for line in request.outcome.lines]
    if request.undone_by:
        lines.append(undone_line(request))
    elif request.outcome.way_back:
        lines.append(texts.say(w.UNDO, way=Code(text=line_back(world, request))))
    return (*lines, *filter(None, [end_line(request, world.book)]))
