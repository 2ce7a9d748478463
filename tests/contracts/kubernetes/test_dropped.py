"""A connection that drops in the middle of something longer, and a server that is too busy for a write."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.systems.kubernetes.calls import Call
from bot.systems.kubernetes.connection import Connection
from bot.systems.kubernetes.namespace import Namespace
from bot.systems.kubernetes.permissions import permission
from bot.systems.kubernetes.reviewing import missing
from handlers.errors import DoNotRetry, OutcomeUnknown, TryAgainLater
from tests.contracts.kubernetes.place import NAME, stamp
from tests.contracts.kubernetes.scripted import (
    WAITING,
    Answer,
    Scripted,
    answer,
    cut,
    cut_in_the_middle,
    scripted,
    status,
)

LOG = Call("get", "pods/log", "auditron", "auditron-api-1")
BUSY = answer(429, status(429, "TooManyRequests"), **{"Retry-After": "0"})
MUCH_TOO_BUSY = answer(429, status(429, "TooManyRequests"), **{"Retry-After": "60"})
EXPIRED = answer(401, status(401, "Unauthorized"))
ROLLING = WAITING | {"status": WAITING["status"] | {"updatedReplicas": 1}}


@pytest.fixture
async def server() -> AsyncIterator[Scripted]:
    async with scripted() as opened:
        yield opened


@pytest.fixture
async def connection(server: Scripted, tmp_path: Path) -> AsyncIterator[Connection]:
    opened = Connection({"KUBECONFIG": str(server.write_kubeconfig(tmp_path / "scripted"))}, "", seconds=1.0)
    yield opened
    await opened.close()


@pytest.fixture
def namespace(server: Scripted, connect: Callable[..., Namespace], tmp_path: Path) -> Namespace:
    return connect(server.write_kubeconfig(tmp_path / "of-namespace"), seconds=1.0, rollout_wait=5.0)


@pytest.mark.parametrize("bad", [cut, EXPIRED, answer(410, status(410, "Expired")), MUCH_TOO_BUSY])
async def test_a_rollout_that_cannot_be_watched_to_its_end_is_told_as_far_as_it_was_seen(
    namespace: Namespace, server: Scripted, bad: Answer
) -> None:
    """What was written is known; nobody waits for a cluster that is away."""
    server.answers = [answer(200, WAITING), answer(200, ROLLING), answer(200, ROLLING), bad]
    written = await namespace.scale(await namespace.deployment(NAME), stamp("R-1"), 5)

    last = await namespace.settling(written)

    assert 1 == last.rollout.updated
    assert not last.settled


async def test_a_log_that_is_cut_off_is_told_as_cut_off_and_no_line_comes_twice(
    connection: Connection, server: Scripted
) -> None:
    server.answers = [cut_in_the_middle]
    taken: list[bytes] = []

    async def take(chunk: bytes) -> bool:
        taken.append(chunk)
        return True

    with pytest.raises(TryAgainLater, match="cut the connection"):
        await connection.pour(LOG, take, 1.0)
    assert b"".join(taken) in (b"", b'{"metadata":')
    assert 1 == len(server.asked)


async def test_a_log_is_asked_for_again_when_the_server_was_busy_or_the_token_was_renewed(
    connection: Connection, server: Scripted, tmp_path: Path
) -> None:
    server.answers = [BUSY, EXPIRED, answer(200, "three lines")]
    server.write_kubeconfig(tmp_path / "scripted")

    assert (b"three lines", True) == await connection.text(LOG, 1000)


async def test_a_write_that_a_busy_server_did_not_look_at_is_made_once(
    namespace: Namespace, server: Scripted
) -> None:
    seen = await namespace.deployment(NAME)
    server.asked.clear()
    server.answers = [BUSY, BUSY, answer(200, WAITING)]

    assert NAME == (await namespace.scale(seen, stamp("R-1"), 5)).name
    assert ["PATCH"] * 3 == [method for method, *_ in server.asked]


async def test_a_write_that_a_server_is_too_busy_for_has_had_no_effect(
    namespace: Namespace, server: Scripted
) -> None:
    seen = await namespace.deployment(NAME)
    server.answers = [MUCH_TOO_BUSY]

    with pytest.raises(TryAgainLater, match="too busy"):
        await namespace.scale(seen, stamp("R-1"), 5)


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (cut, TryAgainLater),
        (answer(500, status(500, "InternalError")), TryAgainLater),
        (MUCH_TOO_BUSY, TryAgainLater),
        (EXPIRED, DoNotRetry),
        (answer(200, "<html>welcome</html>"), TryAgainLater),
    ],
)
async def test_where_a_permission_cannot_be_asked_for_nobody_says_that_it_is_there_or_missing(
    connection: Connection, server: Scripted, bad: Answer, error: type[Exception]
) -> None:
    server.answers = [bad]

    with pytest.raises(error) as told:
        await missing(connection, [permission("list", "pods", "auditron")])
    assert not isinstance(told.value, OutcomeUnknown)
