"""What Kubernetes 1.36.3 answers, written down from it: (status, reason, the fields that are complained of).

All is asked about the deployment `auditron-api` of `sandbox.cluster.seed`, as dry runs where it is a write.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Answer: TypeAlias = tuple[int, str, tuple[str, ...]]


def refused(*fields: str) -> Answer:
    """422 of the server's validation, or for a patch after which the object cannot be read."""
    return 422, "Invalid", fields


DONE: Answer = (200, "", ())
IMPOSSIBLE: Answer = (422, "Invalid", ())
"""A JSON patch that does not fit the object."""
BAD_REQUEST: Answer = (400, "BadRequest", ())
NOT_FOUND: Answer = (404, "NotFound", ())
NO_METHOD: Answer = (405, "MethodNotAllowed", ())
CONFLICT: Answer = (409, "Conflict", ())
NO_MEDIA_TYPE: Answer = (415, "UnsupportedMediaType", ())
BROKEN: Answer = (500, "", ())
NOT_YET: Answer = (504, "Timeout", ("",))
"""A resource version that has not come."""

REPLICAS: Mapping[str, tuple[Any, Answer, Answer]] = {
    "no number": ({"spec": {"replicas": "5"}}, refused("patch"), refused("patch")),
    "a fraction": ({"spec": {"replicas": 5.5}}, refused("patch"), refused("patch")),
    "a whole float": ({"spec": {"replicas": 5.0}}, refused("patch"), DONE),
    "less than none": ({"spec": {"replicas": -1}}, refused("spec.replicas"), refused("spec.replicas")),
    "more than int32 holds": (
        {"spec": {"replicas": 999999999999}},
        refused("patch"),
        refused("spec.replicas"),
    ),
    "taken away": ({"spec": {"replicas": None}}, DONE, DONE),
}
"""A patch, and what becomes of it as a merge patch and as a strategic one."""

PATCHES: Mapping[str, tuple[Any, Answer, Answer]] = {
    **REPLICAS,
    "a list": ([], BAD_REQUEST, BAD_REQUEST),
    "nothing": (None, BAD_REQUEST, DONE),
    "no spec": ({"spec": {}}, DONE, DONE),
    "spec taken away": (
        {"spec": None},
        refused("spec.selector", "spec.template.metadata.labels", "spec.template.spec.containers"),
        refused("spec.selector", "spec.template.metadata.labels", "spec.template.spec.containers"),
    ),
    "unknown fields": ({"nonsense": 1, "spec": {"nonsense": 1}}, DONE, DONE),
    "another name": ({"metadata": {"name": "other"}}, BAD_REQUEST, BAD_REQUEST),
    "another namespace": ({"metadata": {"namespace": "other"}}, BAD_REQUEST, BAD_REQUEST),
    "another uid": ({"metadata": {"uid": "other"}}, refused("metadata.uid"), refused("metadata.uid")),
    "an old version": ({"metadata": {"resourceVersion": "1"}}, CONFLICT, CONFLICT),
    "a version that is none": ({"metadata": {"resourceVersion": "x"}}, BROKEN, BROKEN),
    "an empty version": ({"metadata": {"resourceVersion": ""}}, DONE, DONE),
    "another creation": ({"metadata": {"creationTimestamp": "2020-01-01T00:00:00Z"}}, DONE, DONE),
    "another generation": ({"metadata": {"generation": 99}}, DONE, DONE),
    "a label's key with a space": (
        {"metadata": {"labels": {"a b": "c"}}},
        refused("metadata.labels"),
        refused("metadata.labels"),
    ),
    "a label's value with a space": (
        {"metadata": {"labels": {"a": "b c"}}},
        refused("metadata.labels"),
        refused("metadata.labels"),
    ),
    "a label that is a number": ({"metadata": {"labels": {"a": 5}}}, refused("patch"), refused("patch")),
    "an annotation's key with a space": (
        {"metadata": {"annotations": {"a b": "c"}}},
        refused("metadata.annotations"),
        refused("metadata.annotations"),
    ),
    "an annotation's key in capitals": ({"metadata": {"annotations": {"UP.io/x": "y"}}}, DONE, DONE),
    "an annotation's key with two slashes": (
        {"metadata": {"annotations": {"a/b/c": "y"}}},
        refused("metadata.annotations"),
        refused("metadata.annotations"),
    ),
    "annotations that are too long": (
        {"metadata": {"annotations": {"a": "x" * 270_000}}},
        refused("metadata.annotations"),
        refused("metadata.annotations"),
    ),
    "a finalizer without a domain": (
        {"metadata": {"finalizers": ["x"]}},
        refused("metadata.finalizers[0]"),
        refused("metadata.finalizers[0]"),
    ),
    "another kind": ({"kind": "Pod"}, refused("patch"), DONE),
    "another version of the API": ({"apiVersion": "v1"}, refused("patch"), DONE),
    "another selector": (
        {"spec": {"selector": {"matchLabels": {"app": "x"}}}},
        refused("spec.selector", "spec.template.metadata.labels"),
        refused("spec.selector", "spec.template.metadata.labels"),
    ),
    "no selector": (
        {"spec": {"selector": None}},
        refused("spec.selector", "spec.template.metadata.labels"),
        refused("spec.selector", "spec.template.metadata.labels"),
    ),
    "a strategy with leftovers": (
        {"spec": {"strategy": {"type": "Recreate"}}},
        refused("spec.strategy.rollingUpdate"),
        refused("spec.strategy.rollingUpdate"),
    ),
    "a strategy that nobody knows": (
        {"spec": {"strategy": {"type": "Nope"}}},
        refused("spec.strategy"),
        refused("spec.strategy"),
    ),
    "no room to roll": (
        {"spec": {"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}}},
        refused("spec.strategy.rollingUpdate.maxUnavailable"),
        refused("spec.strategy.rollingUpdate.maxUnavailable"),
    ),
    "a surge that is no share": (
        {"spec": {"strategy": {"rollingUpdate": {"maxSurge": "x%"}}}},
        refused("spec.strategy.rollingUpdate.maxSurge"),
        refused("spec.strategy.rollingUpdate.maxSurge"),
    ),
    "more unavailable than all": (
        {"spec": {"strategy": {"rollingUpdate": {"maxUnavailable": "150%"}}}},
        refused("spec.strategy.rollingUpdate.maxUnavailable"),
        refused("spec.strategy.rollingUpdate.maxUnavailable"),
    ),
    "a deadline before the pods are ready": (
        {"spec": {"minReadySeconds": 700}},
        refused("spec.progressDeadlineSeconds"),
        refused("spec.progressDeadlineSeconds"),
    ),
    "a history of less than none": (
        {"spec": {"revisionHistoryLimit": -1}},
        refused("spec.revisionHistoryLimit"),
        refused("spec.revisionHistoryLimit"),
    ),
    "paused in words": ({"spec": {"paused": "yes"}}, refused("patch"), refused("patch")),
    "no containers": (
        {"spec": {"template": {"spec": {"containers": []}}}},
        refused("spec.template.spec.containers"),
        DONE,
    ),
    "no image": (
        {"spec": {"template": {"spec": {"containers": [{"name": "api", "image": ""}]}}}},
        refused("spec.template.spec.containers[0].image"),
        refused("spec.template.spec.containers[0].image"),
    ),
    "an image with a space before it": (
        {"spec": {"template": {"spec": {"containers": [{"name": "api", "image": " a:1"}]}}}},
        DONE,
        DONE,
    ),
    "a pull policy that nobody knows": (
        {
            "spec": {
                "template": {
                    "spec": {"containers": [{"name": "api", "image": "api:1", "imagePullPolicy": "Maybe"}]}
                }
            }
        },
        refused("spec.template.spec.containers[0].imagePullPolicy"),
        refused("spec.template.spec.containers[0].imagePullPolicy"),
    ),
    "two containers of a name": (
        {
            "spec": {
                "template": {
                    "spec": {"containers": [{"name": "api", "image": "a"}, {"name": "api", "image": "b"}]}
                }
            }
        },
        refused("spec.template.spec.containers[1].name"),
        DONE,
    ),
    "a container's name in capitals": (
        {"spec": {"template": {"spec": {"containers": [{"name": "API", "image": "a"}]}}}},
        refused("spec.template.spec.containers[0].name"),
        refused("spec.template.spec.containers[0].name"),
    ),
    "an init container of a container's name": (
        {"spec": {"template": {"spec": {"initContainers": [{"name": "api", "image": "a"}]}}}},
        refused("spec.template.spec.initContainers[0].name"),
        refused("spec.template.spec.initContainers[0].name"),
    ),
    "another restart policy": (
        {"spec": {"template": {"spec": {"restartPolicy": "Never"}}}},
        refused("spec.template.spec.restartPolicy"),
        refused("spec.template.spec.restartPolicy"),
    ),
    "a template without labels": (
        {"spec": {"template": {"metadata": {"labels": None}}}},
        refused("spec.template.metadata.labels"),
        refused("spec.template.metadata.labels"),
    ),
    "a template with other labels": (
        {"spec": {"template": {"metadata": {"labels": {"app": "x"}}}}},
        refused("spec.template.metadata.labels"),
        refused("spec.template.metadata.labels"),
    ),
    "no template": (
        {"spec": {"template": None}},
        refused("spec.template.metadata.labels", "spec.template.spec.containers"),
        refused("spec.template.metadata.labels", "spec.template.spec.containers"),
    ),
    "a status": ({"status": {"replicas": 99}}, DONE, DONE),
}

JSON_PATCHES: Mapping[str, tuple[Any, Answer]] = {
    "an object": ({}, BAD_REQUEST),
    "nothing": (None, DONE),
    "an operation without anything": ([{}], IMPOSSIBLE),
    "an operation that nobody knows": ([{"op": "nope", "path": "/spec"}], IMPOSSIBLE),
    "a test that fails": ([{"op": "test", "path": "/spec/replicas", "value": 4}], IMPOSSIBLE),
    "a test of what is not there": ([{"op": "test", "path": "/spec/nope", "value": 1}], IMPOSSIBLE),
    "a test that nothing is there": ([{"op": "test", "path": "/spec/nope", "value": None}], DONE),
    "removes what is not there": ([{"op": "remove", "path": "/spec/nope"}], IMPOSSIBLE),
    "replaces what is not there": ([{"op": "replace", "path": "/spec/nope", "value": 1}], DONE),
    "replaces by nothing": ([{"op": "replace", "path": "/spec/replicas"}], DONE),
    "adds below what is not there": ([{"op": "add", "path": "/spec/nope/x", "value": 1}], IMPOSSIBLE),
    "adds an annotation": ([{"op": "add", "path": "/metadata/annotations/a~1b", "value": "x"}], DONE),
    "adds to annotations that are not there": (
        [{"op": "add", "path": "/spec/template/metadata/annotations/x", "value": "y"}],
        IMPOSSIBLE,
    ),
    "a path without a slash": ([{"op": "replace", "path": "spec/replicas", "value": 3}], DONE),
    "the whole": ([{"op": "replace", "path": "", "value": {}}], BAD_REQUEST),
    "beyond the end of a list": (
        [{"op": "add", "path": "/spec/template/spec/containers/9", "value": {"name": "b", "image": "c:1"}}],
        IMPOSSIBLE,
    ),
    "another container": (
        [{"op": "add", "path": "/spec/template/spec/containers/-", "value": {"name": "b", "image": "c:1"}}],
        DONE,
    ),
    "the last container taken away": (
        [{"op": "remove", "path": "/spec/template/spec/containers/0"}],
        refused("spec.template.spec.containers"),
    ),
    "an old version": ([{"op": "replace", "path": "/metadata/resourceVersion", "value": "1"}], CONFLICT),
    "a copy": ([{"op": "copy", "from": "/metadata/name", "path": "/metadata/annotations/x"}], DONE),
}

BYTES: Mapping[str, tuple[bytes, Answer, Answer, Answer]] = {
    "half an object": (b"{", BAD_REQUEST, BAD_REQUEST, BAD_REQUEST),
    "nothing at all": (b"", BAD_REQUEST, BAD_REQUEST, BAD_REQUEST),
    "NaN": (b'{"spec":{"replicas":NaN}}', BAD_REQUEST, BAD_REQUEST, BAD_REQUEST),
    "no UTF-8": (b"\xff", BAD_REQUEST, BAD_REQUEST, BAD_REQUEST),
    "something after it": (b'{"spec":{"replicas":3}} x', BAD_REQUEST, BAD_REQUEST, BAD_REQUEST),
    "YAML": (b"spec:\n  replicas: 3\n", BAD_REQUEST, BAD_REQUEST, BAD_REQUEST),
    "very deep": (b"[" * 11_000, BAD_REQUEST, BAD_REQUEST, BAD_REQUEST),
    "a field twice": (b'{"spec":{"replicas":3,"replicas":4}}', DONE, DONE, BAD_REQUEST),
}
"""As a merge patch, a strategic one, a JSON patch."""

OPTIONS: Mapping[str, Answer] = {
    "dryRun=Some": refused("dryRun"),
    "dryRun=All&dryRun=Some": refused("dryRun"),
    "dryRun=All&fieldValidation=Strict": refused("patch"),
    "dryRun=All&fieldValidation=Nope": refused("fieldValidation"),
    "dryRun=All&fieldValidation=Ignore": DONE,
    "dryRun=All&fieldManager=" + 129 * "x": refused("fieldManager"),
    "dryRun=All&fieldManager=a%0Ab": refused("fieldManager"),
    "dryRun=All&force=true": refused("force"),
}

MEDIA_TYPES: Mapping[str, Answer] = {
    "application/json": NO_MEDIA_TYPE,
    "text/plain": NO_MEDIA_TYPE,
    "application/yaml": NO_MEDIA_TYPE,
    "": NO_MEDIA_TYPE,
    "application/merge-patch+json; charset=utf-8": DONE,
}

READS: Mapping[str, Answer] = {
    "deployments/nope": NOT_FOUND,
    "deployments/NOT_A_NAME": NOT_FOUND,
    "nopes": NOT_FOUND,
    "nopes/x": NOT_FOUND,
    "deployments/auditron-api?resourceVersion=1": DONE,
    "deployments/auditron-api?resourceVersion=999999999": NOT_YET,
    "deployments/auditron-api?resourceVersion=x": BROKEN,
    "deployments?labelSelector=a%20b": BAD_REQUEST,
    "deployments?labelSelector=app%3D%3D": DONE,
    "deployments?fieldSelector=spec.replicas%3D3": BAD_REQUEST,
    "deployments?fieldSelector=x": BAD_REQUEST,
    "deployments?limit=x": BAD_REQUEST,
    "deployments?limit=-1": DONE,
    "deployments?limit=1&continue=nope": BAD_REQUEST,
    "deployments?watch=true&resourceVersion=x": BROKEN,
    "deployments?resourceVersionMatch=Exact": refused("resourceVersionMatch"),
    "deployments?resourceVersion=999999999&resourceVersionMatch=NotOlderThan": NOT_YET,
    "deployments?timeoutSeconds=x": BAD_REQUEST,
}

NO_PATHS = (
    "/nope",
    "/apis/nope/v1",
    "/apis/nope/v1/things",
    "/apis/apps/v2/deployments",
    "/api/v2/pods",
)

NO_METHODS = (
    ("PUT", "deployments"),
    ("PATCH", "deployments"),
    ("POST", "deployments/auditron-api"),
    ("DELETE", "deployments/auditron-api/scale"),
    ("POST", "deployments/auditron-api/scale"),
    ("OPTIONS", "deployments"),
)
