"""The API's types that can be written here: apps/v1 Deployment, autoscaling/v1 Scale."""

from __future__ import annotations

from sandbox.cluster.decoding import ANY, BOOL, INT32, INT64, STRING, ListOf, MapOf, Struct, Type


def _any(*names: str) -> dict[str, Type]:
    return dict.fromkeys(names, ANY)


TYPE_META: dict[str, Type] = {"apiVersion": STRING, "kind": STRING}

OBJECT_META = Struct(
    "ObjectMeta",
    {
        "name": STRING,
        "generateName": STRING,
        "namespace": STRING,
        "selfLink": STRING,
        "uid": STRING,
        "resourceVersion": STRING,
        "generation": INT64,
        "creationTimestamp": STRING,
        "deletionTimestamp": STRING,
        "deletionGracePeriodSeconds": INT64,
        "labels": MapOf(STRING),
        "annotations": MapOf(STRING),
        "ownerReferences": ListOf(ANY),
        "finalizers": ListOf(STRING),
        "managedFields": ListOf(ANY),
    },
)

CONTAINER = Struct(
    "Container",
    {
        "name": STRING,
        "image": STRING,
        "command": ListOf(STRING),
        "args": ListOf(STRING),
        "workingDir": STRING,
        "imagePullPolicy": STRING,
        "ports": ListOf(
            Struct(
                "ContainerPort",
                {"containerPort": INT32, "hostPort": INT32, **_any("name", "protocol", "hostIP")},
            )
        ),
        "env": ListOf(Struct("EnvVar", {"name": STRING, "value": STRING, "valueFrom": ANY})),
        "tty": BOOL,
        "stdin": BOOL,
        **_any(
            "envFrom",
            "resources",
            "resizePolicy",
            "restartPolicy",
            "restartPolicyRules",
            "volumeMounts",
            "volumeDevices",
            "livenessProbe",
            "readinessProbe",
            "startupProbe",
            "lifecycle",
            "terminationMessagePath",
            "terminationMessagePolicy",
            "securityContext",
            "stdinOnce",
        ),
    },
)

POD_SPEC = Struct(
    "PodSpec",
    {
        "containers": ListOf(CONTAINER),
        "initContainers": ListOf(CONTAINER),
        "volumes": ListOf(ANY),
        "restartPolicy": STRING,
        "terminationGracePeriodSeconds": INT64,
        "activeDeadlineSeconds": INT64,
        "nodeName": STRING,
        "nodeSelector": MapOf(STRING),
        "serviceAccountName": STRING,
        "serviceAccount": STRING,
        "priorityClassName": STRING,
        "hostNetwork": BOOL,
        **_any(
            "affinity",
            "automountServiceAccountToken",
            "dnsConfig",
            "dnsPolicy",
            "enableServiceLinks",
            "ephemeralContainers",
            "hostAliases",
            "hostIPC",
            "hostPID",
            "hostUsers",
            "hostname",
            "hostnameOverride",
            "imagePullSecrets",
            "os",
            "overhead",
            "preemptionPolicy",
            "priority",
            "readinessGates",
            "resourceClaims",
            "resources",
            "runtimeClassName",
            "schedulerName",
            "schedulingGates",
            "securityContext",
            "setHostnameAsFQDN",
            "shareProcessNamespace",
            "subdomain",
            "tolerations",
            "topologySpreadConstraints",
        ),
    },
)

POD_TEMPLATE = Struct("PodTemplateSpec", {"metadata": OBJECT_META, "spec": POD_SPEC})

DEPLOYMENT_SPEC = Struct(
    "DeploymentSpec",
    {
        "replicas": INT32,
        "selector": Struct("LabelSelector", {"matchLabels": MapOf(STRING), "matchExpressions": ListOf(ANY)}),
        "template": POD_TEMPLATE,
        "strategy": Struct(
            "DeploymentStrategy",
            {
                "type": STRING,
                "rollingUpdate": Struct("RollingUpdateDeployment", _any("maxSurge", "maxUnavailable")),
            },
        ),
        "minReadySeconds": INT32,
        "revisionHistoryLimit": INT32,
        "paused": BOOL,
        "progressDeadlineSeconds": INT32,
    },
)

DEPLOYMENT = Struct(
    "Deployment", {**TYPE_META, "metadata": OBJECT_META, "spec": DEPLOYMENT_SPEC, "status": ANY}
)

SCALE = Struct(
    "Scale",
    {
        **TYPE_META,
        "metadata": OBJECT_META,
        "spec": Struct("ScaleSpec", {"replicas": INT32}),
        "status": ANY,
    },
)
