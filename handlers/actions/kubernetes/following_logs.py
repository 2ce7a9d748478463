"""`follow`: the newest lines of logs as they come, for a bounded time (rows AU-05, AU-31, CC-40)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from handlers.actions import Follow, Glimpse, Report
from handlers.actions.kubernetes import log_wording as wording
from handlers.actions.kubernetes.logs_ports import Window
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.reading_logs import LogsTarget, shown
from handlers.actions.kubernetes.vocabulary import KIND, LISTED_IN
from handlers.actions.registry import reading
from policies.fields import PositiveDuration

USUAL, LONGEST = timedelta(minutes=5), timedelta(minutes=15)
AT_FIRST = 10
"""Lines from before it was asked for."""


def _bounded(length: timedelta) -> timedelta:
    if length <= LONGEST:
        return length
    raise PydanticCustomError("lasting", "{why}", {"why": wording.TOO_LONG_FOLLOWED})


class FollowParams(LogsTarget):
    lasting: Annotated[PositiveDuration, AfterValidator(_bounded)] = USUAL


async def _look(system: KubernetesNamespace, params: FollowParams, cursor: str) -> Glimpse:
    found, further = await system.logs.follow(params.of, cursor, AT_FIRST)
    # Who wrote a line is told at every look, also when only one of them has written since.
    lines = tuple(wording.text_of(found.lines, several=len(found.sources) > 1).splitlines())
    links = wording.links_to(system.logs.elsewhere)
    return Glimpse(lines, further, found.hidden, found.remarks, links)


@reading(
    "follow",
    kind=KIND,
    title="New lines of logs as they come, five minutes long; seen by the whole channel",
    params=FollowParams,
    takes=("name", "lasting", "app", "container", "label"),
    fillers=("for",),
    listed_in=LISTED_IN,
    needs=("get pods/log", "list pods", "get deployments.apps"),
    follow=Follow(look=_look, lasts=lambda params: params.lasting),
)
async def follow(system: KubernetesNamespace, params: FollowParams) -> Report:
    """What it would begin with."""
    return shown(await system.logs.read(params.of, Window(AT_FIRST)), params)
