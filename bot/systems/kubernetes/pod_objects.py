"""What is read of pods: how they do, and why they do not come up."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from bot.systems.kubernetes.calls import Json
from bot.systems.kubernetes.wire import Condition, Lists, Meta, Or, Read, age_of, read
from handlers.actions.kubernetes.objects import Pod


class _Reason(Read):
    reason: str = ""
    exit_code: int = 0


class _ContainerState(Read):
    waiting: _Reason | None = None
    terminated: _Reason | None = None


class _Container(Read):
    ready: bool = False
    restart_count: int = 0
    state: Annotated[_ContainerState, Or] = _ContainerState()


class _PodSpec(Read):
    node_name: str = ""
    containers: Annotated[tuple[Json, ...], Lists] = ()


class _PodStatus(Read):
    phase: str = ""
    reason: str = ""
    conditions: Annotated[tuple[Condition, ...], Lists] = ()
    container_statuses: Annotated[tuple[_Container, ...], Lists] = ()
    init_container_statuses: Annotated[tuple[_Container, ...], Lists] = ()


class _Pod(Read):
    metadata: Meta
    spec: _PodSpec
    status: Annotated[_PodStatus, Or] = _PodStatus()


def exit_code(found: Json) -> int | None:
    """That of a pod's container, once it has ended."""
    ended = (one.state.terminated for one in read(_Pod, found).status.container_statuses)
    return next((one.exit_code for one in ended if one is not None), None)


def pod(found: Json, now: datetime) -> Pod:
    it = read(_Pod, found)
    running = it.status.container_statuses
    return Pod(
        name=it.metadata.name,
        ready=sum(one.ready for one in running),
        containers=max(len(it.spec.containers), len(running)),
        state=_state(it),
        restarts=sum(one.restart_count for one in running),
        age=age_of(it.metadata, now),
        node=it.spec.node_name,
    )


_ON_ITS_WAY = frozenset(
    {"Running", "Pending", "ContainerCreating", "PodInitializing", "Terminating", "Completed"}
)
"""States of a pod that will most likely pass by themselves."""


def trouble(found: Json) -> str:
    """Why a pod does not come up, in the cluster's word (`ImagePullBackOff`); empty when nothing is wrong."""
    it = read(_Pod, found)
    refused = [one.reason for one in it.status.conditions if (one.type, one.status) == _NOT_SCHEDULED]
    state = refused[0] if refused else _state(it)
    return "" if state in _ON_ITS_WAY else state


_NOT_SCHEDULED = ("PodScheduled", "False")


def _state(it: _Pod) -> str:
    """What `kubectl get pods` calls the status: the reason of what keeps it from running, else the phase."""
    if it.metadata.deletion_timestamp is not None:
        return "Terminating"
    for one in (*it.status.init_container_statuses, *it.status.container_statuses):
        for held in (one.state.waiting, one.state.terminated):
            if held is not None and held.reason and held.reason != "Completed":
                return held.reason
    return "Completed" if it.status.phase == "Succeeded" else it.status.reason or it.status.phase or "Unknown"
