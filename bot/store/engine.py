"""Runs the scripts and turns what can go wrong into the errors of the port."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha1
from importlib.resources import files
from typing import Any, cast

from redis.asyncio import RedisCluster
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
from bot.store.wire import Wire, Word
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
MEASURE = load("measure")


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
        self._patience = patience
        if isinstance(client, RedisCluster):
            self._send = _few_at_once(client)
        else:
            self._send = Wire(client.connection_pool).call

    async def run(self, script: Script, keys: Sequence[str], arguments: Sequence[Word]) -> Any:
        """Run a script. Raises StoreUnavailable."""
        words = (len(keys), *keys, *arguments)

        async def evaluate() -> Any:
            try:
                return await self._send("EVALSHA", script.sha, *words)
            except NoScriptError:
                return await self._send("EVAL", script.text, *words)

        return await self._patiently(evaluate)

    async def hash_field(self, key: str, field: str) -> str | None:
        """One field of a hash. Raises StoreUnavailable."""
        return cast(str | None, await self._call("HGET", key, field))

    async def members(self, key: str) -> set[str]:
        """The members of a set. Raises StoreUnavailable."""
        return set(await self._call("SMEMBERS", key))

    async def lowest(self, key: str, up_to: int, limit: int) -> list[str]:
        """The members of a sorted set with scores up to this one, lowest first. Raises StoreUnavailable."""
        return list(await self._call("ZRANGEBYSCORE", key, "-inf", up_to, "LIMIT", 0, limit))

    async def entries(self, key: str, above: int, limit: int) -> list[tuple[int, str]]:
        """The first entries of the audit stream above a number. Raises StoreUnavailable."""
        found = await self._call("XRANGE", key, f"{above + 1}-0", "+", "COUNT", limit)
        return [(int(name.partition("-")[0]), _field(fields, "entry")) for name, fields in found]

    async def ordered(self, key: str, limit: int, *, latest: bool) -> tuple[list[str], int]:
        """The first members of a sorted set, and how many it has in all. Raises StoreUnavailable."""
        order = ("REV",) if latest else ()
        members, count = await asyncio.gather(
            self._call("ZRANGE", key, 0, limit - 1, *order), self._call("ZCARD", key)
        )
        return list(members), int(count)

    async def counts(self, keys: Sequence[str], low: str) -> list[int]:
        """How many members of each sorted set have this score or a higher one. Raises StoreUnavailable."""
        return list(await asyncio.gather(*(self._call("ZCOUNT", key, low, "+inf") for key in keys)))

    async def first_score(self, key: str) -> int | None:
        """The lowest score of a sorted set, None when it is empty. Raises StoreUnavailable."""
        for member in await self._call("ZRANGE", key, 0, 0):
            score = await self._call("ZSCORE", key, member)
            return None if score is None else int(float(score))
        return None

    async def _call(self, *words: Word) -> Any:
        return await self._patiently(lambda: self._send(*words))

    async def _patiently(self, call: Callable[[], Awaitable[Any]]) -> Any:
        with port_errors():
            async with asyncio.timeout(self._patience):
                for pause in _PAUSES:
                    try:
                        return await call()
                    except AuthenticationError:
                        raise
                    except _LOST:
                        await asyncio.sleep(pause)
                return await call()


def _field(fields: Mapping[str, str] | Sequence[str], name: str) -> str:
    """One field of a stream's entry, as a cluster's client or the wire itself gives it; empty without it."""
    found = fields if isinstance(fields, Mapping) else dict(zip(fields[::2], fields[1::2], strict=False))
    return found.get(name, "")


def _few_at_once(client: RedisCluster) -> Callable[..., Awaitable[Any]]:
    """Calls to a cluster, which has a connection for each that is under way."""
    places = asyncio.Semaphore(_CALLS_AT_ONCE)

    async def send(*words: Word) -> Any:
        async with places:
            try:
                return await client.execute_command(*words)
            except (AttributeError, TypeError, RuntimeError) as lost:
                # So redis-py 8.1 tells of a connection that ends in this very moment (redis/redis-py#4287);
                # uvloop says by a RuntimeError that its handler is closed.
                raise RedisConnectionError("the connection ended meanwhile") from lost

    return send
