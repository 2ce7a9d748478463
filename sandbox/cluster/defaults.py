"""What the API server fills in where a new object says nothing."""

from __future__ import annotations

import base64

from sandbox.cluster.shapes import Json, duplicate

JOB_LABELS = ("batch.kubernetes.io/controller-uid", "controller-uid")
JOB_NAME_LABELS = ("batch.kubernetes.io/job-name", "job-name")


def default_nothing(thing: Json) -> None:
    """This kind has no fields that are filled in."""


def default_deployment(deployment: Json) -> None:
    """What apps/v1 fills in; replicas that a patch removed become 1."""
    spec = deployment.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)
    strategy = spec.setdefault("strategy", {})
    strategy.setdefault("type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxSurge", "25%")
        rolling.setdefault("maxUnavailable", "25%")


def default_secret(secret: Json) -> None:
    """`stringData` is write-only: it ends up in `data`, encoded."""
    written = secret.pop("stringData", {})
    if written:
        encoded = {key: base64.b64encode(value.encode()).decode() for key, value in written.items()}
        secret["data"] = secret.get("data", {}) | encoded
    secret.setdefault("type", "Opaque")


def default_network_policy(policy: Json) -> None:
    """A policy without types is one of ingress, and of egress too when it has rules for that."""
    spec = policy.setdefault("spec", {})
    spec.setdefault("podSelector", {})
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress"] + (["Egress"] if spec.get("egress") else [])
    for rule in [*spec.get("ingress", []), *spec.get("egress", [])]:
        for port in rule.get("ports", []):
            port.setdefault("protocol", "TCP")


def default_job(job: Json) -> None:
    """One pod, six more tries, and labels by which its pods find it."""
    spec, meta = job.setdefault("spec", {}), job["metadata"]
    spec.setdefault("parallelism", 1)
    spec.setdefault("completions", 1)
    spec.setdefault("backoffLimit", 6)
    spec.setdefault("completionMode", "NonIndexed")
    spec.setdefault("suspend", False)
    spec.setdefault("manualSelector", False)
    spec.setdefault("podReplacementPolicy", "TerminatingOrFailed")
    template = spec.setdefault("template", {})
    template.setdefault("metadata", {})
    for container in template.setdefault("spec", {}).get("containers", []):
        latest = ":" not in container.get("image", "").rpartition("/")[2]
        container.setdefault("imagePullPolicy", "Always" if latest else "IfNotPresent")
    if "uid" in meta and meta.get("name") and "selector" not in spec:
        labels = dict.fromkeys(JOB_LABELS, meta["uid"]) | dict.fromkeys(JOB_NAME_LABELS, meta["name"])
        spec["selector"] = {"matchLabels": {JOB_LABELS[0]: meta["uid"]}}
        template["metadata"]["labels"] = template["metadata"].get("labels", {}) | labels
        meta["labels"] = meta.get("labels") or duplicate(template["metadata"]["labels"])
