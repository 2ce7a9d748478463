"""A failover of the store loses the claim that it had acknowledged: what was done is told as done, once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handlers.work import Commit, Verdict
from tests.scenarios.opening import ops_room, start_replica
from tests.scenarios.room import ALERTS, RUTH
from tests.scenarios.test_timed import served_by
from tests.scenarios.workloads import asked, deployment, outcome


class _Forgetful:
    """A store that acknowledges the claim of an execution and has lost it a moment later."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self._lost = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def commit(self, commit: Commit) -> Verdict:
        claims = any('"state":"executing"' in document for document in commit.put.values())
        if claims and not self._lost:
            self._lost = True
            return Verdict.COMMITTED
        verdict: Verdict = await self._store.commit(commit)
        return verdict


class _Scaling:
    """A cluster that scales, and whose caller may die before it hears so."""

    def __init__(self, port: Any, scaled: asyncio.Event, dies: bool) -> None:
        self._port, self._scaled, self._dies = port, scaled, dies

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    async def scale(self, *given: Any) -> Any:
        found = await self._port.scale(*given)
        self._scaled.set()
        return await asyncio.Event().wait() if self._dies else found


def _around(scaled: asyncio.Event, *, dies: bool) -> Callable[[str, Any], Any]:
    def wrap(name: str, port: Any) -> Any:
        if name == "store":
            return _Forgetful(port)
        return _Scaling(port, scaled, dies) if name == "systems.auditron" else port

    return wrap


@pytest.mark.parametrize("dies", [False, True], ids=["lives on", "dies"])
async def test_what_was_done_under_a_claim_that_is_lost_is_told_as_done(tmp_path: Path, dies: bool) -> None:
    scaled = asyncio.Event()
    async with ops_room(tmp_path, replicas=0) as room:
        async with start_replica(room, wrap=_around(scaled, dies=dies)) as first:
            await served_by(room, first)
            card = await asked(room, "/scale", "auditron-api 8 because a batch runs")
            await room.say(RUTH, "APPROVED - for the batch", card["ts"], channel=ALERTS)
            await room.until(scaled.is_set, "the deployment to be scaled")
            if not dies:
                await outcome(room, card, "is done and was read back")
        async with start_replica(room) as second:
            await served_by(room, second)
            room.advance(minutes=1)
            await outcome(room, card, "is done and was read back")
            found = await deployment(room, "auditron", "auditron-api")
            assert room.request_id(card) == found["metadata"]["annotations"]["countersign.dev/request"]
            assert [1] == [one["detail"]["claim"] for one in room.events("request-succeeded")]
