"""Events by time, and what people look for in `kubectl describe` (rows AU-50, CC-24, CC-36)."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.actions import Report
from handlers.actions.kubernetes import view_wording as wording
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.view_ports import Description, Event, View
from handlers.actions.kubernetes.view_vocabulary import (
    MaybeObjectParams,
    ObjectParams,
    kind_and_name,
    own,
)
from handlers.actions.kubernetes.vocabulary import KIND, LISTED_IN
from handlers.actions.registry import reading
from handlers.errors import DoNotRetry

_COLUMNS = ("When (UTC)", "Reason", "About", "Message")
_NOT_HERE = ("404", "not-listed")


def _about(found: Sequence[Event], name: str) -> tuple[Event, ...]:
    """Of an object and of what it made: a deployment's replica sets and pods begin with its name."""
    return tuple(one for one in found if one.name == name or one.name.startswith(f"{name}-"))


@reading(
    "events",
    kind=KIND,
    title="What happened of late, the newest last; of one object too",
    params=MaybeObjectParams,
    takes=("name", "namespace"),
    needs=("list events",),
)
async def events(system: KubernetesNamespace, params: MaybeObjectParams) -> Report:
    """The events of the namespace by time (AU-50, CC-36)."""
    own(system.view, params)
    found = tuple(await system.view.events())
    of = ""
    if params.name is not None:
        _, name = kind_and_name(params.name)
        found, of = _about(found, name), f" of {name}"
    warnings = sum(one.warning for one in found)
    how = wording.counted(warnings, "warning") if warnings else "no warning"
    headline = f"{wording.counted(len(found), 'event')}{of}, {how}. {wording.FORGOTTEN}"
    if not found:
        headline = f"There are no events{of}. {wording.FORGOTTEN}"
    rows = tuple(map(wording.event_row, found))
    return Report(headline, columns=_COLUMNS, rows=rows, newest_last=True)


@reading(
    "describe",
    kind=KIND,
    title="A deployment or pod: containers, limits, probes, conditions, last states, events",
    params=ObjectParams,
    takes=("name", "namespace"),
    listed_in=LISTED_IN,
    needs=("get deployments.apps", "get pods", "list events"),
)
async def describe(system: KubernetesNamespace, params: ObjectParams) -> Report:
    """A deployment or else a pod of this name; `pod/…` and `deployment/…` say which (AU-50, CC-24)."""
    own(system.view, params)
    found = await _described(system.view, params.name)
    listed = _about(await system.view.events(), found.name)
    lines = (*wording.description_lines(found), wording.NO_VALUES)
    rows = tuple(map(wording.event_row, listed))
    said = wording.counted(len(rows), "event") if rows else "no event"
    headline = f"{found.kind} {found.name}, with {said} of late."
    return Report(headline, columns=_COLUMNS, rows=rows, text="\n".join(lines), newest_last=True)


async def _described(view: View, typed: str) -> Description:
    """Raises DoNotRetry where neither a deployment nor a pod has the name, or policy does not list it."""
    kind, name = kind_and_name(typed)
    if kind == "Pod":
        return await view.describe_pod(name)
    try:
        return await view.describe_deployment(name)
    except DoNotRetry as no:
        if kind or no.code not in _NOT_HERE:
            raise
        not_listed = no if no.code == "not-listed" else None
    try:
        return await view.describe_pod(name)
    except DoNotRetry as no:
        if no.code != "404":
            raise
        told = wording.NOTHING_CALLED.format(name=name, namespace=view.namespace)
        raise not_listed or DoNotRetry(told, "404") from no
