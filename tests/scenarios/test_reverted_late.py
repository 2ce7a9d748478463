"""What goes back by itself does so however late its target answers: it waits for no answer of people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from handlers.errors import TryAgainLater
from handlers.work import Commit, Verdict
from tests.scenarios.opening import ops_room
from tests.scenarios.test_timed import reverting, scaled
from tests.scenarios.test_undo import replicas
from tests.scenarios.workloads import outcome


class _AwayThen:
    """A cluster that is away from the moment at which something is to go back by itself."""

    def __init__(self) -> None:
        self.away = False
        self.asked = 0

    def around(self, name: str, port: Any) -> Any:
        if name == "store":
            return _Watched(port, self)
        return _Cluster(port, self) if name == "systems.auditron" else port


class _Watched:
    def __init__(self, store: Any, target: _AwayThen) -> None:
        self._store, self._target = store, target

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def commit(self, commit: Commit) -> Verdict:
        if any('"by_rule":"auditron' in document for document in commit.put.values()):
            self._target.away = self._target.asked == 0
        verdict: Verdict = await self._store.commit(commit)
        return verdict


class _Cluster:
    def __init__(self, port: Any, target: _AwayThen) -> None:
        self._port, self._target = port, target

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    async def deployment(self, *given: Any) -> Any:
        if self._target.away:
            self._target.asked += 1
            raise TryAgainLater("the cluster is away", after=3600)
        return await self._port.deployment(*given)


async def test_what_goes_back_by_itself_does_so_hours_later(tmp_path: Path) -> None:
    target = _AwayThen()
    async with ops_room(tmp_path, edit=reverting, wrap=target.around) as room:
        card = await scaled(room)
        room.advance(hours=2, minutes=1)
        await outcome(room, card, "which is over. It goes back by itself")
        await room.until(lambda: target.asked, "the cluster to be asked in vain")
        target.away = False
        room.advance(hours=5)
        await outcome(room, card, "is done.*Undone by")
        assert 3 == await replicas(room)
