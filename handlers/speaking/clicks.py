"""Buttons: those that act at once, and those that open a modal first (ADR 0004).

A click proves nothing by itself: a thief of the signing secret could forge one. A modal does: it opens only
with Slack's own `trigger_id`, and what comes back carries a mark that was made for that very person.
"""

from __future__ import annotations

from dataclasses import dataclass

from handlers import cards, texts
from handlers.alerting.acknowledging import acknowledge, against_ack
from handlers.alerts.stored import read_alert
from handlers.asking.cancelling import cancel
from handlers.asking.filling import plain_receipt
from handlers.asking.heard import Typed
from handlers.asking.undoing import undo
from handlers.asking.wish import known_from
from handlers.cards import note
from handlers.changes import Cause, Draft, Place
from handlers.errors import AskAgainWithNewTrigger
from handlers.identity.answers import Voice, answer_request, may_answer
from handlers.identity.proof import Carried, Doubt, Pressed, doubt
from handlers.identity.standing import standing
from handlers.looking import followed
from handlers.messages import Button, ButtonStyle, Code, Form, FormField, Tone
from handlers.parsing import Ack
from handlers.requests.cards import lasts_fact
from handlers.requests.model import Request, RequestState
from handlers.requests.transitions import is_genuine, read_request, thread_set
from handlers.speaking import submissions
from handlers.speaking import wording as w
from handlers.speaking.commands import on_command
from handlers.work import Thread, Verdict
from handlers.world import World
from policies.decisions import may_request


@dataclass(frozen=True)
class Click:
    """A pressed button: which handler, what it carries, and Slack's three-second trigger."""

    user: str
    place: Place
    action: str
    value: str
    trigger_id: str


async def on_click(world: World, cause: Cause, click: Click) -> Verdict:
    """A pressed button: weigh who pressed it, then act or open the modal that asks for the words."""
    who = await standing(world, click.user)
    voice = Voice(who, click.place, proof=Pressed(click.trigger_id))
    if who.nobody:
        draft = Draft(cause)
        line = texts.say(texts.NOBODY, who="You", why=who.nobody)
        voice.refuse(draft, click.action, line, texts.RULE_IDENTITY)
        return await world.store.commit(draft.build())
    match click.action:
        case cards.ACK:
            return await _acknowledge(world, cause, voice, click)
        case cards.CANCEL:
            return await cancel(world, cause, voice, click.value)
        case cards.APPROVE | cards.DENY:
            return await _open_answer(world, cause, voice, click)
        case cards.OPEN_FORM:
            return await _open_sheet(world, cause, voice, click)
        case cards.UNDO:
            return await undo(world, cause, voice, click.value)
        case followed.STOP:
            return await followed.stop(world, cause, voice, click.value)
        case cards.SAY_AGAIN:
            typed = Typed(click.user, click.place, click.value, click.place.thread_ts, voice.proof)
            return await on_command(world, cause, typed)
        case _:
            return await world.store.commit(Draft(cause).build())


async def _acknowledge(world: World, cause: Cause, voice: Voice, click: Click) -> Verdict:
    alert = await read_alert(world.store, click.value)
    if alert is not None and against_ack(world, alert, voice.who, Ack()) is None:
        receipt = plain_receipt(texts.say(w.RECEIPT_ACK, id=Code(text=alert.id)))
        doubted = await doubt(world, click.user, voice.proof, receipt)
        if doubted is not None:
            return await _doubted(world, cause, voice, click, doubted)
    slot = f"alert/{click.value}"
    objects = await world.store.linked(thread_set(slot))
    thread = Thread(slot, voice.place.channel, voice.place.thread_ts, tuple(objects))
    return await acknowledge(world, cause, voice, thread, Ack())


async def _doubted(world: World, cause: Cause, voice: Voice, click: Click, doubted: Doubt) -> Verdict:
    """A click that Slack does not vouch for does nothing; one that came late gets a fresh button."""
    draft = Draft(cause)
    if doubted.stale:
        draft.record("click-stale", click.value, button=click.action)
        _offer_again(draft, voice, click, w.ACK_AGAIN)
    else:
        voice.refuse(draft, click.value, texts.say(texts.NOT_YOURS, why=doubted.why), texts.RULE_VOUCHED)
    return await world.store.commit(draft.build())


def _offer_again(draft: Draft, voice: Voice, click: Click, label: str) -> None:
    """The same button privately; pressed, it brings a trigger that is still good."""
    button = Button(label=label, action=click.action, value=click.value, style=ButtonStyle.PRIMARY)
    draft.whisper(voice.place, voice.who.user, note((w.FORM_STALE,), Tone.WAITING, buttons=(button,)))


async def _open_answer(world: World, cause: Cause, voice: Voice, click: Click) -> Verdict:
    """Show what is sealed and ask for the words; refuse at once who may not answer anyway."""
    request = await read_request(world.store, click.value)
    if request is None:
        return await world.store.commit(Draft(cause).build())
    approve = click.action == cards.APPROVE
    decision = may_answer(world, request, voice.who, approve=approve)
    waits = request.state is RequestState.AWAITING_APPROVAL and is_genuine(world, request)
    if not decision.allowed or not waits:
        # What stands against it is said; the reason, which only the form would ask for, is not among it.
        return await answer_request(world, cause, voice, request.id, approve=approve, text=".")
    return await _open(world, cause, voice, click, _answer_form(world, voice, request, click.action))


def _answer_form(world: World, voice: Voice, request: Request, verb: str) -> Form:
    approve = verb == cards.APPROVE
    private = Carried(
        do="approve" if approve else "deny",
        subject=request.id,
        revision=request.seal.revision,
        channel=voice.place.channel,
        thread_ts=voice.place.thread_ts,
        lone=voice.place.lone,
    ).marked(world, voice.who.user)
    rule = world.book.action(request.system, request.action)
    needed = not approve or bool(rule and rule.approve and rule.approve.reason == "required")
    title = w.ANSWER_TITLE_APPROVE if approve else w.ANSWER_TITLE_DENY
    intro = [
        (f"{rule.title if rule else request.action}: {request.target}",),
        (f"Because: {request.reason}",),
        *((f"{label}: {value}",) for label, value in request.shown),
        *((f"{fact.label}: ", *fact.value) for fact in lasts_fact(request, world.book)),
        *((("✓ " if one.met else "✗ ") + one.text,) for one in request.seal.criteria),
        (Code(text=f"sealed {request.digest[:12]}, revision {request.seal.revision}"),),
    ]
    label = w.ANSWER_REASON_APPROVE if approve else w.ANSWER_REASON_DENY
    return Form(
        callback=submissions.ANSWER,
        title=title.format(id=request.id),
        submit="Approve" if approve else "Deny",
        private=private.model_dump_json(),
        intro=tuple(intro),
        fields=(FormField(name="reason", label=label, required=needed),),
    )


async def _open_sheet(world: World, cause: Cause, voice: Voice, click: Click) -> Verdict:
    system, action, alert_id = (*click.value.split(" ", 2), "", "", "")[:3]
    alert = await read_alert(world.store, alert_id)
    decision = may_request(world.book, system, action, voice.who.roles)
    if not decision.allowed or alert is None:
        draft = Draft(cause)
        voice.refuse(draft, action, (decision.words or w.NO_CASE_HERE,), decision.rule)
        return await world.store.commit(draft.build())
    sheet = world.action(system, action).sheet
    if sheet is None:
        return await world.store.commit(Draft(cause).build())
    private = Carried(
        do="sheet",
        subject=click.value,
        channel=voice.place.channel,
        thread_ts=voice.place.thread_ts,
        lone=voice.place.lone,
    ).marked(world, voice.who.user)
    known = known_from(alert)
    form = Form(
        callback=submissions.SHEET,
        title=sheet.title,
        submit="Ask for approval",
        private=private.model_dump_json(),
        intro=(texts.say(w.SHEET_INTRO, title=alert.case_id or alert.id, target=alert.title),),
        fields=sheet.fields(known),
    )
    return await _open(world, cause, voice, click, form)


async def _open(world: World, cause: Cause, voice: Voice, click: Click, form: Form) -> Verdict:
    """Open a modal; a trigger that has gone stale turns into a button that brings a fresh one."""
    draft = Draft(cause)
    draft.record("form-opened", form.callback, title=form.title)
    try:
        await world.messenger.open_form(click.trigger_id, form)
    except AskAgainWithNewTrigger:
        _offer_again(draft, voice, click, form.title)
    return await world.store.commit(draft.build())
