"""How deliveries reach the app: retries of events, deadlines, no order, limits by the hour."""

from __future__ import annotations

import json
import random
from typing import Any

from aiohttp import web

from sandbox.slack.server import PracticeSlack
from tests.sandbox.endpoint import Endpoint, Received, answering, never


async def _say(slack: PracticeSlack, text: str = "hello") -> None:
    await slack.act("U02OMAR", "message", channel="C0CRITICAL", text=text)


def _retries(received: list[Received]) -> list[tuple[str | None, str | None]]:
    return [
        (each.headers.get("X-Slack-Retry-Num"), each.headers.get("X-Slack-Retry-Reason")) for each in received
    ]


async def test_an_event_is_retried_at_once_after_a_minute_and_after_five(
    slack: PracticeSlack, app: Endpoint
) -> None:
    app.answer = answering(500)
    await _say(slack)
    counts = []
    for seconds in (0, 59, 1.1, 299, 1.1, 1000):
        slack.clock.advance(seconds)
        await slack.delivery.idle()
        counts.append(len(app.received))
    assert [2, 2, 3, 3, 4, 4] == counts
    assert [(None, None), ("1", "http_error"), ("2", "http_error"), ("3", "http_error")] == _retries(
        app.received
    )
    assert 1 == len({each.payload["event_id"] for each in app.received})


async def test_a_silent_app_is_retried_for_http_timeout(slack: PracticeSlack, app: Endpoint) -> None:
    app.answer = never()
    await _say(slack)
    await app.arrived(1)
    slack.clock.advance(3)
    await app.arrived(2)
    assert ("1", "http_timeout") == _retries(app.received)[1]


async def test_an_app_that_is_away_is_retried_for_connection_failed(
    slack: PracticeSlack, app: Endpoint
) -> None:
    url, slack.request_url = app.url, "http://127.0.0.1:9/slack/events"
    await _say(slack)
    await slack.delivery.idle()
    slack.request_url = url
    slack.clock.advance(61)
    await app.arrived(1)
    assert [("2", "connection_failed")] == _retries(app.received)


async def test_an_answer_that_forbids_retries_ends_them(slack: PracticeSlack, app: Endpoint) -> None:
    app.answer = answering(500, headers={"X-Slack-No-Retry": "1"})
    await _say(slack)
    await slack.settled()
    assert 1 == len(app.received)


async def test_an_event_that_was_taken_is_not_sent_again(slack: PracticeSlack, app: Endpoint) -> None:
    await _say(slack)
    await slack.settled()
    slack.clock.advance(1000)
    await slack.delivery.idle()
    assert 1 == len(app.received)


async def test_a_command_that_is_not_answered_in_three_seconds_times_out(
    slack: PracticeSlack, app: Endpoint
) -> None:
    async def too_late(received: Received) -> web.Response:
        slack.clock.advance(3)
        return await never()(received)

    app.answer = too_late
    told = await slack.act("U02OMAR", "command", channel="C0CRITICAL", command="/ops", text="help")
    assert (False, "operation_timeout") == (told["ok"], told["error"])
    (shown,) = slack.workspace.ephemerals.values()
    assert "/ops failed with the error “operation_timeout”" == shown["text"]


async def test_a_command_that_fails_is_told_as_dispatch_failed_and_never_retried(
    slack: PracticeSlack, app: Endpoint
) -> None:
    app.answer = answering(500)
    told = await slack.act("U02OMAR", "command", channel="C0CRITICAL", command="/ops", text="help")
    assert (False, "dispatch_failed", 500) == (told["ok"], told["error"], told["status"])
    slack.clock.advance(1000)
    await slack.delivery.idle()
    assert 1 == len(app.received)
    assert [(None, None)] == _retries(app.received)


async def test_no_order_is_promised(slack: PracticeSlack, app: Endpoint) -> None:
    slack.delivery.shuffle = random.Random(1)  # noqa: S311  a fixed order for the test
    for number in range(20):
        await _say(slack, str(number))
    await slack.settled()
    texts = [each["text"] for each in app.events()]
    assert sorted(texts) == sorted(str(number) for number in range(20))
    assert texts != [str(number) for number in range(20)]


async def test_withheld_events_come_when_the_fault_is_cleared(slack: PracticeSlack, app: Endpoint) -> None:
    slack.faults.add({"kind": "no_events"})
    await _say(slack)
    await slack.delivery.idle()
    assert [] == app.received
    slack.faults.clear()
    assert "hello" == (await app.arrived(1))[0].event["text"]


async def test_too_few_successes_switch_the_events_off(slack: PracticeSlack, app: Endpoint) -> None:
    slack.delivery.health.enough = 10
    app.answer = answering(500, headers={"X-Slack-No-Retry": "1"})
    for _ in range(10):
        await _say(slack)
    await slack.settled()
    entries = [json.loads(entry.data) for entry in slack.log.since(0)]
    told = [entry["app"] for entry in entries if entry["type"] == "app"][-1]
    assert told == slack.control.state()["app"]
    assert told["events_switched_off"]
    await _say(slack)
    await slack.settled()
    assert 10 == len(app.received)


async def test_beyond_the_hourly_limit_the_app_is_told_and_events_are_dropped(
    slack: PracticeSlack, app: Endpoint
) -> None:
    assert 30_000 == slack.delivery.events_an_hour
    slack.delivery.events_an_hour = 3
    for _ in range(6):
        await _say(slack)
    await slack.settled()
    kinds = [each.payload["type"] for each in app.received]
    assert {"event_callback": 3, "app_rate_limited": 1} == {kind: kinds.count(kind) for kind in set(kinds)}
    slack.clock.advance(3601)
    await _say(slack)
    await slack.settled()
    assert "event_callback" == app.received[-1].payload["type"]


async def test_each_delivery_is_logged_with_its_answer(slack: PracticeSlack, app: Endpoint) -> None:
    app.answer = answering(text="on it")
    await slack.act("U02OMAR", "command", channel="C0CRITICAL", command="/ops", text="help")
    last: dict[str, Any] = slack.delivery.state()["last_delivery"]
    assert ("command /ops", 1, 200, "on it") == (last["what"], last["attempt"], last["status"], last["text"])
