"""Cards as Block Kit, cut to Slack's limits.

Limits: https://docs.slack.dev/reference/block-kit/blocks and the objects beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from bot.slack.mrkdwn import EMOJI, Links, cut, cut_plain, escape, line_text, lines_text, straight
from handlers import texts
from handlers.messages import (
    Button,
    ButtonStyle,
    Card,
    Check,
    Fact,
    Image,
    Section,
    Table,
    plain,
)

Block = dict[str, Any]
_HEADER, BUTTON, _FALLBACK, _CELL = 150, 75, 900, 120
"""Characters. The fallback's worst case, four bytes each, is below the 4,000 bytes that chat.update takes."""
_ROOMS = (2900, 1900, 1200, 600)
"""Characters of a section, half as many of a field, tried in turn until the whole message fits."""
_DIFF_ROOMS = 2
"""How many sections' room a diff has."""
_ALL = 12_500
"""Characters of all blocks together; Slack refuses more than about 13,200 (slackapi/bolt-js issue 2509)."""
_ALT = 2000
"""Characters of a picture's description."""
_FIELDS = 10
"""Facts that one section takes."""
_CHECKS = {True: "✅", False: "❌", None: "⏳"}


def section_block(text: str, room: int = _ROOMS[0], end: str = " …") -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": cut(text, room, end)}}


def _context(text: str, room: int) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": cut(text, room)}]}


def _quoted(document: Fact, links: Links) -> str:
    """A longer text under its label, set off from the bot's own words."""
    text = line_text(document.value, links).replace("\n", "\n> ")
    return f"*{escape(document.label)}*\n> {text}"


def _diff(diff: Fact, room: int) -> Block:
    """Lines in letters of one width, where nothing is read as markup.

    https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
    """
    label = {"type": "text", "text": straight(diff.label), "style": {"bold": True}}
    lines = {"type": "text", "text": cut_plain(plain(diff.value), room * _DIFF_ROOMS, texts.CUT) or "-"}
    parts = [
        {"type": "rich_text_section", "elements": [label]},
        {"type": "rich_text_preformatted", "elements": [lines]},
    ]
    return {"type": "rich_text", "elements": parts}


def _under_label(section: Section, links: Links) -> str:
    label = f"*{escape(section.label)}*\n" if section.label else ""
    return label + lines_text(section.lines, links)


def _checks(checks: Iterable[Check], links: Links) -> str:
    return "\n".join(f"{_CHECKS[check.met]} {line_text(check.text, links)}" for check in checks)


def _buttons(buttons: Sequence[Button]) -> list[Block]:
    """Buttons side by side; those with the same handler are numbered, because Slack takes a name once."""
    made = [_button(button) for button in buttons]
    seen: Counter[str] = Counter()
    for block, button in zip(made, buttons, strict=True):
        if seen[button.action]:
            block["action_id"] = f"{button.action}{NUMBERED}{seen[button.action]}"
        seen[button.action] += 1
    return made


def _menu(entries: Sequence[Button]) -> list[Block]:
    """What is wanted more seldom, behind three dots.

    https://docs.slack.dev/reference/block-kit/block-elements/overflow-menu-element
    """
    if not entries:
        return []
    options = [
        {"text": {"type": "plain_text", "text": one.label[:BUTTON], "emoji": True}, "value": one.value}
        for one in entries[:_ENTRIES]
    ]
    return [{"type": "overflow", "action_id": f"{entries[0].action}{NUMBERED}menu", "options": options}]


_ENTRIES = 5
"""Entries that a menu takes."""
NUMBERED = ":"
"""Between the name of a button's handler and the number of a button that has it too."""


def _button(button: Button) -> Block:
    block: Block = {
        "type": "button",
        "action_id": button.action,
        "text": {"type": "plain_text", "text": button.label[:BUTTON], "emoji": True},
        "value": button.value,
    }
    if button.style is not ButtonStyle.PLAIN:
        block["style"] = button.style.value
    return block


def card_blocks(card: Card, links: Links) -> list[Block]:
    """A card as blocks; where it would be too long for Slack, its longest parts are cut."""
    blocks: list[Block] = []
    for room in _ROOMS:
        blocks = _blocks(card, links, room)
        if _size(blocks) <= _ALL:
            break
    return blocks


def _size(node: Any) -> int:
    """Characters of every text in blocks."""
    if isinstance(node, list):
        return sum(_size(each) for each in node)
    if isinstance(node, dict):
        return sum(_size(each) for each in node.values())
    return len(node) if isinstance(node, str) else 0


def _blocks(card: Card, links: Links, room: int) -> list[Block]:
    """What it is, the bot's own words before those of others, then the next step and who did what."""
    blocks = [*_head(card, links, room)]
    if card.image is not None:
        blocks.append(_image(card.image))
    blocks += [section_block(_under_label(one, links), room) for one in card.sections]
    blocks += [section_block(_quoted(document, links), room, texts.CUT) for document in card.documents]
    blocks += [_diff(diff, room) for diff in card.diffs]
    if card.listing:
        blocks.append(_listing(card.listing, room))
    if card.table:
        blocks.append(_table(card.table))
    if card.checks:
        label = f"*{escape(card.checks_label)}*\n" if card.checks_label else ""
        blocks.append(section_block(label + _checks(card.checks, links), room))
    if card.facts and card.facts_label:
        said = "\n".join(f"{escape(one.label)}: {line_text(one.value, links)}" for one in card.facts)
        blocks.append(section_block(f"*{escape(card.facts_label)}*\n{said}", room))
    if card.next_step:
        blocks.append(section_block(line_text(card.next_step, links), room))
    if card.buttons or card.menu:
        blocks.append({"type": "actions", "elements": [*_buttons(card.buttons), *_menu(card.menu)]})
    if card.trail:
        blocks.append(_context(lines_text(card.trail, links), room))
    if card.footnote:
        blocks.append(_context(line_text(card.footnote, links), room))
    return blocks


def _head(card: Card, links: Links, room: int) -> Iterable[Block]:
    emoji = EMOJI[card.tone]
    title = cut_plain(f"{emoji} {card.title}".strip(), _HEADER) if card.title.strip() else ""
    if title:
        yield {"type": "header", "text": {"type": "plain_text", "text": title, "emoji": True}}
    if card.facts and not card.facts_label:
        for first in range(0, len(card.facts), _FIELDS):
            some = card.facts[first : first + _FIELDS]
            yield {"type": "section", "fields": [_field(fact, links, room) for fact in some]}
    if card.body:
        words = lines_text(card.body, links)
        yield section_block(words if title else f"{emoji} {words}".strip(), room)


def _image(image: Image) -> Block:
    """https://docs.slack.dev/reference/block-kit/blocks/image-block"""
    words = cut_plain(" ".join(image.alt.split()), _ALT)
    return {"type": "image", "alt_text": words, "slack_file": {"id": image.file}}


def _table(table: Table) -> Block:
    """https://docs.slack.dev/reference/block-kit/blocks/table-block"""
    cells = [table.columns, *table.rows]
    rows = [[{"type": "raw_text", "text": cut_plain(text, _CELL) or "-"} for text in row] for row in cells]
    return {"type": "table", "rows": rows, "column_settings": [{"is_wrapped": True} for _ in table.columns]}


def _listing(text: str, room: int) -> Block:
    """https://docs.slack.dev/reference/block-kit/blocks/rich-text-block, where nothing is read as markup"""
    lines = {"type": "text", "text": cut_plain(text, room)}
    part = {"type": "rich_text_preformatted", "elements": [lines]}
    return {"type": "rich_text", "elements": [part]}


def _field(fact: Fact, links: Links, room: int) -> Block:
    text = f"*{escape(fact.label)}*\n{line_text(fact.value, links)}"
    return {"type": "mrkdwn", "text": cut(text, room // 2)}


def fallback(card: Card) -> str:
    """The text of notifications and screen readers."""
    return cut(f"{EMOJI[card.tone]} {escape(card.summary)}".strip(), _FALLBACK)
