"""`handlers.actions.kubernetes.view_ports.View` on a real API server: it only gets and lists."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import ParamSpec, TypeVar

from bot.redaction.redactor import Redactor
from bot.systems.kubernetes import descriptions, selectors, stored
from bot.systems.kubernetes import view_objects as objects
from bot.systems.kubernetes.calls import (
    AUTOSCALERS,
    CONFIG_MAPS,
    DEPLOYMENTS,
    EVENTS,
    INGRESSES,
    JOBS,
    NODE_METRICS,
    NODES,
    POD_METRICS,
    PODS,
    SECRETS,
    SERVICES,
    Call,
    Json,
)
from bot.systems.kubernetes.connection import Connection
from bot.systems.kubernetes.wire import NOT_AS_PROMISED, items
from handlers.actions.kubernetes.view_ports import (
    Batch,
    Description,
    Event,
    Ingress,
    NodeState,
    Placed,
    Scaler,
    SecretKeys,
    Service,
    Settings,
    Usage,
    Workload,
)
from handlers.errors import DoNotRetry
from handlers.redaction import told as hidden_words

PAGE = 500
"""Objects a call asks for: a large cluster's list comes in parts."""
MOST_PAGES = 40
NOBODY = "countersign.dev/nobody"
"""A label that nothing has: what is selected by no rule at all is nothing, not everything."""

NOT_LISTED = "{name} is no deployment that policy lists here. It lists: {listed}."
NO_METRICS = (
    "This cluster has no metrics API (metrics.k8s.io): nothing there measures CPU and memory."
    " A metrics server would."
)
TOO_MANY = "The cluster has more than {most} {what}: too many to look through. Ask for fewer."


_P = ParamSpec("_P")
_T = TypeVar("_T")


def promised(read: Callable[_P, _T], *args: _P.args, **more: _P.kwargs) -> _T:
    """What is read of an object. Raises DoNotRetry when it is not shaped as the API promises."""
    try:
        return read(*args, **more)
    except (AttributeError, KeyError, TypeError, ValueError) as strange:
        where = f"{read.__name__}, {type(strange).__name__}"
        raise DoNotRetry(NOT_AS_PROMISED.format(where=where), "not-as-promised") from strange


def _selector(deployment: Json) -> str:
    """Its pods, as a query; never all of them."""
    return selectors.as_query(deployment["spec"]["selector"]) or NOBODY


def _following(page: Json) -> str:
    """Where the list goes on; empty at its end."""
    return str((page.get("metadata") or {}).get("continue") or "")


class ViewOfCluster:
    """What can be seen from one namespace. `listed` are the deployments that policy names; empty: all."""

    def __init__(
        self,
        connection: Connection,
        namespace: str,
        now: Callable[[], datetime],
        listed: Sequence[str] = (),
    ) -> None:
        self._connection = connection
        self._namespace = namespace
        self._now = now
        self._listed = tuple(listed)
        self._redactor = Redactor()

    @property
    def namespace(self) -> str:
        """The namespace that policy gives the system."""
        return self._namespace

    async def pods(
        self, *, deployment: str = "", label: str = "", everywhere: bool = False
    ) -> tuple[Placed, ...]:
        """Pods: all, those of a deployment, those with a label."""
        wanted = [label] if label else []
        if deployment:
            found = await self._deployment(deployment)
            wanted.append(promised(_selector, found))
        query = {"labelSelector": ",".join(wanted)} if wanted else {}
        return self._read(objects.placed, await self._list(PODS, everywhere, **query))

    async def workloads(self, *, everywhere: bool = False) -> tuple[Workload, ...]:
        """The deployments with their counts."""
        return self._read(objects.workload, await self._list(DEPLOYMENTS, everywhere))

    async def services(self) -> tuple[Service, ...]:
        """The services."""
        return self._read(objects.service, await self._list(SERVICES))

    async def ingresses(self) -> tuple[Ingress, ...]:
        """The ingresses."""
        return self._read(objects.ingress, await self._list(INGRESSES))

    async def scalers(self) -> tuple[Scaler, ...]:
        """The autoscalers as they work now."""
        return tuple(promised(objects.scaler, one) for one in await self._list(AUTOSCALERS))

    async def batches(self) -> tuple[Batch, ...]:
        """The Jobs."""
        return self._read(objects.batch, await self._list(JOBS))

    async def events(self) -> tuple[Event, ...]:
        """What happened of late, the newest last."""
        listed = [promised(objects.event, one) for one in await self._list(EVENTS)]
        found = sorted(listed, key=lambda one: one.at)
        told = await self._redactor.redact([one.message for one in found])
        return tuple(replace(one, message=message) for one, message in zip(found, told.lines, strict=True))

    async def nodes(self) -> tuple[NodeState, ...]:
        """The nodes of the cluster."""
        return self._read(objects.node, await self._list(NODES, everywhere=True))

    async def pod_usage(self, *, everywhere: bool = False) -> tuple[Usage, ...]:
        """What pods use."""
        return tuple(
            promised(objects.pod_usage, one) for one in await self._measured(POD_METRICS, everywhere)
        )

    async def node_usage(self) -> tuple[Usage, ...]:
        """What nodes use, and how much that is of what they can give."""
        measured, nodes = await asyncio.gather(
            self._measured(NODE_METRICS, everywhere=True), self._list(NODES, everywhere=True)
        )
        given = dict(promised(objects.allocatable, one) for one in nodes)
        return tuple(promised(objects.node_usage, one, given) for one in measured)

    async def describe_deployment(self, name: str) -> Description:
        """A deployment that policy lists."""
        return await self._redacted(promised(descriptions.of_deployment, await self._deployment(name)))

    async def describe_pod(self, name: str) -> Description:
        """A pod."""
        found = await self._connection.call(Call("get", PODS, self._namespace, name))
        return await self._redacted(promised(descriptions.of_pod, found))

    async def _redacted(self, of: Description) -> Description:
        """Messages are written by programs, which write what they like."""
        told = await self._redactor.redact([value for _, value in of.facts])
        facts = tuple((label, value) for (label, _), value in zip(of.facts, told.lines, strict=True))
        told = await self._redactor.redact([one.message for one in of.conditions])
        pairs = zip(of.conditions, told.lines, strict=True)
        conditions = tuple(replace(one, message=message) for one, message in pairs)
        return replace(of, facts=facts, conditions=conditions)

    async def settings(self, name: str) -> Settings:
        """A config map, redacted."""
        found = await self._connection.call(Call("get", CONFIG_MAPS, self._namespace, name))
        read = stored.settings(found, self._now())
        told = await self._redactor.redact(read.lines)
        return replace(read, lines=told.lines, hidden=hidden_words(told.hidden))

    async def secret_keys(self, name: str) -> SecretKeys:
        """A secret without its values."""
        found = await self._connection.call(Call("get", SECRETS, self._namespace, name))
        return stored.secret_keys(found, self._now())

    def _read(self, read: Callable[[Json, datetime], _T], listed: Iterable[Json]) -> tuple[_T, ...]:
        return tuple(promised(read, one, self._now()) for one in listed)

    async def _deployment(self, name: str) -> Json:
        if self._listed and name not in self._listed:
            raise DoNotRetry(NOT_LISTED.format(name=name, listed=", ".join(self._listed)), "not-listed")
        return await self._connection.call(Call("get", DEPLOYMENTS, self._namespace, name))

    async def _measured(self, resource: str, everywhere: bool) -> tuple[Json, ...]:
        try:
            return await self._list(resource, everywhere)
        except DoNotRetry as no:
            if no.code == "404":
                raise DoNotRetry(NO_METRICS, "no-metrics") from no
            raise

    async def _list(self, resource: str, everywhere: bool = False, **query: str) -> tuple[Json, ...]:
        """All of them, page by page. Raises DoNotRetry when there is no end of them."""
        namespace = "" if everywhere else self._namespace
        found: list[Json] = []
        asked = {**query, "limit": str(PAGE)}
        for _ in range(MOST_PAGES):
            page = await self._connection.call(Call("list", resource, namespace, query=asked))
            found += items(page)
            following = promised(_following, page)
            if not following:
                return tuple(found)
            asked["continue"] = following
        what = resource.partition(".")[0]
        raise DoNotRetry(TOO_MANY.format(most=PAGE * MOST_PAGES, what=what), "too-many")
