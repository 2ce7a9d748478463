"""From the settings of a system to its API: address and token are checked before the bot serves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp

from bot.systems.addresses import is_address, is_bearer
from bot.systems.http import wording as w
from bot.systems.http.api import JsonApi, Patience
from handlers.errors import DoNotRetry
from handlers.ports.clock import Clock

_AT_ONCE = 16
_PATIENT = Patience()


@asynccontextmanager
async def opened(
    settings: Mapping[str, str],
    clock: Clock,
    patience: Patience = _PATIENT,
    *,
    url: str = "url",
    token: str = "token",  # noqa: S107  a setting's name
) -> AsyncIterator[JsonApi]:
    """The API of a system; `url` and `token` are the names of its settings.

    Raises DoNotRetry for an address or token that cannot be one.
    """
    address, bearer = settings[url], settings.get(token, "")
    if not is_address(address):
        raise DoNotRetry(w.BAD_URL.format(setting=url), "bad-url")
    if not is_bearer(bearer):
        raise DoNotRetry(w.NO_BEARER.format(setting=token), "bad-token")
    # A connection of its own for every request: one that was kept open can break under a change that was
    # never sent, and nobody could tell.
    connector = aiohttp.TCPConnector(force_close=True, limit=_AT_ONCE)
    async with aiohttp.ClientSession(
        connector=connector, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        yield JsonApi(session, address, bearer, clock, patience)
