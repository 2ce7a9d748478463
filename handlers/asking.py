"""Making a request: who may ask, with which values, for what the target is now."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from handlers import requests, texts
from handlers.actions import Action, Observation, Params
from handlers.alerts import Alert
from handlers.answers import Voice
from handlers.cards import note, titles
from handlers.changes import Cause, Draft, Place, later, readable_id, settle
from handlers.errors import DoNotRetry, OutcomeUnknown, TryAgainLater
from handlers.filling import Wanted, ask_form, open_or_offer, receipt, say_again
from handlers.intake import subject_key
from handlers.messages import Code, Line, ThreadLink, Tone
from handlers.proof import Doubt, doubt
from handlers.requests import Request, Seal
from handlers.standing import standing
from handlers.transitions import move_request, read_alert, request_key, thread_set
from handlers.values import No, given_values, made_params, usage
from handlers.work import Key, Stored, Verdict
from handlers.world import World
from policies.decisions import approvals_needed, may_request

MAX_OPEN = 20
"""Open requests a thread; more is noise, or an attack."""
LONGEST_WORDS = 1500
"""Characters of a command that a button or a modal carries through Slack."""


@dataclass(frozen=True)
class Wish:
    """What somebody asks for, in words: still to be checked.

    `filled` are values from a form, `confirmed` the name that was typed there for a dangerous target.
    """

    system: str
    action: str
    values: tuple[str, ...] = ()
    named: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    filled: tuple[tuple[str, Any], ...] = ()
    confirmed: str = ""

    @property
    def words(self) -> str:
        """The wish as one types it, the system named."""
        named = (f"{name}={value}" for name, value in self.named)
        because = ("because", self.reason) if self.reason else ()
        return " ".join((self.system, self.action, *self.values, *named, *because))


async def ask(world: World, cause: Cause, voice: Voice, wish: Wish, alert: Alert | None) -> Verdict:
    """Turn a wish into a request with a card, join an equal one, or say privately why not.

    Cheap questions first; then Slack vouches that the wish is this person's, before the target is troubled.
    """
    decision = may_request(world.book, wish.system, wish.action, voice.who.roles)
    if not decision.allowed:
        return await _say_no(world, cause, voice, No((" ".join(decision.reasons),), decision.rule))
    action = world.action(wish.system, wish.action)
    given = given_values(action, wish.system, wish.values, wish.named)
    if isinstance(given, No):
        return await _say_no(world, cause, voice, given)
    alert = await _alert_of(world, wish.system, {**given, **dict(wish.filled)}, alert)
    known = {**known_from(alert), **given, **dict(wish.filled)}
    params = made_params(action, wish.system, known)
    gap = gap_in(action, wish, params)
    if gap is not None and len(wish.words) <= LONGEST_WORDS:
        made = None if isinstance(params, No) else params
        wanted = Wanted(wish.system, action, wish.words, known, wish.reason, made)
        form = ask_form(world, voice.who.user, voice.place, wanted, gap)
        return await open_or_offer(world, cause, voice, form, wish.words)
    if isinstance(params, No):
        return await _say_no(world, cause, voice, params)
    wanted = Wanted(wish.system, action, wish.words, known, wish.reason, params)
    doubted = await doubt(world, voice.who.user, voice.proof, receipt(world, wanted))
    if doubted is not None:
        return await _not_vouched(world, cause, voice, wish, doubted)
    return await _accept(world, cause, voice, wish, params, alert)


def gap_in(action: Action, wish: Wish, params: Params | No) -> Line | None:
    """What a modal should ask for before this can go on; None when nothing is missing."""
    if action.sheet is not None:
        return None
    if isinstance(params, No):
        return params.line if params.missing and set(params.missing) <= set(action.takes) else None
    if not wish.reason:
        return texts.say(texts.NEED_REASON, usage=Code(text=usage(action, wish.system)))
    return (params.danger,) if params.danger and wish.confirmed != params.target else None


async def _not_vouched(world: World, cause: Cause, voice: Voice, wish: Wish, doubted: Doubt) -> Verdict:
    """Nothing is asked in a person's name that Slack does not vouch for; a late command gets a new button."""
    draft = Draft(cause)
    if doubted.stale:
        draft.record("command-stale", wish.action)
        card = say_again((doubted.why,), texts.COMMAND_AGAIN, wish.words)
        draft.whisper(voice.place, voice.who.user, card)
    else:
        voice.refuse(draft, wish.action, texts.say(texts.NOT_YOURS, why=doubted.why), texts.RULE_VOUCHED)
    return await world.store.commit(draft.build())


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
    return await read_alert(world.store, found)


def known_from(alert: Alert | None) -> dict[str, Any]:
    """What the thread of an alert knows for an action's parameters."""
    if alert is None:
        return {}
    return {"run_id": alert.subject, "case_id": alert.case_id, "risk_flags": alert.risk_flags}


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
    mac: str = ""

    def covered(self) -> tuple[str, str]:
        """What the mark is made over."""
        return "ask", self.model_dump_json(exclude={"mac"})


async def _accept(
    world: World, cause: Cause, voice: Voice, wish: Wish, params: Params, alert: Alert | None
) -> Verdict:
    """Record the wish; the target is looked at as due work, so that one that hangs delays nobody's words."""
    due = AskDue(
        system=wish.system,
        action=wish.action,
        params=json.loads(params.model_dump_json()),
        reason=wish.reason,
        alert=alert.id if alert else "",
        user=voice.who.user,
        channel=voice.place.channel,
        thread_ts=voice.place.thread_ts,
        reply_url=voice.place.reply_url,
    )
    due = due.model_copy(update={"mac": world.sealer.mac(*due.covered())})
    draft = Draft(cause)
    draft.record("command-accepted", f"{wish.system} {wish.action}", params=due.params, reason=wish.reason)
    draft.arm(f"ask/{cause.id}", world.clock.now(), due.model_dump_json())
    return await world.store.commit(draft.build())


async def ask_now(world: World, cause: Cause, due: AskDue) -> Verdict:
    """Look at the target for an accepted wish and make the request, or say privately why not."""
    who = await standing(world, due.user)
    voice = Voice(who, Place(due.channel, due.thread_ts, due.reply_url))
    decision = may_request(world.book, due.system, due.action, who.roles)
    if not world.sealer.verify(due.mac, *due.covered()):
        return await _say_no(world, cause, voice, No((texts.FORGED,), texts.RULE_VOUCHED))
    if not decision.allowed:
        return await _say_no(world, cause, voice, No((" ".join(decision.reasons),), decision.rule))
    wish = Wish(due.system, due.action, reason=due.reason)
    action = world.action(due.system, due.action)
    params = action.params.model_validate(due.params)
    observed = await _look(world, wish, action, params)
    if isinstance(observed, No):
        return await _say_no(world, cause, voice, observed)
    alert = await read_alert(world.store, due.alert)
    return await _submit(world, cause, voice, _Ready(wish, params, observed, alert))


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
