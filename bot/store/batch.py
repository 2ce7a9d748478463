"""Calls that are under way together share pipelines: most of what a call costs is the client's work."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis.exceptions import NoScriptError

from bot.store.engine import Call, Engine, Script, port_error, port_errors
from handlers.errors import StoreUnavailable

_MOST_IN_ONE = 128


@dataclass
class _Waiting:
    call: Call
    answer: asyncio.Future[Any]


class Batch:
    """Runs scripts for many callers, each of which gets its own answer or its own error.

    A call goes at once while fewer than `at_once` are under way; those that come meanwhile gather, and go in
    one pipeline as soon as one of these has ended. So nothing waits that could be sent.
    """

    def __init__(self, engine: Engine, at_once: int) -> None:
        self._engine = engine
        self._free = at_once
        self._waiting: list[_Waiting] = []
        self._senders: set[asyncio.Task[None]] = set()

    async def run(self, script: Script, keys: Sequence[str], arguments: Sequence[str | int]) -> Any:
        """Run a script once for this caller. Raises StoreUnavailable."""
        call = (script, keys, arguments)
        if self._free:
            self._free -= 1
            try:
                return await self._engine.run(*call)
            finally:
                self._give_back()
        answer = await self._shared(call)
        if isinstance(answer, NoScriptError):  # a server that has just started knows no scripts yet
            return await self._engine.run(*call)
        if isinstance(answer, Exception):  # one pipeline's error has many readers: each raises its own
            raise port_error(answer) from answer
        return answer

    async def _shared(self, call: Call) -> Any:
        """The answer of a call that goes with others; its time in the line is time of the store."""
        waiting = _Waiting(call, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        with port_errors():
            async with asyncio.timeout(self._engine.patience):
                return await waiting.answer

    def _give_back(self) -> None:
        """One may go: those who wait, if anybody does."""
        self._waiting = [one for one in self._waiting if not one.answer.done()]  # some have given up
        if not self._waiting:
            self._free += 1
            return
        batch, self._waiting = self._waiting[:_MOST_IN_ONE], self._waiting[_MOST_IN_ONE:]
        sender = asyncio.create_task(self._send(batch))
        self._senders.add(sender)
        sender.add_done_callback(self._senders.discard)

    async def _send(self, batch: Sequence[_Waiting]) -> None:
        try:
            for waiting, answer in zip(batch, await self._answers(batch), strict=True):
                if not waiting.answer.done():  # its caller may have given up
                    waiting.answer.set_result(answer)
        finally:
            for waiting in batch:
                if not waiting.answer.done():
                    waiting.answer.set_exception(StoreUnavailable("the store's client was stopped"))
            self._give_back()

    async def _answers(self, batch: Sequence[_Waiting]) -> Sequence[Any]:
        try:
            return await self._engine.run_many([waiting.call for waiting in batch])
        except StoreUnavailable as error:
            return [error] * len(batch)
