"""Lines of logs as they come: each once, redacted, and none where patients are (AU-05, AU-31, CC-40)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.systems.kubernetes.namespace import Namespace
from handlers.actions.kubernetes import KIND
from handlers.actions.kubernetes.logs_ports import LogLine, LogsOf, LogSystem
from handlers.actions.registry import REGISTRY
from handlers.errors import DoNotRetry
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.place import NAME, Place
from tests.contracts.kubernetes.test_logs import PASSWORDS
from tests.contracts.kubernetes.waiting import wait_for


async def test_new_lines_come_after_those_that_were_shown_and_none_comes_twice(place: Place) -> None:
    logs = place.namespace.logs
    first, cursor = await logs.follow(LogsOf(NAME), "", 5)
    seen: list[LogLine] = list(first.lines)
    assert 1 <= len(seen) <= 5

    async def more_came() -> bool:
        nonlocal cursor
        found, cursor = await logs.follow(LogsOf(NAME), cursor, 5)
        seen.extend(found.lines)
        return len(seen) > len(first.lines) + 5

    await wait_for(more_came)
    for source in {line.source for line in seen}:
        times = [line.at for line in seen if line.source == source]
        assert sorted(times) == times
    assert not any(password in line.text for line in seen for password in PASSWORDS)


async def test_lines_that_come_faster_than_they_are_read_are_said_to_be_missing(
    connect: Callable[..., Namespace], ground: Ground
) -> None:
    hasty = connect(ground.bot, namespace=ground.namespace, followed=1)
    _, cursor = await hasty.logs.follow(LogsOf(NAME), "", 5)

    async def told() -> bool:
        found, _ = await hasty.logs.follow(LogsOf(NAME), cursor, 5)
        return any("writes faster than can be shown" in one for one in found.remarks)

    await wait_for(told)


async def test_what_cannot_be_followed_says_why(place: Place) -> None:
    with pytest.raises(DoNotRetry, match="nothing-here"):
        await place.namespace.logs.follow(LogsOf("nothing-here"), "", 5)


async def test_where_patients_may_be_in_the_logs_nothing_is_followed(
    connect: Callable[..., Namespace], ground: Ground
) -> None:
    kept = connect(ground.bot, namespace=ground.namespace, raw_logs=False)
    with pytest.raises(DoNotRetry, match="raw_logs: never"):
        await kept.logs.follow(LogsOf(NAME), "", 5)


async def test_whoever_follows_is_shown_where_all_lines_are(
    connect: Callable[..., Namespace], ground: Ground
) -> None:
    """CC-40."""
    elsewhere = LogSystem("https://logs.example.com", "api-*")
    linked = connect(ground.bot, namespace=ground.namespace, log_system=elsewhere)
    follow = REGISTRY.find_reading((KIND,), "follow")
    assert follow.follow is not None

    seen = await follow.follow.look(linked, follow.params.model_validate({"name": NAME}), "")

    assert (("https://logs.example.com", "All of them, in the log system (index api-*)"),) == seen.links
