"""From an accepted wish to a request: the target is looked at, and the card says what an approval covers."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from handlers import requests, texts
from handlers.actions import Action, Observation, Params
from handlers.alerts import Alert
from handlers.answers import Voice
from handlers.cards import note, request_card, request_link, titles
from handlers.changes import Cause, Draft, Place, later, readable_id, settle, unused_id
from handlers.errors import DoNotRetry, OutcomeUnknown, TryAgainLater
from handlers.messages import Code, Tone
from handlers.requests import Request, Seal
from handlers.spending import look_timeout
from handlers.standing import standing
from handlers.transitions import (
    is_genuine,
    move_request,
    read_alert,
    read_request,
    request_key,
    thread_set,
)
from handlers.values import No
from handlers.ways_back import against_undo, changed_since
from handlers.work import Key, Stored, Verdict
from handlers.world import World
from policies.decisions import approvals_needed, may_request

MAX_OPEN = 20
"""Open requests a thread; more is noise, or an attack."""


class AskDue(BaseModel):
    """A wish that Slack vouched for, on its way to the target. `mac` keeps others from putting one here."""

    model_config = ConfigDict(frozen=True)

    do: str = "ask"
    system: str
    action: str
    params: dict[str, Any]
    reason: str
    alert: str
    user: str
    channel: str
    thread_ts: str
    reply_url: str
    dry: bool = False
    undoes: str = ""
    mac: str = ""

    def covered(self) -> tuple[str, str]:
        """What the mark is made over."""
        unset = set() if self.undoes else {"undoes"}  # as the release before wrote it
        return "ask", self.model_dump_json(exclude={"mac", *unset})


async def say_no(world: World, cause: Cause, voice: Voice, no: No) -> Verdict:
    """Tell one person why a wish comes to nothing; a rule's no is recorded."""
    draft = Draft(cause)
    if no.rule:
        voice.refuse(draft, "command", no.line, no.rule)
    else:
        draft.whisper(voice.place, voice.who.user, note(no.line, Tone.BAD))
    return await world.store.commit(draft.build())


async def ask_now(world: World, cause: Cause, due: AskDue) -> Verdict:
    """Look at the target for an accepted wish and make the request, or say privately why not."""
    who = await standing(world, due.user)
    voice = Voice(who, Place(due.channel, due.thread_ts, due.reply_url))
    decision = may_request(world.book, due.system, due.action, who.roles)
    if not world.sealer.verify(due.mac, *due.covered()):
        return await say_no(world, cause, voice, No((texts.FORGED,), texts.RULE_VOUCHED))
    if not decision.allowed:
        return await say_no(world, cause, voice, No((decision.words,), decision.rule))
    action = world.action(due.system, due.action)
    params = action.params.model_validate(due.params)
    observed = await _look(world, due, action, params)
    if isinstance(observed, No):
        return await say_no(world, cause, voice, observed)
    done = await read_request(world.store, due.undoes) if due.undoes else None
    against = _against_undoing(world, due, done, observed)
    if against is not None:
        return await say_no(world, cause, voice, against)
    alert = await read_alert(world.store, due.alert)
    ready = _Ready(due, params, observed, alert, done)
    return await (_preview if due.dry else _submit)(world, cause, voice, ready)


def _against_undoing(world: World, due: AskDue, done: Request | None, observed: Observation) -> No | None:
    """Why this is not the way back of what it says it undoes; None when it is, or undoes nothing."""
    if not due.undoes:
        return None
    if done is None or not is_genuine(world, done):
        return No((texts.FORGED,), texts.RULE_VOUCHED)
    return against_undo(world, done) or changed_since(done, observed.sealed)


async def _preview(world: World, cause: Cause, voice: Voice, ready: _Ready) -> Verdict:
    """A dry run: the card as it would be, for the person alone."""
    named = readable_id("R", cause.id, ready.wish.action, ready.params.target)
    card = request_card(_new_request(world, named, voice, ready), world.book)
    title = texts.DRY_RUN_TITLE.format(title=card.title)
    shown = card.model_copy(
        update={
            "title": title,
            "next_step": texts.say(texts.DRY_RUN, word=Code(text="dry-run")),
            "facts": tuple(fact for fact in card.facts if fact.label not in texts.OF_A_REQUEST),
            "trail": (),
            "footnote": (),
            "buttons": (),
        }
    )
    draft = Draft(cause)
    draft.whisper(voice.place.confidential, voice.who.user, shown)
    return await world.store.commit(draft.build())


async def _look(world: World, wish: AskDue, action: Action, params: Params) -> Observation | No:
    try:
        async with asyncio.timeout(look_timeout(world, wish.system, wish.action)):
            return await action.look(world.target(wish.system, action), params)
    except (DoNotRetry, OutcomeUnknown) as no:
        return No((str(no),))
    except (TimeoutError, TryAgainLater):
        return No(texts.say(texts.TARGET_AWAY, system=wish.system))


@dataclass(frozen=True)
class _Ready:
    """Everything a request is made of, checked."""

    wish: AskDue
    params: Params
    observed: Observation
    alert: Alert | None
    undoes: Request | None = None

    @property
    def same(self) -> Key:
        """Names the pointer to an open request for the very same."""
        parts = [self.wish.system, self.wish.action, json.loads(self.params.model_dump_json())]
        text = json.dumps([*parts, self.wish.undoes] if self.wish.undoes else parts)
        return Key("same", hashlib.sha256(text.encode()).hexdigest()[:32])


async def _submit(world: World, cause: Cause, voice: Voice, ready: _Ready) -> Verdict:
    async def decide(draft: Draft) -> None:
        pointer = (await world.store.read((ready.same,)))[ready.same]
        draft.saw(pointer)
        if pointer.version and await _join(draft, world, voice, pointer):
            return
        wish = ready.wish
        named = await unused_id(
            draft, world.store, "request", "R", cause.id, wish.action, ready.params.target
        )
        request = _new_request(world, named, voice, ready)
        siblings = await world.store.linked(thread_set(request.root_slot))
        if len(siblings) > MAX_OPEN:
            line = texts.say(texts.TOO_MANY_OPEN, count=len(siblings) - 1)
            draft.whisper(voice.place, voice.who.user, note(line, Tone.BAD))
            return
        key = request_key(request.id)
        draft.save(ready.same, request.id)
        draft.link(thread_set(request.root_slot), key)
        request = move_request(draft, world, request, requests.Submitted())
        rule = world.book.action(request.system, request.action)
        link = request_link(request)
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


def _new_request(world: World, named: str, voice: Voice, ready: _Ready) -> Request:
    now = world.clock.now()
    wish, alert, done = ready.wish, ready.alert, ready.undoes
    channel, thread_slot = world.book.systems[wish.system].channel, ""
    if alert is not None:
        channel, thread_slot = alert.channel, alert.slot
    if done is not None:
        channel, thread_slot = done.channel, done.root_slot
    system = world.book.systems[wish.system]
    rule = system.actions[wish.action]
    return Request(
        id=named,
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
        diffs=ready.observed.diffs,
        covered=ready.observed.covered,
        created_at=now,
        changed_at=now,
        expires_at=later(now, rule.expires_after.total_seconds()),
        channel=channel,
        thread_slot=thread_slot,
        alert_id=alert.id if alert else "",
        undoes=wish.undoes,
    )
