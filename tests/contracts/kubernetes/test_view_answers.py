"""What a look says when the cluster answers in parts, badly, or has nothing that measures."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.systems.kubernetes.namespace import Namespace
from bot.systems.kubernetes.view import MOST_PAGES, PAGE
from handlers.actions import Report
from handlers.actions.kubernetes import KIND
from handlers.actions.registry import REGISTRY
from handlers.errors import DoNotRetry, TryAgainLater
from tests.contracts.kubernetes.scripted import Answer, Scripted, answer, scripted, status


@pytest.fixture
async def server() -> AsyncIterator[Scripted]:
    async with scripted() as opened:
        yield opened


@pytest.fixture
def namespace(server: Scripted, connect: Callable[..., Namespace], tmp_path: Path) -> Namespace:
    return connect(server.write_kubeconfig(tmp_path / "scripted"), seconds=1.0)


async def look(namespace: Namespace, name: str, /, **values: str) -> Report:
    reading = REGISTRY.find_reading((KIND,), name)
    return await reading.read(namespace, reading.params.model_validate(values))


def pod(number: int, **status: Any) -> dict[str, Any]:
    meta = {"name": f"api-{number:05}", "namespace": "auditron"}
    return {
        "metadata": meta,
        "spec": {"containers": [{"name": "api"}]},
        "status": {"phase": "Running"} | status,
    }


def page(first: int, following: str = "", size: int = PAGE) -> Answer:
    items = [pod(number) for number in range(first, first + size)]
    return answer(200, {"metadata": {"continue": following}, "items": items})


async def test_a_list_that_comes_in_pages_is_read_to_its_end(namespace: Namespace, server: Scripted) -> None:
    server.answers = [page(0, "more"), page(PAGE, "more"), page(2 * PAGE, size=3)]
    assert f"{2 * PAGE + 3} pods, {2 * PAGE + 3} not ready." == (await look(namespace, "pods")).headline
    assert 3 == len(server.asked)


async def test_the_next_page_is_asked_for_by_its_token(namespace: Namespace, server: Scripted) -> None:
    queries: list[dict[str, str]] = []

    async def noted(request: web.Request) -> web.StreamResponse:
        queries.append(dict(request.query))
        return await page(0, "" if len(queries) > 1 else "to/ken+", size=1)(request)

    server.answers = [noted]
    await look(namespace, "pods", label="app=api")
    first = {"labelSelector": "app=api", "limit": str(PAGE)}
    assert [first, {**first, "continue": "to/ken+"}] == queries


async def test_a_list_without_an_end_is_given_up(namespace: Namespace, server: Scripted) -> None:
    server.answers = [page(0, "more", size=1)]
    with pytest.raises(DoNotRetry, match=f"more than {PAGE * MOST_PAGES} pods: too many to look through"):
        await look(namespace, "not-running")
    assert MOST_PAGES == len(server.asked)


async def test_a_token_that_is_too_old_means_try_again(namespace: Namespace, server: Scripted) -> None:
    server.answers = [page(0, "old"), answer(410, status(410, "Expired"))]
    with pytest.raises(TryAgainLater):
        await look(namespace, "pods")


@pytest.mark.parametrize("name", ["top-pods", "top-pods-everywhere", "top-nodes"])
async def test_a_cluster_without_a_metrics_api_is_said_to_have_none(
    namespace: Namespace, server: Scripted, name: str
) -> None:
    """As an API server answers for a group that it does not have."""
    nothing = answer(404, status(404, "NotFound", "the server could not find the requested resource"))

    async def without_metrics(request: web.Request) -> web.StreamResponse:
        of_metrics = "/metrics.k8s.io/" in request.path
        return await (nothing if of_metrics else answer(200, {"items": []}))(request)

    server.answers = [without_metrics]
    with pytest.raises(DoNotRetry) as no:
        await look(namespace, name)
    said = "This cluster has no metrics API (metrics.k8s.io): nothing there measures CPU and memory."
    assert ("no-metrics", f"{said} A metrics server would.") == (no.value.code, str(no.value))


async def test_a_metrics_server_that_is_away_means_try_again(namespace: Namespace, server: Scripted) -> None:
    server.answers = [answer(503, status(503, "ServiceUnavailable"))]
    with pytest.raises(TryAgainLater):
        await look(namespace, "top-pods")


async def test_where_nothing_is_measured_yet_it_is_said(namespace: Namespace, server: Scripted) -> None:
    server.answers = [answer(200, {"items": []})]
    assert "Nothing is measured here yet" in (await look(namespace, "top-pods")).headline


ODD: tuple[Any, ...] = (
    {"metadata": {"name": "x"}, "spec": 5, "status": "no"},
    {"metadata": {"name": "x"}, "spec": {"ports": 5, "rules": [5], "metrics": ["no"], "containers": [5]}},
    {"metadata": {"name": "x"}, "spec": {"minReplicas": "many", "completions": "all"}, "containers": [5]},
    {"metadata": {}},
    {},
)
LISTS = (
    "pods",
    "deployments",
    "services",
    "ingresses",
    "autoscalers",
    "events",
    "nodes",
    "top-pods",
    "overview",
)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("odd", ODD)
async def test_an_object_that_is_none_is_told_and_breaks_nothing(
    namespace: Namespace, server: Scripted, name: str, odd: Any
) -> None:
    """Either it can be read as it is, or it is said that it is not what the API promises."""
    server.answers = [answer(200, {"items": [odd]})]
    told = ""
    try:
        await look(namespace, name)
    except DoNotRetry as no:
        told = str(no)
    assert told == "" or "is not what its API promises" in told


@pytest.mark.parametrize("odd", ODD)
async def test_a_description_of_what_is_none_is_told(
    namespace: Namespace, server: Scripted, odd: Any
) -> None:
    server.answers = [answer(200, odd), answer(200, {"items": []})]
    told = ""
    try:
        await look(namespace, "describe", name="pod/x")
    except DoNotRetry as no:
        told = str(no)
    assert told == "" or "is not what its API promises" in told


async def test_a_deployment_that_selects_nothing_has_no_pods(namespace: Namespace, server: Scripted) -> None:
    """Its empty selector must not be asked for as everything."""
    queries: list[str] = []

    async def noted(request: web.Request) -> web.StreamResponse:
        queries.append(request.query.get("labelSelector", ""))
        return await answer(200, {"items": []})(request)

    server.answers = [answer(200, {"metadata": {"name": "api"}, "spec": {"selector": {}}}), noted]
    await look(namespace, "pods", deployment="api")
    assert ["countersign.dev/nobody"] == queries


async def test_an_old_and_a_new_event_are_ordered_by_their_last_time(
    namespace: Namespace, server: Scripted
) -> None:
    about = {"involvedObject": {"kind": "Pod", "name": "api-1"}, "metadata": {"name": "e"}}
    old = about | {"reason": "Killing", "count": 4, "lastTimestamp": "2026-11-21T09:00:00Z"}
    new = about | {
        "reason": "Pulled",
        "eventTime": "2026-11-21T08:00:00.000000Z",
        "series": {"count": 7, "lastObservedTime": "2026-11-21T10:00:00.000000Z"},
        "message": "as ivo@example.org asked",
    }
    server.answers = [answer(200, {"items": [new, old]})]
    report = await look(namespace, "events")
    assert [("11-21 09:00:00", "Killing (4×)"), ("11-21 10:00:00", "Pulled (7×)")] == [
        one[:2] for one in report.rows
    ]
    assert "as [e-mail address hidden] asked" == report.rows[1][3]
