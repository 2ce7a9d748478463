"""Submitted modals: answers, sheets and completed commands. They lead to the same transitions as words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from handlers import texts
from handlers.actions import Params
from handlers.alerting.acknowledging import alert_of
from handlers.alerting.thread_words import submit_word
from handlers.alerting.words import WHY
from handlers.alerts.model import Alert
from handlers.alerts.stored import read_alert
from handlers.asking.filling import CONFIRM, REASON, Wanted, ask_form
from handlers.asking.lasting import WORD as FOR
from handlers.asking.lasting import seconds_of
from handlers.asking.undoing import undo
from handlers.asking.wish import Wish, ask, gap_in, known_from, not_listed
from handlers.cards import UNDO
from handlers.changes import Cause, Draft, Place
from handlers.identity.answers import Voice, answer_request, refuse_nobody
from handlers.identity.proof import Carried, Submitted, read_carried
from handlers.identity.standing import standing
from handlers.messages import FieldKind, Form, FormField, plain
from handlers.parsing import LONGEST_REASON
from handlers.redaction import as_told
from handlers.requests.transitions import read_request
from handlers.requests.ways_back import against_undo, params_back
from handlers.speaking import wording as w
from handlers.values import No, filled_values, made_params
from handlers.world import World

ANSWER, SHEET = "answer", "sheet"
"""Names of the modals' handlers."""
Faults = dict[str, str]
"""A sentence a faulty field."""


@dataclass(frozen=True)
class Submission:
    """A submitted modal: what it carried says what it is for. `values` are by field name."""

    user: str
    private: str
    values: Mapping[str, str]


async def on_submit(world: World, cause: Cause, submission: Submission) -> Faults | Form:
    """A submitted modal: a sentence a faulty field, none when it was taken, or the modal that comes next."""
    carried = read_carried(submission.private)
    against = carried.against(world, submission.user, cause.at) if carried else texts.FORM_FORGED
    if carried is None or against:
        await _consume(world, cause, why=against)
        return {next(iter(submission.values), "reason"): against}
    who = await standing(world, submission.user)
    place = Place(carried.channel, carried.thread_ts, lone=carried.lone)
    if who.nobody:
        await refuse_nobody(world, cause, place, who)
        return {}
    voice = Voice(who, place, proof=Submitted())
    values = await _as_told(world, submission.values)
    if carried.do == "ask":
        return await _submit_ask(world, cause, voice, carried, values)
    if carried.do == "alert":
        return await submit_word(world, cause, voice, carried.subject, values)
    if carried.do == "sheet":
        return await _submit_sheet(world, cause, voice, carried, values)
    text = values.get("reason", "")
    if len(text) > LONGEST_REASON:
        await _consume(world, cause)
        return {"reason": texts.FIELD_TOO_LONG.format(limit=LONGEST_REASON)}
    approve = carried.do == "approve"
    await answer_request(
        world, cause, voice, carried.subject, approve=approve, text=text, revision=carried.revision
    )
    return {}


async def _as_told(world: World, values: Mapping[str, str]) -> Mapping[str, str]:
    """The values of a form: its reasons as they may be told, what an action works with as it was typed."""
    reasons = {name: " ".join(values[name].split()) for name in ("reason", REASON, WHY) if name in values}
    return {**values, **{name: await as_told(world.redactor, text) for name, text in reasons.items()}}


async def _consume(world: World, cause: Cause, why: str = "") -> None:
    """Finish the item without an effect; a refusal is recorded."""
    draft = Draft(cause)
    if why:
        draft.record("form-refused", "form", why=why)
    await world.store.commit(draft.build())


async def _submit_sheet(
    world: World, cause: Cause, voice: Voice, carried: Carried, values: Mapping[str, str]
) -> dict[str, str]:
    system, name, alert_id = (*carried.subject.split(" ", 2), "", "", "")[:3]
    alert = await read_alert(world.store, alert_id)
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


async def _submit_ask(
    world: World, cause: Cause, voice: Voice, carried: Carried, values: Mapping[str, str]
) -> Faults | Form:
    """A completed command: what is still wrong is said at its field; danger asks for the target's name."""
    reason = " ".join(values.get(REASON, "").split())
    system, name = carried.subject.split(" ", 2)[:2]
    if system == UNDO:
        return await _submit_undo(world, cause, voice, name, reason, values)
    if world.book.action(system, name) is None:
        await _consume(world, cause)
        return {}
    action, address = world.action(system, name), world.book.address(system)
    filled = filled_values(action, values)
    alert = await _alert_here(world, voice)
    known = {**known_from(alert), **filled}
    params = made_params(action, address, known)
    lasts = values.get(FOR, "").strip()
    faults = _ask_faults(values, params, reason)
    if unlisted := not_listed(world, system, action, params):
        faults[unlisted.field] = _beside(unlisted)
    if isinstance(no := seconds_of(action, lasts), No):
        faults[FOR] = _beside(no)
    if faults:
        await _consume(world, cause)
        return faults
    confirmed = values.get(CONFIRM, "").strip()
    wish = Wish(system, name, reason=reason, filled=tuple(filled.items()), confirmed=confirmed, lasts=lasts)
    danger = gap_in(action, address, wish, params)
    if danger is not None and not isinstance(params, No):
        await _consume(world, cause)
        wanted = Wanted(system, action, carried.subject, known, reason, params, lasts=lasts)
        return ask_form(world, voice.who.user, voice.place, wanted, danger)
    await ask(world, cause, voice, wish, alert)
    return {}


async def _submit_undo(
    world: World, cause: Cause, voice: Voice, undoes: str, reason: str, values: Mapping[str, str]
) -> Faults:
    """The reason for going back; its values are those of the way back and cannot be chosen."""
    done = await read_request(world.store, undoes)
    if done is None or against_undo(world, done) is not None:
        await undo(world, cause, voice, undoes, reason=reason)
        return {}
    params = params_back(world, done, known_from(await read_alert(world.store, done.alert_id)))
    faults = _ask_faults(values, params, reason)
    if faults:
        await _consume(world, cause)
        return faults
    await undo(world, cause, voice, undoes, reason=reason, confirmed=values.get(CONFIRM, "").strip())
    return {}


async def _alert_here(world: World, voice: Voice) -> Alert | None:
    """The alert of the thread in which the modal was opened."""
    place = voice.place
    thread = await world.store.thread(place.channel, place.thread_ts) if place.thread_ts else None
    return alert_of(thread)


def _beside(no: No) -> str:
    """What is wrong, as it stands beside its field: without its name, nor marks that would show there."""
    return plain(no.line).removeprefix(f"{no.field}: ").replace("`", "")


def _ask_faults(values: Mapping[str, str], params: Params | No, reason: str) -> Faults:
    faults: Faults = {}
    if isinstance(params, No):
        faults[params.field if params.field in values else REASON] = _beside(params)
    if not reason:
        faults[REASON] = w.FIELD_EMPTY
    elif len(reason) > LONGEST_REASON:
        faults[REASON] = texts.FIELD_TOO_LONG.format(limit=LONGEST_REASON)
    if CONFIRM in values and not isinstance(params, No) and values[CONFIRM].strip() != params.target:
        faults[CONFIRM] = w.FILL_CONFIRM_DIFFERS.format(target=params.target)
    return faults


def _faults(fields: tuple[FormField, ...], typed: Mapping[str, str]) -> dict[str, str]:
    """Faults that hold for any sheet: empty where it must not be, too long, no choice of ours."""
    faults = {}
    for field in fields:
        value = typed.get(field.name, "")
        if field.required and not value:
            faults[field.name] = w.FIELD_EMPTY
        elif len(value) > field.longest:
            faults[field.name] = texts.FIELD_TOO_LONG.format(limit=field.longest)
        elif field.kind is FieldKind.CHOICE and value and value not in field.choices:
            faults[field.name] = w.FIELD_EMPTY
    return faults
