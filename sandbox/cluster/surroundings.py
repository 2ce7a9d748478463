"""What surrounds the workloads at first: nodes, services, settings, secrets, budgets, a pod on every node.

Every name and value in here is invented.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator

from sandbox.cluster.resources import (
    CONFIG_MAPS,
    DAEMON_SETS,
    INGRESSES,
    NAMESPACES,
    NODES,
    SECRETS,
    SERVICES,
    Resource,
)
from sandbox.cluster.shapes import Json

NODE_NAMES = ("practice-node-1", "practice-node-2", "practice-node-3")
NODE_AGENTS = "kube-system"
"""The namespace of the pods that run on every node."""
CONFIGS: dict[str, dict[str, dict[str, str]]] = {
    "auditron": {"auditron-settings": {"queue_concurrency": "8", "export_formats": "csv,json"}},
    "clinchat-rag": {"clinchat-rag-settings": {"retrieval_top_k": "12", "answer_language": "en"}},
    "provability-fabric": {
        "egress-policies": {
            "pii_threshold": "0.7",
            "secret_threshold": "0.9",
            "policy.yaml": "default: deny\nallow:\n  - api.internal\n",
        }
    },
}
SECRET_VALUES: dict[str, dict[str, dict[str, str]]] = {
    "auditron": {
        "auditron-secrets": {
            "jwt-secret": "practice-jwt-0f6c1a",
            "database-url": "postgres://auditron:practice-password@postgres:5432/auditron",
            "database-password": "practice-password",
            "openai-api-key": "sk-practice-000000000000",
        }
    },
    "clinchat-rag": {"clinchat-rag-secrets": {"opensearch-password": "practice-search-password"}},
    "provability-fabric": {
        "receipt-signing-key": {
            "key.pem": "-----BEGIN PRACTICE KEY-----\ninvented\n-----END PRACTICE KEY-----\n"
        },
        "egress-signing-key": {
            "key.pem": "-----BEGIN PRACTICE KEY-----\nmade up\n-----END PRACTICE KEY-----\n"
        },
    },
}
SERVED = {
    "auditron": ("auditron-api",),
    "clinchat-rag": ("clinchat-rag-api",),
    "provability-fabric": ("retrieval-gateway", "egress-firewall", "ledger"),
}


def surroundings() -> Iterator[tuple[Resource, Json]]:
    """Every object that is simply there, with its resource; namespaces and nodes come first."""
    for namespace in sorted({*SERVED, NODE_AGENTS}):
        yield NAMESPACES, _namespace(namespace)
    for number, name in enumerate(NODE_NAMES, 1):
        yield NODES, _node(name, f"10.42.0.{number}")
    yield DAEMON_SETS, _node_agent()
    for namespace, names in SERVED.items():
        for number, name in enumerate(names, 1):
            yield SERVICES, _service(namespace, name, f"10.96.{len(namespace)}.{number}")
        yield INGRESSES, _ingress(namespace, names[0])
    for namespace, maps in CONFIGS.items():
        for name, data in maps.items():
            yield CONFIG_MAPS, config_map_of(namespace, name, data)
    for namespace, held in SECRET_VALUES.items():
        for name, values in held.items():
            yield SECRETS, secret_of(namespace, name, values)


def _object(resource: Resource, name: str, namespace: str = "", **rest: object) -> Json:
    place = {"namespace": namespace} if namespace else {}
    meta = {"name": name, **place}
    return {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": meta, **rest}


def _namespace(name: str) -> Json:
    made = _object(NAMESPACES, name, spec={"finalizers": ["kubernetes"]}, status={"phase": "Active"})
    made["metadata"]["labels"] = {"kubernetes.io/metadata.name": name}
    return made


def config_map_of(namespace: str, name: str, data: dict[str, str]) -> Json:
    """A ConfigMap as somebody would apply it."""
    return _object(CONFIG_MAPS, name, namespace, data=dict(data))


def secret_of(namespace: str, name: str, values: dict[str, str]) -> Json:
    """An opaque Secret as somebody would apply it."""
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    return _object(SECRETS, name, namespace, type="Opaque", data=encoded)


def _node(name: str, address: str) -> Json:
    has = {"cpu": "8", "memory": "32Gi", "pods": "110"}
    well = {"MemoryPressure": "False", "DiskPressure": "False", "PIDPressure": "False", "Ready": "True"}
    status = {
        "capacity": dict(has),
        "allocatable": dict(has),
        "conditions": [
            {"type": kind, "status": value, "reason": "Practised", "message": ""}
            for kind, value in well.items()
        ],
        "addresses": [
            {"type": "InternalIP", "address": address},
            {"type": "Hostname", "address": name},
        ],
        "nodeInfo": {
            "kubeletVersion": "v1.36.3-practice",
            "operatingSystem": "linux",
            "architecture": "amd64",
        },
    }
    node = _object(NODES, name, spec={}, status=status)
    node["metadata"]["labels"] = {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
    }
    return node


def _node_agent() -> Json:
    labels = {"app": "node-agent"}
    container = {"name": "agent", "image": "practice/node-agent:1.2.0", "imagePullPolicy": "IfNotPresent"}
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [container], "restartPolicy": "Always"},
    }
    spec = {"selector": {"matchLabels": dict(labels)}, "template": template}
    return _object(DAEMON_SETS, "node-agent", NODE_AGENTS, spec=spec, status={})


def _service(namespace: str, name: str, address: str) -> Json:
    spec = {
        "type": "ClusterIP",
        "clusterIP": address,
        "clusterIPs": [address],
        "selector": {"app": name},
        "ports": [{"name": "http", "port": 80, "targetPort": 3000, "protocol": "TCP"}],
        "sessionAffinity": "None",
    }
    return _object(SERVICES, name, namespace, spec=spec, status={"loadBalancer": {}})


def _ingress(namespace: str, service: str) -> Json:
    backend = {"service": {"name": service, "port": {"name": "http"}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    rule = {"host": f"{namespace}.practice.example", "http": {"paths": [path]}}
    status = {"loadBalancer": {"ingress": [{"ip": "203.0.113.10"}]}}
    return _object(INGRESSES, service, namespace, spec={"rules": [rule]}, status=status)
