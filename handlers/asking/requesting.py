"""From an accepted wish to a request: the target is looked at, and the card says what an approval covers."""

from __future__ import annotations

from handlers import texts
from handlers.actions import Observation
from handlers.alerts.stored import read_alert
from handlers.asking import wording as w
from handlers.asking.making import AskDue, Ready, look, new_request
from handlers.cards import note, titles
from handlers.changes import Cause, Draft, Place, readable_id, settle, unused_id
from handlers.identity.answers import Voice, marked_for
from handlers.identity.standing import standing
from handlers.messages import Code, Tone
from handlers.requests import machine as request_machine
from handlers.requests.beside import with_others
from handlers.requests.cards import request_card, request_link
from handlers.requests.model import Request, RequestState
from handlers.requests.transitions import is_genuine, move_request, read_request, request_key, thread_set
from handlers.requests.ways_back import against_undo, changed_since
from handlers.values import No
from handlers.work import Stored, Verdict
from handlers.world import World
from policies.decisions import may_request

MAX_OPEN = 20
"""Open requests a thread; more is noise, or an attack."""


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
    observed = await look(world, due, action, params)
    if isinstance(observed, No):
        return await say_no(world, cause, voice, observed)
    earlier = due.undoes or due.extends
    done = await read_request(world.store, earlier) if earlier else None
    against = _against_undoing(world, due, done, observed)
    if against is not None:
        return await say_no(world, cause, voice, against)
    alert = await read_alert(world.store, due.alert)
    ready = Ready(due, params, observed, alert, done)
    return await (_preview if due.dry else _submit)(world, cause, voice, ready)


def _against_undoing(world: World, due: AskDue, done: Request | None, observed: Observation) -> No | None:
    """Why this is not the way back of what it says it undoes; None when it is, or undoes nothing."""
    if not due.undoes:
        return None
    if done is None or not is_genuine(world, done):
        return No((texts.FORGED,), texts.RULE_VOUCHED)
    return against_undo(world, done) or changed_since(done, observed.sealed)


async def _preview(world: World, cause: Cause, voice: Voice, ready: Ready) -> Verdict:
    """A dry run: the card as it would be, for the person alone."""
    named = readable_id("R", cause.id, ready.wish.action, ready.params.target)
    asked = await with_others(world, new_request(world, named, (voice.who.user,), ready))
    card = request_card(asked, world.book)
    title = w.DRY_RUN_TITLE.format(title=card.title)
    shown = card.model_copy(
        update={
            "title": title,
            "next_step": texts.say(w.DRY_RUN, word=Code(text="dry-run")),
            "facts": tuple(fact for fact in card.facts if fact.label not in texts.OF_A_REQUEST),
            "trail": (),
            "footnote": (),
            "buttons": (),
        }
    )
    draft = Draft(cause)
    draft.whisper(voice.place.confidential, voice.who.user, shown)
    return await world.store.commit(draft.build())


async def _submit(world: World, cause: Cause, voice: Voice, ready: Ready) -> Verdict:
    async def decide(draft: Draft) -> None:
        pointer = (await world.store.read((ready.same,)))[ready.same]
        draft.saw(pointer)
        if pointer.version and await _join(draft, world, voice, pointer):
            return
        wish = ready.wish
        named = await unused_id(
            draft, world.store, "request", "R", cause.id, wish.action, ready.params.target
        )
        request = await with_others(world, new_request(world, named, (voice.who.user,), ready))
        siblings = await world.store.linked(thread_set(request.root_slot))
        if len(siblings) > MAX_OPEN:
            line = texts.say(w.TOO_MANY_OPEN, count=len(siblings) - 1)
            draft.whisper(voice.place, voice.who.user, note(line, Tone.BAD))
            return
        request = open_request(draft, world, request, ready)
        rule = world.book.action(request.system, request.action)
        link = request_link(request)
        asked = texts.say(w.ASKED_ALONE, link=link)
        if rule and rule.approve:
            asked = texts.say(w.ASKED, link=link, who=titles(world.book, rule.approve.roles))
        draft.whisper(voice.place, voice.who.user, note(asked, Tone.WAITING))

    return await settle(world.store, cause, decide)


def open_request(draft: Draft, world: World, request: Request, ready: Ready) -> Request:
    """Put a new request before its people, or on its way where nobody need agree."""
    draft.save(ready.same, request.id)
    draft.link(thread_set(request.root_slot), request_key(request.id))
    return move_request(draft, world, request, request_machine.Submitted())


async def _join(draft: Draft, world: World, voice: Voice, pointer: Stored) -> bool:
    """Whether the very same is asked for already and still waits; then the asker is a requester of it too."""
    key = request_key(pointer.body)
    request = draft.load((await world.store.read((key,)))[key], Request)
    if request is None or request.state is not RequestState.AWAITING_APPROVAL:
        return False
    if voice.who.user in request.requesters:
        line = texts.say(w.ASKED_ALREADY, link=request_link(request))
    elif move_request(draft, world, request, _joined(world, request, voice.who.user)).ended:
        return False
    else:
        line = texts.say(w.JOINED, link=request_link(request))
    draft.whisper(voice.place, voice.who.user, note(line))
    return True


def _joined(world: World, request: Request, user: str) -> request_machine.Joined:
    """One more asks; those who have approved agreed to what it does, whoever else asks for it."""
    approvals = marked_for(world.sealer, request, (*request.requesters, user))
    return request_machine.Joined(user, approvals)
