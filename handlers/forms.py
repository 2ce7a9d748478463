"""Buttons and modals. They lead to the same transitions as words.

A click proves nothing by itself: a thief of the signing secret could forge one. A modal does: it opens only
with Slack's own `trigger_id`, and what comes back carries a mark that was made for that very person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from handlers import texts
from handlers.alerts import Alert
from handlers.answers import Voice, answer_request, may_answer, refuse_nobody
from handlers.asking import Wish, ask, known_from
from handlers.cards import APPROVE, note
from handlers.changes import Cause, Draft, Place
from handlers.commands import cancel
from handlers.errors import AskAgainWithNewTrigger
from handlers.messages import Button, ButtonStyle, Code, FieldKind, Form, FormField, Tone
from handlers.parsing import Ack
from handlers.replies import acknowledge
from handlers.requests import Request, RequestState
from handlers.standing import standing
from handlers.transitions import alert_key, read_request, thread_set
from handlers.work import Thread, Verdict
from handlers.world import World
from policies.decisions import may_request

ANSWER, SHEET = "answer", "sheet"
"""Names of the modals' handlers."""
_LONGEST_REASON = 500


@dataclass(frozen=True)
class Click:
    """A pressed button: which handler, what it carries, and Slack's three-second trigger."""

    user: str
    place: Place
    action: str
    value: str
    trigger_id: str


@dataclass(frozen=True)
class Submission:
    """A submitted modal. `values` are by field name."""

    user: str
    callback: str
    private: str
    values: Mapping[str, str]


class _Private(BaseModel):
    """What a modal carries through Slack and back, marked for the one who opened it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    do: Literal["approve", "deny", "sheet"]
    subject: str
    revision: int = 0
    channel: str = ""
    thread_ts: str = ""
    mac: str = ""

    def marked(self, world: World, user: str) -> _Private:
        return self.model_copy(update={"mac": world.sealer.mac(*self._covered(user))})

    def holds(self, world: World, user: str) -> bool:
        return world.sealer.verify(self.mac, *self._covered(user))

    def _covered(self, user: str) -> tuple[str, ...]:
        return ("form", user, self.do, self.subject, str(self.revision), self.channel, self.thread_ts)


async def on_click(world: World, cause: Cause, click: Click) -> Verdict:
    """A pressed button: weigh who pressed it, then act or open the modal that asks for the words."""
    who = await standing(world, click.user)
    voice = Voice(who, click.place)
    if who.nobody:
        draft = Draft(cause)
        line = texts.say(texts.NOBODY, who="You", why=who.nobody)
        voice.refuse(draft, click.action, line, texts.RULE_IDENTITY)
        return await world.store.commit(draft.build())
    match click.action:
        case "ack":
            return await _acknowledge(world, cause, voice, click.value)
        case "cancel":
            return await cancel(world, cause, voice, click.value)
        case "approve" | "deny":
            return await _open_answer(world, cause, voice, click)
        case "open-form":
            return await _open_sheet(world, cause, voice, click)
        case _:
            return await world.store.commit(Draft(cause).build())


async def _acknowledge(world: World, cause: Cause, voice: Voice, alert_id: str) -> Verdict:
    slot = f"alert/{alert_id}"
    objects = await world.store.linked(thread_set(slot))
    thread = Thread(slot, voice.place.channel, voice.place.thread_ts, tuple(objects))
    return await acknowledge(world, cause, voice, thread, Ack())


async def _open_answer(world: World, cause: Cause, voice: Voice, click: Click) -> Verdict:
    """Show what is sealed and ask for the words; refuse at once who may not answer anyway."""
    request = await read_request(world.store, click.value)
    if request is None:
        return await world.store.commit(Draft(cause).build())
    approve = click.action == APPROVE
    decision = may_answer(world, request, voice.who, approve=approve)
    if not decision.allowed or request.state is not RequestState.AWAITING_APPROVAL:
        return await answer_request(world, cause, voice, request.id, approve=approve, text=".")
    return await _open(world, cause, voice, click, _answer_form(world, voice, request, click.action))


def _answer_form(world: World, voice: Voice, request: Request, verb: str) -> Form:
    approve = verb == APPROVE
    private = _Private(
        do="approve" if approve else "deny",
        subject=request.id,
        revision=request.seal.revision,
        channel=voice.place.channel,
        thread_ts=voice.place.thread_ts,
    ).marked(world, voice.who.user)
    rule = world.book.action(request.system, request.action)
    needed = not approve or bool(rule and rule.approve and rule.approve.reason == "required")
    title = texts.ANSWER_TITLE_APPROVE if approve else texts.ANSWER_TITLE_DENY
    intro = [
        (f"{rule.title if rule else request.action}: {request.target}",),
        (f"Because: {request.reason}",),
        *((f"{label}: {value}",) for label, value in request.shown),
        *((("✓ " if one.met else "✗ ") + one.text,) for one in request.seal.criteria),
        (Code(text=f"sealed {request.digest[:12]}, revision {request.seal.revision}"),),
    ]
    label = texts.ANSWER_REASON_APPROVE if approve else texts.ANSWER_REASON_DENY
    return Form(
        callback=ANSWER,
        title=title.format(id=request.id),
        submit="Approve" if approve else "Deny",
        private=private.model_dump_json(),
        intro=tuple(intro),
        fields=(FormField(name="reason", label=label, required=needed),),
    )


async def _open_sheet(world: World, cause: Cause, voice: Voice, click: Click) -> Verdict:
    system, action, alert_id = (*click.value.split(" ", 2), "", "", "")[:3]
    alert = await _alert(world, alert_id)
    decision = may_request(world.book, system, action, voice.who.roles)
    if not decision.allowed or alert is None:
        draft = Draft(cause)
        voice.refuse(draft, action, (" ".join(decision.reasons) or texts.NO_CASE_HERE,), decision.rule)
        return await world.store.commit(draft.build())
    sheet = world.action(system, action).sheet
    if sheet is None:
        return await world.store.commit(Draft(cause).build())
    private = _Private(
        do="sheet",
        subject=click.value,
        channel=voice.place.channel,
        thread_ts=voice.place.thread_ts,
    ).marked(world, voice.who.user)
    known = known_from(alert)
    form = Form(
        callback=SHEET,
        title=sheet.title,
        submit="Ask for approval",
        private=private.model_dump_json(),
        intro=(texts.say(texts.SHEET_INTRO, title=alert.case_id or alert.id, target=alert.title),),
        fields=sheet.fields(known),
    )
    return await _open(world, cause, voice, click, form)


async def _alert(world: World, alert_id: str) -> Alert | None:
    key = alert_key(alert_id)
    body = (await world.store.read((key,)))[key].body
    return Alert.model_validate_json(body) if body else None


async def _open(world: World, cause: Cause, voice: Voice, click: Click, form: Form) -> Verdict:
    """Open a modal; a trigger that has gone stale turns into a button that brings a fresh one."""
    draft = Draft(cause)
    draft.record("form-opened", form.callback, title=form.title)
    try:
        await world.messenger.open_form(click.trigger_id, form)
    except AskAgainWithNewTrigger:
        button = Button(label=form.title, action=click.action, value=click.value, style=ButtonStyle.PRIMARY)
        draft.whisper(voice.place, voice.who.user, note((texts.FORM_STALE,), Tone.WAITING, buttons=(button,)))
    return await world.store.commit(draft.build())


async def on_submit(world: World, cause: Cause, submission: Submission) -> dict[str, str]:
    """A submitted modal. Returns a sentence a faulty field; empty when it was taken."""
    private = _read_private(submission.private)
    if private is None or not private.holds(world, submission.user):
        await _consume(world, cause, why=texts.FORM_FORGED)
        return {next(iter(submission.values), "reason"): texts.FORM_FORGED}
    who = await standing(world, submission.user)
    place = Place(private.channel, private.thread_ts)
    if who.nobody:
        await refuse_nobody(world, cause, place, who)
        return {}
    voice = Voice(who, place)
    if private.do == "sheet":
        return await _submit_sheet(world, cause, voice, private, submission.values)
    text = " ".join(submission.values.get("reason", "").split())
    if len(text) > _LONGEST_REASON:
        await _consume(world, cause)
        return {"reason": texts.FIELD_TOO_LONG.format(limit=_LONGEST_REASON)}
    approve = private.do == "approve"
    await answer_request(
        world, cause, voice, private.subject, approve=approve, text=text, revision=private.revision
    )
    return {}


def _read_private(text: str) -> _Private | None:
    try:
        return _Private.model_validate_json(text)
    except ValidationError:
        return None


async def _consume(world: World, cause: Cause, why: str = "") -> None:
    """Finish the item without an effect; a refusal is recorded."""
    draft = Draft(cause)
    if why:
        draft.record("form-refused", "form", why=why)
    await world.store.commit(draft.build())


async def _submit_sheet(
    world: World, cause: Cause, voice: Voice, private: _Private, values: Mapping[str, str]
) -> dict[str, str]:
    system, name, alert_id = (*private.subject.split(" ", 2), "", "", "")[:3]
    alert = await _alert(world, alert_id)
    action = world.action(system, name)
    if action.sheet is None or alert is None:
        await _consume(world, cause)
        return {}
    typed = {field: value.strip() for field, value in values.items()}
    known = known_from(alert)
    missing = action.sheet.missing(typed, known) | _faults(action.sheet.fields(known), typed)
    if missing:
        await _consume(world, cause)
        return missing
    filled = tuple(sorted(typed.items()))
    reason = f"documentation of {alert.case_id}"
    await ask(world, cause, voice, Wish(system, name, reason=reason, filled=filled), alert)
    return {}


def _faults(fields: tuple[FormField, ...], typed: Mapping[str, str]) -> dict[str, str]:
    """Faults that hold for any sheet: empty where it must not be, too long, no choice of ours."""
    faults = {}
    for field in fields:
        value = typed.get(field.name, "")
        if field.required and not value:
            faults[field.name] = texts.FIELD_EMPTY
        elif len(value) > field.longest:
            faults[field.name] = texts.FIELD_TOO_LONG.format(limit=field.longest)
        elif field.kind is FieldKind.CHOICE and value and value not in field.choices:
            faults[field.name] = texts.FIELD_EMPTY
    return faults
