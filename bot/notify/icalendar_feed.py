"""Who is on call by an iCalendar feed, read over HTTP; `icalendar_turns` says whose turn it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import urlsplit

import aiohttp
from icalendar import Calendar

from bot.notify.copies import Copies
from bot.notify.icalendar_turns import UnreadableTurns, names_at
from handlers.errors import DoNotRetry, TryAgainLater
from handlers.ports.clock import Clock
from handlers.ports.on_call import Turn

SECONDS = 4.0
LONGEST_FEED = 1_000_000
_FRESH = timedelta(minutes=5)
_T = TypeVar("_T")


class ICalendarFeed:
    """Reads a feed, at most every five minutes; the last good copy is kept while it cannot be read.

    A calendar that is long to reckon holds up nobody but those who ask it: it has a thread of its own.
    """

    def __init__(
        self, session: aiohttp.ClientSession, url: str, token: str, clock: Clock, thread: ThreadPoolExecutor
    ) -> None:
        self._session = session
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._clock = clock
        self._copies = Copies[Calendar](clock, _FRESH)
        self._thread = thread

    async def turn(self, at: datetime) -> Turn:
        """See `Roster.turn`."""
        copy = await self._copies.read(self._fetch)
        names = await self._aside(lambda: names_at(copy.value, at))
        return Turn(names, copy.read_at, stale=copy.stale)

    async def _fetch(self) -> Calendar:
        try:
            async with self._session.get(self._url, headers=self._headers, allow_redirects=False) as response:
                if response.status != 200:
                    raise TryAgainLater(f"the calendar answered {response.status}")
                text = bytearray()
                async for part in response.content.iter_any():
                    text += part
                    if len(text) > LONGEST_FEED:
                        raise TryAgainLater("the calendar is longer than a megabyte")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise TryAgainLater(f"the calendar cannot be read ({type(error).__name__})") from error
        return await self._aside(lambda: _readable(bytes(text), self._clock.now()))

    async def _aside(self, reckon: Callable[[], _T]) -> _T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, reckon)
        except UnreadableTurns as error:
            raise TryAgainLater(str(error)) from error


def _readable(text: bytes, now: datetime) -> Calendar:
    """A calendar that can be reckoned with: another would take the place of a good copy for nothing."""
    try:
        calendar = Calendar.from_ical(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableTurns("what was read is no calendar") from error
    names_at(calendar, now)
    return calendar


@asynccontextmanager
async def opened(settings: Mapping[str, str], clock: Clock) -> AsyncIterator[ICalendarFeed]:
    """The feed at `url`. Raises DoNotRetry for an address that is none."""
    url = settings["url"]
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise DoNotRetry("a calendar's `url` must be an http or https address", "bad-url")
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session:
        thread = ThreadPoolExecutor(1, "calendar")
        try:
            yield ICalendarFeed(session, url, settings.get("token", ""), clock, thread)
        finally:
            thread.shutdown(wait=False, cancel_futures=True)
