"""What people look at in a namespace, on both clusters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bot.systems.kubernetes.namespace import Namespace
from handlers.actions import Report
from handlers.actions.kubernetes import KIND
from handlers.actions.registry import REGISTRY
from handlers.errors import DoNotRetry
from tests.contracts.kubernetes.administrator import administrator
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.objects import MAP, OLD_KEY, OTHER_KEY, RULES, SECRET, Objects, encoded
from tests.contracts.kubernetes.place import NAME, Place
from tests.contracts.kubernetes.waiting import wait_for

SERVICE = {
    "metadata": {"name": "contract-front"},
    "spec": {
        "type": "NodePort",
        "selector": {"app": NAME},
        "ports": [{"name": "http", "port": 80, "targetPort": 3000, "protocol": "TCP"}],
    },
}
INGRESS = {
    "metadata": {"name": "contract-front"},
    "spec": {
        "rules": [
            {
                "host": "audit.example.org",
                "http": {
                    "paths": [
                        {
                            "path": "/",
                            "pathType": "Prefix",
                            "backend": {"service": {"name": "contract-front", "port": {"name": "http"}}},
                        }
                    ]
                },
            }
        ],
        "tls": [{"hosts": ["audit.example.org"], "secretName": "contract-tls"}],
    },
}


async def look(place: Place, name: str, /, **values: Any) -> Report:
    """A reading, as somebody makes it."""
    reading = REGISTRY.find_reading((KIND,), name)
    return await reading.read(place.namespace, reading.params.model_validate(values))


def column(report: Report, name: str) -> list[str]:
    """What stands under a head."""
    index = report.columns.index(name)
    return [row[index] for row in report.rows]


def row(report: Report, first: str) -> dict[str, str]:
    """The row that begins with this, by heads."""
    (found,) = [one for one in report.rows if one[0] == first]
    return dict(zip(report.columns, found, strict=True))


async def broken(place: Place, tag: str) -> None:
    """A release whose pods go as the tag says."""
    image = [
        {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": f"auditron/api:{tag}"}
    ]
    await place.administer(image)


async def test_pods_of_a_deployment_and_of_a_label(place: Place) -> None:
    assert "6 pods, all ready." == (await look(place, "pods")).headline
    of_it = await look(place, "pods", deployment="auditron-worker")
    assert "2 pods, all ready." == of_it.headline
    assert all(one.startswith("auditron-worker-") for one in column(of_it, "Pod"))
    by_label = await look(place, "pods", label="app=auditron-worker")  # a second later, by their ages
    assert column(of_it, "Pod") == column(by_label, "Pod")
    assert "There are no pods here." == (await look(place, "pods", label="app=nobody")).headline
    assert 5 == len((await look(place, "pods", label="app in (auditron-api, auditron-worker)")).rows)


async def test_a_label_that_the_cluster_does_not_understand_is_told(place: Place) -> None:
    with pytest.raises(DoNotRetry, match="The cluster says that it cannot be so") as no:
        await look(place, "pods", label="app in auditron")
    assert "400" == no.value.code


async def test_deployments_are_told_with_their_counts(place: Place) -> None:
    """CC-14, AU-07."""
    report = await look(place, "deployments")
    assert f"3 deployments in namespace {place.ground.namespace}, all as wished." == report.headline
    api = row(report, NAME)
    assert ("3 of 3", "3", "3") == (api["Ready"], api["Up to date"], api["Available"])


async def test_deployments_of_all_namespaces(place: Place) -> None:
    """PF-18."""
    report = await look(place, "deployments-everywhere")
    here = [one for one in report.rows if one[0] == place.ground.namespace]
    assert {NAME, "auditron-worker", "otel-collector"} == {one[1] for one in here}
    only = await look(place, "deployments-everywhere", namespace=place.ground.namespace)
    assert sorted(one[:5] for one in here) == sorted(one[:5] for one in only.rows)


async def test_pods_that_are_not_well_are_found_in_all_namespaces(place: Place) -> None:
    """PF-10."""
    here = place.ground.namespace
    assert () == (await look(place, "not-running", namespace=here)).rows
    await broken(place, "broken")

    async def found() -> bool:
        report = await look(place, "not-running")
        return any(one[0] == here and "ImagePull" in one[3] for one in report.rows)

    await wait_for(found)


async def test_services_and_ingresses_are_told_with_their_addresses(place: Place, ground: Ground) -> None:
    """AU-04, CC-24, CC-67."""
    async with administrator(ground.admin) as cluster:
        status, _ = await cluster.ask(
            "POST", f"/api/v1/namespaces/{ground.namespace}/services", SERVICE, "application/json"
        )
        if status == 501:  # services of the practice cluster are there and cannot be made
            assert "10.96." in row(await look(place, "services"), NAME)["Cluster IP"]
            assert "203.0.113.10" == row(await look(place, "ingresses"), NAME)["Addresses"]
            return
        await cluster.create(f"/apis/networking.k8s.io/v1/namespaces/{ground.namespace}/ingresses", INGRESS)
    front = row(await look(place, "services"), "contract-front")
    assert "NodePort" == front["Type"]
    assert front["Ports"].startswith("80:3")
    assert front["Ports"].endswith("/TCP")
    inward = row(await look(place, "ingresses"), "contract-front")
    assert ("audit.example.org", "none yet", "yes") == tuple(
        inward[one] for one in ("Hosts", "Addresses", "TLS")
    )


async def test_an_autoscaler_is_told_with_its_bounds_and_measures(place: Place) -> None:
    """AU-07."""
    scaler = row(await look(place, "autoscalers"), NAME)
    assert (f"Deployment {NAME}", "3 to 10") == (scaler["Of"], scaler["Bounds"])
    assert scaler["Measures (now of wanted)"].endswith(" of 70%")


async def test_the_status_of_a_rollout_is_told_at_once(place: Place) -> None:
    """AU-30, CC-14."""
    well = await look(place, "rollout-status", deployment=NAME)
    assert f"{NAME}: The rollout is over; 3 of 3 ready." == well.headline
    await broken(place, "never-ready")

    async def under_way() -> bool:
        told = await look(place, "rollout-status", deployment=NAME)
        return "The rollout is not over" in told.headline and "of 3 replaced" in told.headline

    await wait_for(under_way)


async def test_nodes_are_told_with_their_state(place: Place) -> None:
    """Other tests may have cordoned one meanwhile: a cluster has its nodes once."""
    report = await look(place, "nodes")
    assert report.headline.startswith("3 nodes, ")
    assert {"Ready", "Ready, SchedulingDisabled"} >= set(column(report, "State"))
    assert all(version.startswith("v1.") for version in column(report, "Version"))


async def test_an_overview_has_every_part(place: Place) -> None:
    """AU-50: what people look for in `kubectl get all`."""
    report = await look(place, "overview")
    assert f"Namespace {place.ground.namespace}: every deployment and pod is well." == report.headline
    counts = {kind: column(report, "Kind").count(kind) for kind in ("deployment", "pod", "autoscaler")}
    assert {"deployment": 3, "pod": 6, "autoscaler": 1} == counts


async def test_events_come_newest_last_and_of_one_object_alone(place: Place) -> None:
    """AU-50, CC-36."""
    await broken(place, "broken")

    async def failed() -> bool:
        return any(
            "ImagePull" in one or "Fail" in one for one in column(await look(place, "events"), "Reason")
        )

    await wait_for(failed)
    report = await look(place, "events", name=NAME)
    assert report.newest_last
    times = column(report, "When (UTC)")
    assert sorted(times) == times
    assert all(f" {NAME}" in one for one in column(report, "About"))
    assert "⚠️" in "".join(column(report, "Reason"))
    other = await look(place, "events", name="nobody")
    assert "There are no events of nobody. A cluster forgets events after an hour or so." == other.headline


async def test_a_deployment_is_described_without_the_values_of_its_environment(place: Place) -> None:
    """CC-24."""
    environment = [
        {"name": "DATABASE_URL", "value": "postgres://auditron:hunter2@db/auditron"},
        {"name": "LOG_LEVEL", "value": "very-secret-level"},
    ]
    probe = {"httpGet": {"path": "/health", "port": 3000}, "periodSeconds": 7}
    limits = {"requests": {"cpu": "250m"}, "limits": {"memory": "512Mi"}}
    await place.administer([
        {"op": "replace", "path": "/spec/template/spec/containers/0/env", "value": environment},
        {"op": "add", "path": "/spec/template/spec/containers/0/readinessProbe", "value": probe},
        {"op": "replace", "path": "/spec/template/spec/containers/0/resources", "value": limits},
    ])  # fmt: skip
    report = await look(place, "describe", name=NAME)
    assert report.headline.startswith(f"Deployment {NAME}, with ")
    for fact in (
        "Replicas: 3 wanted, ",
        "Strategy: RollingUpdate, surge 25%, away 25%",
        "Container api: auditron/api:2.4.1",
        "asks for: cpu 250m",
        "limits: memory 512Mi",
        "readiness: GET /health on 3000",
        "every 7s",
        "environment: DATABASE_URL, LOG_LEVEL",
        "Condition Available: True (MinimumReplicasAvailable",
    ):
        assert fact in report.text, fact
    told = f"{report}"
    assert "hunter2" not in told
    assert "very-secret-level" not in told


async def test_a_pod_that_crashes_is_described_with_its_last_state(place: Place) -> None:
    """AU-50, CC-36."""
    await broken(place, "crashes")

    async def crashed() -> bool:
        ill = [one for one in await place.namespace.pods() if not one.well]
        for pod in ill:
            told = (await look(place, "describe", name=f"pod/{pod.name}")).text
            if "before that: Terminated: Error, exit code 1" in told:
                assert "Phase: Running" in told
                assert "Made by: ReplicaSet auditron-api-" in told
                return True
        return False

    await wait_for(crashed)


async def test_a_name_finds_the_deployment_first_and_else_the_pod(place: Place) -> None:
    (pod, *_) = await place.namespace.pods()
    assert f"Pod {pod.name}," in (await look(place, "describe", name=pod.name)).headline
    told = f"There is no deployment and no pod nothing-here in namespace {place.ground.namespace}"
    with pytest.raises(DoNotRetry, match=told):
        await look(place, "describe", name="nothing-here")
    with pytest.raises(DoNotRetry, match="There is no deployment nothing-here"):
        await look(place, "describe", name="deployment/nothing-here")


async def test_what_policy_does_not_list_is_not_described(
    connect: Callable[..., Namespace], ground: Ground
) -> None:
    listed = Place(connect(ground.bot, namespace=ground.namespace, listed=(NAME,)), ground)
    for name, values in (
        ("describe", {"name": "auditron-worker"}),
        ("pods", {"deployment": "auditron-worker"}),
    ):
        with pytest.raises(DoNotRetry, match=f"It lists: {NAME}") as no:
            await look(listed, name, **values)
        assert "not-listed" == no.value.code
    (pod, *_) = [one.name for one in await listed.namespace.pods() if one.name.startswith("auditron-worker-")]
    assert f"Pod {pod}," in (await look(listed, "describe", name=pod)).headline


OWN: Mapping[str, Mapping[str, str]] = {
    "pods": {},
    "deployments": {},
    "services": {},
    "ingresses": {},
    "autoscalers": {},
    "overview": {},
    "events": {},
    "describe": {"name": NAME},
    "top-pods": {},
}


@pytest.mark.parametrize("name", OWN)
async def test_a_namespace_that_is_not_the_systems_is_refused(place: Place, name: str) -> None:
    with pytest.raises(DoNotRetry, match="Namespace kube-system is not this system's: policy gives it") as no:
        await look(place, name, namespace="kube-system", **OWN[name])
    assert "outside" == no.value.code


async def test_usage_comes_greatest_first(place: Place) -> None:
    """AU-20, AU-21, CC-37, PF-47."""
    by_cpu, by_memory = await look(place, "top-pods"), await look(place, "top-pods", by="memory")
    cpu = [int(one.removesuffix("m")) for one in column(by_cpu, "CPU")]
    memory = [int(one.removesuffix("Mi")) for one in column(by_memory, "Memory")]
    assert (sorted(cpu, reverse=True), sorted(memory, reverse=True)) == (cpu, memory)
    assert (6, 6) == (len(cpu), len(memory))
    everywhere = await look(place, "top-pods-everywhere", namespace=place.ground.namespace)
    assert 6 == len(everywhere.rows)
    nodes = await look(place, "top-nodes")
    assert set(column(await look(place, "nodes"), "Node")) == set(column(nodes, "Node"))
    assert all(one.endswith("%") for each in nodes.rows for one in (each[2], each[4]))


async def test_a_config_map_is_shown_redacted(connect: Callable[..., Namespace], ground: Ground) -> None:
    """PF-36."""
    listed = Place(connect(ground.bot, namespace=ground.namespace, rules=RULES), ground)
    objects = Objects(listed.namespace, ground)
    await objects.make()
    await objects.administer(
        MAP, {"data": {"owner": "ivo@example.org", "rules.yaml": "deny: all\npassword: hunter2-and-more\n"}}
    )
    report = await look(listed, "config-map", config_map=MAP)
    assert report.headline.startswith(f"Config map {MAP}: 4 keys, ")
    assert "pii_threshold: 0.75" in report.text.splitlines()
    assert "rules.yaml:\n    deny: all\n" in report.text
    assert not {"hunter2-and-more", "ivo@example.org"} & set(report.text.replace("=", " ").split())
    assert any("1 × e-mail address" in line and "1 × secret" in line for line in report.lines)


async def test_of_a_secret_only_the_keys_and_their_sizes_are_shown(
    connect: Callable[..., Namespace], ground: Ground
) -> None:
    """PF-28."""
    listed = Place(connect(ground.bot, namespace=ground.namespace, rules=RULES), ground)
    await Objects(listed.namespace, ground).make()
    report = await look(listed, "secret-keys", secret=SECRET)
    assert report.headline.startswith(f"Secret {SECRET} (Opaque): 2 keys, ")
    sizes = (("key", f"{len(OLD_KEY)} bytes"), ("other", f"{len(OTHER_KEY)} bytes"))
    assert sizes == report.rows
    for value in (OLD_KEY, OTHER_KEY):
        assert value not in f"{report}"
        assert encoded(value) not in f"{report}"


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("config-map", {"config_map": "kube-root-ca.crt"}, f"It lists: {MAP}"),
        ("secret-keys", {"secret": "auditron-secrets"}, f"It lists: {SECRET}"),
    ],
)
async def test_what_policy_does_not_list_is_not_read(
    connect: Callable[..., Namespace], ground: Ground, name: str, values: Mapping[str, str], told: str
) -> None:
    listed = Place(connect(ground.bot, namespace=ground.namespace, rules=RULES), ground)
    with pytest.raises(DoNotRetry, match=told) as no:
        await look(listed, name, **values)
    assert "not-listed" == no.value.code
