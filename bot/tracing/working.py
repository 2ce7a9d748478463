"""Work under its trace: what is claimed is a span, and each line of its log names what it is about."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import structlog

from bot.tracing.carrying import taken
from bot.tracing.port import Tracing
from handlers.work import Claimed, Commit

T = TypeVar("T")
_NAMED = ("alert", "request")
"""What bodies and slots name by id."""
_ID = re.compile(r"(?:\A|/)(alert|request)/([A-Z]-[0-9A-Z]{1,16})(?:/|\Z)")


def traced(tracing: Tracing, handle: Callable[[Claimed], Awaitable[T]]) -> Callable[[Claimed], Awaitable[T]]:
    """A handler whose items are spans under the trace that they carry, on whichever replica that began.

    The context stays bound for the task, which is the item's own: what its worker logs of it belongs to it.
    """

    async def handled(claimed: Claimed) -> T:
        body, parent = taken(claimed.item.body)
        plain = replace(claimed, item=replace(claimed.item, body=body)) if parent else claimed
        queue, about = claimed.item.queue.value, _about(body)
        with tracing.span(f"handle {queue}", parent=parent, item=claimed.item.id, **about):
            bind(tracing, queue=queue, item=claimed.item.id, **about)
            return await handle(plain)

    return handled


def bind(tracing: Tracing, **ids: str) -> None:
    """Every line that is logged from here on names these, and the trace that they belong to."""
    _, _, rest = tracing.parent().partition("-")
    trace = {"trace": rest.partition("-")[0]} if rest else {}
    structlog.contextvars.bind_contextvars(**ids, **trace)


def bind_commit(tracing: Tracing, commit: Commit) -> None:
    """What the work at hand turned out to be about: the alert or request that it has just written down."""
    found = {kind: entry.subject for entry in commit.audit if (kind := _kind(entry.subject))}
    if found:
        structlog.contextvars.bind_contextvars(**found)
        tracing.note(**found)


def _kind(subject: str) -> str:
    form = re.fullmatch(r"([AR])-[0-9A-Z]{1,16}", subject)
    return {"A": "alert", "R": "request"}[form[1]] if form else ""


def ids_in(slot: str) -> dict[str, str]:
    """The ids that the name of a slot has in it."""
    return dict(_ID.findall(slot))


def _about(body: str) -> dict[str, str]:
    """The ids that due work names; what others send names none of ours."""
    if not body.startswith('{"do":'):
        return {}
    told = json.loads(body)
    named = {kind: told[kind] for kind in _NAMED if isinstance(told.get(kind), str)}
    return {"do": str(told["do"])[:40], **named}
