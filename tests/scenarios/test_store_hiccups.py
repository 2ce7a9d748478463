"""A store that does not answer for a moment costs a moment, not a lease."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from handlers.errors import StoreUnavailable
from tests.scenarios.opening import ops_room
from tests.scenarios.room import OMAR, text_of


class Hiccup:
    """A store whose one method fails a few times, as if it were away."""

    def __init__(self, port: Any, method: str, times: int) -> None:
        self._port, self._method, self.left = port, method, times

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if name != self._method:
            return found

        async def failing(*args: Any, **kwargs: Any) -> Any:
            if self.left:
                self.left -= 1
                raise StoreUnavailable("away for a moment")
            return await found(*args, **kwargs)

        return failing


@pytest.mark.parametrize("method", ["sent", "commit", "read", "next_sending"])
async def test_a_thread_goes_on_soon_after_the_store_did_not_answer(tmp_path: Path, method: str) -> None:
    hiccups: list[Hiccup] = []

    def wrap(name: str, port: Any) -> Any:
        if name != "store":
            return port
        hiccups.append(Hiccup(port, method, times=0))
        return hiccups[-1]

    async with ops_room(tmp_path, wrap=wrap) as room:
        _, root = await room.contained()
        hiccups[0].left = 2
        await room.say(OMAR, "ACK - O2 Omar", root["ts"])

        def answers() -> int:
            replies = [one for one in room.from_bot(root["ts"]) if one["ts"] != root["ts"]]
            return len([one for one in replies if "acknowledged as O2" in text_of(one)])

        await room.until(answers, "the answer")
        await room.until(lambda: not hiccups[0].left, "the hiccups to be over")
        assert 1 == answers()
