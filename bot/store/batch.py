"""Inbound records of one event loop share pipelines: a third more a second than one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis.exceptions import NoScriptError

from bot.store import engine
from handlers.errors import StoreUnavailable

_MOST_IN_ONE = 128


@dataclass
class _Waiting:
    keys: Sequence[str]
    arguments: Sequence[str | int]
    answer: asyncio.Future[Any]


class RecordBatch:
    """Runs the record script for many callers, each of which gets its own answer or its own error.

    While one pipeline is under way the next one gathers, so nothing waits that could be sent.
    """

    def __init__(self, runner: engine.Engine) -> None:
        self._engine = runner
        self._waiting: list[_Waiting] = []
        self._sender: asyncio.Task[None] | None = None

    async def run(self, keys: Sequence[str], arguments: Sequence[str | int]) -> Any:
        """Run the script once for this caller. Raises StoreUnavailable."""
        waiting = _Waiting(keys, arguments, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._sender is None:
            self._sender = asyncio.create_task(self._send())
        answer = await waiting.answer
        if isinstance(answer, NoScriptError):  # a server that has just started knows no scripts yet
            return await self._engine.run(engine.RECORD, keys, arguments)
        if isinstance(answer, Exception):  # one pipeline's error has many readers: each raises its own
            raise engine.port_error(answer) from answer
        return answer

    async def _send(self) -> None:
        batch: list[_Waiting] = []
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:_MOST_IN_ONE], self._waiting[_MOST_IN_ONE:]
                for waiting, answer in zip(batch, await self._answers(batch), strict=True):
                    if not waiting.answer.done():  # its caller may have given up
                        waiting.answer.set_result(answer)
        finally:
            self._sender = None
            for waiting in (*batch, *self._waiting):
                if not waiting.answer.done():
                    waiting.answer.set_exception(StoreUnavailable("the store's client was stopped"))

    async def _answers(self, batch: Sequence[_Waiting]) -> Sequence[Any]:
        calls = [(waiting.keys, waiting.arguments) for waiting in batch]
        try:
            return await self._engine.run_many(engine.RECORD, calls)
        except StoreUnavailable as error:
            return [error] * len(batch)
