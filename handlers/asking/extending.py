"""`extend R-… 1h because …`: what was asked for a time lasts longer, if those agree who agreed to it.

It changes what was approved, so it is a request of its own: of the same action at the same target, asked for
and approved by the rules of that action, in its thread. Its one effect is the end of the other request, which
moves in the commit that says it is done (ADR 19).
"""

from __future__ import annotations

from handlers import texts
from handlers.alerts.stored import read_alert
from handlers.asking import wording as w
from handlers.asking.heard import Heard
from handlers.asking.lasting import length_of
from handlers.asking.lengthening import against_more
from handlers.asking.requesting import say_no
from handlers.asking.wish import Wish, ask
from handlers.changes import Cause, Draft, due
from handlers.identity.answers import Voice
from handlers.messages import Code
from handlers.requests.machine import Changed, Done, Event, Extended
from handlers.requests.model import Request
from handlers.requests.transitions import end_timer, ended_set, move_request, read_request, request_key
from handlers.values import No
from handlers.work import Thread, Verdict
from handlers.world import World

EXTEND = "extend"


async def extend_command(world: World, cause: Cause, heard: Heard) -> Verdict:
    """`extend [R-…] 1h because …`, in the thread of what it extends or with its id anywhere."""
    words = [word for word in heard.command.words[1:] if word.lower() not in ("by", "for", "more")]
    named = words.pop(0).upper() if words and words[0].upper().startswith("R-") else ""
    seconds = _seconds(words)
    if isinstance(seconds, No):
        return await say_no(world, cause, heard.voice, seconds)
    done = await (_named(world, named) if named else _meant(world, heard.thread))
    if isinstance(done, No):
        return await say_no(world, cause, heard.voice, done)
    if not heard.command.reason:
        usage = Code(text=f"{EXTEND} {done.id} {words[0]} because <reason>")
        return await say_no(world, cause, heard.voice, No(texts.say(texts.NEED_REASON, usage=usage)))
    return await _extend(world, cause, heard.voice, done, seconds, words[0], heard.command.reason)


def _seconds(words: list[str]) -> int | No:
    """How much longer, as it was typed."""
    usage = No(texts.say(w.EXTEND_USAGE, words=Code(text=f"{EXTEND} R-… 1h because …")))
    if len(words) != 1:
        return usage
    return length_of(words[0])


async def _named(world: World, request_id: str) -> Request | No:
    found = await read_request(world.store, request_id)
    return found or No(texts.say(texts.NO_SUCH_REQUEST, id=Code(text=request_id)))


async def _meant(world: World, thread: Thread | None) -> Request | No:
    """The one request of this thread that has an end ahead; asks for its id where it could be several."""
    linked = await world.store.linked(ended_set(thread.slot)) if thread else ()
    ended = [Request.model_validate_json(one.body) for one in linked if one.key.kind == "request"]
    timed = [one for one in ended if one.ends_at is not None and one.ends_at > world.clock.now()]
    if len(timed) == 1:
        return timed[0]
    return No(texts.say(w.EXTEND_USAGE, words=Code(text=f"{EXTEND} R-… 1h because …")))


async def _extend(
    world: World, cause: Cause, voice: Voice, done: Request, seconds: int, typed: str, reason: str
) -> Verdict:
    against = against_more(world, done, done.id, seconds)
    if against is not None:
        return await say_no(world, cause, voice, against)
    wish = Wish(
        done.system,
        done.action,
        reason=reason,
        filled=tuple(done.params.items()),
        confirmed=done.target,
        extends=done.id,
        more=typed,
        longer=seconds,
    )
    return await ask(world, cause, voice, wish, await read_alert(world.store, done.alert_id))


async def still_extends(draft: Draft, world: World, extension: Request, event: Event) -> Event:
    """Move the end of what is extended, in this very commit; void where it is not as it was sealed."""
    if not extension.extends or not isinstance(event, Done):
        return event
    key = request_key(extension.extends)
    done = draft.load((await world.store.read((key,)))[key], Request)
    ends = done.ends_at if done is not None else None
    if done is None or ends is None or ends.isoformat() != extension.seal.sealed["ends"]:
        return Changed(w.END_HAS_MOVED)
    if ends <= world.clock.now():
        return Changed(w.END_CAME_FIRST)
    moved = move_request(draft, world, done, Extended(extension.longer, extension.id))
    if moved.ends_at is not None:
        draft.arm(end_timer(moved.id), moved.ends_at, due("end", request=moved.id, system=moved.system))
    return event
