"""Cards and forms as Block Kit. Foreign text is escaped and cut to Slack's limits; nothing else formats it.

Limits: https://docs.slack.dev/reference/block-kit/blocks and the objects beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from handlers.messages import (
    Button,
    ButtonStyle,
    Card,
    Check,
    Code,
    Fact,
    FieldKind,
    Form,
    FormField,
    Group,
    Line,
    Link,
    Span,
    Strong,
    ThreadLink,
    Tone,
    User,
    When,
)

Block = dict[str, Any]
Links = Mapping[str, str]
"""Permalinks of messages, by slot."""

_SECTION, _FIELD, _HEADER, _CONTEXT, _BUTTON, _FALLBACK = 2900, 1900, 150, 1900, 75, 3000
_EMOJI = {
    Tone.CRITICAL: "🔥",
    Tone.WARNING: "⚠️",
    Tone.WAITING: "⏳",
    Tone.WORKING: "⚙️",
    Tone.GOOD: "✅",
    Tone.BAD: "⛔",
    Tone.UNSURE: "❓",
    Tone.QUIET: "",
}
_CHECKS = {True: "✅", False: "❌", None: "⏳"}
_INPUT_LENGTH = 3000


def escape(text: str) -> str:
    """Escape the three characters that Slack reads as markup.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# Inside a word a marker formats nothing: `run_1.json` stays as it is, and can be copied.
_MARKER = re.compile(r"(?<![A-Za-z0-9])[*_~`]|[*_~`](?![A-Za-z0-9])")


def _plain(text: str) -> str:
    """Foreign text that must not format: an invisible joiner keeps markers at word edges from pairing up."""
    return _MARKER.sub("\u2060\\g<0>\u2060", escape(text))


def _span(span: Span, links: Links) -> str:
    match span:
        case str():
            return _plain(span)
        case User(id=id_):
            return f"<@{id_}>"
        case Group(id=id_):
            return f"<!subteam^{id_}>"
        case When(at=at):
            fallback = f"{at:%Y-%m-%d %H:%M} UTC"
            return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"
        case Code(text=text):
            return f"`{escape(text).replace('`', 'ˋ')}`"
        case Strong(text=text):
            return f"*{escape(text).replace('*', '∗')}*"
        case Link(url=url, text=text):
            return f"<{url}|{escape(text)}>"
        case ThreadLink(slot=slot, text=text):
            return f"<{links[slot]}|{escape(text)}>" if slot in links else escape(text)


def line_text(line: Line, links: Links) -> str:
    """A line as Slack mrkdwn."""
    return "".join(_span(span, links) for span in line)


def _cut(text: str, limit: int) -> str:
    """Cut at a line or word so that no entity or mention is torn."""
    if len(text) <= limit:
        return text
    head = text[: limit - 2]
    return head[: max(head.rfind("\n"), head.rfind(" "), 1)] + " …"


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": _cut(text, _SECTION)}}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": _cut(text, _CONTEXT)}]}


def _lines(lines: Iterable[Line], links: Links) -> str:
    return "\n".join(line_text(line, links) for line in lines)


def _quoted(document: Fact, links: Links) -> str:
    """A longer text under its label, set off from the bot's own words."""
    text = line_text(document.value, links).replace("\n", "\n> ")
    return f"*{escape(document.label)}*\n> {text}"


def _checks(checks: Iterable[Check], links: Links) -> str:
    return "\n".join(f"{_CHECKS[check.met]} {line_text(check.text, links)}" for check in checks)


def _button(button: Button) -> Block:
    block: Block = {
        "type": "button",
        "action_id": button.action,
        "text": {"type": "plain_text", "text": button.label[:_BUTTON], "emoji": True},
        "value": button.value,
    }
    if button.style is not ButtonStyle.PLAIN:
        block["style"] = button.style.value
    return block


def card_blocks(card: Card, links: Links) -> list[Block]:
    """A card as blocks: title, facts, words, checks, next step, buttons, who did what, footnote."""
    emoji = _EMOJI[card.tone]
    blocks: list[Block] = []
    if card.title:
        text = f"{emoji} {card.title}".strip()
        header = {"type": "plain_text", "text": _cut(text, _HEADER), "emoji": True}
        blocks.append({"type": "header", "text": header})
    if card.facts:
        fields = [
            {
                "type": "mrkdwn",
                "text": _cut(f"*{escape(fact.label)}*\n{line_text(fact.value, links)}", _FIELD),
            }
            for fact in card.facts[:10]
        ]
        blocks.append({"type": "section", "fields": fields})
    if card.body:
        words = _lines(card.body, links)
        blocks.append(_section(words if card.title else f"{emoji} {words}".strip()))
    blocks += [_section(_quoted(document, links)) for document in card.documents]
    if card.checks:
        label = f"*{escape(card.checks_label)}*\n" if card.checks_label else ""
        blocks.append(_section(label + _checks(card.checks, links)))
    if card.next_step:
        blocks.append(_section(line_text(card.next_step, links)))
    if card.buttons:
        blocks.append({"type": "actions", "elements": [_button(button) for button in card.buttons]})
    if card.trail:
        blocks.append(_context(_lines(card.trail, links)))
    if card.footnote:
        blocks.append(_context(line_text(card.footnote, links)))
    return blocks


def fallback(card: Card) -> str:
    """The text of notifications and screen readers."""
    return _cut(f"{_EMOJI[card.tone]} {escape(card.summary)}".strip(), _FALLBACK)


def form_view(form: Form) -> Block:
    """A form as a modal. https://docs.slack.dev/reference/views/modal-views"""
    blocks: list[Block] = []
    if form.intro:
        blocks.append(_section(_lines(form.intro, {})))
    blocks += [_input(field) for field in form.fields]
    return {
        "type": "modal",
        "callback_id": form.callback,
        "title": {"type": "plain_text", "text": form.title[:24]},
        "submit": {"type": "plain_text", "text": form.submit[:24]},
        "close": {"type": "plain_text", "text": "Not now"},
        "private_metadata": form.private,
        "blocks": blocks,
    }


def _input(field: FormField) -> Block:
    element: Block = {"action_id": field.name}
    if field.kind is FieldKind.CHOICE:
        element["type"] = "static_select"
        element["options"] = [
            {"text": {"type": "plain_text", "text": choice[:_BUTTON]}, "value": choice}
            for choice in field.choices
        ]
    else:
        element["type"] = "plain_text_input"
        element["multiline"] = field.kind is FieldKind.LONG_TEXT
        element["max_length"] = min(field.longest, _INPUT_LENGTH)
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
