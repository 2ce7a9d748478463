"""Runs the scripts and turns what can go wrong into the errors of the port."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha1
from importlib.resources import files
from typing import Any, cast

from redis.exceptions import (
    ConnectionError as RedisConnectionError,
)
from redis.exceptions import (
    NoScriptError,
    RedisClusterException,
    RedisError,
    ResponseError,
)
from redis.exceptions import (
    TimeoutError as RedisTimeoutError,
)

from bot.store.connect import Client
from bot.store.errors import TooLarge, WriteUnknown
from handlers.errors import StoreUnavailable


@dataclass(frozen=True)
class Script:
    """A script's full text and the name by which a server knows it."""

    text: str
    sha: str


def load(name: str) -> Script:
    """Read `scripts/<name>.lua` and put the shared checks below its first line, which must be its shebang."""
    folder = files("bot.store") / "scripts"
    shebang, body = (folder / f"{name}.lua").read_text("utf-8").split("\n", 1)
    text = f"{shebang}\n{(folder / 'plan.lua').read_text('utf-8')}{body}"
    return Script(text, sha1(text.encode(), usedforsecurity=False).hexdigest())


RECORD = load("record")
CLAIM = load("claim")
EXTEND = load("extend")
PARK = load("park")
READ = load("read")
COMMIT = load("commit")
NEXT_SENDING = load("next_sending")
SETTLE = load("settle")
ENLIST = load("enlist")
RESIGN = load("resign")


def code_of(error: ResponseError) -> str:
    """The first word of a server's refusal, which is its code."""
    return str(error).split(" ", 1)[0]


def port_error(error: BaseException) -> StoreUnavailable:
    """What the port says for an error of the client library."""
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
    """One client and how long it may take over a call, in seconds, retries included."""

    def __init__(self, client: Client, patience: float) -> None:
        self.client = client
        self._patience = patience

    async def ask(self, answer: Any) -> Any:
        """Await a call of the client. Raises StoreUnavailable."""
        with port_errors():
            async with asyncio.timeout(self._patience):
                return await answer

    async def run(self, script: Script, keys: Sequence[str], arguments: Sequence[str | int]) -> Any:
        """Run a script. Raises StoreUnavailable.

        The client repeats it when the answer is lost: scripts are written to stand that.
        """
        return await self.ask(self._evaluate(script, [*keys, *map(str, arguments)], len(keys)))

    async def hash_field(self, key: str, field: str) -> str | None:
        """One field of a hash. Raises StoreUnavailable."""
        return cast(str | None, await self.ask(self.client.hget(key, field)))

    async def members(self, key: str) -> set[str]:
        """The members of a set. Raises StoreUnavailable."""
        return cast(set[str], await self.ask(self.client.smembers(key)))

    async def _evaluate(self, script: Script, words: Sequence[str], keys: int) -> Any:
        try:
            return await self.client.evalsha(script.sha, keys, *words)
        except NoScriptError:
            return await self.client.eval(script.text, keys, *words)

    async def run_many(
        self, script: Script, calls: Sequence[tuple[Sequence[str], Sequence[str | int]]]
    ) -> list[Any]:
        """Run a script many times in one pipeline; an answer is a value or the exception of that call.

        Raises the client library's own errors when the pipeline as a whole fails.
        """
        pipeline = self.client.pipeline(transaction=False)
        for keys, arguments in calls:
            # by name: on a cluster the method is closed, though a workspace's keys share a node
            pipeline.execute_command("EVALSHA", script.sha, len(keys), *keys, *map(str, arguments))
        async with asyncio.timeout(self._patience):
            return await pipeline.execute(raise_on_error=False)
