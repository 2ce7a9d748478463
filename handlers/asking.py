"""Making a request: who may ask, with which values, for what the target is now."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers import requests, texts
from handlers.actions import Action, Observation, Params
from handlers.alerts import Alert
from handlers.answers import Voice
from handlers.cards import note, titles
from handlers.changes import Cause, Draft, later, readable_id, settle
from handlers.errors import DoNotRetry, OutcomeUnknown, TryAgainLater
from handlers.intake import subject_key
from handlers.messages import Code, ThreadLink, Tone
from handlers.requests import Request, Seal
from handlers.transitions import alert_key, move_request, request_key, thread_set
from handlers.values import No, given_values, made_params, usage
from handlers.work import Key, Stored, Verdict
from handlers.world import World
from policies.decisions import approvals_needed, may_request

MAX_OPEN = 20
"""Open requests a thread; more is noise, or an attack."""


@dataclass(frozen=True)
class Wish:
    """What somebody asks for, in words: still to be checked. `filled` are values from a form."""

    system: str
    action: str
    values: tuple[str, ...] = ()
    named: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    filled: tuple[tuple[str, str], ...] = ()


async def ask(world: World, cause: Cause, voice: Voice, wish: Wish, alert: Alert | None) -> Verdict:
    """Turn a wish into a request with a card, join an equal one, or say privately why not."""
    decision = may_request(world.book, wish.system, wish.action, voice.who.roles)
    if not decision.allowed:
        return await _say_no(world, cause, voice, No((" ".join(decision.reasons),), decision.rule))
    action = world.action(wish.system, wish.action)
    given = given_values(action, wish.system, wish.values, wish.named)
    if isinstance(given, No):
        return await _say_no(world, cause, voice, given)
    alert = await _alert_of(world, wish.system, given, alert)
    params = made_params(action, wish.system, {**known_from(alert), **given, **dict(wish.filled)})
    if isinstance(params, No):
        return await _say_no(world, cause, voice, params)
    if not wish.reason and action.sheet is None:
        line = texts.say(texts.NEED_REASON, usage=Code(text=usage(action, wish.system)))
        return await _say_no(world, cause, voice, No(line))
    observed = await _look(world, wish, action, params)
    if isinstance(observed, No):
        return await _say_no(world, cause, voice, observed)
    return await _submit(world, cause, voice, _Ready(wish, params, observed, alert))


async def _say_no(world: World, cause: Cause, voice: Voice, no: No) -> Verdict:
    draft = Draft(cause)
    if no.rule:
        voice.refuse(draft, "command", no.line, no.rule)
    else:
        draft.whisper(voice.place, voice.who.user, note(no.line, Tone.BAD))
    return await world.store.commit(draft.build())


async def _alert_of(world: World, system: str, given: Mapping[str, str], here: Alert | None) -> Alert | None:
    """The alert that a named run belongs to; the thread's own when none is named."""
    subject = given.get("run_id", "")
    if not subject or (here is not None and here.subject == subject):
        return here
    pointer = subject_key(system, subject)
    found = (await world.store.read((pointer,)))[pointer].body
    if not found:
        return None
    body = (await world.store.read((alert_key(found),)))[alert_key(found)].body
    return Alert.model_validate_json(body) if body else None


def known_from(alert: Alert | None) -> dict[str, Any]:
    """What the thread of an alert knows for an action's parameters."""
    if alert is None:
        return {}
    return {"run_id": alert.subject, "case_id": alert.case_id, "risk_flags": alert.risk_flags}


async def _look(world: World, wish: Wish, action: Action, params: Params) -> Observation | No:
    rule = world.book.action(wish.system, wish.action)
    try:
        async with asyncio.timeout(rule.timeout.total_seconds() if rule else 30):
            return await action.look(world.target(wish.system, action), params)
    except (DoNotRetry, OutcomeUnknown) as no:
        return No((str(no),))
    except (TimeoutError, TryAgainLater):
        return No(texts.say(texts.TARGET_AWAY, system=wish.system))


@dataclass(frozen=True)
class _Ready:
    """Everything a request is made of, checked."""

    wish: Wish
    params: Params
    observed: Observation
    alert: Alert | None

    @property
    def same(self) -> Key:
        """Names the pointer to an open request for the very same."""
        text = json.dumps([self.wish.system, self.wish.action, json.loads(self.params.model_dump_json())])
        return Key("same", hashlib.sha256(text.encode()).hexdigest()[:32])


async def _submit(world: World, cause: Cause, voice: Voice, ready: _Ready) -> Verdict:
    async def decide(draft: Draft) -> None:
        pointer = (await world.store.read((ready.same,)))[ready.same]
        draft.saw(pointer)
        if pointer.version and await _join(draft, world, voice, pointer):
            return
        request = _new_request(world, cause, voice, ready)
        siblings = await world.store.linked(thread_set(request.root_slot))
        if len(siblings) > MAX_OPEN:
            line = texts.say(texts.TOO_MANY_OPEN, count=len(siblings) - 1)
            draft.whisper(voice.place, voice.who.user, note(line, Tone.BAD))
            return
        key = request_key(request.id)
        draft.saw((await world.store.read((key,)))[key])
        draft.save(ready.same, request.id)
        draft.link(thread_set(request.root_slot), key)
        request = move_request(draft, world, request, requests.Submitted())
        rule = world.book.action(request.system, request.action)
        link = ThreadLink(slot=request.card_slot, text=f"{request.id} {request.action} {request.target}")
        asked = texts.say(texts.ASKED_ALONE, link=link)
        if rule and rule.approve:
            asked = texts.say(texts.ASKED, link=link, who=titles(world.book, rule.approve.roles))
        draft.whisper(voice.place, voice.who.user, note(asked, Tone.WAITING))

    return await settle(world.store, cause, decide)


async def _join(draft: Draft, world: World, voice: Voice, pointer: Stored) -> bool:
    """Whether the very same is asked for already and still waits; then the asker is a requester of it too."""
    key = request_key(pointer.body)
    request = draft.load((await world.store.read((key,)))[key], Request)
    if request is None or request.state is not requests.RequestState.AWAITING_APPROVAL:
        return False
    if voice.who.user in request.requesters:
        line = texts.say(texts.ASKED_ALREADY, id=Code(text=request.id))
    elif move_request(draft, world, request, requests.Joined(voice.who.user)).ended:
        return False
    else:
        line = texts.say(texts.JOINED, id=Code(text=request.id))
    draft.whisper(voice.place, voice.who.user, note(line))
    return True


def _new_request(world: World, cause: Cause, voice: Voice, ready: _Ready) -> Request:
    now = world.clock.now()
    wish, alert = ready.wish, ready.alert
    system = world.book.systems[wish.system]
    rule = system.actions[wish.action]
    return Request(
        id=readable_id("R", cause.id, wish.action, ready.params.target),
        system=wish.system,
        action=wish.action,
        params=json.loads(ready.params.model_dump_json()),
        target=ready.params.target,
        reason=wish.reason,
        requesters=(voice.who.user,),
        approvals_needed=approvals_needed(world.book, wish.system, wish.action) or 0,
        seal=Seal(
            revision=1,
            sealed=ready.observed.sealed,
            rule_digest=world.book.rule_digest(wish.system, wish.action),
            criteria=ready.observed.criteria,
        ),
        shown=ready.observed.shown,
        documents=ready.observed.documents,
        created_at=now,
        changed_at=now,
        expires_at=later(now, rule.expires_after.total_seconds()),
        channel=alert.channel if alert else system.channel,
        thread_slot=alert.slot if alert else "",
        alert_id=alert.id if alert else "",
    )
