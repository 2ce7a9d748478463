"""From somebody's words about an alert to their effect: which alert, what is missing, the change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from handlers.alerting.words import VALUE, WHY, Ready, Word, right_of, usage, weigh
from handlers.alerts import wording
from handlers.alerts.model import Alert
from handlers.alerts.stored import alert_key, read_alert
from handlers.alerts.transitions import move_alert
from handlers.asking.filling import not_vouched, open_or_offer, plain_receipt
from handlers.asking.heard import Heard, whisper
from handlers.cards import note, titles
from handlers.changes import Cause, Draft, settle
from handlers.identity.answers import Voice
from handlers.identity.proof import Carried, doubt
from handlers.messages import Code, FieldKind, Form, FormField, Line, ThreadLink, Tone, User, plain
from handlers.parsing import LONGEST_REASON
from handlers.texts import FIELD_TOO_LONG, say
from handlers.values import No
from handlers.work import Verdict
from handlers.world import World
from policies.clocks import severities_beside
from policies.decisions import may_in_thread

FORM = "alert"
"""Name of the form's handler."""
_ALERT_ID = re.compile(r"A-[0-9A-Z]{4,12}", re.IGNORECASE)


async def on_word(world: World, cause: Cause, heard: Heard) -> Verdict:
    """`snooze 30m because …` in an alert's thread; anywhere with its id: `snooze A-… 30m because …`."""
    name, *values = heard.command.words
    name = name.lower()
    if values and _ALERT_ID.fullmatch(values[0]):
        alert = await read_alert(world.store, values[0].upper())
        if alert is None:
            line = say(wording.NO_ALERT_NAMED, id=Code(text=values[0].upper()))
            return await whisper(world, cause, heard.voice, note(line))
        values = values[1:]
    elif heard.alert is not None:
        alert = heard.alert
    else:
        words = Code(text=f"{world.book.slash('ops')} {name} A-…")
        return await whisper(world, cause, heard.voice, note(say(wording.WHICH_ALERT, words=words)))
    if alert.joined:
        # What is told in another alert's thread is seen to there: that one's clock runs for all of them.
        alert = await read_alert(world.store, alert.joined) or alert
    if len(values) > 1 and name not in ("done", "undone"):
        line = say(wording.TOO_MANY, word=Code(text=values[1][:40]), words=usage(world, alert, name))
        return await whisper(world, cause, heard.voice, note(line, Tone.BAD))
    word = Word(name, alert.id, " ".join(values), heard.command.reason)
    return await speak(world, cause, heard.voice, alert, word)


async def speak(world: World, cause: Cause, voice: Voice, alert: Alert, word: Word) -> Verdict:
    """Do what a word says, ask for what it lacks, or say kindly why not."""
    weighed = await weigh(world, voice.who, alert, word)
    if isinstance(weighed, No):
        if weighed.missing and word.name in wording.TITLES:
            form = word_form(world, voice, alert, word, weighed.line)
            return await open_or_offer(world, cause, voice, form, word.typed)
        draft = Draft(cause)
        _refuse(draft, world, voice, alert, word, weighed)
        return await world.store.commit(draft.build())
    receipt = plain_receipt(say(wording.RECEIPT, id=Code(text=alert.id)))
    doubted = await doubt(world, voice.who.user, voice.proof, receipt)
    if doubted is not None:
        return await not_vouched(world, cause, voice, doubted, word.typed)
    return await _do(world, cause, voice, word)


async def _do(world: World, cause: Cause, voice: Voice, word: Word) -> Verdict:
    key = alert_key(word.alert)

    async def decide(draft: Draft) -> None:
        alert = draft.load((await world.store.read((key,)))[key], Alert)
        if alert is None:
            return
        weighed = await weigh(world, voice.who, alert, word)
        if isinstance(weighed, No):
            _refuse(draft, world, voice, alert, word, weighed)
        else:
            _change(draft, world, voice, alert, word, weighed)

    return await settle(world.store, cause, decide)


def _change(draft: Draft, world: World, voice: Voice, alert: Alert, word: Word, ready: Ready) -> None:
    detail: dict[str, Any] = {"why": ready.why} | ({"held": list(ready.held)} if ready.held else {})
    moved = move_alert(draft, world, alert, ready.event, **detail)
    slot = f"{alert.slot}/{word.name}/{draft.cause.id}"
    draft.show(alert.channel, slot, note(ready.news(moved), Tone.QUIET), thread=alert.slot)
    if ready.tell and ready.tell != voice.who.user:
        title = f"{moved.severity} {moved.title}"
        line = say(wording.ASSIGNED_YOU, by=User(id=voice.who.user), title=title)
        link: Line = (ThreadLink(slot=alert.slot, text=wording.ASSIGNED_OPEN),)
        draft.show(ready.tell, f"{slot}/{ready.tell}", note(line, Tone.WARNING, link))


def _refuse(draft: Draft, world: World, voice: Voice, alert: Alert, word: Word, no: No) -> None:
    who = may_in_thread(world.book, alert.system, right_of(world, alert, word), voice.who.roles)
    could = "" if who.allowed else titles(world.book, who.who_could)
    voice.refuse(draft, alert.id, no.line, no.rule or who.rule, could)


def word_form(world: World, voice: Voice, alert: Alert, word: Word, why: Line) -> Form:
    """The modal that asks for what a word lacks."""
    place = voice.place
    carried = Carried(
        do="alert",
        subject=f"{word.name} {alert.id}",
        channel=place.channel,
        thread_ts=place.thread_ts,
        lone=place.lone,
    )
    return Form(
        callback=FORM,
        title=wording.TITLES[word.name].rstrip("…"),
        submit=wording.SUBMIT,
        private=carried.marked(world, voice.who.user).model_dump_json(),
        intro=((f"{alert.severity} · {alert.title}",), why),
        fields=_fields(world, alert, word),
    )


def _fields(world: World, alert: Alert, word: Word) -> tuple[FormField, ...]:
    why = FormField(name=WHY, label=wording.FIELD_WHY, initial=word.why, longest=LONGEST_REASON)
    match word.name:
        case "snooze":
            hint, initial = wording.FIELD_TIME_HINT, word.value
            label, kind = wording.FIELD_TIME, FieldKind.TEXT
            return FormField(name=VALUE, label=label, kind=kind, hint=hint, initial=initial), why
        case "assign":
            return (FormField(name=VALUE, label=wording.FIELD_PERSON, kind=FieldKind.PERSON),)
        case "severity":
            known = tuple(
                one for one in severities_beside(world.book, alert.severity) if one != alert.severity
            )
            label, kind = wording.FIELD_SEVERITY, FieldKind.CHOICE
            return FormField(name=VALUE, label=label, kind=kind, choices=known), why
        case "done":
            points = enumerate(alert.checklist, 1)
            left = tuple(f"{number}. {point.text}" for number, point in points if not point.by)
            label, kind = wording.FIELD_POINTS, FieldKind.SEVERAL
            return (FormField(name=VALUE, label=label, kind=kind, choices=left),)
        case _:
            return (why,)


async def submit_word(
    world: World, cause: Cause, voice: Voice, subject: str, values: Mapping[str, str]
) -> dict[str, str]:
    """A submitted form: a sentence a faulty field, or nothing when it was taken."""
    name, _, alert_id = subject.partition(" ")
    alert = await read_alert(world.store, alert_id)
    why = " ".join(values.get(WHY, "").split())
    if len(why) > LONGEST_REASON:
        await world.store.commit(Draft(cause).build())
        return {WHY: FIELD_TOO_LONG.format(limit=LONGEST_REASON)}
    if alert is None:
        await world.store.commit(Draft(cause).build())
        return {}
    value = values.get(VALUE, "").strip()
    if name == "done":
        value = " ".join(line.partition(".")[0] for line in value.splitlines())
    word = Word(name, alert.id, value, why)
    weighed = await weigh(world, voice.who, alert, word)
    if isinstance(weighed, No) and weighed.field in values:
        await world.store.commit(Draft(cause).build())
        return {weighed.field: plain(weighed.line)}
    await speak(world, cause, voice, alert, word)
    return {}
