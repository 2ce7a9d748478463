"""Deployments and pods as `kubectl describe` tells them, without the values of their environment."""

from __future__ import annotations

from bot.systems.kubernetes.calls import Json
from bot.systems.kubernetes.view_objects import names
from handlers.actions.kubernetes.view_ports import Condition, Container, Description

_PROBES = {"livenessProbe": "liveness", "readinessProbe": "readiness", "startupProbe": "startup"}
_TIMES = ("initialDelaySeconds", "delay"), ("periodSeconds", "every"), ("timeoutSeconds", "timeout")


def of_deployment(found: Json) -> Description:
    """Its wishes and counts, the containers of its template, its conditions."""
    spec, status = found.get("spec") or {}, found.get("status") or {}
    counts = (
        f"{spec.get('replicas', 1)} wanted, {status.get('updatedReplicas', 0)} up to date,"
        f" {status.get('readyReplicas', 0)} ready, {status.get('availableReplicas', 0)} available"
    )
    facts = [("Replicas", counts), ("Strategy", _strategy(spec.get("strategy") or {}))]
    if spec.get("paused"):
        facts.append(("Paused", "yes: a change of the template rolls nothing out"))
    template = (spec.get("template") or {}).get("spec") or {}
    return Description(
        kind="Deployment",
        name=str(found["metadata"]["name"]),
        facts=(*facts, *_account(template)),
        containers=tuple(_container(one, {}) for one in _containers(template)),
        conditions=_conditions(status),
    )


def of_pod(found: Json) -> Description:
    """Where it runs, what its containers do and what they did before, its conditions."""
    spec, status = found.get("spec") or {}, found.get("status") or {}
    meta = found["metadata"]
    facts = [("Phase", str(status.get("phase") or "Unknown")), ("Node", str(spec.get("nodeName") or "-"))]
    for label, text in (("Why", status.get("reason")), ("Message", status.get("message"))):
        if text:
            facts.append((label, str(text)))
    if meta.get("deletionTimestamp"):
        facts.append(("Ends", "it was told to go"))
    owners = [f"{one.get('kind')} {one.get('name')}" for one in meta.get("ownerReferences") or ()]
    facts.append(("Made by", ", ".join(owners) or "nobody: it does not come back by itself"))
    if status.get("qosClass"):
        facts.append(("Quality of service", str(status["qosClass"])))
    states = {
        str(one.get("name")): one
        for key in ("initContainerStatuses", "containerStatuses")
        for one in status.get(key) or ()
    }
    return Description(
        kind="Pod",
        name=str(meta["name"]),
        facts=(*facts, *_account(spec)),
        containers=tuple(_container(one, states.get(str(one.get("name")), {})) for one in _containers(spec)),
        conditions=_conditions(status),
    )


def _containers(spec: Json) -> list[Json]:
    return [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]


def _account(spec: Json) -> tuple[tuple[str, str], ...]:
    account = spec.get("serviceAccountName")
    return (("Service account", str(account)),) if account else ()


def _strategy(found: Json) -> str:
    rolling = found.get("rollingUpdate") or {}
    bounds = [f"{name} {rolling[key]}" for key, name in (("maxSurge", "surge"), ("maxUnavailable", "away"))
              if key in rolling]  # fmt: skip
    return ", ".join((str(found.get("type") or "RollingUpdate"), *bounds))


def _conditions(status: Json) -> tuple[Condition, ...]:
    return tuple(
        Condition(
            name=str(one.get("type", "")),
            holds=str(one.get("status", "")),
            reason=str(one.get("reason") or ""),
            message=str(one.get("message") or ""),
        )
        for one in status.get("conditions") or ()
    )


def _container(found: Json, status: Json) -> Container:
    resources = found.get("resources") or {}
    sources = [
        name
        for one in found.get("envFrom") or ()
        for name in names([one.get("configMapRef") or one.get("secretRef") or {}])
    ]
    return Container(
        name=str(found.get("name", "")),
        image=str(found.get("image", "")),
        requests=_amounts(resources.get("requests") or {}),
        limits=_amounts(resources.get("limits") or {}),
        probes=tuple(_probe(name, found[key]) for key, name in _PROBES.items() if found.get(key)),
        environment=(*names(found.get("env")), *(f"all of {one}" for one in sources)),
        ports=tuple(str(one.get("containerPort")) for one in found.get("ports") or ()),
        state=_state(status.get("state") or {}),
        last_state=_state(status.get("lastState") or {}),
        restarts=int(status.get("restartCount") or 0),
    )


def _amounts(found: Json) -> str:
    return ", ".join(f"{name} {value}" for name, value in sorted(found.items()))


def _probe(name: str, found: Json) -> str:
    """`readiness: GET /health on 3000, every 10s`; of a command only that it is one: it may hold a secret."""
    if web := found.get("httpGet"):
        does = f"GET {web.get('path', '/')} on {web.get('port')}"
    elif port := (found.get("tcpSocket") or found.get("grpc")):
        does = f"connects to {port.get('port')}"
    else:
        does = "a command in the container"
    times = [f"{word} {found[key]}s" for key, word in _TIMES if found.get(key)]
    failures = [f"{found['failureThreshold']} failures"] if found.get("failureThreshold") else []
    return f"{name}: {', '.join((does, *times, *failures))}"


def _state(found: Json) -> str:
    """`Waiting: CrashLoopBackOff`, `Terminated: Error, exit code 1`; empty when it has none."""
    for kind, detail in found.items():
        told = [str(detail["reason"])] if detail.get("reason") else []
        if kind == "terminated":
            told.append(f"exit code {detail.get('exitCode', '?')}")
            if detail.get("signal"):
                told.append(f"signal {detail['signal']}")
        return f"{kind.capitalize()}: {', '.join(told)}" if told else kind.capitalize()
    return ""
