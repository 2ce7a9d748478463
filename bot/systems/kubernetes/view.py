"""`handlers.actions.kubernetes.view_ports.View` on a real API server: it only gets and lists."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

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
from bot.systems.kubernetes.objects import items
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

NOT_LISTED = "{name} is no deployment that policy lists here. It lists: {listed}."
NO_METRICS = (
    "This cluster has no metrics API (metrics.k8s.io): nothing there measures CPU and memory."
    " A metrics server would."
)
TOO_MANY = "The cluster has more than {most} {what}: too many to look through. Ask for fewer."


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
            wanted.append(selectors.as_query((found.get("spec") or {}).get("selector") or {}))
        query = {"labelSelector": ",".join(wanted)} if wanted else {}
        return tuple(objects.placed(one, self._now()) for one in await self._list(PODS, everywhere, **query))

    async def workloads(self, *, everywhere: bool = False) -> tuple[Workload, ...]:
        """The deployments with their counts."""
        return tuple(objects.workload(one, self._now()) for one in await self._list(DEPLOYMENTS, everywhere))

    async def services(self) -> tuple[Service, ...]:
        """The services."""
        return tuple(objects.service(one, self._now()) for one in await self._list(SERVICES))

    async def ingresses(self) -> tuple[Ingress, ...]:
        """The ingresses."""
        return tuple(objects.ingress(one, self._now()) for one in await self._list(INGRESSES))

    async def scalers(self) -> tuple[Scaler, ...]:
        """The autoscalers as they work now."""
        return tuple(map(objects.scaler, await self._list(AUTOSCALERS)))

    async def batches(self) -> tuple[Batch, ...]:
        """The Jobs."""
        return tuple(objects.batch(one, self._now()) for one in await self._list(JOBS))

    async def events(self) -> tuple[Event, ...]:
        """What happened of late, the newest last."""
        found = sorted(map(objects.event, await self._list(EVENTS)), key=lambda one: one.at)
        told = await self._redactor.redact([one.message for one in found])
        return tuple(replace(one, message=message) for one, message in zip(found, told.lines, strict=True))

    async def nodes(self) -> tuple[NodeState, ...]:
        """The nodes of the cluster."""
        return tuple(objects.node(one, self._now()) for one in await self._list(NODES, everywhere=True))

    async def pod_usage(self, *, everywhere: bool = False) -> tuple[Usage, ...]:
        """What pods use."""
        return tuple(map(objects.pod_usage, await self._measured(POD_METRICS, everywhere)))

    async def node_usage(self) -> tuple[Usage, ...]:
        """What nodes use, and how much that is of what they can give."""
        measured, nodes = await asyncio.gather(
            self._measured(NODE_METRICS, everywhere=True), self._list(NODES, everywhere=True)
        )
        named = {str(one["metadata"]["name"]): one for one in nodes}
        return tuple(objects.node_usage(one, named) for one in measured)

    async def describe_deployment(self, name: str) -> Description:
        """A deployment that policy lists."""
        return await self._redacted(descriptions.of_deployment(await self._deployment(name)))

    async def describe_pod(self, name: str) -> Description:
        """A pod."""
        found = await self._connection.call(Call("get", PODS, self._namespace, name))
        return await self._redacted(descriptions.of_pod(found))

    async def _redacted(self, of: Description) -> Description:
        """Messages in conditions are written by programs, which write what they like."""
        told = await self._redactor.redact([one.message for one in of.conditions])
        pairs = zip(of.conditions, told.lines, strict=True)
        return replace(of, conditions=tuple(replace(one, message=message) for one, message in pairs))

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
            following = (page.get("metadata") or {}).get("continue")
            if not following:
                return tuple(found)
            asked["continue"] = str(following)
        what = resource.partition(".")[0]
        raise DoNotRetry(TOO_MANY.format(most=PAGE * MOST_PAGES, what=what), "too-many")
