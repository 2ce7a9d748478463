"""Runs the scripts and turns what can go wrong into the errors of the port."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha1
from importlib.resources import files
from typing import Any, cast

from redis.exceptions import (
    AuthenticationError,
    ClusterDownError,
    NoScriptError,
    RedisClusterException,
    RedisError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from bot.store.connect import Client
from bot.store.errors import TooLarge, WriteUnknown
from handlers.errors import StoreUnavailable

_PAUSES = (0.02, 0.1, 0.3, 0.6)
"""Seconds between a call and its repetition: together longer than the embedded server's restart."""
_CALLS_AT_ONCE = 64
"""More would only wait in the server, each with a connection of its own."""
_LOST = (RedisConnectionError, RedisTimeoutError, ClusterDownError, TryAgainError, RedisClusterException)
"""No answer, or a server that is about to be able to answer."""


@dataclass(frozen=True)
class Script:
    """A script's full text and the name by which a server knows it."""

    text: str
    sha: str


Call = tuple[Script, Sequence[str], Sequence[str | int]]
"""A script with its keys and arguments."""


def load(name: str, *parts: str) -> Script:
    """Read `scripts/<name>.lua` and put what it shares with others below its first line, its shebang."""
    folder = files("bot.store") / "scripts"
    shebang, body = (folder / f"{name}.lua").read_text("utf-8").split("\n", 1)
    shared = "".join((folder / f"{part}.lua").read_text("utf-8") for part in ("plan", *parts))
    text = f"{shebang}\n{shared}{body}"
    return Script(text, sha1(text.encode(), usedforsecurity=False).hexdigest())


RECORD = load("record")
CLAIM = load("claim")
EXTEND = load("extend")
PARK = load("park")
READ = load("read")
COMMIT = load("commit", "outbox")
NEXT_SENDING = load("next_sending", "outbox")
SETTLE = load("settle", "outbox")
ENLIST = load("enlist")
RESIGN = load("resign")
FORGET_THREAD = load("forget_thread", "outbox")
FORGET_ASIDE = load("forget_aside")


def code_of(error: ResponseError) -> str:
    """The first word of a server's refusal, which is its code."""
    return str(error).split(" ", 1)[0]


def port_error(error: BaseException) -> StoreUnavailable:
    """What the port says for an error of the client library, or for one that is the port's already."""
    if isinstance(error, StoreUnavailable):
        return type(error)(*error.args)
    if isinstance(error, RedisConnectionError | RedisTimeoutError | TimeoutError | OSError):
        return WriteUnknown(f"the store does not answer ({type(error).__name__})")
    if isinstance(error, ResponseError):
        code = getattr(error, "status_code", None) or code_of(error)
        return TooLarge() if code == "TOOLARGE" else StoreUnavailable(f"the store refused: {error}")
    return StoreUnavailable(f"the store cannot be used ({type(error).__name__})")


@contextmanager
def port_errors() -> Iterator[None]:
    """Raise `StoreUnavailable`, or the closer error that is one, for whatever the client library raises."""
    try:
        yield
    except (RedisError, RedisClusterException, OSError) as error:
        raise port_error(error) from error


class Engine:
    """Calls of one client, each with `patience` seconds, repeated when their answer is lost.

    Repeating is safe because scripts know a call that they have already written for by its nonce.
    """

    def __init__(self, client: Client, patience: float) -> None:
        self._client = client
        self.patience = patience
        self._lanes = asyncio.Semaphore(_CALLS_AT_ONCE)

    async def run(self, script: Script, keys: Sequence[str], arguments: Sequence[str | int]) -> Any:
        """Run a script. Raises StoreUnavailable."""
        words = [*keys, *map(str, arguments)]

        async def evaluate() -> Any:
            try:
                return await self._client.evalsha(script.sha, len(keys), *words)
            except NoScriptError:
                return await self._client.eval(script.text, len(keys), *words)

        return await self._patiently(evaluate)

    async def run_many(self, calls: Sequence[Call]) -> list[Any]:
        """Run scripts in one pipeline; an answer may be the refusal of its call.

        Raises StoreUnavailable when the pipeline as a whole fails.
        """

        async def execute() -> list[Any]:
            pipeline = self._client.pipeline(transaction=False)
            for script, keys, arguments in calls:
                # by name: on a cluster the method is closed, though a workspace's keys share a node
                pipeline.execute_command("EVALSHA", script.sha, len(keys), *keys, *map(str, arguments))
            answers = await pipeline.execute(raise_on_error=False)
            for answer in answers:
                if isinstance(answer, _LOST):
                    raise answer
            return answers

        return cast(list[Any], await self._patiently(execute))

    async def hash_field(self, key: str, field: str) -> str | None:
        """One field of a hash. Raises StoreUnavailable."""
        return cast(str | None, await self._patiently(lambda: self._client.hget(key, field)))

    async def members(self, key: str) -> set[str]:
        """The members of a set. Raises StoreUnavailable."""
        return cast(set[str], await self._patiently(lambda: self._client.smembers(key)))

    async def lowest(self, key: str, up_to: int, limit: int) -> list[str]:
        """The members of a sorted set with scores up to this one, lowest first. Raises StoreUnavailable."""
        found = await self._patiently(
            lambda: self._client.zrangebyscore(key, "-inf", up_to, start=0, num=limit)
        )
        return cast(list[str], found)

    async def ordered(self, key: str, limit: int, *, latest: bool) -> tuple[list[str], int]:
        """The first members of a sorted set, and how many it has in all. Raises StoreUnavailable."""

        def both() -> Awaitable[list[Any]]:
            pipe = self._client.pipeline(transaction=False)
            pipe.zrange(key, 0, limit - 1, desc=latest)
            pipe.zcard(key)
            return cast(Awaitable[list[Any]], pipe.execute())

        members, count = await self._patiently(both)
        return list(members), int(count)

    async def _patiently(self, call: Callable[[], Awaitable[Any]]) -> Any:
        with port_errors():
            async with asyncio.timeout(self.patience), self._lanes:
                for pause in _PAUSES:
                    try:
                        return await call()
                    except AuthenticationError:
                        raise
                    except _LOST:
                        await asyncio.sleep(pause)
                return await call()
