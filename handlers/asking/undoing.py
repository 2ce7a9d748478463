"""Undo: a request for the way back of what was done, with the same gates as any other."""

from __future__ import annotations

from handlers import texts
from handlers.alerts.stored import read_alert
from handlers.asking.heard import Heard
from handlers.asking.requesting import say_no
from handlers.asking.wish import Wish, ask
from handlers.cards import UNDO, note
from handlers.changes import Cause, Draft
from handlers.identity.answers import Voice
from handlers.messages import Button, Code, Tone
from handlers.requests import machine as request_machine
from handlers.requests.cards import request_link
from handlers.requests.model import Request
from handlers.requests.transitions import (
    end_timer,
    ended_set,
    is_genuine,
    move_request,
    read_request,
    request_key,
)
from handlers.requests.ways_back import against_undo, words_back
from handlers.values import No
from handlers.work import Thread, Verdict
from handlers.world import World

_MOST_OFFERED = 5
"""Requests of a thread that are offered where more than one could be meant."""


async def undo(
    world: World, cause: Cause, voice: Voice, request_id: str, *, reason: str = "", confirmed: str = ""
) -> Verdict:
    """Ask for the way back of one request, or say why there is none."""
    done = await read_request(world.store, request_id)
    if done is None:
        return await say_no(
            world, cause, voice, No(texts.say(texts.NO_SUCH_REQUEST, id=Code(text=request_id)))
        )
    against = against_undo(world, done)
    if against is not None:
        return await say_no(world, cause, voice, against)
    action, *values = words_back(world, done)
    wish = Wish(done.system, action, tuple(values), reason=reason, confirmed=confirmed, undoes=done.id)
    return await ask(world, cause, voice, wish, await read_alert(world.store, done.alert_id))


async def undo_here(
    world: World, cause: Cause, voice: Voice, thread: Thread | None, named: str, reason: str
) -> Verdict:
    """Undo the named request, or the one of this thread that can be undone; ask where it could be several."""
    if named:
        return await undo(world, cause, voice, named, reason=reason)
    ended = await _ended(world, thread) if thread else []
    meant = [one for one in ended if against_undo(world, one) is None]
    if len(meant) == 1:
        return await undo(world, cause, voice, meant[0].id, reason=reason)
    done = [one for one in ended if one.done]
    if not meant and done:
        return await undo(world, cause, voice, done[-1].id, reason=reason)
    if not meant:
        return await say_no(world, cause, voice, No((texts.NOTHING_TO_UNDO,), texts.RULE_UNDO))
    draft = Draft(cause)
    offered = meant[-_MOST_OFFERED:]
    buttons = tuple(
        Button(label=f"{texts.UNDO_BUTTON} {one.id}", action=UNDO, value=one.id) for one in offered
    )
    lines = tuple((request_link(one),) for one in offered)
    draft.record("undo-ambiguous", voice.place.channel, could_mean=[one.id for one in meant])
    draft.whisper(
        voice.place, voice.who.user, note((texts.WHICH_ONE_PRESS,), Tone.WAITING, *lines, buttons=buttons)
    )
    return await world.store.commit(draft.build())


async def undo_command(world: World, cause: Cause, heard: Heard) -> Verdict:
    """`undo [R-…] because …`, in a thread or with the id anywhere."""
    return await undo_here(
        world, cause, heard.voice, heard.thread, heard.second.upper(), heard.command.reason
    )


async def _ended(world: World, thread: Thread) -> list[Request]:
    """The requests that ended in a thread, the latest last."""
    linked = await world.store.linked(ended_set(thread.slot))
    found = [Request.model_validate_json(one.body) for one in linked if one.key.kind == "request"]
    return sorted((one for one in found if not one.automatic), key=lambda one: one.changed_at)


async def undoable(world: World, thread: Thread) -> tuple[str, ...]:
    """The requests of a thread that can be undone, by id, the latest first."""
    return tuple(one.id for one in reversed(await _ended(world, thread)) if against_undo(world, one) is None)


async def mark_undone(draft: Draft, world: World, back: Request) -> None:
    """The way back was taken: what it undoes says so from now on."""
    key = request_key(back.undoes)
    done = draft.load((await world.store.read((key,)))[key], Request)
    if done is not None and done.done and not done.undone_by and is_genuine(world, done):
        move_request(draft, world, done, request_machine.Undone(back.id))
        draft.disarm(end_timer(done.id))
