"""What kinds of objects the practice cluster has; discovery, paths and access rules all read this table."""

from __future__ import annotations

from dataclasses import dataclass

READ = ("get", "list", "watch")


@dataclass(frozen=True)
class Subresource:
    """A view on an object under its own path, such as `deployments/scale`."""

    name: str
    group: str
    version: str
    kind: str
    verbs: tuple[str, ...]


@dataclass(frozen=True)
class Resource:
    """One kind of object: where it is found and which verbs are practised."""

    group: str
    version: str
    plural: str
    kind: str
    verbs: tuple[str, ...] = READ
    short_names: tuple[str, ...] = ()
    namespaced: bool = True
    subresources: tuple[Subresource, ...] = ()

    @property
    def singular(self) -> str:
        return self.kind.lower()

    @property
    def qualified(self) -> str:
        """As error messages name it: `deployments.apps`, `pods`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def subresource(self, name: str) -> Subresource | None:
        return next((each for each in self.subresources if each.name == name), None)


NAMESPACES = Resource("", "v1", "namespaces", "Namespace", short_names=("ns",), namespaced=False)
PODS = Resource(
    "",
    "v1",
    "pods",
    "Pod",
    short_names=("po",),
    subresources=(Subresource("log", "", "v1", "Pod", ("get",)),),
)
EVENTS = Resource("", "v1", "events", "Event", short_names=("ev",))
DEPLOYMENTS = Resource(
    "apps",
    "v1",
    "deployments",
    "Deployment",
    (*READ, "patch", "update"),
    ("deploy",),
    subresources=(Subresource("scale", "autoscaling", "v1", "Scale", ("get", "patch", "update")),),
)
REPLICA_SETS = Resource("apps", "v1", "replicasets", "ReplicaSet", short_names=("rs",))
AUTOSCALERS = Resource(
    "autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", short_names=("hpa",)
)
DISRUPTION_BUDGETS = Resource(
    "policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", short_names=("pdb",)
)
ACCESS_REVIEWS = Resource(
    "authorization.k8s.io",
    "v1",
    "selfsubjectaccessreviews",
    "SelfSubjectAccessReview",
    ("create",),
    namespaced=False,
)

# What the original has in the groups that are practised, and its other groups.
UNPRACTISED = {
    ("", "v1"): "bindings componentstatuses configmaps endpoints limitranges nodes persistentvolumeclaims "
    "persistentvolumes podtemplates replicationcontrollers resourcequotas secrets serviceaccounts services",
    ("apps", "v1"): "controllerrevisions daemonsets statefulsets",
    ("autoscaling", "v2"): "",
    ("policy", "v1"): "",
    ("authorization.k8s.io", "v1"): "localsubjectaccessreviews selfsubjectrulesreviews subjectaccessreviews",
}
OTHER_GROUPS = (
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "authentication.k8s.io",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
)
OTHER_PATHS = ("", "openapi", "metrics", "logs", "debug", ".well-known")

RESOURCES = (
    NAMESPACES,
    PODS,
    EVENTS,
    DEPLOYMENTS,
    REPLICA_SETS,
    AUTOSCALERS,
    DISRUPTION_BUDGETS,
    ACCESS_REVIEWS,
)


def in_original(path: str) -> bool:
    """Whether the original has something at a path where the practice cluster has nothing."""
    first, *rest = path.strip("/").split("/")
    if first not in ("api", "apis"):
        return first in OTHER_PATHS
    group, *rest = rest if first == "apis" else ["", *rest]
    if group in OTHER_GROUPS or not rest:
        return group in OTHER_GROUPS
    version, *rest = rest
    if rest[:1] == ["namespaces"] and len(rest) > 2:
        rest = rest[2:]
    return bool(rest) and rest[0] in UNPRACTISED.get((group, version), "").split()


def resource_of(group: str, version: str, plural: str) -> Resource | None:
    """The resource at that place, or None where the practice cluster has none."""
    return next(
        (each for each in RESOURCES if (each.group, each.version, each.plural) == (group, version, plural)),
        None,
    )
