"""Thread replies: acknowledgements, approvals and denials, as words, buttons or forms.

All three ways end in `alerting.acknowledging.acknowledge` and `answer_request`, so they obey the same rules.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from handlers import texts
from handlers.alerting.acknowledging import acknowledge, alert_in
from handlers.alerts.model import Alert
from handlers.asking.undoing import undo_here
from handlers.cards import answer_forms, note
from handlers.changes import Cause, Draft, Place
from handlers.identity.answers import Voice, answer_request, refuse, refuse_nobody
from handlers.identity.proof import Said
from handlers.identity.standing import standing
from handlers.messages import Code, Line, Tone
from handlers.parsing import Ack, Approve, Attempt, Deny, Ignore, Reply, Undo, parse_reply
from handlers.redaction import as_told
from handlers.requests.cards import state_words
from handlers.requests.model import Request, RequestState
from handlers.requests.transitions import ended_set, request_key
from handlers.speaking import wording as w
from handlers.speaking.threads import find_thread
from handlers.work import Stored, Thread, Verdict
from handlers.world import World
from policies.decisions import may_claim_role


@dataclass(frozen=True)
class Message:
    """A message in a thread, as Slack's event tells it. `plain` is False for shares, files and the like."""

    channel: str
    thread_ts: str
    ts: str
    user: str
    text: str
    bot: bool
    plain: bool


async def on_message(world: World, cause: Cause, message: Message) -> Verdict:
    """A new message in some thread. Conversation is left alone; an answer is weighed."""
    meaning = parse_reply(message.text)
    if isinstance(meaning, Ignore):
        return await world.store.commit(Draft(cause).build())
    thread = await find_thread(world, message.channel, message.thread_ts)
    if thread is None or message.user == world.bot_user:
        return await world.store.commit(Draft(cause).build())
    cause = replace(cause, thread_slot=thread.slot)
    place = Place(thread.channel, message.thread_ts)
    if message.bot:
        return await _bot_spoke(world, cause, thread, message)
    if isinstance(meaning, Attempt):
        return await _hint(world, cause, place, message.user, meaning)
    if not message.plain:
        return await refuse(world, cause, place, (texts.FILE_SHARED,), texts.RULE_AS_SPOKEN)
    who = await standing(world, message.user)
    if who.nobody:
        return await refuse_nobody(world, cause, place, who)
    # The words that are read back stay as spoken; what is told of them is redacted (ADR 29).
    voice = Voice(who, place, message.ts, message.text)
    meaning = replace(meaning, text=await as_told(world.redactor, meaning.text))
    if isinstance(meaning, Undo):
        vouched = replace(voice, proof=Said(voice.words))
        return await undo_here(world, cause, vouched, thread, meaning.ref, meaning.text)
    if isinstance(meaning, Ack):
        return await acknowledge(world, cause, voice, thread, meaning)
    return await _answer(world, cause, voice, thread, meaning)


async def on_channel_message(world: World, cause: Cause, message: Message) -> Verdict:
    """A message outside threads never answers anything; who seems to answer is told privately where to."""
    draft = Draft(cause)
    if not message.bot and isinstance(parse_reply(message.text), Ack | Approve | Deny):
        draft.record("answer-hinted", message.channel, near="outside-thread")
        draft.whisper(Place(message.channel), message.user, note((w.OUTSIDE_THREAD,)))
    return await world.store.commit(draft.build())


async def _bot_spoke(world: World, cause: Cause, thread: Thread, message: Message) -> Verdict:
    """Say once a thread and bot that bots never count, so that two bots cannot talk for ever."""
    draft = Draft(cause)
    draft.record("answer-refused", thread.slot, why=texts.NOBODY_BOT, by=message.user)
    card = note((w.BOT_SPOKE,), Tone.BAD)
    draft.show(thread.channel, f"bots/{thread.slot}/{message.user}", card, thread_ts=message.thread_ts)
    return await world.store.commit(draft.build())


async def _hint(world: World, cause: Cause, place: Place, user: str, attempt: Attempt) -> Verdict:
    draft = Draft(cause)
    draft.record("answer-hinted", place.channel, near=attempt.near)
    card = note((w.HINT[attempt.near],), Tone.QUIET, answer_forms())
    draft.whisper(place, user, card)
    return await world.store.commit(draft.build())


async def _answer(world: World, cause: Cause, voice: Voice, thread: Thread, said: Approve | Deny) -> Verdict:
    """Find the one request that an approval or denial means, or ask."""
    draft = Draft(cause)
    alert = alert_in(draft, thread)
    named = [case for case in said.cases if alert is None or case != alert.case_id]
    if named:
        case = Code(text=alert.case_id if alert and alert.case_id else "-")
        line = texts.say(texts.OTHER_CASE, case=case, named=Code(text=named[0]))
        return await refuse(world, cause, voice.place, line, texts.RULE_NAMED_CASE)
    claim = may_claim_role(world.book, said.claimed_word, voice.who.roles)
    if not claim.allowed:
        return await refuse(world, cause, voice.place, (claim.words,), claim.rule)
    waiting = [
        request
        for request in open_requests(thread.objects)
        if request.state is RequestState.AWAITING_APPROVAL and _means(said, request, alert)
    ]
    if not waiting:
        return await _nothing_waits(world, cause, voice, thread, said)
    if len(waiting) > 1:
        return await _ask_which(world, cause, voice, waiting, said)
    meant = waiting[0].id
    read = next(one for one in thread.objects if one.key == request_key(meant))
    return await answer_request(
        world, cause, voice, meant, approve=isinstance(said, Approve), text=said.text, read=read
    )


def open_requests(objects: tuple[Stored, ...]) -> list[Request]:
    """The requests of a thread that people asked for."""
    found = [Request.model_validate_json(one.body) for one in objects if one.key.kind == "request"]
    return [request for request in found if not request.automatic]


def _means(said: Reply, request: Request, alert: Alert | None) -> bool:
    """Whether a reply's reference and purpose, where given, are this request's."""
    refs = {request.id, request.target, request.params.get("run_id", "")}
    if alert is not None:
        refs |= {alert.id, alert.case_id, alert.subject}
    return (not said.ref or said.ref in refs) and (not said.purpose or said.purpose == request.action)


async def _nothing_waits(
    world: World, cause: Cause, voice: Voice, thread: Thread, said: Approve | Deny
) -> Verdict:
    """A second `APPROVED`, or one that came too early or for something else."""
    ended = open_requests(tuple(await world.store.linked(ended_set(thread.slot))))
    running = [
        one for one in open_requests(thread.objects) if one.state is not RequestState.AWAITING_APPROVAL
    ]
    known = sorted((*ended, *running), key=lambda one: one.changed_at)
    meant = [one for one in known if _means(said, one, None)] if said.ref else known
    rule = texts.RULE_ANSWERED_ONCE
    if meant:
        last = meant[-1]
        line = texts.say(texts.ALREADY_ENDED, id=Code(text=last.id), state=state_words(last.state))
        return await refuse(world, cause, voice.place, line, rule)
    if said.ref:
        line = texts.say(texts.OTHER_REF, ref=Code(text=said.ref))
        return await refuse(world, cause, voice.place, line, rule)
    return await refuse(world, cause, voice.place, nothing_waits(world), rule)


def nothing_waits(world: World) -> Line:
    """That no request of a thread waits, and how to see those that wait elsewhere."""
    return texts.say(w.NOTHING_WAITS, pending=Code(text=f"{world.book.slash('ops')} pending"))


async def _ask_which(
    world: World, cause: Cause, voice: Voice, waiting: list[Request], said: Approve | Deny
) -> Verdict:
    """When a reply could mean more than one, nothing happens but a question (invariant 7)."""
    word = "APPROVED" if isinstance(said, Approve) else "DENIED"
    lines = [
        texts.say(
            w.WHICH_LINE, reply=Code(text=f"{word} {one.id} - why"), action=one.action, target=one.target
        )
        for one in sorted(waiting, key=lambda one: one.created_at)
    ]
    draft = Draft(cause)
    draft.record("answer-ambiguous", voice.place.channel, could_mean=[one.id for one in waiting])
    card = note((w.WHICH_ONE,), Tone.WAITING, *lines)
    draft.show(voice.place.channel, f"which/{cause.id}", card, thread_ts=voice.place.thread_ts)
    return await world.store.commit(draft.build())
