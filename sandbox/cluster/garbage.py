"""The garbage collector: what belongs to an object that is deleted goes with it, or is set free."""

from __future__ import annotations

from sandbox.cluster.deletes import FOREGROUND, ORPHAN, DeleteOptions, end_pod
from sandbox.cluster.pods import owned
from sandbox.cluster.resources import DEPLOYMENTS, JOBS, PODS, REPLICA_SETS
from sandbox.cluster.shapes import Json
from sandbox.cluster.store import Store

OWNERS = (DEPLOYMENTS, JOBS, REPLICA_SETS)
OWNED = (REPLICA_SETS, PODS)


def collect(store: Store) -> None:
    """One step: owners that wait for their dependents, then dependents that have lost their owner."""
    for resource in OWNERS:
        for owner in store.list(resource, where=lambda each: "deletionTimestamp" in each["metadata"]):
            finalizers = owner["metadata"].get("finalizers", [])
            if ORPHAN in finalizers:
                _set_free(store, owner)
            elif FOREGROUND in finalizers and _take_along(store, owner):
                continue
            meta = owner["metadata"]
            meta["finalizers"] = [each for each in finalizers if each not in (ORPHAN, FOREGROUND)]
            if meta["finalizers"]:
                store.save(resource, owner)
            else:
                store.remove(resource, meta["namespace"], meta["name"])
    alive = store.uids()
    for resource in OWNED:
        for thing in store.list(resource, where=lambda each: _is_lost(each, alive)):
            meta = thing["metadata"]
            if resource is not PODS:
                store.remove(resource, meta["namespace"], meta["name"])
            elif "deletionTimestamp" not in meta:
                end_pod(store, thing, DeleteOptions())


def _is_lost(thing: Json, alive: frozenset[str]) -> bool:
    references = thing["metadata"].get("ownerReferences", [])
    return bool(references) and not any(each["uid"] in alive for each in references)


def _set_free(store: Store, owner: Json) -> None:
    for resource in OWNED:
        for thing in store.list(resource, where=lambda each: owned(each, owner)):
            thing["metadata"].pop("ownerReferences")
            store.save(resource, thing)


def _take_along(store: Store, owner: Json) -> bool:
    """Whether there was still something to take."""
    found = False
    for resource in OWNED:
        for thing in store.list(resource, where=lambda each: owned(each, owner)):
            found, meta = True, thing["metadata"]
            if resource is not PODS:
                store.remove(resource, meta["namespace"], meta["name"])
            elif "deletionTimestamp" not in meta:
                end_pod(store, thing, DeleteOptions())
    return found
