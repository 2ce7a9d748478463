"""Events are found by each field that Kubernetes looks them up by, and by no other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import quote

import pytest

from tests.contracts.kubernetes.administrator import Administrator, administrator
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.place import NAME
from tests.contracts.kubernetes.test_api import told
from tests.contracts.kubernetes.truth import BAD_REQUEST
from tests.contracts.kubernetes.waiting import wait_for

Event = dict[str, Any]


def about(field: str) -> Callable[[Event], str]:
    return lambda event: str(event["involvedObject"].get(field, ""))


FIELDS: dict[str, Callable[[Event], str]] = {
    **{
        f"involvedObject.{field}": about(field)
        for field in ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
    },
    "metadata.name": lambda event: str(event["metadata"]["name"]),
    "reason": lambda event: str(event["reason"]),
    "type": lambda event: str(event["type"]),
    "reportingComponent": lambda event: str(event.get("reportingComponent", "")),
    "source": lambda event: str(
        event.get("source", {}).get("component") or event.get("reportingComponent", "")
    ),
}
"""What Kubernetes compares for each: a source that is not given is whoever reports."""


@pytest.fixture
async def cluster(ground: Ground) -> AsyncIterator[Administrator]:
    async with administrator(ground.admin) as opened:
        yield opened


@pytest.fixture
def path(ground: Ground) -> str:
    return f"/api/v1/namespaces/{ground.namespace}/events"


async def found(cluster: Administrator, path: str, selector: str) -> list[Event]:
    events: list[Event] = (await cluster.get(f"{path}?fieldSelector={quote(selector)}"))["items"]
    return events


def names(events: list[Event]) -> set[str]:
    return {event["metadata"]["name"] for event in events}


async def every_event(cluster: Administrator, path: str) -> list[Event]:
    """Once the deployment's controller and the scheduler have both told of one pod more."""
    apps = path.replace("/api/v1", "/apis/apps/v1").removesuffix("events")
    await cluster.patch(f"{apps}deployments/{NAME}", {"spec": {"replicas": 4}})

    async def both() -> bool:
        return {"ScalingReplicaSet", "Scheduled"} <= {one["reason"] for one in await found(cluster, path, "")}

    await wait_for(both)
    return await found(cluster, path, "")


@pytest.mark.parametrize("field", FIELDS)
async def test_a_field_finds_the_events_that_have_its_value_and_leaves_the_others(
    cluster: Administrator, path: str, field: str
) -> None:
    value_of = FIELDS[field]
    known = await every_event(cluster, path)

    for value in sorted({value_of(event) for event in known})[:3]:
        mine = names([event for event in known if value_of(event) == value])
        assert mine == names(await found(cluster, path, f"{field}={value}")) & names(known)
        assert mine == names(await found(cluster, path, f"{field}=={value}")) & names(known)
        others = names(await found(cluster, path, f"{field}!={value}")) & names(known)
        assert names(known) - mine == others


async def test_fields_are_asked_for_together(cluster: Administrator, path: str) -> None:
    await every_event(cluster, path)
    both = f"involvedObject.kind=Deployment,involvedObject.name={NAME}"
    told_of = {
        (one["involvedObject"]["kind"], one["involvedObject"]["name"])
        for one in await found(cluster, path, both)
    }
    assert {("Deployment", NAME)} == told_of


@pytest.mark.parametrize(
    "selector",
    ["involvedObject.x=y", "message=x", "count=1", "metadata.uid=x", "reason", "reason in (A)", "reason=A=B"],
)
async def test_what_events_are_not_looked_up_by_is_refused(
    cluster: Administrator, path: str, selector: str
) -> None:
    answer = told(*await cluster.ask("GET", f"{path}?fieldSelector={quote(selector)}"))
    assert BAD_REQUEST == answer


@pytest.mark.parametrize("selector", [r"reason=a\,b", r"reason=a\=b", "reason=spec.containers{api}"])
async def test_a_value_may_hold_any_sign_that_is_escaped_where_it_must_be(
    cluster: Administrator, path: str, selector: str
) -> None:
    assert [] == await found(cluster, path, selector)
