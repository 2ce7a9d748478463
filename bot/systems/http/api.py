"""The adapter: sends what a route says and nothing else, in bounded time, and never twice without leave."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import aiohttp
from yarl import URL

from bot.systems.http import wording as w
from bot.systems.http.answers import LONGEST_KEPT, read_bytes, read_json, without
from bot.systems.http.attempts import Failed, judge
from handlers.actions.http.ports import Call
from handlers.errors import DoNotRetry, OutcomeUnknown, TryAgainLater
from handlers.ports.clock import Clock

_T = TypeVar("_T")


@dataclass(frozen=True)
class Patience:
    """Seconds: to connect, for one attempt, for all attempts of a call, and the pauses before each."""

    connect: float = 2.0
    attempt: float = 5.0
    whole: float = 9.0
    pauses: tuple[float, ...] = (0.0, 0.2, 0.6)


class JsonApi:
    """An HTTP API behind one address. Implements `handlers.actions.http.ports.HttpApi`."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, token: str, clock: Clock, patience: Patience
    ) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self._token = token
        self._clock = clock
        self._patience = patience

    @property
    def identity(self) -> str:
        """SHA-256 (hex, cut) of the address, which may itself say too much."""
        return hashlib.sha256(self._url.encode()).hexdigest()[:16]

    def now(self) -> datetime:
        """The present moment, UTC."""
        return self._clock.now()

    async def get(self, target: str) -> Any:
        """The JSON at a path; asked again when the API is away or busy, as long as patience lasts."""

        async def once(seconds: float) -> Any:
            async with self._asked("GET", target, seconds) as response:
                judge(response)
                return await read_json(response, self._token)

        try:
            return await self._patiently(once, repeatable=True)
        except OutcomeUnknown as lost:
            # A look changes nothing, so nothing can have happened.
            raise TryAgainLater(str(lost)) from lost

    async def whole(self, target: str) -> tuple[bytes, bool]:
        """An answer as it came, and whether the bot's token was taken out of it. Raises as `get`."""

        async def once(seconds: float) -> bytes:
            async with self._asked("GET", target, seconds) as response:
                judge(response)
                return await read_bytes(response, LONGEST_KEPT)

        try:
            return without(await self._patiently(once, repeatable=True), self._token)
        except OutcomeUnknown as lost:
            raise TryAgainLater(str(lost)) from lost

    async def send(self, call: Call) -> int:
        """Make a change. What its answer says is not read: the effect is."""
        headers = {"Idempotency-Key": call.key} if call.key else {}
        if call.body:
            headers["Content-Type"] = "application/json"
        body = json.dumps(call.body).encode() if call.body else None

        async def once(seconds: float) -> int:
            async with self._asked(call.method, call.target, seconds, headers, body) as response:
                judge(response, changing=True)
                return response.status

        return await self._patiently(once, repeatable=call.repeatable)

    @asynccontextmanager
    async def _asked(
        self,
        method: str,
        target: str,
        seconds: float,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """One request. What fails on the line becomes Failed, without a word of what was sent."""
        own = {"Accept": "application/json", "Accept-Encoding": "identity", **(headers or {})}
        if self._token:
            own["Authorization"] = f"Bearer {self._token}"
        try:
            async with self._session.request(
                method,
                URL(f"{self._url}{target}", encoded=True),
                headers=own,
                data=body,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=self._patience.connect),
            ) as response:
                yield response
        except aiohttp.ClientSSLError:
            raise Failed(DoNotRetry(w.NOT_TRUSTED, "certificate")) from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise Failed(TryAgainLater(w.AWAY), again=True) from None
        except TimeoutError:
            raise Failed(OutcomeUnknown(w.SLOW), again=True, arrived=True) from None
        except aiohttp.ClientError:
            raise Failed(OutcomeUnknown(w.LOST), again=True, arrived=True) from None

    async def _patiently(self, once: Callable[[float], Awaitable[_T]], *, repeatable: bool) -> _T:
        """Try a few times. What failed last is told, and that an earlier attempt may have arrived."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._patience.whole
        failed, arrived, wait = Failed(TryAgainLater(w.AWAY)), False, 0.0
        for pause in self._patience.pauses:
            wait = max(pause, failed.wait)
            if loop.time() + wait >= end:
                break
            await asyncio.sleep(wait)
            try:
                return await once(min(self._patience.attempt, end - loop.time()))
            except Failed as again:
                failed = again
                arrived = arrived or again.arrived
            if not failed.again or (arrived and not repeatable):
                break
        if arrived and not failed.arrived:
            raise OutcomeUnknown(w.EARLIER.format(why=failed.error)) from None
        raise failed.error from None
