"""Words of other tools that people type by habit: why they do not run here, and what the bot has instead.

Rows AU-10, AU-51, AU-52. The longest beginning that fits is meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

RULE = "nothing interactive and no commands of other tools run from Slack (AU-10, AU-51, AU-52)"
DECLINED = "{words} does not run here: {why}"
INSTEAD = "What you may do instead:"
NOT_YOURS = "The nearest thing here is {names}, which policy does not give you."
NOTHING_INSTEAD = "Policy gives you nothing like it here; {help} lists what it does give."

KUBECTL = "it would act with the bot's rights, which nobody approved, and leave no record of why."
SHELL = (
    "a shell in a container can do anything, nobody can approve what is not yet typed, and nothing of it can"
    " be read back."
)
TUNNEL = (
    "a tunnel into the cluster ends on no machine of yours when it begins in Slack, and passes every gate."
)
DATABASE = (
    "a database prompt shows whatever is asked of it, patients included. Fixed queries run as jobs that"
    " policy lists."
)
DOCKER = "the containers belong to the cluster, which would start them anew behind Docker's back."
PRUNE = (
    "each node cleans up its own images, and what else `prune` removes does not come back. A full disk on a"
    " node is a case for cordon and drain."
)
REMOTE = "the bot keeps no keys to machines and runs no command lines."
EDITOR = "an editor cannot be approved: say what is to become of which key."


@dataclass(frozen=True)
class Declined:
    """Why not, and the actions and readings that come nearest, the nearest first."""

    why: str
    instead: tuple[str, ...] = ()


def _kubectl(*instead: str) -> Declined:
    return Declined(KUBECTL, instead)


_SHELL = Declined(SHELL, ("describe", "logs", "events", "run-job"))
_TUNNEL = Declined(TUNNEL, ("health", "services", "ingresses", "describe"))
_DATABASE = Declined(DATABASE, ("run-job", "queue-stats", "health"))
_REMOTE = Declined(REMOTE, ("describe", "logs", "nodes", "run-job"))
_PODS = _kubectl("pods", "not-running", "overview")
_DEPLOYMENTS = _kubectl("deployments", "deployments-everywhere", "rollout-status")
_SERVICES = _kubectl("services", "overview")
_INGRESSES = _kubectl("ingresses", "services")
_SCALERS = _kubectl("autoscalers", "deployments")
_NODES = _kubectl("nodes", "top-nodes")
_MAPS = _kubectl("config-map", "patch-config")
_SECRETS = _kubectl("secret-keys", "rotate-secret")
_EVENTS = _kubectl("events", "describe")

GOT: Mapping[str, Declined] = {
    "all": _kubectl("overview", "pods", "deployments"),
    **dict.fromkeys(("pods", "pod", "po"), _PODS),
    **dict.fromkeys(("deployments", "deployment", "deploy"), _DEPLOYMENTS),
    **dict.fromkeys(("services", "service", "svc"), _SERVICES),
    **dict.fromkeys(("ingresses", "ingress", "ing"), _INGRESSES),
    **dict.fromkeys(("hpa", "horizontalpodautoscalers"), _SCALERS),
    **dict.fromkeys(("nodes", "node", "no"), _NODES),
    **dict.fromkeys(("configmaps", "configmap", "cm"), _MAPS),
    **dict.fromkeys(("secrets", "secret"), _SECRETS),
    **dict.fromkeys(("events", "event", "ev"), _EVENTS),
}
"""What `kubectl get` is asked for."""

_ANY_KUBECTL = _kubectl("overview", "pods", "describe", "logs", "events")
_OF_KUBECTL: Mapping[tuple[str, ...], Declined] = {
    (): _ANY_KUBECTL,
    **{("get", what): declined for what, declined in GOT.items()},
    ("describe",): _kubectl("describe", "events"),
    ("logs",): _kubectl("logs", "follow", "events"),
    ("events",): _EVENTS,
    ("top",): _kubectl("top-pods", "top-pods-everywhere", "top-nodes"),
    ("scale",): _kubectl("scale", "deployments"),
    ("autoscale",): _kubectl("scale", "autoscalers"),
    ("rollout",): _kubectl("rollout-status", "history", "restart", "rollback"),
    ("rollout", "status"): _kubectl("rollout-status"),
    ("rollout", "history"): _kubectl("history"),
    ("rollout", "restart"): _kubectl("restart"),
    ("rollout", "undo"): _kubectl("rollback", "history"),
    ("rollout", "pause"): _kubectl("pause-rollout"),
    ("rollout", "resume"): _kubectl("resume-rollout"),
    ("set", "image"): _kubectl("set-image", "history"),
    ("delete",): _kubectl("restart", "scale"),
    ("patch",): Declined(EDITOR, ("patch-config", "set-image", "scale")),
    ("edit",): Declined(EDITOR, ("patch-config", "set-image", "scale")),
    ("apply",): _kubectl("apply", "patch-config"),
    ("create",): _kubectl("run-job", "apply"),
    ("run",): _kubectl("run-job"),
    ("cordon",): _kubectl("cordon"),
    ("uncordon",): _kubectl("uncordon"),
    ("drain",): _kubectl("drain", "cordon"),
    **dict.fromkeys((("exec",), ("attach",), ("cp",), ("debug",)), _SHELL),
    **dict.fromkeys((("port-forward",), ("proxy",)), _TUNNEL),
}
_OF_DOCKER: Mapping[tuple[str, ...], Declined] = {
    (): Declined(DOCKER, ("pods", "logs", "describe")),
    ("ps",): Declined(DOCKER, ("pods", "overview")),
    ("logs",): Declined(DOCKER, ("logs", "events")),
    ("stats",): Declined(DOCKER, ("top-pods", "top-nodes")),
    ("inspect",): Declined(DOCKER, ("describe",)),
    ("restart",): Declined(DOCKER, ("restart",)),
    ("exec",): _SHELL,
    ("system", "prune"): Declined(PRUNE, ("nodes", "cordon", "drain")),
    ("prune",): Declined(PRUNE, ("nodes", "cordon", "drain")),
}

TABLE: Mapping[tuple[str, ...], Declined] = {
    **{(tool, *rest): it for tool in ("kubectl", "k", "oc") for rest, it in _OF_KUBECTL.items()},
    **{
        (tool, *rest): it
        for tool in ("docker", "podman", "docker-compose")
        for rest, it in _OF_DOCKER.items()
    },
    **dict.fromkeys(((one,) for one in ("exec", "attach", "shell", "sh", "bash", "tty")), _SHELL),
    **dict.fromkeys(((one,) for one in ("port-forward", "portforward", "proxy", "tunnel")), _TUNNEL),
    **dict.fromkeys(
        ((one,) for one in ("psql", "mysql", "sqlite3", "mongosh", "mongo", "redis-cli", "sql")), _DATABASE
    ),
    **dict.fromkeys(((one,) for one in ("ssh", "sudo", "scp", "curl")), _REMOTE),
    ("helm",): Declined(KUBECTL, ("history", "rollback", "apply")),
}
