"""Whatever is sent: it is refused with a `Status`, or stored, and then the controllers can live with it."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.cluster.bodies import WriteOptions
from sandbox.cluster.controller import Controller
from sandbox.cluster.patches import JSON_PATCH, MERGE_PATCH
from sandbox.cluster.paths import Target
from sandbox.cluster.resources import DEPLOYMENTS
from sandbox.cluster.seed import WORKLOADS, seed
from sandbox.cluster.status import ApiError
from sandbox.cluster.store import Picture, Store
from sandbox.cluster.strategic import STRATEGIC_PATCH
from sandbox.cluster.writes import Writes

PATHS = (
    "metadata",
    "metadata.annotations",
    "metadata.labels",
    "metadata.annotations.x",
    "metadata.uid",
    "metadata.name",
    "metadata.resourceVersion",
    "metadata.generation",
    "metadata.managedFields",
    "metadata.ownerReferences",
    "spec",
    "spec.replicas",
    "spec.paused",
    "spec.selector",
    "spec.selector.matchLabels",
    "spec.strategy",
    "spec.strategy.type",
    "spec.strategy.rollingUpdate",
    "spec.strategy.rollingUpdate.maxSurge",
    "spec.revisionHistoryLimit",
    "spec.minReadySeconds",
    "spec.progressDeadlineSeconds",
    "spec.template",
    "spec.template.metadata",
    "spec.template.metadata.labels",
    "spec.template.metadata.annotations",
    "spec.template.spec",
    "spec.template.spec.containers",
    "spec.template.spec.volumes",
    "status",
    "kind",
)
LEAVES = st.none() | st.booleans() | st.integers(-3, 6) | st.floats(allow_nan=False) | st.text(max_size=4)
WORDS = st.sampled_from(["name", "image", "env", "$patch", "$retainKeys", "$setElementOrder/env", "x"])
VALUES = st.recursive(
    LEAVES | st.sampled_from([2**31, 2**64, "25%", "delete", "replace", "Recreate"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)


def _nested(path: str, value: Any) -> Any:
    for step in reversed(path.split(".")):
        value = {step: value}
    return value


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(PATHS), VALUES, st.sampled_from([STRATEGIC_PATCH, MERGE_PATCH, JSON_PATCH, "PUT"]))
def test_no_body_breaks_the_cluster(path: str, value: Any, how: str) -> None:
    store, place = _fresh(), ("auditron", "auditron-api")
    writes, options, target = Writes(store), WriteOptions(), Target("patch", DEPLOYMENTS, *place)
    body: Any = _nested(path, value)
    if how == JSON_PATCH:
        body = [{"op": "add", "path": "/" + path.replace(".", "/"), "value": value}]
    text = json.dumps(body).encode()
    try:
        if how == "PUT":
            writes.replace(target, text, options)
        else:
            writes.patch(target, how, text, options)
            writes.patch(replace(target, subresource="scale"), how, text, options)
    except ApiError as refused:
        json.dumps(refused.body())
    Controller(store).settle()
    assert "auditron-api" == store.get(DEPLOYMENTS, *place)["metadata"]["name"]


@cache
def _first() -> Picture:
    store = Store()
    seed(store, Controller(store), WORKLOADS[:1])
    return store.picture()


def _fresh() -> Store:
    store = Store()
    store.restore(_first())
    return store
