"""A failover of the store loses the claim that it had acknowledged: what was done is told as done, once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from handlers.work import Commit, Verdict
from tests.scenarios.hanging import Hanging
from tests.scenarios.opening import ops_room, serving_replica
from tests.scenarios.room import ALERTS, RUTH
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


@pytest.mark.parametrize("dies", [False, True], ids=["lives on", "dies"])
async def test_what_was_done_under_a_claim_that_is_lost_is_told_as_done(tmp_path: Path, dies: bool) -> None:
    scaling = Hanging("auditron", "scale", effect=True)

    def wrap(name: str, port: Any) -> Any:
        if name == "store":
            return _Forgetful(port)
        return scaling.wrap(name, port) if dies else port

    async with ops_room(tmp_path, replicas=0) as room:
        async with serving_replica(room, wrap=wrap):
            card = await asked(room, "/scale", "auditron-api 8 because a batch runs")
            await room.say(RUTH, "APPROVED - for the batch", card["ts"], channel=ALERTS)
            if dies:
                await room.until(scaling.reached.is_set, "the deployment to be scaled")
            else:
                await outcome(room, card, "is done and was read back")
        async with serving_replica(room):
            room.advance(minutes=1)
            await outcome(room, card, "is done and was read back")
            found = await deployment(room, "auditron", "auditron-api")
            assert room.request_id(card) == found["metadata"]["annotations"]["countersign.dev/request"]
            assert [1] == [one["detail"]["claim"] for one in room.events("request-succeeded")]
