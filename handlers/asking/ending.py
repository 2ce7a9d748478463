"""The end of what was asked for a time (`for 2h`): its way back is proposed, or taken where policy says so.

The timer is due work: it outlives processes and is handled once. What it may do is decided anew then: by the
request that was done, the target as it is, and the policy in force.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from handlers import texts
from handlers.alerts.stored import read_alert
from handlers.asking import wording as w
from handlers.asking.lasting import in_words
from handlers.asking.making import AskDue, Ready, look, new_request
from handlers.asking.requesting import open_request
from handlers.asking.wish import known_from
from handlers.cards import note, people
from handlers.changes import Cause, Draft, due, settle, unused_id
from handlers.errors import TryAgainLater
from handlers.identity.standing import standing
from handlers.lockdown import hold_while_locked
from handlers.messages import Code, Line, Tone, plain
from handlers.requests.cards import request_link
from handlers.requests.model import Request, RequestState
from handlers.requests.transitions import end_timer, is_genuine, read_request, request_key
from handlers.requests.ways_back import (
    against_undo,
    changed_since,
    line_back,
    params_back,
    rule_back,
    words_back,
)
from handlers.values import No
from handlers.work import Verdict
from handlers.world import World
from policies.decisions import may_request


@dataclass(frozen=True)
class _Back:
    """The way back, ready to be asked for; `changed` says why it is not taken by itself."""

    ready: Ready
    askers: tuple[str, ...]
    changed: Line = ()


async def end_of_time(world: World, cause: Cause, request_id: str) -> Verdict:
    """Propose the way back and call those who decide, or take it, or say why it cannot be had."""
    await hold_while_locked(world)
    done = await read_request(world.store, request_id)
    if done is None or done.ends_at is None or not is_genuine(world, done):
        return await world.store.commit(Draft(cause).build())
    back = await _back(world, done)
    key = request_key(request_id)

    async def decide(draft: Draft) -> None:
        current = draft.load((await world.store.read((key,)))[key], Request)
        if current != done or done.ends_at is None:
            return  # undone or extended meanwhile: this timer has nothing to do any more
        if done.ends_at > world.clock.now():
            draft.arm(end_timer(done.id), done.ends_at, due("end", request=done.id, system=done.system))
            return
        draft.record("time-over", done.id, lasted=done.lasts + done.longer)
        if isinstance(back, No):
            _tell(draft, done, texts.say(w.TIME_OVER_NO_WAY, **_named(done), why=back.line))
        else:
            await _ask(draft, world, done, back)

    return await settle(world.store, cause, decide)


async def _back(world: World, done: Request) -> _Back | No:
    """What the way back would be now. Raises TryAgainLater when the target is away."""
    against = against_undo(world, done)
    if against is not None:
        return against
    alert = await read_alert(world.store, done.alert_id)
    params = params_back(world, done, known_from(alert))
    if isinstance(params, No):
        return params
    name = words_back(world, done)[0]
    wish = AskDue(
        system=done.system,
        action=name,
        params=json.loads(params.model_dump_json()),
        reason=plain(texts.say(w.TIME_OVER_REASON, **_named(done))),
        alert=done.alert_id,
        user=done.requesters[0],
        channel=done.channel,
        thread_ts="",
        reply_url="",
        undoes=done.id,
    )
    observed = await look(world, wish, world.action(done.system, name), params)
    if isinstance(observed, No):
        if observed.away:
            raise TryAgainLater(plain(observed.line), after=AWAY)
        return observed
    changed = changed_since(done, observed.sealed)
    askers = await _who_may_ask(world, done, name)
    rule = "" if changed else rule_back(world, done)
    if not askers and not rule:
        words = Code(text=line_back(world, done))
        return No(texts.say(w.TIME_OVER_NOBODY, words=words))
    ready = Ready(wish, params, observed, alert, done, by_rule=rule)
    return _Back(ready, askers or done.requesters, changed.line if changed else ())


AWAY = 60.0
"""Seconds after which a target that is away is looked at again."""


async def _who_may_ask(world: World, done: Request, action: str) -> tuple[str, ...]:
    """Those who asked for it for a time, as far as they may ask for its way back now."""
    found = []
    for user in done.requesters:
        who = await standing(world, user)
        if not who.nobody and may_request(world.book, done.system, action, who.roles).allowed:
            found.append(user)
    return tuple(found)


async def _ask(draft: Draft, world: World, done: Request, back: _Back) -> None:
    """Make the request, unless somebody already asks for the very same, and call those who decide."""
    pointer = (await world.store.read((back.ready.same,)))[back.ready.same]
    draft.saw(pointer)
    if pointer.version:
        key = request_key(pointer.body)
        asked = draft.load((await world.store.read((key,)))[key], Request)
        if asked is not None and asked.state is RequestState.AWAITING_APPROVAL:
            _tell(draft, done, texts.say(w.TIME_OVER_ASKED, **_named(done), link=request_link(asked)))
            return
    params = back.ready.params
    named = await unused_id(
        draft, world.store, "request", "R", draft.cause.id, back.ready.wish.action, params.target
    )
    request = open_request(draft, world, new_request(world, named, back.askers, back.ready), back.ready)
    link = request_link(request)
    if back.ready.by_rule:
        line = texts.say(w.TIME_OVER_GOES_BACK, **_named(done), link=link, rule=back.ready.by_rule)
        _tell(draft, done, line, call=False)
    elif back.changed:
        line = texts.say(w.TIME_OVER_CHANGED, **_named(done), link=link, what_changed=back.changed)
        _tell(draft, done, line)
    else:
        _tell(draft, done, texts.say(w.TIME_OVER_ASKED, **_named(done), link=link))


def _named(done: Request) -> dict[str, Code | str]:
    return {
        "id": Code(text=done.id),
        "what": f"{done.action} {done.target}",
        "lasted": in_words(done.lasts + done.longer),
    }


def _tell(draft: Draft, done: Request, line: Line, *, call: bool = True) -> None:
    """Say it in the thread; where a person must do something, to those who asked and agreed."""
    called = dict.fromkeys((*(one.by for one in done.approvals), *done.requesters))
    more = (people(called),) if call else ()
    slot = f"{done.card_slot}/time-over"
    draft.show(
        done.channel, slot, note(line, Tone.WARNING if call else Tone.QUIET, *more), thread=done.root_slot
    )
