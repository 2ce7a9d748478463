"""The bot's own store, seen from outside: the server over its data folder, which can be cut off and mended.

It outlives a bot that was killed, as it should: so it is found by its socket and asked for its process id,
not looked for among the bot's children.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from sandbox.slack.errors import RefusedAct
from sandbox.slack.shapes import Json

ANSWER_SECONDS = 2.0
END_SECONDS = 10.0
LOOK_AGAIN_SECONDS = 0.05


class StoreProcess:
    """The server that listens at `socket`; `on_change` hears when it is cut off or mended."""

    def __init__(self, socket: Path, on_change: Callable[[], None]) -> None:
        self._socket, self._on_change = socket, on_change
        self._frozen: int | None = None

    def state(self) -> Json:
        return {"frozen": self._frozen is not None}

    async def cut(self) -> None:
        """SIGSTOP: connections stay open and nothing answers, the worst way for a store to be away.

        Raises RefusedAct when no store runs.
        """
        if self._frozen is not None:
            return
        try:
            pid = await self._pid()
        except (RedisError, OSError):
            # Where the folder's path is too long for a socket, the bot puts it elsewhere.
            sentence = f"No store listens at {self._socket}. Start the bot first, or choose a shorter --data."
            raise RefusedAct("no_store", sentence) from None
        os.kill(pid, signal.SIGSTOP)
        self._frozen = pid
        self._on_change()

    async def mend(self) -> None:
        """SIGCONT: it goes on with what was asked of it meanwhile. Nothing when it was not cut off."""
        if self._frozen is None:
            return
        with suppress(ProcessLookupError):
            os.kill(self._frozen, signal.SIGCONT)
        self._frozen = None
        self._on_change()

    async def end(self) -> None:
        """Shut down a server that a killed bot left behind; nothing when none runs."""
        await self.mend()
        async with self._client() as client:
            # The answer to SHUTDOWN is a closed connection.
            with suppress(RedisError, OSError):
                await client.shutdown(nosave=True)
            deadline = asyncio.get_running_loop().time() + END_SECONDS
            while asyncio.get_running_loop().time() < deadline:
                try:
                    await client.ping()
                except (RedisError, OSError):
                    return
                await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def _pid(self) -> int:
        async with self._client() as client:
            return int((await client.info("server"))["process_id"])

    def _client(self) -> Redis:
        return Redis(
            unix_socket_path=str(self._socket),
            socket_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
