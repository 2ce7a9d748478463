"""`logs` (rows AU-05, AU-21, AU-24, CC-24, CC-36, CC-40, CC-67, PF-25, PF-27, PF-38, PF-48, PF-53)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from handlers.actions import Params, Report
from handlers.actions.kubernetes import log_wording as wording
from handlers.actions.kubernetes.evidence_ports import logs_of
from handlers.actions.kubernetes.logs_ports import LogCounts, LogsOf, LogText, Tally, Window
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.view_vocabulary import Selector
from handlers.actions.kubernetes.vocabulary import KIND, LISTED_IN, whole
from handlers.actions.registry import reading
from handlers.errors import DoNotRetry
from handlers.redaction import told
from policies.cluster import LONGEST_AGO
from policies.fields import PositiveDuration

MOST_LINES = 2000
USUAL_LINES = 100
_SUBDOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
_LABEL_VALUE = re.compile(r"[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?", re.ASCII)
_LONGEST_GREP = 80


def _shaped(pattern: re.Pattern[str], otherwise: str) -> AfterValidator:
    def check(text: str) -> str:
        if not text or pattern.fullmatch(text):
            return text
        raise PydanticCustomError("shape", "{why}", {"why": otherwise})

    return AfterValidator(check)


def recent(ago: timedelta | None) -> timedelta | None:
    if ago is not None and ago > LONGEST_AGO:
        raise PydanticCustomError("since", "{why}", {"why": wording.TOO_LONG_AGO})
    return ago


def _short(text: str) -> str:
    if len(text) > _LONGEST_GREP:
        raise PydanticCustomError("grep", "{why}", {"why": wording.TOO_LONG})
    return text


Name = Annotated[str, _shaped(_SUBDOMAIN, wording.NOT_A_POD)]
Label = Annotated[str, _shaped(_LABEL_VALUE, wording.NOT_A_LABEL)]
Ago = Annotated[PositiveDuration | None, AfterValidator(recent)]


class LogsTarget(Params):
    """Whose logs: by the name of a deployment or pod, by the label `app`, or by any labels."""

    name: Name = ""
    app: Label = ""
    container: Label = ""
    label: Selector | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> LogsTarget:
        if sum(map(bool, (self.name, self.app, self.label))) != 1:
            raise PydanticCustomError("whose", "{why}", {"why": wording.WHOSE})
        return self

    @property
    def target(self) -> str:
        return self.name or self.app or self.label or ""

    @property
    def of(self) -> LogsOf:
        return LogsOf(self.name, self.app, self.container, self.label or "")


class LogsParams(LogsTarget):
    tail: Annotated[int, whole(1, MOST_LINES, wording.NOT_LINES)] = USUAL_LINES
    since: Ago = None
    previous: bool = False
    grep: Annotated[str, AfterValidator(_short), Field(description="In any letter case.")] = ""

    @property
    def window(self) -> Window:
        return Window(self.tail, self.since, self.previous, self.grep)


@reading(
    "logs",
    kind=KIND,
    title="The newest lines of logs, without what must not be seen",
    params=LogsParams,
    takes=("name", "tail", "since", "app", "container", "previous", "grep", "label"),
    listed_in=LISTED_IN,
    needs=("get pods/log", "list pods", "get deployments.apps"),
)
async def logs(system: KubernetesNamespace, params: LogsParams) -> Report:
    """The lines; or what is in them, where policy keeps lines away from Slack."""
    if system.logs.may_be_shown:
        report = shown(await system.logs.read(params.of, params.window), params)
    else:
        found = await system.logs.count(params.of, params.window)
        report = counted(found, params, await _saved(system, params))
    return replace(report, links=wording.links_to(system.logs.elsewhere))


async def _saved(system: KubernetesNamespace, params: LogsParams) -> str:
    """Where these lines are saved, or that they are not."""
    try:
        newest = await system.evidence.newest(logs_of(params.of))
    except DoNotRetry as no:
        return str(no)
    if newest is None:
        return wording.NO_EVIDENCE
    return wording.EARLIER.format(name=newest.name, size=newest.size, sha256=newest.sha256)


def shown(found: LogText, params: LogsTarget) -> Report:
    """Lines, what is hidden in them, and what is missing."""
    said = wording.LINES if found.lines else wording.NO_LINES
    headline = said.format(
        count=wording.number(len(found.lines), "line"),
        whose=params.of.told,
        sources=wording.number(len({line.source for line in found.lines}), "container"),
    )
    hidden = told(found.hidden)
    return Report(
        headline, lines=(*((hidden,) if hidden else ()), *found.remarks), text=wording.text_of(found.lines)
    )


def counted(found: LogCounts, params: LogsParams, saved: str) -> Report:
    """How many lines of which level and with which sign, when first and last, and where they are saved."""
    headline = wording.COUNTED.format(
        count=wording.number(found.lines, "line"),
        whose=params.of.told,
        sources=wording.number(len(found.sources), "container"),
    )
    rows = tuple(_row(one) for one in (*found.levels, *found.signs))
    grep = (wording.GREP_HIDES,) if params.grep else ()
    return Report(headline, columns=wording.COLUMNS, rows=rows, lines=(*grep, saved, *found.remarks))


def _row(one: Tally) -> tuple[str, ...]:
    return one.what, str(one.count), f"{one.first:%m-%d %H:%M:%S}", f"{one.last:%m-%d %H:%M:%S}"
