"""Lists as `kubectl get` prints them: the server chooses the columns.

https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sandbox.cluster import pods as life
from sandbox.cluster.resources import (
    AUTOSCALERS,
    CONFIG_MAPS,
    DAEMON_SETS,
    DEPLOYMENTS,
    DISRUPTION_BUDGETS,
    EVENTS,
    INGRESSES,
    JOBS,
    NAMESPACES,
    NODES,
    PODS,
    REPLICA_SETS,
    SECRETS,
    SERVICES,
    Resource,
)
from sandbox.cluster.shapes import Json

AS_TABLE = "as=Table;v=v1;g=meta.k8s.io"
_UNITS = ((86_400, "d"), (3600, "h"), (60, "m"))


def table_of(resource: Resource, things: list[Json], meta: Json, now: str) -> Json:
    """A meta.k8s.io/v1 Table; `meta` is the list's metadata."""
    columns = _COLUMNS.get(resource, {})
    titles = ["Name", *columns, "Age"]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": meta,
        "columnDefinitions": [
            {"name": title, "type": "string", "format": "name" if title == "Name" else "", "priority": 0}
            | {"description": title}
            for title in titles
        ],
        "rows": [
            {
                "cells": [
                    thing["metadata"]["name"],
                    *(shown(thing) for shown in columns.values()),
                    age(thing["metadata"]["creationTimestamp"], now),
                ],
                "object": {
                    "kind": "PartialObjectMetadata",
                    "apiVersion": "meta.k8s.io/v1",
                    "metadata": thing["metadata"],
                },
            }
            for thing in things
        ],
    }


def age(since: str, now: str) -> str:
    """How long ago, in the largest unit that fits: `40d`, `3h`, `12s`."""
    seconds = int((datetime.fromisoformat(now) - datetime.fromisoformat(since)).total_seconds())
    for span, unit in _UNITS:
        if seconds >= span:
            return f"{seconds // span}{unit}"
    return f"{max(0, seconds)}s"


def _ready(pod: Json) -> str:
    states = [each["ready"] for each in pod["status"]["containerStatuses"]]
    return f"{sum(states)}/{len(states)}"


def _count(*path: str) -> Callable[[Json], str]:
    """The number at that path, 0 where the API leaves it out."""

    def shown(thing: Json) -> str:
        found: Json = thing
        for step in path[:-1]:
            found = found.get(step, {})
        return str(found.get(path[-1], 0))

    return shown


_COLUMNS: Mapping[Resource, Mapping[str, Callable[[Json], str]]] = {
    NAMESPACES: {"Status": lambda thing: str(thing["status"]["phase"])},
    PODS: {
        "Ready": _ready,
        "Status": life.shown_phase,
        "Restarts": lambda pod: str(sum(each["restartCount"] for each in pod["status"]["containerStatuses"])),
    },
    DEPLOYMENTS: {
        "Ready": lambda each: f"{each['status'].get('readyReplicas', 0)}/{each['spec']['replicas']}",
        "Up-to-date": _count("status", "updatedReplicas"),
        "Available": _count("status", "availableReplicas"),
    },
    REPLICA_SETS: {
        "Desired": _count("spec", "replicas"),
        "Current": _count("status", "replicas"),
        "Ready": _count("status", "readyReplicas"),
    },
    AUTOSCALERS: {
        "Reference": lambda each: f"Deployment/{each['spec']['scaleTargetRef']['name']}",
        "MinPods": _count("spec", "minReplicas"),
        "MaxPods": _count("spec", "maxReplicas"),
        "Replicas": _count("status", "currentReplicas"),
    },
    DISRUPTION_BUDGETS: {
        "Min Available": _count("spec", "minAvailable"),
        "Allowed Disruptions": _count("status", "disruptionsAllowed"),
    },
    NODES: {
        "Status": lambda node: "Ready" + (",SchedulingDisabled" if node["spec"].get("unschedulable") else ""),
        "Version": lambda node: str(node["status"]["nodeInfo"]["kubeletVersion"]),
    },
    SERVICES: {
        "Type": lambda each: str(each["spec"]["type"]),
        "Cluster-IP": lambda each: str(each["spec"]["clusterIP"]),
        "Port(s)": lambda each: ",".join(
            f"{port['port']}/{port['protocol']}" for port in each["spec"]["ports"]
        ),
    },
    CONFIG_MAPS: {"Data": lambda each: str(len(each.get("data", {})))},
    SECRETS: {
        "Type": lambda each: str(each["type"]),
        "Data": lambda each: str(len(each.get("data", {}))),
    },
    DAEMON_SETS: {
        "Desired": _count("status", "desiredNumberScheduled"),
        "Ready": _count("status", "numberReady"),
    },
    JOBS: {
        "Completions": lambda job: f"{job['status'].get('succeeded', 0)}/{job['spec']['completions']}",
    },
    INGRESSES: {"Hosts": lambda each: ",".join(rule["host"] for rule in each["spec"]["rules"])},
    EVENTS: {
        "Type": lambda event: str(event["type"]),
        "Reason": lambda event: str(event["reason"]),
        "Object": lambda event: (
            f"{event['involvedObject']['kind']}/{event['involvedObject']['name']}".lower()
        ),
        "Message": lambda event: str(event["message"]),
    },
}
