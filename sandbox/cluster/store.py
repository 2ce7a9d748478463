"""What etcd is to the original: every object, one version counter for all, and the changes in order."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.cluster.resources import Resource
from sandbox.cluster.shapes import Json, duplicate
from sandbox.cluster.status import not_found

FIRST_VERSION = 1000
CHANGES_KEPT = 2000


@dataclass(frozen=True)
class Change:
    """One write: `kind` is ADDED, MODIFIED or DELETED; `before` is the object as it was."""

    version: int
    kind: str
    resource: Resource
    object: Json
    before: Json | None


@dataclass(frozen=True)
class Picture:
    """A store's objects at one version."""

    version: int
    objects: Mapping[Resource, tuple[Json, ...]]


def _every(_: Json) -> bool:
    return True


class Store:
    """Objects go in and out as copies; what is stored changes only through `create`, `save`, `remove`."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self.wall = wall
        self.began = wall()
        self._objects: dict[Resource, dict[tuple[str, str], Json]] = {}
        self._news = asyncio.Event()
        self.version = FIRST_VERSION
        self.changes: deque[Change] = deque(maxlen=CHANGES_KEPT)

    def now(self) -> str:
        """The time as the API writes it: RFC 3339, UTC, whole seconds."""
        return stamp(self.wall())

    def get(self, resource: Resource, namespace: str, name: str) -> Json:
        """One object; raises ApiError NotFound."""
        found = self._objects.get(resource, {}).get((namespace, name))
        if found is None:
            raise not_found(resource, name)
        return duplicate(found)

    def list(
        self, resource: Resource, namespace: str | None = None, where: Callable[[Json], bool] = _every
    ) -> list[Json]:
        """All objects of a namespace, or of all when None, in the order of their keys.

        `where` sees the stored object itself and must not change it.
        """
        held = self._objects.get(resource, {})
        return [
            duplicate(held[key]) for key in sorted(held) if namespace in (None, key[0]) and where(held[key])
        ]

    def count(self, resource: Resource, namespace: str | None, where: Callable[[Json], bool]) -> int:
        """How many objects fit, without a copy of any; arguments as in `list`."""
        held = self._objects.get(resource, {})
        return sum(namespace in (None, key[0]) and where(thing) for key, thing in held.items())

    def uids(self) -> frozenset[str]:
        """Of every object that there is."""
        return frozenset(
            thing["metadata"]["uid"] for held in self._objects.values() for thing in held.values()
        )

    def trim(self, resource: Resource, most: int) -> None:
        """Remove the objects created first until no more than `most` are left."""
        for namespace, name in list(self._objects.get(resource, {}))[:-most]:
            self.remove(resource, namespace, name)

    def begin(self, new: Json) -> Json:
        """Give a new object its uid, creation time and generation, in place, without storing it."""
        meta = new["metadata"]
        meta["uid"] = str(uuid.uuid4())
        meta.setdefault("creationTimestamp", self.now())
        if "spec" in new:
            meta["generation"] = 1
        return new

    def create(self, resource: Resource, new: Json) -> Json:
        """Store a new object, begun here unless it was before."""
        begun = new if "uid" in new["metadata"] else self.begin(new)
        return self._write("ADDED", resource, begun, None)

    def has(self, resource: Resource, namespace: str, name: str) -> bool:
        """Whether there is such an object."""
        return (namespace, name) in self._objects.get(resource, {})

    def save(self, resource: Resource, new: Json) -> Json:
        """Replace an object. One that is as it was keeps its version, as in the original."""
        key = _key(new)
        before = self._objects[resource][key]
        if _content(new) == _content(before):
            return duplicate(before)
        return self._write("MODIFIED", resource, new, before)

    def remove(self, resource: Resource, namespace: str, name: str) -> None:
        """Delete an object at once; raises ApiError NotFound."""
        gone = self.get(resource, namespace, name)
        del self._objects[resource][(namespace, name)]
        self._record("DELETED", resource, gone, gone)

    def picture(self) -> Picture:
        """Every object as it is now, for `restore` in another store."""
        objects = {resource: tuple(map(duplicate, held.values())) for resource, held in self._objects.items()}
        return Picture(self.version, objects)

    def restore(self, picture: Picture) -> None:
        """Hold the objects of a picture, in place of any others."""
        self._objects = {
            resource: {_key(thing): duplicate(thing) for thing in things}
            for resource, things in picture.objects.items()
        }
        self.version = picture.version

    def clear(self) -> None:
        """Forget every object; the version goes on, and whoever watches has to begin anew."""
        self._objects.clear()
        self.changes.clear()
        self.version += 1

    async def changed_since(self, version: int) -> None:
        """Return once something was written after `version`."""
        while self.version <= version:
            await self._news.wait()

    def _write(self, kind: str, resource: Resource, new: Json, before: Json | None) -> Json:
        stored = duplicate(new)
        self._objects.setdefault(resource, {})[_key(stored)] = stored
        self._record(kind, resource, stored, before)
        return duplicate(stored)

    def _record(self, kind: str, resource: Resource, stored: Json, before: Json | None) -> None:
        self.version += 1
        stored["metadata"]["resourceVersion"] = str(self.version)
        self.changes.append(Change(self.version, kind, resource, duplicate(stored), before))
        self._news.set()
        self._news = asyncio.Event()


def stamp(seconds: float) -> str:
    """Seconds since 1970 as the API writes times."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _key(thing: Json) -> tuple[str, str]:
    return thing["metadata"].get("namespace", ""), thing["metadata"]["name"]


def _content(thing: Json) -> Json:
    """Everything but the bookkeeping that changes with each write."""
    meta = {key: value for key, value in thing["metadata"].items() if key != "resourceVersion"}
    if "managedFields" in meta:
        meta["managedFields"] = [{**each, "time": ""} for each in meta["managedFields"]]
    return {**thing, "metadata": meta}
