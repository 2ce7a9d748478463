"""PagerDuty's own client against a strict stand-in: incidents follow threads, on-calls are read."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest

from bot.notify import pagerduty_events, pagerduty_schedule
from handlers.errors import DoNotRetry, OutcomeUnknown, TryAgainLater
from handlers.ports.notifying import News, Notice
from sandbox.pagerduty import PracticePagerDuty
from tests.notify.conftest import Certified
from tests.scenarios.virtual import VirtualClock

AT = datetime(2026, 11, 21, 3, tzinfo=UTC)


def notice(news: News, subject: str = "A-1", **more: object) -> Notice:
    made = Notice(
        f"{subject}/1/2/{news}",
        subject,
        news,
        "clinchat-rag",
        "Sev-1 Down",
        "Nobody answers.",
        "critical",
        AT,
    )
    return Notice(**{**made.__dict__, **more})


@pytest.fixture
async def account(certified: Certified) -> AsyncIterator[PracticePagerDuty]:
    async with PracticePagerDuty(certified.context) as opened:
        yield opened


@pytest.fixture
def settings(account: PracticePagerDuty, certified: Certified) -> dict[str, str]:
    return {"routing_key": account.routing_key, "url": account.url, "ca_file": certified.ca_file}


async def test_what_is_no_event_is_refused_as_the_original_does(
    account: PracticePagerDuty, settings: dict[str, str]
) -> None:
    right = {"routing_key": account.routing_key, "event_action": "acknowledge", "dedup_key": "A-1"}
    answers = []
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=settings["ca_file"]))
    async with aiohttp.ClientSession(account.url, connector=connector) as session:
        wrongs: tuple[object, ...] = (
            right | {"event_action": "close"},
            {"event_action": "trigger"},
            [],
            right | {"dedup_key": ""},
        )
        for body in (*wrongs, right):
            async with session.post("/v2/enqueue", json=body) as response:
                answers.append((response.status, (await response.json())["status"]))

    assert [(400, "invalid event")] * 4 + [(202, "success")] == answers
    assert [] == account.incidents


async def test_an_alert_is_one_incident_that_follows_its_thread(
    account: PracticePagerDuty, settings: dict[str, str]
) -> None:
    async with pagerduty_events.opened(settings, VirtualClock()) as pager:
        states = []
        for news in (News.WAITS, News.WAITS, News.ANSWERED, News.OVER):
            await pager.tell(notice(news, link="https://practice.slack.com/archives/C1/p1"))
            states.append((len(account.incidents), account.incidents[0].state))

    assert [(1, "triggered"), (1, "triggered"), (1, "acknowledged"), (1, "resolved")] == states
    assert ("A-1", "Nobody answers.", "critical", 2) == (
        account.incidents[0].key,
        account.incidents[0].summary,
        account.incidents[0].severity,
        account.incidents[0].triggers,
    )
    assert "https://practice.slack.com/archives/C1/p1" == account.events[0]["links"][0]["href"]


async def test_a_summary_is_no_longer_than_pagerduty_takes(
    account: PracticePagerDuty, settings: dict[str, str]
) -> None:
    async with pagerduty_events.opened(settings, VirtualClock()) as pager:
        await pager.tell(notice(News.WAITS, words="x" * 3000))

    assert 1024 == len(account.incidents[0].summary)


async def test_a_wrong_key_is_refused_for_good(account: PracticePagerDuty, settings: dict[str, str]) -> None:
    async with pagerduty_events.opened(settings | {"routing_key": "f" * 32}, VirtualClock()) as pager:
        with pytest.raises(DoNotRetry, match=r"refused it \(400\)"):
            await pager.tell(notice(News.WAITS))

    assert [] == account.incidents


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_busy_pagerduty_is_asked_again_later(
    account: PracticePagerDuty, status: int, settings: dict[str, str]
) -> None:
    account.status = status
    async with pagerduty_events.opened(settings, VirtualClock()) as pager:
        with pytest.raises(TryAgainLater, match=str(status)):
            await pager.tell(notice(News.WAITS))


@pytest.mark.parametrize("odd", ["<html>sign in</html>", "[]", "null", '{"ok": true}'])
async def test_an_answer_that_is_not_pagerdutys_is_no_answer(
    account: PracticePagerDuty, settings: dict[str, str], odd: str
) -> None:
    account.odd = odd
    async with pagerduty_events.opened(settings, VirtualClock()) as pager:
        with pytest.raises(OutcomeUnknown, match="not PagerDuty"):
            await pager.tell(notice(News.WAITS))


async def test_nobody_there_is_an_unknown_outcome() -> None:
    nowhere = {"routing_key": "f" * 32, "url": "https://127.0.0.1:9"}
    async with pagerduty_events.opened(nowhere, VirtualClock()) as pager:
        with pytest.raises(OutcomeUnknown):
            await pager.tell(notice(News.WAITS))


@pytest.fixture
def schedule(account: PracticePagerDuty, certified: Certified) -> dict[str, str]:
    return {"token": account.token, "schedule": "PSCHED1", "url": account.url, "ca_file": certified.ca_file}


async def test_who_is_on_call_is_named_by_address_the_first_level_alone(
    account: PracticePagerDuty, schedule: dict[str, str]
) -> None:
    account.is_on("PSCHED1", "pia@example.com", level=2)
    account.is_on("PSCHED1", "omar@example.com")
    account.is_on("POTHER", "ivo@example.com")
    async with pagerduty_schedule.opened(schedule, VirtualClock()) as roster:
        turn = await roster.turn(AT)

    assert (("omar@example.com",), False) == (turn.names, turn.stale)


async def test_the_last_answer_holds_while_pagerduty_is_away_and_says_its_age(
    account: PracticePagerDuty, schedule: dict[str, str]
) -> None:
    clock = VirtualClock()
    account.is_on("PSCHED1", "omar@example.com")
    async with pagerduty_schedule.opened(schedule, clock) as roster:
        first = await roster.turn(AT)
        await roster.turn(AT)
        asked = account.asked
        account.status = 503
        clock.advance(minutes=5)
        later = await roster.turn(AT)

    assert 1 == asked
    assert (("omar@example.com",), first.read_at, True) == (later.names, later.read_at, later.stale)


async def test_without_any_answer_nobody_is_guessed(
    account: PracticePagerDuty, schedule: dict[str, str]
) -> None:
    async with pagerduty_schedule.opened(schedule | {"token": "wrong"}, VirtualClock()) as roster:
        with pytest.raises(DoNotRetry, match="401"):
            await roster.turn(AT)


@pytest.mark.parametrize(
    "odd",
    [
        "<html>sign in</html>",
        "[]",
        '{"oncalls": [7]}',
        '{"oncalls": [{"escalation_level": "first"}]}',
        '{"oncalls": [{"user": "omar"}]}',
        '{"oncalls": null, "more": false}',
    ],
)
async def test_on_calls_of_another_form_are_no_answer(
    account: PracticePagerDuty, schedule: dict[str, str], odd: str
) -> None:
    account.odd = odd
    async with pagerduty_schedule.opened(schedule, VirtualClock()) as roster:
        with pytest.raises(OutcomeUnknown, match="not PagerDuty"):
            await roster.turn(AT)
