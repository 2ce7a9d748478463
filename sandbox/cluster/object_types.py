"""The API's types of what surrounds workloads: ConfigMap, Secret, Node, Job, NetworkPolicy, budget."""

from __future__ import annotations

from sandbox.cluster.decoding import (
    ANY,
    BOOL,
    BYTES,
    COUNT_OR_SHARE,
    INT32,
    INT64,
    STRING,
    ListOf,
    MapOf,
    Struct,
    Type,
)
from sandbox.cluster.types import OBJECT_META, POD_TEMPLATE, TYPE_META


def _top(go: str, **fields: Type) -> Struct:
    return Struct(go, {**TYPE_META, "metadata": OBJECT_META, **fields})


LABEL_SELECTOR = Struct("LabelSelector", {"matchLabels": MapOf(STRING), "matchExpressions": ListOf(ANY)})

CONFIG_MAP = _top("ConfigMap", data=MapOf(STRING), binaryData=MapOf(BYTES), immutable=BOOL)

SECRET = _top("Secret", data=MapOf(BYTES), stringData=MapOf(STRING), type=STRING, immutable=BOOL)

TAINT = Struct("Taint", {"key": STRING, "value": STRING, "effect": STRING, "timeAdded": STRING})
NODE = _top(
    "Node",
    spec=Struct(
        "NodeSpec",
        {
            "podCIDR": STRING,
            "podCIDRs": ListOf(STRING),
            "providerID": STRING,
            "unschedulable": BOOL,
            "taints": ListOf(TAINT),
            "configSource": ANY,
            "externalID": STRING,
        },
    ),
    status=ANY,
)

JOB = _top(
    "Job",
    spec=Struct(
        "JobSpec",
        {
            **dict.fromkeys(("parallelism", "completions", "backoffLimit", "ttlSecondsAfterFinished"), INT32),
            **dict.fromkeys(("backoffLimitPerIndex", "maxFailedIndexes"), INT32),
            **dict.fromkeys(("completionMode", "podReplacementPolicy", "managedBy"), STRING),
            **dict.fromkeys(("podFailurePolicy", "successPolicy"), ANY),
            "activeDeadlineSeconds": INT64,
            "selector": LABEL_SELECTOR,
            "manualSelector": BOOL,
            "suspend": BOOL,
            "template": POD_TEMPLATE,
        },
    ),
    status=ANY,
)

PORT = Struct("NetworkPolicyPort", {"protocol": STRING, "port": ANY, "endPort": INT32})
PEER = Struct(
    "NetworkPolicyPeer",
    {
        "podSelector": LABEL_SELECTOR,
        "namespaceSelector": LABEL_SELECTOR,
        "ipBlock": Struct("IPBlock", {"cidr": STRING, "except": ListOf(STRING)}),
    },
)
NETWORK_POLICY = _top(
    "NetworkPolicy",
    spec=Struct(
        "NetworkPolicySpec",
        {
            "podSelector": LABEL_SELECTOR,
            "policyTypes": ListOf(STRING),
            "ingress": ListOf(
                Struct("NetworkPolicyIngressRule", {"ports": ListOf(PORT), "from": ListOf(PEER)})
            ),
            "egress": ListOf(Struct("NetworkPolicyEgressRule", {"ports": ListOf(PORT), "to": ListOf(PEER)})),
        },
    ),
)

DISRUPTION_BUDGET = _top(
    "PodDisruptionBudget",
    spec=Struct(
        "PodDisruptionBudgetSpec",
        {
            "minAvailable": COUNT_OR_SHARE,
            "maxUnavailable": COUNT_OR_SHARE,
            "selector": LABEL_SELECTOR,
            "unhealthyPodEvictionPolicy": STRING,
        },
    ),
    status=ANY,
)
