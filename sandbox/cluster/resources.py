"""What kinds of objects the practice cluster has; discovery, paths and access rules all read this table."""

from __future__ import annotations

from dataclasses import dataclass

READ = ("get", "list", "watch")
WRITE = (*READ, "create", "update", "patch", "delete")
MEASURED = ("get", "list")


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
    def path(self) -> str:
        """Where all of them are listed."""
        return f"/{'apis' if self.group else 'api'}/{self.api_version}/{self.plural}"

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
NODES = Resource("", "v1", "nodes", "Node", (*READ, "patch", "update"), ("no",), namespaced=False)
PODS = Resource(
    "",
    "v1",
    "pods",
    "Pod",
    (*READ, "delete"),
    ("po",),
    subresources=(
        Subresource("log", "", "v1", "Pod", ("get",)),
        Subresource("eviction", "policy", "v1", "Eviction", ("create",)),
    ),
)
SERVICES = Resource("", "v1", "services", "Service", short_names=("svc",))
CONFIG_MAPS = Resource("", "v1", "configmaps", "ConfigMap", WRITE, ("cm",))
SECRETS = Resource("", "v1", "secrets", "Secret", WRITE)
EVENTS = Resource("", "v1", "events", "Event", short_names=("ev",))
DEPLOYMENTS = Resource(
    "apps",
    "v1",
    "deployments",
    "Deployment",
    WRITE,
    ("deploy",),
    subresources=(Subresource("scale", "autoscaling", "v1", "Scale", ("get", "patch", "update")),),
)
REPLICA_SETS = Resource("apps", "v1", "replicasets", "ReplicaSet", short_names=("rs",))
DAEMON_SETS = Resource("apps", "v1", "daemonsets", "DaemonSet", short_names=("ds",))
AUTOSCALERS = Resource(
    "autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", short_names=("hpa",)
)
JOBS = Resource("batch", "v1", "jobs", "Job", WRITE)
NETWORK_POLICIES = Resource("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", WRITE, ("netpol",))
INGRESSES = Resource("networking.k8s.io", "v1", "ingresses", "Ingress", short_names=("ing",))
DISRUPTION_BUDGETS = Resource("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", WRITE, ("pdb",))
POD_METRICS = Resource("metrics.k8s.io", "v1beta1", "pods", "PodMetrics", MEASURED)
NODE_METRICS = Resource("metrics.k8s.io", "v1beta1", "nodes", "NodeMetrics", MEASURED, namespaced=False)
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
    ("", "v1"): "bindings componentstatuses endpoints limitranges persistentvolumeclaims "
    "persistentvolumes podtemplates replicationcontrollers resourcequotas serviceaccounts",
    ("apps", "v1"): "controllerrevisions statefulsets",
    ("autoscaling", "v2"): "",
    ("batch", "v1"): "cronjobs",
    ("networking.k8s.io", "v1"): "ingressclasses ipaddresses servicecidrs",
    ("policy", "v1"): "",
    ("metrics.k8s.io", "v1beta1"): "",
    ("authorization.k8s.io", "v1"): "localsubjectaccessreviews selfsubjectrulesreviews subjectaccessreviews",
}
OTHER_GROUPS = (
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "authentication.k8s.io",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "node.k8s.io",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
)
OTHER_PATHS = ("", "openapi", "metrics", "logs", "debug", ".well-known")

RESOURCES = (
    NAMESPACES,
    NODES,
    PODS,
    SERVICES,
    CONFIG_MAPS,
    SECRETS,
    EVENTS,
    DEPLOYMENTS,
    REPLICA_SETS,
    DAEMON_SETS,
    AUTOSCALERS,
    JOBS,
    NETWORK_POLICIES,
    INGRESSES,
    DISRUPTION_BUDGETS,
    POD_METRICS,
    NODE_METRICS,
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
