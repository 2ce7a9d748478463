"""Commands: words after a slash command or a mention become requests, forms, or an answer in words."""

from __future__ import annotations

from dataclasses import dataclass

from handlers import texts
from handlers.alerts import Alert
from handlers.answers import Voice
from handlers.asking import Wish, ask
from handlers.cards import OPEN_FORM, note, request_card, state_words
from handlers.changes import Cause, Draft, Place, settle
from handlers.finding import find, which_one
from handlers.help import help_card
from handlers.messages import Button, ButtonStyle, Card, Code, Line, Tone
from handlers.parsing import Command, Unreadable, parse_command
from handlers.proof import Proof
from handlers.readings import ask_look
from handlers.replies import alert_in
from handlers.requests import Cancelled, Request, RequestState
from handlers.standing import Standing, standing
from handlers.transitions import move_request, request_key
from handlers.work import Thread, Verdict
from handlers.world import World
from policies.decisions import may_request

HELP, STATUS, CANCEL = "help", "status", "cancel"


@dataclass(frozen=True)
class Typed:
    """A command as it was typed. `thread_ts` is empty outside threads; slash commands never have one."""

    user: str
    place: Place
    text: str
    thread_ts: str = ""
    proof: Proof | None = None


async def on_command(world: World, cause: Cause, typed: Typed) -> Verdict:
    """Understand a command and do it, or say privately why not."""
    command = parse_command(typed.text)
    if isinstance(command, Unreadable):
        return await whisper(world, cause, typed, note((command.why,)))
    who = await standing(world, typed.user)
    if who.nobody:
        line = texts.say(texts.NOBODY, who="You", why=who.nobody)
        return await whisper(world, cause, typed, note((*line, " ", texts.NEXT_ASK_MEMBER), Tone.BAD))
    thread = await world.store.thread(typed.place.channel, typed.thread_ts) if typed.thread_ts else None
    alert = alert_in(Draft(cause), thread) if thread else None
    word = command.words[0].lower() if command.words else HELP
    match word:
        case "help":
            return await whisper(
                world,
                cause,
                typed,
                help_card(world, who, _second(command) or (alert.system if alert else "")),
            )
        case "status":
            return await _status(world, cause, typed, thread, command)
        case "cancel":
            return await _cancel(world, cause, typed, who, command)
    found = find(world, command, alert.system if alert else "")
    if not found:
        line = texts.say(texts.UNKNOWN_COMMAND, words=Code(text=_short(command)), help=Code(text="/ops help"))
        return await whisper(world, cause, typed, note(line))
    if len(found) > 1:
        return await whisper(world, cause, typed, which_one(world, command, found))
    wish = Wish(found[0].system, found[0].action, found[0].rest, command.named, command.reason)
    if found[0].reading:
        return await ask_look(world, cause, Voice(who, typed.place), wish, alert)
    if world.action(wish.system, wish.action).sheet is not None:
        return await _offer_form(world, cause, typed, who, wish, alert)
    return await ask(world, cause, Voice(who, typed.place, proof=typed.proof), wish, alert)


async def whisper(world: World, cause: Cause, typed: Typed, card: Card) -> Verdict:
    """Answer one person and change nothing."""
    draft = Draft(cause)
    draft.whisper(typed.place, typed.user, card)
    return await world.store.commit(draft.build())


def _second(command: Command) -> str:
    return command.words[1].lower() if len(command.words) > 1 else ""


def _short(command: Command) -> str:
    return " ".join(command.words)[:60]


async def _status(
    world: World, cause: Cause, typed: Typed, thread: Thread | None, command: Command
) -> Verdict:
    """`status R-…`, or of the thread it is asked in."""
    if len(command.words) > 1:
        wanted = command.words[1].upper()
        key = request_key(wanted)
        body = (await world.store.read((key,)))[key].body
        if not body:
            line = texts.say(texts.NO_SUCH_REQUEST, id=Code(text=wanted))
            return await whisper(world, cause, typed, note(line))
        card = request_card(Request.model_validate_json(body), world.book)
        return await whisper(world, cause, typed, card.model_copy(update={"buttons": ()}))
    lines: list[Line] = []
    for stored in thread.objects if thread else ():
        if stored.key.kind == "request":
            request = Request.model_validate_json(stored.body)
            lines.append(
                (Code(text=request.id), f" {request.action} {request.target}: {state_words(request.state)}")
            )
        else:
            alert = Alert.model_validate_json(stored.body)
            lines.append((Code(text=alert.id), f" {alert.severity} {alert.title}: {alert.state}"))
    card = note(lines[0], Tone.QUIET, *lines[1:]) if lines else note((texts.STATUS_NONE,))
    return await whisper(world, cause, typed, card)


async def _cancel(world: World, cause: Cause, typed: Typed, who: Standing, command: Command) -> Verdict:
    """`cancel R-…`: who asked takes it back, before it runs."""
    wanted = command.words[1].upper() if len(command.words) > 1 else ""
    return await cancel(world, cause, Voice(who, typed.place), wanted)


async def cancel(world: World, cause: Cause, voice: Voice, request_id: str) -> Verdict:
    """Take back a request. Only a requester can, and only while nothing has run."""
    key = request_key(request_id)

    async def decide(draft: Draft) -> None:
        request = draft.load((await world.store.read((key,)))[key], Request) if request_id else None
        if request is None:
            line = texts.say(texts.NO_SUCH_REQUEST, id=Code(text=request_id or "…"))
            draft.whisper(voice.place, voice.who.user, note(line))
            return
        early = request.state in (RequestState.AWAITING_APPROVAL, RequestState.APPROVED)
        if not early or voice.who.user not in request.requesters:
            line = texts.say(texts.CANNOT_CANCEL, id=Code(text=request.id), state=state_words(request.state))
            voice.refuse(draft, request.id, line, "only who asked cancels, before it runs")
            return
        move_request(draft, world, request, Cancelled(voice.who.user))

    return await settle(world.store, cause, decide)


async def _offer_form(
    world: World, cause: Cause, typed: Typed, who: Standing, wish: Wish, alert: Alert | None
) -> Verdict:
    """Actions with much to write open a form, by a button: only a click brings Slack's trigger_id."""
    decision = may_request(world.book, wish.system, wish.action, who.roles)
    if not decision.allowed:
        draft = Draft(cause)
        Voice(who, typed.place).refuse(draft, wish.action, (" ".join(decision.reasons),), decision.rule)
        return await world.store.commit(draft.build())
    if alert is None or not alert.case_id:
        return await whisper(world, cause, typed, note((texts.NO_CASE_HERE,)))
    value = f"{wish.system} {wish.action} {alert.id}"
    button = Button(label=texts.SHEET_BUTTON, action=OPEN_FORM, value=value, style=ButtonStyle.PRIMARY)
    return await whisper(world, cause, typed, note((texts.OPEN_FORM,), Tone.WAITING, buttons=(button,)))
