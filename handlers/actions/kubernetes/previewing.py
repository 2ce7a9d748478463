"""What the server says a write would do, shown to the approver before anybody agrees (CC-16, AU-32).

An action's `_see` ends with `rehearsed(…)`: the very patch is sent as a dry run, its diff goes on the card
and its effect under the seal. What the server refuses (permission, quota, admission) is told at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Any, Protocol

from handlers.actions import Observation
from handlers.actions.kubernetes import wording
from handlers.actions.kubernetes.objects import Change
from handlers.errors import DoNotRetry, TargetChanged

EFFECT = "what would change"
"""The sealed field that covers what the server says; people read its name when it differs."""

MOST_DIFF = 5000
"""Characters of a diff that a card shows whole."""
_CONTEXTS = (3, 1, 0)
"""Lines around what differs, fewer where the diff would be too long."""


_Opcode = tuple[str, int, int, int, int]


class Moved(TargetChanged):
    """The object moved between the look and its rehearsal; `sealed` is what the look had found so far."""

    def __init__(self, why: str, sealed: Mapping[str, Any]) -> None:
        super().__init__(why)
        self.sealed = sealed


class Rehearsing(Protocol):
    """A system that can try a write without making it."""

    async def rehearse(self, write: Callable[[Any], Awaitable[object]]) -> Sequence[Change]:
        """What the server says that a write would do; nothing is stored."""
        ...


async def rehearsed(
    system: Rehearsing,
    observation: Observation,
    write: Callable[[Any], Awaitable[object]],
    *,
    whole: bool = True,
) -> Observation:
    """The observation with the server's diff, and its effect sealed.

    `write` gets the system with every write a dry run: hand it the same calls that `run` makes, with the
    stamp `REHEARSAL`. A diff too long for a card raises DoNotRetry (`too-long-to-read`), for nobody could
    approve what they cannot read; without `whole` it is cut, and says so. Raises TargetChanged when the
    object moved meanwhile (`Moved`): `writing.look_at_rest` and `write_as_sealed` look again then.
    """
    try:
        changes = await system.rehearse(write)
    except TargetChanged as moved:
        raise Moved(str(moved), observation.sealed) from moved
    effect = hashlib.sha256("".join(change.sha256 for change in changes).encode()).hexdigest()
    label = wording.WOULD_CHANGE
    shown = observation.shown
    if observation.precondition:
        shown += ((wording.READ_AT, wording.VERSION.format(version=observation.precondition)),)
    return replace(
        observation,
        sealed={**observation.sealed, EFFECT: effect},
        shown=shown,
        diffs=(*observation.diffs, (label, diff_of(changes, whole=whole))),
        covered=(*observation.covered, label),
    )


def diff_of(changes: Sequence[Change], *, whole: bool = True, most: int = MOST_DIFF) -> str:
    """A unified diff of every object, within `most` characters. Raises DoNotRetry like `rehearsed`."""
    text = ""
    for context in _CONTEXTS:
        lines = [line for change in changes for line in _lines(change, context)]
        text = "\n".join(lines) or wording.CHANGES_NOTHING.format(what=", ".join(one.what for one in changes))
        if len(text) <= most:
            return text
    if whole:
        raise DoNotRetry(wording.TOO_LONG_TO_READ.format(length=len(text), most=most), "too-long-to-read")
    head = text[:most].rsplit("\n", 1)[0]
    left = text.count("\n") - head.count("\n")
    return f"{head}\n{wording.LINES_LEFT_OUT.format(count=left)}"


def _lines(change: Change, context: int) -> Iterator[str]:
    """The diff of one object, each part of it under the fields it lies in."""
    before, after = change.before.splitlines(), change.after.splitlines()
    if before == after:
        return
    yield f"--- {change.what} {wording.AS_IT_IS if before else wording.NOT_THERE}"
    yield f"+++ {change.what} {wording.AS_IT_WOULD_BE if after else wording.GONE}"
    for group in SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(context):
        yield f"@@ {_where(before, after, group)} @@"
        for tag, old, old_end, new, new_end in group:
            if tag == "equal":
                yield from (f" {line}" for line in before[old:old_end])
                continue
            yield from (f"-{line}" for line in before[old:old_end])
            yield from (f"+{line}" for line in after[new:new_end])


def _where(before: Sequence[str], after: Sequence[str], group: Sequence[_Opcode]) -> str:
    """The fields that the first difference lies in (`spec.template.spec`), from the indentation of YAML."""
    _, old, old_end, new, _ = next(code for code in group if code[0] != "equal")
    lines, first = (before, old) if old < old_end else (after, new)
    depth, path = _depth(lines[first]), []
    for line in reversed(lines[:first]):
        if line.strip() and _depth(line) < depth:
            depth = _depth(line)
            path.append(line.strip().removeprefix("- ").partition(":")[0])
    return ".".join(reversed(path)) or wording.AT_THE_TOP


def _depth(line: str) -> int:
    """How far in a field's name stands; the dash of a list's element counts as space."""
    return len(line) - len(line.lstrip(" -"))
