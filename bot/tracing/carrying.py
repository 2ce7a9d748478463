"""The trace context as stored work carries it: at the end of an item's JSON, and taken off before it is read.

https://www.w3.org/TR/trace-context/#traceparent-header
"""

from __future__ import annotations

import re
from dataclasses import replace

from handlers.work import Commit

_FORM = r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"
_CARRIED = re.compile(rf',"_traceparent":"({_FORM})"\}}\Z')
_PARENT = re.compile(_FORM)


def stamped(body: str, parent: str) -> str:
    """The body with its trace context; one that is no JSON object with something in it stays as it is."""
    if not _PARENT.fullmatch(parent) or not body.startswith("{") or not body.endswith("}") or len(body) < 5:
        return body
    return f'{taken(body)[0][:-1]},"_traceparent":"{parent}"}}'


def taken(body: str) -> tuple[str, str]:
    """A body as it was, and the trace context that it carried, empty without one."""
    found = _CARRIED.search(body, max(0, len(body) - 80))
    return (body[: found.start()] + "}", found[1]) if found else (body, "")


def carried(commit: Commit, parent: str) -> Commit:
    """A commit whose timers and messages belong to the trace of what caused them.

    Work that comes back to itself (a board, a watch) begins a new trace each time, or it would never end.
    """
    if not parent or not (commit.arm or commit.deliver):
        return commit
    itself = commit.consume.id if commit.consume else ""
    return replace(
        commit,
        arm=tuple(
            one if one.id == itself else replace(one, body=stamped(one.body, parent)) for one in commit.arm
        ),
        deliver=tuple(one.model_copy(update={"trace": parent}) for one in commit.deliver),
    )
