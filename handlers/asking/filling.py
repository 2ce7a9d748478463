"""The modal that completes a command: values that are missing, the reason, the name of a dangerous target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers import texts
from handlers.actions import Action, Params
from handlers.asking import wording as w
from handlers.asking.lasting import WORD as FOR
from handlers.cards import SAY_AGAIN, note, titles
from handlers.changes import Cause, Draft, Place
from handlers.errors import AskAgainWithNewTrigger
from handlers.identity.answers import Voice
from handlers.identity.proof import Carried, Doubt, Pressed
from handlers.messages import Button, ButtonStyle, Card, Code, FieldKind, Form, FormField, Line, Tone
from handlers.parsing import LONGEST_REASON
from handlers.work import Verdict
from handlers.world import World

ASK, RECEIPT = "ask", "receipt"
"""Names of the modals' handlers; a receipt has nothing to submit."""
REASON, CONFIRM = "because", "confirm"
"""Fields of the modal beside the action's own parameters. A parameter cannot have one of these names."""


@dataclass(frozen=True)
class Wanted:
    """What somebody wants done, as far as it is known. `words` are typed again by a button."""

    system: str
    action: Action
    words: str
    known: Mapping[str, Any]
    reason: str
    params: Params | None = None
    """The finished parameters; None while a value is missing."""
    lasts: str = ""
    undoes: str = ""
    """The request whose way back this is: the values are what they must be, and nobody is asked for them."""


def receipt(world: World, wanted: Wanted) -> Form:
    """What a person sees at once after a complete command, while the bot looks at the target."""
    rule = world.book.action(wanted.system, wanted.action.name)
    approvers = titles(world.book, rule.approve.roles) if rule and rule.approve else ""
    waits = texts.say(w.RECEIPT_WAITS, who=approvers) if approvers else (w.RECEIPT_ALONE,)
    call = wanted.words.split(" because ")[0]
    asked: Line = (f"{rule.title if rule else wanted.action.name}: ", Code(text=call))
    intro = (asked, texts.say(w.RECEIPT_BECAUSE, why=wanted.reason), (w.RECEIPT_LOOKING,), waits)
    return plain_receipt(*intro)


def plain_receipt(*intro: Line) -> Form:
    """A modal that is only read."""
    return Form(callback=RECEIPT, title=w.RECEIPT_TITLE, intro=intro)


def ask_form(world: World, user: str, place: Place, wanted: Wanted, why: Line) -> Form:
    """The modal that asks for what is missing, with what is known filled in."""
    rule = world.book.action(wanted.system, wanted.action.name)
    carried = Carried(
        do="ask", subject=wanted.words, channel=place.channel, thread_ts=place.thread_ts, lone=place.lone
    )
    what: Line = (f"{world.book.systems[wanted.system].title}: {rule.title if rule else ''}",)
    back = (texts.say(w.FILL_BACK, id=Code(text=wanted.undoes)),) if wanted.undoes else ()
    return Form(
        callback=ASK,
        title=w.FILL_TITLE,
        submit=w.FILL_SUBMIT,
        private=carried.marked(world, user).model_dump_json(),
        intro=(what, *back, why),
        fields=_fields(wanted),
    )


def _fields(wanted: Wanted) -> tuple[FormField, ...]:
    """One field a value that people type, then the reason; a dangerous wish also its target's name."""
    model = wanted.action.params.model_fields
    fields = [
        FormField(
            name=name,
            label=name.replace("_", " ").capitalize(),
            kind=FieldKind.TEXT,
            hint=model[name].description or "",
            required=model[name].is_required(),
            initial=_as_typed(wanted.known.get(name, "")),
        )
        for name in (() if wanted.undoes else wanted.action.takes)
    ]
    if wanted.action.timed and not wanted.undoes:
        hint, kind = w.FILL_FOR_HINT, FieldKind.TEXT
        fields.append(
            FormField(name=FOR, label=w.FILL_FOR, kind=kind, hint=hint, required=False, initial=wanted.lasts)
        )
    fields.append(FormField(name=REASON, label=w.FILL_REASON, initial=wanted.reason, longest=LONGEST_REASON))
    if wanted.params is not None and wanted.params.danger:
        label = w.FILL_CONFIRM.format(target=wanted.params.target)
        fields.append(FormField(name=CONFIRM, label=label, kind=FieldKind.TEXT, longest=200))
    return tuple(fields)


def _as_typed(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)


async def open_or_offer(world: World, cause: Cause, voice: Voice, form: Form, again: str) -> Verdict:
    """Open a modal with the trigger of a command or click; without a fresh one, offer a button for it."""
    draft = Draft(cause)
    draft.record("form-opened", form.callback, title=form.title)
    if isinstance(voice.proof, Pressed):
        try:
            await world.messenger.open_form(voice.proof.trigger_id, form)
            return await world.store.commit(draft.build())
        except AskAgainWithNewTrigger:
            pass  # the button below brings a fresh trigger
    draft.whisper(voice.place, voice.who.user, say_again(form.intro[-1], form.title, again))
    return await world.store.commit(draft.build())


def say_again(line: Line, label: str, words: str) -> Card:
    """A button that says the same words again, with the fresh trigger of its click."""
    button = Button(label=label, action=SAY_AGAIN, value=words, style=ButtonStyle.PRIMARY)
    return note(line, Tone.WAITING, (Code(text=words),), buttons=(button,))


async def not_vouched(world: World, cause: Cause, voice: Voice, doubted: Doubt, words: str) -> Verdict:
    """Nothing is done in a person's name that Slack does not vouch for; a late command gets a new button."""
    draft = Draft(cause)
    if doubted.stale:
        draft.record("command-stale", words)
        draft.whisper(voice.place, voice.who.user, say_again((doubted.why,), w.COMMAND_AGAIN, words))
    else:
        voice.refuse(draft, words, texts.say(texts.NOT_YOURS, why=doubted.why), texts.RULE_VOUCHED)
    return await world.store.commit(draft.build())
