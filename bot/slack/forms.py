"""Forms as modals. https://docs.slack.dev/reference/views/modal-views"""

from __future__ import annotations

from bot.slack.blocks import BUTTON, Block, section_block
from bot.slack.mrkdwn import lines_text
from handlers import texts
from handlers.messages import FieldKind, Form, FormField

_INPUT_LENGTH = 3000
_CHECKBOXES, _VALUE = 10, 150
"""Boxes that a group takes, and characters of an option's value."""
_WRITTEN = (FieldKind.TEXT, FieldKind.LONG_TEXT)
_TITLE = 24
"""Characters of a modal's title, and of the label of its button."""


def form_view(form: Form) -> Block:
    """A form as a modal."""
    blocks: list[Block] = []
    if form.intro:
        blocks.append(section_block(lines_text(form.intro, {})))
    blocks += [_input(field, focused=field is _next_to_write(form)) for field in form.fields]
    view: Block = {
        "type": "modal",
        "callback_id": form.callback,
        "title": {"type": "plain_text", "text": form.title[:_TITLE]},
        "close": {"type": "plain_text", "text": texts.NOT_NOW if form.submit else texts.CLOSE},
        "private_metadata": form.private,
        "blocks": blocks,
    }
    if form.submit:
        view["submit"] = {"type": "plain_text", "text": form.submit[:_TITLE]}
    return view


def _next_to_write(form: Form) -> FormField | None:
    """Where writing goes on after what is filled in; otherwise Slack begins at the first field by itself."""
    empty = next((field for field in form.fields if field.required and not field.initial), None)
    return empty if empty and empty.kind in _WRITTEN and empty is not form.fields[0] else None


def _options(choices: tuple[str, ...]) -> list[Block]:
    return [{"text": {"type": "plain_text", "text": one[:BUTTON]}, "value": one[:_VALUE]} for one in choices]


def _input(field: FormField, *, focused: bool) -> Block:
    element: Block = {"action_id": field.name}
    if focused:
        element["focus_on_load"] = True
    if field.kind is FieldKind.PERSON:
        element["type"] = "users_select"
    elif field.kind is FieldKind.SEVERAL:
        element["type"] = "checkboxes"
        element["options"] = _options(field.choices[:_CHECKBOXES])
    elif field.kind is FieldKind.CHOICE:
        element["type"] = "static_select"
        element["options"] = _options(field.choices)
    else:
        element["type"] = "plain_text_input"
        element["multiline"] = field.kind is FieldKind.LONG_TEXT
        element["max_length"] = min(field.longest, _INPUT_LENGTH)
        if field.initial:
            element["initial_value"] = field.initial[: element["max_length"]]
    block: Block = {
        "type": "input",
        "block_id": field.name,
        "optional": not field.required,
        "label": {"type": "plain_text", "text": field.label},
        "element": element,
    }
    if field.hint:
        block["hint"] = {"type": "plain_text", "text": field.hint}
    return block
