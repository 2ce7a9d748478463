"""Commands: words after a slash command or a mention become requests, forms, or an answer in words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from handlers import texts
from handlers.alerting.acknowledging import alert_of
from handlers.alerting.switching import WORD as KILL_SWITCH
from handlers.alerting.switching import kill_switch
from handlers.alerting.thread_words import on_word
from handlers.alerting.words import WORDS
from handlers.asking.cancelling import cancel
from handlers.asking.extending import EXTEND, extend_command
from handlers.asking.heard import Heard, Typed, whisper
from handlers.asking.undoing import undo_command
from handlers.asking.wish import Wish, ask
from handlers.cards import OPEN_FORM, note
from handlers.changes import Cause, Draft
from handlers.identity.answers import Voice
from handlers.identity.standing import Standing, standing
from handlers.looking import lookups
from handlers.looking.board import start_board
from handlers.looking.followed import unfollow
from handlers.looking.lists import history, pending
from handlers.looking.on_duty import on_call
from handlers.looking.readings import ask_look
from handlers.messages import Button, ButtonStyle, Code, Tone
from handlers.parsing import Unreadable, parse_command
from handlers.redaction import as_told
from handlers.speaking import wording as w
from handlers.speaking.declining import decline, declined
from handlers.speaking.finding import find, of_channel, which_one
from handlers.speaking.help import help_card
from handlers.speaking.locking import lift, lock
from handlers.speaking.suggesting import unknown_command
from handlers.speaking.threads import find_thread
from handlers.work import Verdict
from handlers.world import World
from policies.decisions import may_request

HELP = "help"


async def on_command(world: World, cause: Cause, typed: Typed) -> Verdict:
    """Understand a command and do it, or say privately why not."""
    command = parse_command(typed.text)
    if isinstance(command, Unreadable):
        return await whisper(world, cause, _unweighed(typed), note((command.why,)))
    who = await standing(world, typed.user)
    if who.nobody:
        line = texts.say(texts.NOBODY, who="You", why=who.nobody)
        card = note((*line, " ", texts.NEXT_ASK_MEMBER), Tone.BAD)
        return await whisper(world, cause, _unweighed(typed), card)
    # What people write beside their values travels as far as alerts do (ADR 29).
    command = replace(command, reason=await as_told(world.redactor, command.reason))
    thread = await find_thread(world, typed.place.channel, typed.thread_ts) if typed.thread_ts else None
    voice = Voice(who, typed.place, proof=typed.proof)
    heard = Heard(command, voice, thread, alert_of(thread), typed.channel_name)
    word = command.words[0].lower() if command.words else HELP
    if heard.second.lower() == KILL_SWITCH and word in world.book.systems:
        word = KILL_SWITCH
    return await OWN.get(word, _act)(world, cause, heard)


def _unweighed(typed: Typed) -> Voice:
    """The voice of somebody who holds no role as far as this goes."""
    return Voice(Standing(typed.user, "", frozenset()), typed.place)


async def _act(world: World, cause: Cause, heard: Heard, *, dry: bool = False) -> Verdict:
    """The words name an action or a reading of some system."""
    command, voice = heard.command, heard.voice
    found = of_channel(world, find(world, command, heard.system), heard)
    if not found and (other := declined(world, heard)) is not None:
        return await decline(world, cause, heard, other)
    if not found:
        card = unknown_command(world, command.words, heard.system, OWN)
        return await whisper(world, cause, voice, card)
    if len(found) > 1:
        return await whisper(world, cause, voice, which_one(world, command, found))
    wish = Wish(found[0].system, found[0].action, found[0].rest, command.named, command.reason, dry=dry)
    if found[0].reading:
        return await ask_look(world, cause, voice, wish, heard.alert)
    if world.action(wish.system, wish.action).sheet is not None:
        return await _offer_form(world, cause, heard, wish)
    return await ask(world, cause, voice, wish, heard.alert)


async def _help(world: World, cause: Cause, heard: Heard) -> Verdict:
    card = help_card(world, heard.voice.who, heard.second.lower() or heard.system)
    return await whisper(world, cause, heard.voice, card)


async def _cancel(world: World, cause: Cause, heard: Heard) -> Verdict:
    """`cancel R-…`: who asked takes it back, before it runs."""
    if not heard.second:
        ops = world.book.slash("ops")
        words, pending_words = Code(text=f"{ops} cancel R-…"), Code(text=f"{ops} pending")
        line = texts.say(w.WHICH_TO_CANCEL, words=words, pending=pending_words)
        return await whisper(world, cause, heard.voice, note(line))
    return await cancel(world, cause, heard.voice, heard.second.upper())


async def _dry_run(world: World, cause: Cause, heard: Heard) -> Verdict:
    """`dry-run <action> …`: what the request's card would say, without asking for anything."""
    rest = replace(heard.command, words=heard.command.words[1:])
    return await _act(world, cause, replace(heard, command=rest), dry=True)


async def _offer_form(world: World, cause: Cause, heard: Heard, wish: Wish) -> Verdict:
    """Actions with much to write open a form, by a button: only a click brings Slack's trigger_id."""
    voice, alert = heard.voice, heard.alert
    decision = may_request(world.book, wish.system, wish.action, voice.who.roles)
    if not decision.allowed:
        draft = Draft(cause)
        voice.refuse(draft, wish.action, (decision.words,), decision.rule)
        return await world.store.commit(draft.build())
    if alert is None or not alert.case_id:
        return await whisper(world, cause, voice, note((w.NO_CASE_HERE,)))
    value = f"{wish.system} {wish.action} {alert.id}"
    button = Button(label=w.SHEET_BUTTON, action=OPEN_FORM, value=value, style=ButtonStyle.PRIMARY)
    return await whisper(world, cause, voice, note((w.OPEN_FORM,), Tone.WAITING, buttons=(button,)))


OWN: Mapping[str, Callable[[World, Cause, Heard], Awaitable[Verdict]]] = {
    HELP: _help,
    "status": lookups.status,
    "cancel": _cancel,
    "dry-run": _dry_run,
    "pending": pending,
    "history": history,
    "board": start_board,
    "oncall": on_call,
    "undo": undo_command,
    EXTEND: extend_command,
    "lockdown": lock,
    "lift": lift,
    KILL_SWITCH: kill_switch,
    "unfollow": unfollow,
    **dict.fromkeys(WORDS, on_word),
}
"""The bot's own commands, by their first word; every other word names an action or a reading."""
