"""DELETE: at once, or step by step where finalizers or a grace period stand in the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.cluster.decoding import (
    ANY,
    BOOL,
    INT64,
    STRING,
    ListOf,
    Mismatch,
    Struct,
    json_decoder,
    parse_json,
)
from sandbox.cluster.paths import Target
from sandbox.cluster.resources import JOBS, PODS, Resource
from sandbox.cluster.shapes import Json
from sandbox.cluster.status import FieldFault, bad_request, conflict, invalid
from sandbox.cluster.store import Store, stamp

ORPHAN, FOREGROUND = "orphan", "foregroundDeletion"
POLICIES = {"Orphan": (ORPHAN,), "Foreground": (FOREGROUND,), "Background": ()}
GRACE_SECONDS = 30
_OPTIONS = Struct(
    "DeleteOptions",
    {
        "apiVersion": STRING,
        "kind": STRING,
        "gracePeriodSeconds": INT64,
        "orphanDependents": BOOL,
        "propagationPolicy": STRING,
        "dryRun": ListOf(STRING),
        "preconditions": Struct("Preconditions", {"uid": STRING, "resourceVersion": STRING}),
        "ignoreStoreReadErrorWithClusterBreakingPotential": ANY,
    },
)


@dataclass(frozen=True)
class DeleteOptions:
    """`grace` is None for as long as the pod itself says; `policy` None for the kind's own."""

    dry_run: bool = False
    grace: int | None = None
    policy: str | None = None
    uid: str = ""
    version: str = ""


def delete_options(body: bytes, query: Mapping[str, str]) -> DeleteOptions:
    """From the body, else the query; raises ApiError for what is no DeleteOptions."""
    try:
        told = json_decoder().decode(parse_json(body), _OPTIONS) if body.strip() else {}
    except Mismatch as wrong:
        raise bad_request(f'DeleteOptions in version "v1" cannot be handled: {wrong}') from wrong
    # As in the original, the query counts only where there is no body.
    return options_of(told or {}, {} if body.strip() else query)


def options_of(told: Json, query: Mapping[str, str]) -> DeleteOptions:
    """From DeleteOptions that were read, and the query."""
    dry_run = told.get("dryRun") or ([query["dryRun"]] if query.get("dryRun") else [])
    faults = []
    if any(each != "All" for each in dry_run):
        faults.append(FieldFault.unsupported("dryRun", sorted(dry_run), "All"))
    policy = told.get("propagationPolicy") or query.get("propagationPolicy") or None
    if policy and policy not in POLICIES:
        faults.append(FieldFault.unsupported("propagationPolicy", policy, *sorted(POLICIES)))
    if faults:
        raise invalid("meta.k8s.io", "DeleteOptions", "", *faults)
    grace = told.get("gracePeriodSeconds", query.get("gracePeriodSeconds"))
    if isinstance(grace, str) and not grace.lstrip("-").isdigit():
        raise bad_request(f'strconv.ParseInt: parsing "{grace}": invalid syntax')
    wanted = told.get("preconditions") or {}
    version = wanted.get("resourceVersion", "")
    return DeleteOptions(
        bool(dry_run), None if grace is None else int(grace), policy, wanted.get("uid", ""), version
    )


def delete(store: Store, target: Target, options: DeleteOptions) -> Json:
    """What the original answers: the object while it is still there, else that it is gone."""
    current = store.get(target.resource, target.namespace, target.name)
    check_preconditions(target.resource, current, options)
    meta = current["metadata"]
    if target.resource is PODS:
        return end_pod(store, current, options)
    policy = options.policy or ("Orphan" if target.resource is JOBS else "Background")
    held = [*meta.get("finalizers", []), *POLICIES[policy]]
    if held:
        if "deletionTimestamp" not in meta:
            meta |= {"deletionTimestamp": store.now(), "deletionGracePeriodSeconds": 0}
            meta["generation"] = meta.get("generation", 1) + 1
        meta["finalizers"] = sorted(set(held))
        return current if options.dry_run else store.save(target.resource, current)
    if not options.dry_run:
        store.remove(target.resource, target.namespace, target.name)
    details = {"name": target.name, "group": target.resource.group, "kind": target.resource.plural}
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {key: value for key, value in details.items() if value} | {"uid": meta["uid"]},
    }


def check_preconditions(resource: Resource, current: Json, options: DeleteOptions) -> None:
    """Raises ApiError Conflict for another object of the name, or another version of it."""
    meta = current["metadata"]
    if options.uid and options.uid != meta["uid"]:
        because = (
            f"the UID in the precondition ({options.uid}) does not match the UID in record ({meta['uid']}). "
            "The object might have been deleted and then recreated"
        )
        raise conflict(resource, meta["name"], because)
    if options.version and options.version != meta["resourceVersion"]:
        because = (
            f"the ResourceVersion in the precondition ({options.version}) does not match the ResourceVersion "
            f"in record ({meta['resourceVersion']}). The object might have been modified"
        )
        raise conflict(resource, meta["name"], because)


def end_pod(store: Store, pod: Json, options: DeleteOptions) -> Json:
    """A pod goes when its grace period is over; the kubelet takes it away, here with the next step."""
    meta = pod["metadata"]
    own = pod["spec"].get("terminationGracePeriodSeconds", GRACE_SECONDS)
    grace = own if options.grace is None else max(0, options.grace)
    if "nodeName" not in pod["spec"] or pod["status"].get("phase") in ("Succeeded", "Failed"):
        grace = 0
    if grace and "deletionTimestamp" not in meta:
        end = datetime.fromisoformat(store.now()) + timedelta(seconds=grace)
        meta |= {"deletionTimestamp": stamp(end.timestamp()), "deletionGracePeriodSeconds": grace}
        return pod if options.dry_run else store.save(PODS, pod)
    if not grace:
        meta |= {"deletionTimestamp": store.now(), "deletionGracePeriodSeconds": 0}
        if not options.dry_run:
            store.remove(PODS, meta["namespace"], meta["name"])
    return pod
