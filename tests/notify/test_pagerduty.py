"""PagerDuty's own client against a strict stand-in: incidents follow threads, on-calls are read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.notify import pagerduty_events, pagerduty_schedule
from handlers.errors import DoNotRetry, OutcomeUnknown, TryAgainLater
from handlers.ports import News, Notice
from sandbox.pagerduty import PagerDuty, practice_pagerduty
from tests.notify.certificates import server_context
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
async def account(certificate: Path) -> AsyncIterator[PagerDuty]:
    async with practice_pagerduty(server_context(certificate)) as opened:
        opened.ca_file = str(certificate)
        yield opened


def settings(account: PagerDuty, **more: str) -> dict[str, str]:
    return {"routing_key": account.routing_key, "url": account.url, "ca_file": account.ca_file, **more}


async def test_an_alert_is_one_incident_that_follows_its_thread(account: PagerDuty) -> None:
    async with pagerduty_events.opened(settings(account), VirtualClock()) as pager:
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


async def test_a_summary_is_no_longer_than_pagerduty_takes(account: PagerDuty) -> None:
    async with pagerduty_events.opened(settings(account), VirtualClock()) as pager:
        await pager.tell(notice(News.WAITS, words="x" * 3000))

    assert 1024 == len(account.incidents[0].summary)


async def test_a_wrong_key_is_refused_for_good(account: PagerDuty) -> None:
    async with pagerduty_events.opened(settings(account, routing_key="f" * 32), VirtualClock()) as pager:
        with pytest.raises(DoNotRetry, match=r"refused it \(400\)"):
            await pager.tell(notice(News.WAITS))

    assert [] == account.incidents


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_busy_pagerduty_is_asked_again_later(account: PagerDuty, status: int) -> None:
    account.status = status
    async with pagerduty_events.opened(settings(account), VirtualClock()) as pager:
        with pytest.raises(TryAgainLater, match=str(status)):
            await pager.tell(notice(News.WAITS))


@pytest.mark.parametrize("odd", ["<html>sign in</html>", "[]", "null", '{"ok": true}'])
async def test_an_answer_that_is_not_pagerdutys_is_no_answer(account: PagerDuty, odd: str) -> None:
    account.odd = odd
    async with pagerduty_events.opened(settings(account), VirtualClock()) as pager:
        with pytest.raises(OutcomeUnknown, match="not PagerDuty"):
            await pager.tell(notice(News.WAITS))


async def test_nobody_there_is_an_unknown_outcome() -> None:
    nowhere = {"routing_key": "f" * 32, "url": "https://127.0.0.1:9"}
    async with pagerduty_events.opened(nowhere, VirtualClock()) as pager:
        with pytest.raises(OutcomeUnknown):
            await pager.tell(notice(News.WAITS))


def schedule(account: PagerDuty, **more: str) -> dict[str, str]:
    return {
        "token": account.token,
        "schedule": "PSCHED1",
        "url": account.url,
        "ca_file": account.ca_file,
        **more,
    }


async def test_who_is_on_call_is_named_by_address_the_first_level_alone(account: PagerDuty) -> None:
    account.is_on("PSCHED1", "pia@example.com", level=2)
    account.is_on("PSCHED1", "omar@example.com")
    account.is_on("POTHER", "ivo@example.com")
    async with pagerduty_schedule.opened(schedule(account), VirtualClock()) as roster:
        turn = await roster.turn(AT)

    assert (("omar@example.com",), False) == (turn.names, turn.stale)


async def test_the_last_answer_holds_while_pagerduty_is_away_and_says_its_age(account: PagerDuty) -> None:
    clock = VirtualClock()
    account.is_on("PSCHED1", "omar@example.com")
    async with pagerduty_schedule.opened(schedule(account), clock) as roster:
        first = await roster.turn(AT)
        await roster.turn(AT)
        asked = account.asked
        account.status = 503
        clock.advance(minutes=5)
        later = await roster.turn(AT)

    assert 1 == asked
    assert (("omar@example.com",), first.read_at, True) == (later.names, later.read_at, later.stale)


async def test_without_any_answer_nobody_is_guessed(account: PagerDuty) -> None:
    async with pagerduty_schedule.opened(schedule(account, token="wrong"), VirtualClock()) as roster:
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
async def test_on_calls_of_another_form_are_no_answer(account: PagerDuty, odd: str) -> None:
    account.odd = odd
    async with pagerduty_schedule.opened(schedule(account), VirtualClock()) as roster:
        with pytest.raises(OutcomeUnknown, match="not PagerDuty"):
            await roster.turn(AT)
