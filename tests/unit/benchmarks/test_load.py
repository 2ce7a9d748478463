"""What the benchmark sends is what Slack would send, and what it counts is what was answered."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from benchmarks.countersign import seen
from benchmarks.load import PATH, SIGNING_SECRET, apply, commands
from bot.inbox import names_of
from bot.store.keys import Keys
from bot.web.payloads import slack_payload
from bot.web.signature import signed_by_slack


@asynccontextmanager
async def edge(refused: str = "") -> AsyncIterator[tuple[str, list[str]]]:
    """A server that verifies as the bot does and takes all triggers but one; its URL and what it took."""
    taken: list[str] = []

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        assert signed_by_slack([SIGNING_SECRET], request.headers, body, time.time())
        trigger = names_of(slack_payload(request.content_type, body)).id
        if trigger == f"trigger/{refused}":
            return web.Response(status=503, text="not recorded; try again\n")
        taken.append(trigger)
        return web.json_response({"text": "x" * 100_000})

    app = web.Application()
    app.router.add_post(PATH, take)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", taken
    finally:
        await runner.cleanup()


async def test_every_command_is_signed_and_sent_once() -> None:
    async with edge() as (url, taken):
        requests = commands(40, url, "http://127.0.0.1:9")
        load = await apply(url, requests, connections=4, seconds=60)

    assert sorted(f"trigger/{one.trigger}" for one in requests) == sorted(taken)
    assert sorted(one.trigger for one in requests) == sorted(load.accepted)
    assert len(requests) == len(load.latencies)


async def test_a_refused_command_does_not_count_as_accepted() -> None:
    async with edge(refused="0.3.bench") as (url, taken):
        load = await apply(url, commands(6, url, "http://127.0.0.1:9"), connections=2, seconds=60)

    assert 1 == load.refused
    assert sorted(taken) == sorted(f"trigger/{one}" for one in load.accepted)


async def test_nothing_is_sent_when_time_is_up() -> None:
    async with edge() as (url, taken):
        load = await apply(url, commands(6, url, "http://127.0.0.1:9"), connections=2, seconds=0)

    assert () == load.accepted
    assert [] == taken


def test_the_benchmark_looks_for_the_key_that_the_bot_records_a_command_under() -> None:
    (request,) = commands(1, "http://127.0.0.1:9", "http://127.0.0.1:9")
    (name,) = names_of({"trigger_id": request.trigger}).seen

    assert Keys("T0PRACTICE").seen(name) == seen(request.trigger)
