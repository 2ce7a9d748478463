"""Calls follow one another on one connection without waiting, and answers come in the order of the calls.

Most of what a call costs is its client's work. redis-py opens connections (TLS, password, Sentinel) and reads
answers; whose answer is whose stands here.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, cast

from hiredis import pack_command
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from bot.store.connect import ANSWER_TIMEOUT

Word = str | int


class Wire:
    """One connection for all callers, opened with the first call, and anew with the next after it broke."""

    def __init__(self, pool: Any) -> None:
        """`pool` is redis-py's; whoever made it closes it, and that ends the connection."""
        self._pool = pool
        self._line: _Line | None = None

    async def call(self, *words: Word) -> Any:
        """Send one command and return its answer, as text.

        Raises what redis-py raises: a ResponseError is the server's refusal, anything else leaves open what
        the server did. A caller that gives up disturbs nobody.
        """
        packed = pack_command(cast(Any, words))  # its stub knows commands of one word
        if self._line is None or self._line.over:
            self._line = _Line(self._pool)
        return await self._line.send(packed)


class _Line:
    """One connection from its opening to its end, of which all hear who still wait on it."""

    def __init__(self, pool: Any) -> None:
        self.over = False
        self._pool = pool
        self._unsent: list[bytes] = []
        self._more = asyncio.Event()
        self._waiting: deque[tuple[float, asyncio.Future[Any]]] = deque()
        self._loop = asyncio.get_running_loop()
        self._life = self._loop.create_task(self._live())

    def send(self, packed: bytes) -> asyncio.Future[Any]:
        answer: asyncio.Future[Any] = self._loop.create_future()
        self._unsent.append(packed)
        self._waiting.append((self._loop.time(), answer))
        self._more.set()
        return answer

    async def _live(self) -> None:
        """Opens the connection, serves it until it breaks, and lets go of it."""
        error: BaseException | None = None
        try:
            connection = await self._pool.get_connection()
            connection.socket_timeout = None  # `_watch` has an eye on it: redis-py's way costs a task a call
            parts = [
                asyncio.ensure_future(part(connection)) for part in (self._read, self._write, self._watch)
            ]
            try:
                ended, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
                error = next(part.exception() for part in ended if not part.cancelled())
            finally:
                self._end(error)
                await self._let_go(connection, parts)
        except Exception as failed:  # whoever waits must hear of it, whatever it is  # noqa: BLE001
            error = failed
        finally:
            self._end(error)

    async def _let_go(self, connection: Any, parts: Sequence[asyncio.Task[None]]) -> None:
        for part in parts:
            part.cancel()
        with suppress(RedisError, OSError):
            await connection.disconnect(nowait=True)
        await self._pool.release(connection)

    async def _read(self, connection: Any) -> None:
        answer: Any
        while True:
            try:
                answer = await connection.read_response(disable_decoding=True, timeout=math.inf)
            except ResponseError as refusal:
                answer = refusal
            _, waiting = self._waiting.popleft()
            if not waiting.done():
                _give(waiting, answer)

    async def _write(self, connection: Any) -> None:
        """What was called while the loop was busy goes in one piece."""
        while True:
            await self._more.wait()
            self._more.clear()
            unsent, self._unsent = self._unsent, []
            await connection.send_packed_command(unsent, check_health=False)

    async def _watch(self, _: Any) -> None:
        """Raises TimeoutError when an answer is overdue."""
        while True:
            now = self._loop.time()
            left = (self._waiting[0][0] if self._waiting else now) + ANSWER_TIMEOUT - now
            if left <= 0:
                raise RedisTimeoutError("an answer is overdue")
            await asyncio.sleep(left)

    def _end(self, error: BaseException | None) -> None:
        """All who wait hear that no answer comes any more, each by an error of their own."""
        self.over = True
        waiting, self._waiting = self._waiting, deque()
        for _, answer in waiting:
            if not answer.done():
                answer.set_exception(_again(error))


def _again(error: BaseException | None) -> Exception:
    if isinstance(error, RedisError):
        return type(error)(*error.args)
    return RedisConnectionError(f"the connection ended ({type(error).__name__})")


def _give(waiting: asyncio.Future[Any], answer: Any) -> None:
    try:
        text = _text(answer)
    except UnicodeDecodeError as unreadable:
        waiting.set_exception(unreadable)
        return
    if isinstance(text, Exception):
        waiting.set_exception(text)
    else:
        waiting.set_result(text)


def _text(answer: Any) -> Any:
    if isinstance(answer, bytes):
        return answer.decode()
    return [_text(one) for one in answer] if isinstance(answer, list | set) else answer
