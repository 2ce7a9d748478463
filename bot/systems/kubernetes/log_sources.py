"""Which containers' logs are meant: those of a deployment's pods, of one pod, or of a label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.systems.kubernetes import objects, selectors
from bot.systems.kubernetes.calls import DEPLOYMENTS, PODS, Call, Json
from bot.systems.kubernetes.connection import Connection
from bot.systems.kubernetes.wire import items
from handlers.actions.kubernetes.logs_ports import LogsOf
from handlers.errors import DoNotRetry

MOST = 24
"""Containers that are read at a time; of more than these, the youngest pods'."""

NOTHING = "There is no deployment and no pod {name} in namespace {namespace}."
NOT_LISTED = (
    "{name} is none of the deployments that policy lists here, nor a pod of theirs. It lists: {listed}."
)
NO_LABEL = "No pod in namespace {namespace} has the labels {selector}."
NO_PODS = "{name} has no pods now, so there is no log. `history` and events tell more."
NO_CONTAINER = "No pod there has a container {name}. There are: {known}."


@dataclass(frozen=True)
class Source:
    """One container. `shown` is what people read as its name."""

    pod: str
    container: str
    shown: str


class Sources:
    """Finds them in one namespace. `listed` are the deployments that policy lists, empty for all."""

    def __init__(self, connection: Connection, namespace: str, listed: Sequence[str]) -> None:
        self._connection = connection
        self._namespace = namespace
        self._listed = tuple(listed)

    async def of(self, wanted: LogsOf) -> tuple[Source, ...]:
        """Every container, those of the youngest pods first. Raises DoNotRetry when there is none."""
        pods = sorted(await self._pods(wanted), key=_began, reverse=True)
        found = [source for pod in pods for source in _containers(pod)]
        if not wanted.container:
            return tuple(found)
        meant = tuple(one for one in found if one.container == wanted.container)
        if not meant:
            known = ", ".join(sorted({one.container for one in found}))
            raise DoNotRetry(NO_CONTAINER.format(name=wanted.container, known=known), "no-container")
        return meant

    async def _pods(self, wanted: LogsOf) -> Sequence[Json]:
        if wanted.selector:
            return await self._labelled(wanted.selector)
        if not self._listed or wanted.name in self._listed:
            selector = await self._selector(wanted.name)
            if selector is not None:
                return await self._selected(wanted.name, selector)
        return [await self._pod(wanted.name)]

    async def _labelled(self, selector: str) -> Sequence[Json]:
        pods = await self._allowed(await self._list(selector))
        if not pods and self._listed:
            listed = ", ".join(self._listed)
            raise DoNotRetry(NOT_LISTED.format(name=selector, listed=listed), "not-listed")
        if not pods:
            raise DoNotRetry(NO_LABEL.format(namespace=self._namespace, selector=selector), "404")
        return pods

    async def _selected(self, name: str, selector: Json) -> Sequence[Json]:
        pods = [pod for pod in await self._list(selectors.as_query(selector)) if _selects(selector, pod)]
        if not pods:
            raise DoNotRetry(NO_PODS.format(name=name), "no-pods")
        return pods

    async def _pod(self, name: str) -> Json:
        """A pod by its name, if it is one of a deployment that is listed."""
        named = [one for one in await self._list() if one["metadata"]["name"] == name]
        allowed = await self._allowed(named)
        if allowed:
            return allowed[0]
        if self._listed:
            raise DoNotRetry(NOT_LISTED.format(name=name, listed=", ".join(self._listed)), "not-listed")
        raise DoNotRetry(NOTHING.format(name=name, namespace=self._namespace), "404")

    async def _allowed(self, pods: Sequence[Json]) -> Sequence[Json]:
        """Those that a listed deployment selects; all of them when policy lists none."""
        if not self._listed or not pods:
            return pods
        known = [selector for name in self._listed if (selector := await self._selector(name)) is not None]
        return [pod for pod in pods if any(_selects(one, pod) for one in known)]

    async def _selector(self, name: str) -> Json | None:
        """What selects a deployment's pods; None when there is no such deployment."""
        try:
            found = await self._connection.call(Call("get", DEPLOYMENTS, self._namespace, name))
        except DoNotRetry as no:
            if no.code == "404":
                return None
            raise
        return objects.selector(found)

    async def _list(self, selector: str = "") -> Sequence[Json]:
        query = {"labelSelector": selector} if selector else {}
        found = await self._connection.call(Call("list", PODS, self._namespace, query=query))
        return items(found)


def _selects(selector: Json, pod: Json) -> bool:
    """All of its terms must hold; a selector without terms would be everybody's pods, and is nobody's."""
    labels = pod["metadata"].get("labels") or {}
    return bool(selectors.as_query(selector)) and selectors.matches(selector, labels)


def _began(pod: Json) -> str:
    return str(pod["metadata"].get("creationTimestamp") or "")


def _containers(pod: Json) -> list[Source]:
    name = str(pod["metadata"]["name"])
    spec = pod.get("spec") or {}
    containers = [str(one["name"]) for one in (*(spec.get("initContainers") or ()), *spec["containers"])]
    several = len(containers) > 1
    return [Source(name, one, f"{name}/{one}" if several else name) for one in containers]
