"""The first seconds, in which the page is there and the bot not yet: what people do waits for it."""

from __future__ import annotations

import asyncio

from sandbox.slack.log import EventLog

_FOR_THE_BOT = tuple(f"/practice/{each}" for each in ("act", "panel", "credits/alert", "credits/storm"))


class Opening:
    """Open from the beginning, unless a sandbox says that its bot is on the way."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._open = asyncio.Event()
        self._open.set()

    @property
    def awaited(self) -> bool:
        """Whether the bot is still on its way."""
        return not self._open.is_set()

    def begin(self) -> None:
        """The bot will come; until then whatever is meant for it waits."""
        self._open.clear()

    def end(self) -> None:
        """The bot is there. Pages read everything anew: its commands are those of its manifest only now."""
        self._open.set()
        self._log.append("reset")

    async def waited_for(self, path: str) -> None:
        """Return once what is done at `path` may begin: at once, where it is nothing for the bot."""
        if path in _FOR_THE_BOT:
            await self._open.wait()
