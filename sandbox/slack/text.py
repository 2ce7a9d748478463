"""Slack's text: what a person types becomes escaped mrkdwn; what a text mentions is read back out of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.slack.shapes import Json

_MENTION = re.compile(
    r"<(?:@(?P<user>[UW][A-Z0-9]+)|!subteam\^(?P<group>S[A-Z0-9]+)|!(?P<all>here|channel|everyone))(?:\|[^>]*)?>"
)
_TYPED = re.compile(
    r"(?P<url>https?://[^\s<>|]*[^\s<>|.,;:!?)\]'\"])|(?<![\w/.@])@(?P<at>[a-z0-9][a-z0-9._-]*)|(?<![\w/&#])#(?P<channel>[a-z0-9][a-z0-9_-]*)",
    re.IGNORECASE,
)
_BROADCASTS = ("here", "channel", "everyone")


def escape(text: str) -> str:
    """`&`, `<` and `>` as entities, as Slack does with everything that people type."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mentioned(text: str) -> list[str]:
    """Who a mrkdwn text really calls: user ids, group ids, `here`, `channel`, `everyone`; each once."""
    found = (next(part for part in match.groups() if part) for match in _MENTION.finditer(text))
    return list(dict.fromkeys(found))


def mentioned_in(text: str, blocks: Iterable[Json]) -> list[str]:
    """As `mentioned`, over the text and every mrkdwn text inside the blocks."""
    texts = [text, *mrkdwn_texts(list(blocks))]
    return list(dict.fromkeys(name for each in texts for name in mentioned(each)))


def mrkdwn_texts(node: object) -> list[str]:
    """Every mrkdwn or markdown text inside a block structure, in reading order."""
    if isinstance(node, list):
        return [text for each in node for text in mrkdwn_texts(each)]
    if not isinstance(node, dict):
        return []
    if node.get("type") in ("mrkdwn", "markdown") and isinstance(node.get("text"), str):
        return [node["text"]]
    return [text for value in node.values() for text in mrkdwn_texts(value)]


@dataclass(frozen=True)
class Names:
    """What `@name` and `#name` stand for, by lower-case name."""

    users: dict[str, str]
    groups: dict[str, str]
    channels: dict[str, str]


@dataclass(frozen=True)
class Typed:
    """A typed message as the app sees it."""

    text: str
    blocks: list[Json]


def typed(raw: str, names: Names) -> Typed:
    """What Slack's composer makes of typed text: escaped, with real mentions, and as rich text."""
    lines = [_tokens(line, names) for line in raw.split("\n")]
    text = "\n".join("".join(_as_mrkdwn(token, names) for token in line) for line in lines)
    return Typed(text, [{"type": "rich_text", "elements": _rich(raw, names)}])


def _tokens(line: str, names: Names) -> list[Json]:
    tokens: list[Json] = []
    end = 0
    for match in _TYPED.finditer(line):
        token, length = _token(match, names)
        if token is None:
            continue
        if match.start() > end:
            tokens.append({"type": "text", "text": line[end : match.start()]})
        tokens.append(token)
        end = match.start() + length
    if end < len(line):
        tokens.append({"type": "text", "text": line[end:]})
    return tokens


def _token(match: re.Match[str], names: Names) -> tuple[Json | None, int]:
    if url := match["url"]:
        return {"type": "link", "url": url}, len(url)
    if channel := match["channel"]:
        found = names.channels.get(channel.lower())
        return ({"type": "channel", "channel_id": found} if found else None), len(channel) + 1
    # «@countersign.» and «@oncall-o3-x»: the longest known name wins, the rest stays text.
    at = match["at"]
    for length in range(len(at), 0, -1):
        name = at[:length].lower()
        if length < len(at) and at[length].isalnum():
            continue
        if name in names.users:
            return {"type": "user", "user_id": names.users[name]}, length + 1
        if name in names.groups:
            return {"type": "usergroup", "usergroup_id": names.groups[name]}, length + 1
        if name in _BROADCASTS:
            return {"type": "broadcast", "range": name}, length + 1
    return None, 0


def _as_mrkdwn(token: Json, names: Names) -> str:
    match token["type"]:
        case "user":
            return f"<@{token['user_id']}>"
        case "usergroup":
            handle = next(name for name, group in names.groups.items() if group == token["usergroup_id"])
            return f"<!subteam^{token['usergroup_id']}|@{handle}>"
        case "broadcast":
            return f"<!{token['range']}>"
        case "channel":
            return f"<#{token['channel_id']}|>"
        case "link":
            return f"<{escape(token['url'])}>"
        case _:
            return escape(token["text"])


def _rich(raw: str, names: Names) -> list[Json]:
    """Sections, quotes and code of a typed message; enough for an app that tells a quote from speech."""
    elements: list[Json] = []
    for index, part in enumerate(raw.split("```")):
        if index % 2:
            elements.append(
                {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": part.strip("\n")}]}
            )
            continue
        for quoted, lines in _runs(part.strip("\n") if index else part):
            kind = "rich_text_quote" if quoted else "rich_text_section"
            inner: list[Json] = []
            for number, line in enumerate(lines):
                if number:
                    inner.append({"type": "text", "text": "\n"})
                inner += _tokens(line, names)
            if inner:
                elements.append({"type": kind, "elements": inner})
    return elements


def _runs(part: str) -> list[tuple[bool, list[str]]]:
    runs: list[tuple[bool, list[str]]] = []
    for line in part.split("\n"):
        quoted = line.startswith(">")
        words = line[1:].lstrip() if quoted else line
        if runs and runs[-1][0] == quoted:
            runs[-1][1].append(words)
        else:
            runs.append((quoted, [words]))
    return runs
