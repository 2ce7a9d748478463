"""Takes out of lines what must not reach a chat, in time that grows with their length and no faster."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache

from bot.redaction.numbers import Span, numbers
from bot.redaction.patterns import KEY_BEGINS, KEY_ENDS, PATTERNS
from bot.redaction.sieve import harmless
from handlers.redaction import Kind, Redacted

LONGEST = 4096
"""Characters of a line that are looked at; the rest is never shown."""
_EDGE = 512
"""Characters before that end which are not shown either: a value that goes on there may not be recognised."""
SHOWN = 1000
"""Characters of a line that are shown."""
_IN_A_THREAD = 32 * 1024
"""Characters from which on the work is done in a thread, in slices of `_SLICE` lines."""
_SLICE = 200
_KEY_LINES = 200
"""Lines that a private key without an end takes with it."""
_AT_ONCE = 16 * 1024
"""Characters of texts that are looked at where they are asked for; more of them go to a thread."""
_REMEMBERED, _SHORT = 8192, 256
"""Texts whose outcome is remembered, and how long they are at most: the labels of a storm come again."""

_UNSEEN = re.compile(
    r"\x1b\[[0-9;?]{0,16}[ -/]?[@-~]"
    r"|[\x00-\x08\x0a-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)
"""Colours, control and invisible characters: they would hide a value from the patterns, not from eyes."""
_MORE = re.compile(r"[A-Za-z0-9_+/=~-]*+")
"""What a token may go on with: patterns of fixed length must not leave its end standing."""


@cache
def _every_pattern() -> tuple[tuple[re.Pattern[str], Kind], ...]:
    """Ours first: they say best what a value is. The library takes a tenth of a second to import."""
    from bot.redaction.library import detectors

    return (*PATTERNS, *detectors())


def load() -> None:
    """Import the nets, before anything is served: two threads must not import them at the same time."""
    _every_pattern()


class Redactor:
    """Knows the nets. Lines of one text are given in their order: a private key goes over several."""

    async def redact(self, lines: Sequence[str]) -> Redacted:
        """The lines as they may be shown, each in one line, and what is hidden in them."""
        text = Text()
        load()
        if sum(map(len, lines)) < _IN_A_THREAD:
            return text.redacted(lines)
        parts = [
            await asyncio.to_thread(text.redacted, lines[begin : begin + _SLICE])
            for begin in range(0, len(lines), _SLICE)
        ]
        shown = tuple(line for part in parts for line in part.lines)
        return Redacted(shown, tuple(count for part in parts for count in part.counts))

    async def each(self, texts: Sequence[str]) -> Redacted:
        """Texts that have nothing to do with one another, each in one line and as it may be told."""
        load()
        if sum(map(len, texts)) < _AT_ONCE:
            return _alone(texts)
        return await asyncio.to_thread(_alone, texts)


def _alone(texts: Sequence[str]) -> Redacted:
    done = [_short(text) if len(text) <= _SHORT else _looked_at(text) for text in texts]
    return Redacted(tuple(text for text, _ in done), tuple(counts for _, counts in done))


def _looked_at(text: str) -> tuple[str, Mapping[Kind, int]]:
    return (text, {}) if harmless(text) else Text().alone(text)


_short = lru_cache(_REMEMBERED)(_looked_at)


class Text:
    """One text on its way: whether it is in the middle of a private key."""

    def __init__(self) -> None:
        self._key_lines = 0

    def redacted(self, lines: Sequence[str]) -> Redacted:
        """The next lines."""
        done = [self._line(line) for line in lines]
        return Redacted(tuple(line for line, _ in done), tuple(count for _, count in done))

    def alone(self, line: str) -> tuple[str, Mapping[Kind, int]]:
        """The only line of a text, and what is hidden in it."""
        return self._line(line)

    def _line(self, line: str) -> tuple[str, Mapping[Kind, int]]:
        seen = _UNSEEN.sub("", line)
        whole, seen = len(seen) <= LONGEST, seen[:LONGEST]
        if self._is_of_key(seen):
            return _hidden(Kind.PRIVATE_KEY), {Kind.PRIVATE_KEY: 1}
        spans = _merged(_spans(seen))
        counts = Counter(kind for _, _, kind in spans)
        shown, at = [], 0
        for start, end, kind in spans:
            shown += [seen[at:start], _hidden(kind)]
            at = end
        shown.append(seen[at:] if whole else seen[at : max(at, LONGEST - _EDGE)])
        text = "".join(shown)
        if whole and len(text) <= SHOWN:
            return text, counts
        return f"{text[:SHOWN]} {_hidden(Kind.REST)}", counts + Counter({Kind.REST: 1})

    def _is_of_key(self, line: str) -> bool:
        begins = KEY_BEGINS.search(line)
        if begins is None and not self._key_lines:
            return False
        if begins is not None:
            self._key_lines = _KEY_LINES
        self._key_lines -= 1
        if KEY_ENDS.search(line, begins.end() if begins else 0):
            self._key_lines = 0
        return True


def _hidden(kind: Kind) -> str:
    return f"[{kind.value} hidden]"


def _spans(line: str) -> Iterator[Span]:
    """Every value of a line that is hidden; they may overlap."""
    for pattern, kind in _every_pattern():
        for found in pattern.finditer(line):
            group = next((one for one in ("hide", "bare") if found.groupdict().get(one)), None)
            start, end = found.span(group) if group else found.span()
            if start < end:
                more = _MORE.match(line, end)
                yield start, more.end() if more else end, kind
    yield from numbers(line)


def _merged(spans: Iterator[Span]) -> list[Span]:
    """In order and apart; where several overlap, the kind of the one that was found first."""
    merged: list[Span] = []
    for start, end, kind in sorted(spans, key=lambda span: span[:1]):
        if merged and start < merged[-1][1]:
            first = merged[-1]
            merged[-1] = (first[0], max(first[1], end), first[2])
        else:
            merged.append((start, end, kind))
    return merged
