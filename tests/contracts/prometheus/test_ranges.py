"""Ranges: one contract for Debian's Prometheus and the practice one, and what no Prometheus would answer."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.policy_folder import read_book
from bot.systems.prometheus.api import LARGEST
from bot.systems.prometheus.opening import opened
from handlers.errors import DoNotRetry, TryAgainLater
from handlers.ports.pictures import Measurements, Series, Span
from sandbox.prometheus import SERIES, PracticePrometheus
from tests.monitoring.servers import exporter, prometheus, until_told
from tests.scenarios.opening import RULES


def span(seconds: int = 60, count: int = 13) -> Span:
    """A range that ends now."""
    step = timedelta(seconds=seconds)
    return Span(start=datetime.now(UTC) - (count - 1) * step, step=step, count=count)


@asynccontextmanager
async def real(folder: Path) -> AsyncIterator[tuple[str, str]]:
    """Address and a metric of the real one, with two series."""
    async with exporter() as target:
        target.set("queue_messages", 140, queue="audit-jobs")
        target.set("queue_messages", 7, queue="other")
        async with prometheus(folder / "prometheus", target.address) as server:

            async def scraped() -> Any:
                told = await server.get("/api/v1/query", query="queue_messages")
                return told["data"]["result"]

            await until_told(scraped, "the first scrape")
            yield server.url, "queue_messages"


@asynccontextmanager
async def practice(folder: Path) -> AsyncIterator[tuple[str, str]]:
    async with PracticePrometheus(folder) as server:
        yield server.url, next(one.name for one in SERIES if one.name == "queue_messages")


@pytest.fixture(params=[real, practice], ids=["real", "practice"])
async def measured(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Measurements, str]]:
    """An adapter on each of the two, and a metric that it has."""
    async with request.param(tmp_path) as (url, metric), opened({"prometheus_url": url}) as api:
        yield api, metric


async def test_a_series_has_a_place_for_every_step(measured: tuple[Measurements, str]) -> None:
    api, metric = measured
    (found,) = await api.over(f'{metric}{{queue="audit-jobs"}}', span())
    assert 13 == len(found.values)
    assert found.values[-1] is not None
    assert metric == found.labels["__name__"]
    assert "audit-jobs" == found.labels["queue"]


@pytest.mark.parametrize("matcher", ['queue=~"audit.*"', 'queue!="other"', 'queue="audit-jobs",'])
async def test_matchers_choose(measured: tuple[Measurements, str], matcher: str) -> None:
    api, metric = measured
    found = await api.over(f"{metric}{{{matcher}}}", span())
    assert ["audit-jobs"] == [one.labels["queue"] for one in found]


async def test_what_is_not_measured_is_nothing(measured: tuple[Measurements, str]) -> None:
    api, metric = measured
    assert () == await api.over("no_such_metric", span())
    assert () == await api.over(f'{metric}{{queue="no"}}', span())


@pytest.mark.parametrize("query", ["m{", 'm{a="b"', 'm{a=~"("}', "not ( an expression"])
async def test_a_bad_expression_is_refused_with_its_reason(
    measured: tuple[Measurements, str], query: str
) -> None:
    api, _ = measured
    with pytest.raises(DoNotRetry, match=r"does not take the expression: .*pars"):
        await api.over(query, span())


async def test_too_many_moments_are_refused(measured: tuple[Measurements, str]) -> None:
    api, metric = measured
    with pytest.raises(DoNotRetry, match="exceeded maximum resolution"):
        await api.over(metric, span(1, 12_000))


async def test_a_long_expression_arrives_whole(measured: tuple[Measurements, str]) -> None:
    api, metric = measured
    many = "|".join(f"queue-{number}" for number in range(300))
    assert () == await api.over(f'{metric}{{queue=~"{many}"}}', span())


async def test_real_promql_is_measured_with_gaps_and_without_what_is_no_number(tmp_path: Path) -> None:
    async with real(tmp_path) as (url, metric), opened({"prometheus_url": url}) as api:
        (summed,) = await api.over(f"sum({metric})", span(1, 5))
        assert 147.0 == summed.values[-1]
        (shares,) = await api.over(f"sum({metric}) / 0", span(1, 5))
        assert {None} == set(shares.values), "infinity is no value to draw"
        (before,) = await api.over(f"sum({metric})", span(600, 13))
        assert before.values[0] is None, "nothing was measured before it began"


# -- what stands in front of a Prometheus


@asynccontextmanager
async def answering(status: int, body: bytes, seen: list[web.Request]) -> AsyncIterator[str]:
    """A server that gives one answer to everything."""

    async def answer(request: web.Request) -> web.Response:
        seen.append(request)
        headers = {"Location": "http://elsewhere.invalid/"} if status == 302 else {}
        return web.Response(status=status, body=body, content_type="application/json", headers=headers)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


EMPTY = b'{"status":"success","data":{"resultType":"matrix","result":[]}}'


async def asked(status: int, body: bytes = EMPTY, **settings: str) -> tuple[tuple[Series, ...], web.Request]:
    seen: list[web.Request] = []
    async with answering(status, body, seen) as url, opened({"prometheus_url": url, **settings}) as api:
        found = await api.over("up", span())
    return found, seen[0]


@pytest.mark.parametrize(
    ("settings", "header"),
    [
        ({"prometheus_token": "t0ken"}, "Bearer t0ken"),
        (
            {"prometheus_user": "ops", "prometheus_password": "pä:ss"},
            "Basic " + base64.b64encode("ops:pä:ss".encode()).decode(),
        ),
        ({}, None),
    ],
)
async def test_credentials_are_sent_as_policy_says(settings: dict[str, str], header: str | None) -> None:
    _, request = await asked(200, EMPTY, **settings)
    assert header == request.headers.get("Authorization")
    assert ("GET", "/api/v1/query_range", "up") == (request.method, request.path, request.query["query"])


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (401, b"", DoNotRetry, "refuses the bot's credentials"),
        (404, b"", DoNotRetry, "is not Prometheus' HTTP API"),
        (302, b"", DoNotRetry, "refuses the request"),
        (503, b"", TryAgainLater, "is busy"),
        (200, b"<html>", DoNotRetry, "is not Prometheus' HTTP API"),
        (200, b'{"status":"success","data":{"resultType":"vector","result":[]}}', DoNotRetry, "is not"),
        (200, EMPTY.replace(b"[]", b"[7]"), DoNotRetry, "is not"),
        (200, b" " * (LARGEST + 1), DoNotRetry, "too many series"),
        (400, b'{"error":"no\\nline breaks"}', DoNotRetry, "no line breaks"),
    ],
    ids=["401", "404", "302", "503", "html", "vector", "shape", "huge", "400"],
)  # fmt: skip
async def test_every_other_answer_has_a_meaning(
    status: int, body: bytes, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        await asked(status, body)


async def test_a_prometheus_that_is_away_is_asked_again_later() -> None:
    async with opened({"prometheus_url": "http://127.0.0.1:9"}) as api:
        with pytest.raises(TryAgainLater, match="cannot be reached"):
            await api.over("up", span())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"prometheus_url": "http://user@host"}, "without user"),
        ({"prometheus_url": "ftp://host"}, "http or https"),
        ({"prometheus_url": "http://h", "prometheus_token": "a b"}, "no bearer token has"),
        ({"prometheus_url": "http://h", "prometheus_token": "a", "prometheus_user": "u"}, "not both"),
        ({"prometheus_url": "http://h", "prometheus_user": "u"}, "go together"),
    ],
)
async def test_settings_that_cannot_be_right_are_refused_at_the_start(
    settings: dict[str, str], words: str
) -> None:
    with pytest.raises(DoNotRetry, match=words):
        async with opened(settings):
            pass


@pytest.mark.parametrize("rule", ["ServiceDown", "FailedAuthentication", "HighErrorRate", "HighLatency"])
async def test_the_practice_one_measures_what_policies_ask_for(tmp_path: Path, rule: str) -> None:
    signals = read_book(RULES).systems["clinchat-rag"].signals
    assert signals is not None
    query = signals.rules[rule].query or ""
    async with PracticePrometheus(tmp_path) as server, opened({"prometheus_url": server.url}) as api:
        (found,) = await api.over(query, span())
    assert 13 == len(found.values)
