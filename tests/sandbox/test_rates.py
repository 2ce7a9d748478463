"""Slack's rate limits, on elapsed time that the test skips."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.clock import Clock
from sandbox.slack.server import PracticeSlack
from tests.sandbox.wanted import error


class StillClock(Clock):
    """Time that goes on only where a test skips it: a crowded machine must not fill the buckets."""

    def elapsed(self) -> float:
        return self._skipped


@pytest.fixture
async def slack() -> AsyncIterator[PracticeSlack]:
    async with PracticeSlack(clock=StillClock()) as server:
        yield server


async def _allowed(client: AsyncWebClient, method: str, args: dict[str, str], most: int) -> int:
    """How many calls in a row Slack takes before it refuses one."""
    for count in range(most):
        try:
            await client.api_call(method, params=args)
        except SlackApiError:
            return count
    return most


@pytest.mark.parametrize(
    ("method", "args", "a_minute"),
    [
        ("usergroups.list", {}, 20),
        ("usergroups.users.list", {"usergroup": "S03APPROVERS"}, 20),
        ("conversations.replies", {"channel": "C0CRITICAL", "ts": "1.0"}, 50),
        ("users.info", {"user": "U02OMAR"}, 100),
    ],
)
async def test_a_tier_is_so_many_calls_a_minute(
    client: AsyncWebClient, slack: PracticeSlack, method: str, args: dict[str, str], a_minute: int
) -> None:
    if method == "conversations.replies":
        args = {**args, "ts": (await client.chat_postMessage(channel="C0CRITICAL", text="x"))["ts"]}
    assert a_minute == await _allowed(client, method, args, a_minute * 2)
    slack.clock.advance(60)
    assert a_minute == await _allowed(client, method, args, a_minute * 2)


async def test_one_message_a_second_and_channel_after_a_small_burst(
    client: AsyncWebClient, slack: PracticeSlack
) -> None:
    for number in range(3):
        await client.chat_postMessage(channel="C0CRITICAL", text=str(number))
    assert "ratelimited" == await error(client.chat_postMessage(channel="C0CRITICAL", text="too much"))
    await client.chat_postMessage(channel="C0ALERTS", text="another channel")
    slack.clock.advance(1)
    await client.chat_postMessage(channel="C0CRITICAL", text="a second later")
    assert "ratelimited" == await error(client.chat_postMessage(channel="C0CRITICAL", text="too much"))


async def test_the_refusal_is_429_and_says_when_to_come_back(client: AsyncWebClient) -> None:
    for number in range(3):
        await client.chat_postMessage(channel="C0CRITICAL", text=str(number))
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="C0CRITICAL", text="too much")
    assert (429, "1") == (caught.value.response.status_code, caught.value.response.headers["Retry-After"])


async def test_the_clients_retry_handler_gets_through(client: AsyncWebClient, slack: PracticeSlack) -> None:
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    slack.faults.add({"kind": "rate_limited", "method": "chat.postMessage", "retry_after": 0, "times": 1})
    await client.chat_postMessage(channel="C0CRITICAL", text="patient")
    assert ["ratelimited", None] == [each.error for each in slack.web_api.calls]


async def test_threads_are_read_once_a_minute_by_a_commercial_app(
    client: AsyncWebClient, slack: PracticeSlack
) -> None:
    slack.rates.commercial = True
    ts = (await client.chat_postMessage(channel="C0CRITICAL", text="x"))["ts"]
    await client.conversations_replies(channel="C0CRITICAL", ts=ts)
    assert "ratelimited" == await error(client.conversations_replies(channel="C0CRITICAL", ts=ts))


async def test_a_factor_scales_every_allowance(client: AsyncWebClient, slack: PracticeSlack) -> None:
    slack.rates.factor = 2.0
    assert 6 == await _allowed(client, "chat.postMessage", {"channel": "C0CRITICAL", "text": "x"}, 7)


async def test_without_a_factor_nothing_is_limited(client: AsyncWebClient, slack: PracticeSlack) -> None:
    slack.rates.factor = None
    assert 30 == await _allowed(client, "chat.postMessage", {"channel": "C0CRITICAL", "text": "x"}, 30)


async def test_each_session_of_a_client_is_counted_together(slack: PracticeSlack) -> None:
    async with aiohttp.ClientSession() as one, aiohttp.ClientSession() as two:
        clients = [
            AsyncWebClient(token=slack.app.bot_token, base_url=slack.api_url, session=each)
            for each in (one, two)
        ]
        for client in (*clients, clients[0]):
            await client.chat_postMessage(channel="C0CRITICAL", text="x")
        assert "ratelimited" == await error(clients[1].chat_postMessage(channel="C0CRITICAL", text="x"))
