"""Lines as Slack's mrkdwn: foreign text is escaped, spans are mentions, dates and links; no cut tears one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from handlers.messages import (
    Code,
    Group,
    Line,
    Link,
    Mark,
    Meter,
    Span,
    Strong,
    ThreadLink,
    Tone,
    User,
    When,
)

Links = Mapping[str, str]
"""Permalinks of messages, by slot."""
EMOJI = {
    Tone.CRITICAL: "🔥",
    Tone.WARNING: "⚠️",
    Tone.WAITING: "⏳",
    Tone.WORKING: "⚙️",
    Tone.GOOD: "✅",
    Tone.BAD: "⛔",
    Tone.UNSURE: "❓",
    Tone.QUIET: "",
}
_CELLS = 12
"""Cells of a bar: on a phone it still stands on one line with its counts."""

_ID = re.compile(r"[A-Z0-9]+")
# Unicode's bidirectional controls (UAX 9) can turn a card's own words around.
_TURNING = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def straight(text: str) -> str:
    """Text without controls that would turn the words around it."""
    return _TURNING.sub("", text)


def escape(text: str) -> str:
    """Escape the three characters that Slack reads as markup.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return straight(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# Inside a word a marker formats nothing: `run_1.json` stays as it is, and can be copied.
_MARKER = re.compile(r"(?<![A-Za-z0-9])[*_~`]|[*_~`](?![A-Za-z0-9])")


def _plain(text: str) -> str:
    """Foreign text that must not format: an invisible joiner keeps markers at word edges from pairing up."""
    return _MARKER.sub("\u2060\\g<0>\u2060", escape(text))


def _on_one_line(text: str) -> str:
    """Text inside a mark: a line break would end the mark, or tear a link when it is quoted."""
    return escape(" ".join(text.splitlines()))


def _span(span: Span, links: Links) -> str:
    match span:
        case str():
            return _plain(span)
        case User(id=id_):
            return f"<@{id_}>" if _ID.fullmatch(id_) else _plain(id_)
        case Group(id=id_):
            return f"<!subteam^{id_}>"
        case When(at=at, text=text):
            return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{text}>"
        case Code(text=text):
            return f"`{_on_one_line(text).replace('`', 'ˋ')}`"
        case Strong(text=text):
            return f"*{_on_one_line(text).replace('*', '∗')}*"
        case Link(url=url, text=text):
            return f"<{url}|{_on_one_line(text)}>"
        case ThreadLink(slot=slot, text=text):
            return f"<{links[slot]}|{_on_one_line(text)}>" if slot in links else _plain(text)
        case Mark(tone=tone):
            return f"{EMOJI[tone]} ".lstrip()
        case Meter(done=done, total=total):
            full = _CELLS * max(0, min(done, total)) // max(1, total)
            return "█" * full + "░" * (_CELLS - full)


def line_text(line: Line, links: Links) -> str:
    """A line as Slack mrkdwn."""
    return "".join(_span(span, links) for span in line)


def lines_text(lines: Iterable[Line], links: Links) -> str:
    return "\n".join(line_text(line, links) for line in lines)


_TORN = re.compile(r"(?:<[^>]*|&[a-z]{0,3})\Z")
_WORD = 80
"""Characters given up at most so that a cut falls between words."""


def cut_plain(text: str, limit: int, end: str = " …") -> str:
    """Plain text within a limit, cut between words where there are any."""
    text = straight(text)
    if len(text) <= limit:
        return text
    head = text[: limit - len(end)]
    gap = max(head.rfind("\n"), head.rfind(" "))
    return (head[:gap] if gap > len(head) - _WORD else head) + end


def cut(text: str, limit: int, end: str = " …") -> str:
    """Slack mrkdwn within a limit: no entity, mention, link or date is torn."""
    if len(text) <= limit:
        return text
    head = cut_plain(text, limit - len(end), "")
    return _TORN.sub("", head) + end
