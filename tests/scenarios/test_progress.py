"""How far a long effect is stands in one message of its thread, changed in place, and ends verified."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from handlers.errors import StoreUnavailable
from tests.scenarios.opening import ops_room
from tests.scenarios.room import ALERTS, OMAR, RUTH, Json, Room, text_of
from tests.scenarios.test_kubernetes_story import BROKEN
from tests.scenarios.workloads import asked, cluster_says, deployment, outcome, path_of


def waiting(seconds: int) -> Callable[[Path], None]:
    """How long an outcome waits for the pods."""

    def edit(policies: Path) -> None:
        file = policies / "systems" / "auditron.yaml"
        text = file.read_text()
        assert "  namespace: auditron\n" in text
        wait = f"  namespace: auditron\n  rollout_wait: {seconds}s\n"
        file.write_text(text.replace("  namespace: auditron\n", wait))

    return edit


@asynccontextmanager
async def slow_room(folder: Path, seconds: int = 20, **more: Any) -> AsyncIterator[Room]:
    """A room whose cluster takes a step only when the test says so."""
    async with ops_room(folder, edit=waiting(seconds), rollout_seconds=None, **more) as room:
        yield room


async def scaling(room: Room) -> Json:
    """Five replicas are approved and begun; returns the card."""
    card = await asked(room, "/scale", "auditron-api 5 because queue backlog")
    await room.say(RUTH, "APPROVED", card["ts"], channel=ALERTS)
    await stamped(room, "auditron-api", room.request_id(card))
    room.cluster.tick()
    return card


async def stamped(room: Room, name: str, request: str = "", unlike: str = "") -> None:
    """Wait until the cluster has stored what this request wrote, or one other than `unlike`."""
    while True:
        meta = (await deployment(room, "auditron", name))["metadata"]
        newest = meta["annotations"].get("countersign.dev/request")
        if newest == request or (unlike and newest not in (None, unlike)):
            return
        await asyncio.sleep(0.02)


def told(room: Room, card: Json) -> list[Json]:
    """The progress messages of a request's thread."""
    head = re.compile(rf"`{room.request_id(card)}` \w+ [\w-]+( is under way|: )")
    return [one for one in room.from_bot(card["ts"], ALERTS) if head.search(text_of(one))]


async def test_a_rollout_is_told_in_one_message_that_ends_with_what_was_verified(tmp_path: Path) -> None:
    async with slow_room(tmp_path) as room:
        card = await scaling(room)
        first = await outcome(room, card, "scale auditron-api is under way.*3 of 5 pods ready")
        assert "███████░░░░░" in text_of(first)
        assert "to go" not in text_of(first)

        room.cluster.settle()

        await outcome(room, card, "is done and was read back")
        last = await outcome(room, card, "scale auditron-api: done.*████████████  5 of 5 pods ready")
        assert "spec.replicas of auditron-api is 5 (it was 3); 5 of 5 ready." in text_of(last)
        assert [last["ts"]] == [one["ts"] for one in told(room, card)]
        assert first["ts"] == last["ts"]


async def test_what_ends_at_once_is_told_by_its_outcome_alone(room: Room) -> None:
    card = await asked(room, "/scale", "auditron-api 5 because queue backlog")
    await room.say(RUTH, "APPROVED", card["ts"], channel=ALERTS)
    await outcome(room, card, "is done and was read back")
    assert [] == told(room, card)


async def test_it_says_why_it_is_held_up_and_calls_people_when_it_stays_so(tmp_path: Path) -> None:
    async with slow_room(tmp_path) as room:
        await cluster_says(room, path_of("auditron", "auditron-worker"), "PATCH", BROKEN)
        room.cluster.settle()
        card = await asked(room, "/restart", "auditron-worker because it leaks")
        await room.say(RUTH, "APPROVED", card["ts"], channel=ALERTS)
        await stamped(room, "auditron-worker", room.request_id(card))
        for _ in range(4):
            room.cluster.tick()

        held = await outcome(room, card, r"is under way.*It waits: ImagePullBackOff")
        assert "to go" not in text_of(held)
        room.cluster.settle()

        await outcome(room, card, r"the rollout is stuck \(ProgressDeadlineExceeded\)")
        room.advance(minutes=2)
        called = await outcome(room, card, "shows which pods do not come up.*<@")
        assert f"<@{RUTH}> <@{OMAR}>" in text_of(called)
        last = await outcome(room, card, r"restart auditron-worker: done.*rollout is stuck")
        assert "🔥" in text_of(last)
        assert [held["ts"]] == [one["ts"] for one in told(room, card)]


async def test_a_rollout_that_outlasts_its_run_goes_on_in_the_same_message(tmp_path: Path) -> None:
    async with slow_room(tmp_path, seconds=10) as room:
        card = await scaling(room)
        first = await outcome(room, card, "is under way.*3 of 5 pods ready")
        await outcome(room, card, "is done and was read back")
        assert "is under way" in text_of(told(room, card)[0])

        room.cluster.tick()
        room.cluster.tick()
        room.cluster.settle()
        room.advance(seconds=10)

        await outcome(room, card, "`: auditron-api: 5 of 5 ready")
        last = await outcome(room, card, "scale auditron-api: done.*5 of 5 pods ready")
        assert [first["ts"]] == [last["ts"]] == [one["ts"] for one in told(room, card)]


class Deaf:
    """A store that is away whenever progress is written."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.refused = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def commit(self, commit: Any) -> Any:
        if commit.cause.startswith("progress/"):
            self.refused += 1
            raise StoreUnavailable("the store is away")
        return await self._store.commit(commit)


async def test_an_effect_goes_on_when_nothing_can_be_told_of_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stores: list[Deaf] = []

    def wrap(name: str, port: Any) -> Any:
        if name != "store":
            return port
        stores.append(Deaf(port))
        return stores[-1]

    async with slow_room(tmp_path, wrap=wrap) as room:
        card = await scaling(room)
        await room.until(lambda: stores[0].refused, "something to tell")
        room.cluster.settle()
        await outcome(room, card, "is done and was read back")
        assert [] == told(room, card)
        assert "not told: the store is away" in caplog.text
