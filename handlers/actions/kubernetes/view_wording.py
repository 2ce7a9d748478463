"""What people read about a namespace that they look at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from handlers.actions.kubernetes.view_ports import Container, Description, Event

NOT_A_LABEL = "write a label selector as `kubectl -l` takes it, such as `app=auditron-api`"
NOT_AN_OBJECT = "write the name of a deployment, a pod or another object, such as auditron-api"
HINT_LABEL = "Such as app=auditron-api."
HINT_NAMESPACE = "Leave it empty for the system's own."
HINT_OBJECT = "A deployment, or a pod as the reading `pods` lists it."
HINT_SORT = "cpu or memory."

OUTSIDE = (
    "Namespace {namespace} is not this system's: policy gives it {own} alone. Whoever keeps the policies can"
    " make {namespace} a system of its own."
)
OR_EVERYWHERE = "The reading `{everywhere}` looks at all namespaces, where policy grants it."
NOTHING_CALLED = "There is no deployment and no pod {name} in namespace {namespace}. `pods` lists them."
FORGOTTEN = "A cluster forgets events after an hour or so."
NO_SECRETS = "The values stay in the cluster: nobody reads them here."
NO_VALUES = "Of the environment only the names are shown."


def counted(number: int, what: str) -> str:
    """`1 pod`, `2 pods`, `3 ingresses`."""
    plural = f"{what}es" if what.endswith("s") else f"{what}s"
    return f"{number} {what if number == 1 else plural}"


def cores(thousandths: int) -> str:
    """As kubectl writes CPU."""
    return f"{thousandths}m"


def mebibytes(size: int) -> str:
    """As kubectl writes memory."""
    return f"{round(size / 1024**2)}Mi"


def share(percent: int | None) -> str:
    return "-" if percent is None else f"{percent}%"


def time(at: datetime) -> str:
    """The time of day and its date, UTC: a cell of a table cannot show the reader's own."""
    return f"{at:%m-%d %H:%M:%S}"


def event_row(one: Event) -> tuple[str, ...]:
    times = f" ({one.count}×)" if one.count > 1 else ""
    mark = "⚠️ " if one.warning else ""
    return (time(one.at), f"{mark}{one.reason}{times}", f"{one.kind} {one.name}", one.message or "-")


def description_lines(of: Description) -> list[str]:
    """Facts, then each container with what it is and does, then the conditions."""
    lines = [f"{label}: {value}" for label, value in of.facts]
    for one in of.containers:
        lines += [f"Container {one.name}: {one.image}", *(f"  {told}" for told in _container(one))]
    lines += [
        f"Condition {one.name}: {one.holds}{_because(one.reason, one.message)}" for one in of.conditions
    ]
    return lines


def _container(one: Container) -> list[str]:
    told = [
        ("state", one.state),
        ("before that", one.last_state),
        ("restarts", str(one.restarts) if one.state else ""),
        ("asks for", one.requests),
        ("limits", one.limits or "none"),
        ("ports", _listed(one.ports)),
        ("probes", "; ".join(one.probes) or "none"),
        ("environment", _listed(one.environment)),
    ]
    return [f"{label}: {value}" for label, value in told if value]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def _because(reason: str, message: str) -> str:
    told = ": ".join(one for one in (reason, message) if one)
    return f" ({told})" if told else ""
