"""ReplicaSets as revisions: found by their template, numbered by annotation, named by its hash."""

from __future__ import annotations

import hashlib
import json

from sandbox.cluster.pods import SUFFIX_LETTERS, owner_reference
from sandbox.cluster.resources import DEPLOYMENTS, REPLICA_SETS
from sandbox.cluster.shapes import Json, duplicate

HASH_LABEL = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MOST = "deployment.kubernetes.io/max-replicas"
NOT_COPIED = (REVISION, HISTORY, DESIRED, MOST, "kubectl.kubernetes.io/last-applied-configuration")


def revision(thing: Json) -> int:
    """The revision that its annotation tells, 0 without one."""
    return int(thing["metadata"].get("annotations", {}).get(REVISION, "0"))


def same_template(replica_set: Json, deployment: Json) -> bool:
    """Whether it runs exactly what the deployment wants; the hash label does not count."""
    return _bare(replica_set["spec"]["template"]) == _bare(deployment["spec"]["template"])


def template_hash(template: Json) -> str:
    """Ten letters that name a pod template."""
    digest = hashlib.sha256(json.dumps(_bare(template), sort_keys=True).encode()).digest()
    return "".join(SUFFIX_LETTERS[byte % len(SUFFIX_LETTERS)] for byte in digest[:10])


def new_replica_set(deployment: Json, number: int) -> Json:
    """The ReplicaSet for a template that none has yet, still without pods."""
    meta, spec = deployment["metadata"], deployment["spec"]
    mark = template_hash(spec["template"])
    template = duplicate(spec["template"])
    template["metadata"]["labels"][HASH_LABEL] = mark
    selector = duplicate(spec["selector"])
    selector.setdefault("matchLabels", {})[HASH_LABEL] = mark
    return {
        "apiVersion": REPLICA_SETS.api_version,
        "kind": REPLICA_SETS.kind,
        "metadata": {
            "name": f"{meta['name']}-{mark}",
            "namespace": meta["namespace"],
            "labels": dict(template["metadata"]["labels"]),
            "annotations": _copied(deployment) | {REVISION: str(number)},
            "ownerReferences": [owner_reference(deployment, DEPLOYMENTS.api_version, DEPLOYMENTS.kind)],
        },
        "spec": {"replicas": 0, "selector": selector, "template": template},
        "status": {"replicas": 0},
    }


def raise_revision(replica_set: Json, deployment: Json, number: int) -> None:
    """Copy the annotations of the deployment, and number it: a rollback gives an old one the next number."""
    annotations = replica_set["metadata"].setdefault("annotations", {})
    annotations |= _copied(deployment)
    was = revision(replica_set)
    if was < number:
        past = [each for each in annotations.get(HISTORY, "").split(",") if each]
        annotations[HISTORY] = ",".join([*past, str(was)])
        annotations[REVISION] = str(number)


def _copied(deployment: Json) -> dict[str, str]:
    annotations: dict[str, str] = deployment["metadata"].get("annotations", {})
    return {key: value for key, value in annotations.items() if key not in NOT_COPIED}


def _bare(template: Json) -> Json:
    meta = dict(template.get("metadata", {}))
    meta["labels"] = {key: value for key, value in meta.get("labels", {}).items() if key != HASH_LABEL}
    return {**template, "metadata": {key: value for key, value in meta.items() if value}}
