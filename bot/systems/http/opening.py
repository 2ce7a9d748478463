"""From the settings of a system to its API: address and token are checked before the bot serves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp
from yarl import URL

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
    if not _is_address(address):
        raise DoNotRetry(w.BAD_URL.format(setting=url), "bad-url")
    if not (bearer.isascii() and bearer.isprintable()) or " " in bearer:
        raise DoNotRetry(w.NO_BEARER.format(setting=token), "bad-token")
    # A connection of its own for every request: one that was kept open can break under a change that was
    # never sent, and nobody could tell.
    connector = aiohttp.TCPConnector(force_close=True, limit=_AT_ONCE)
    async with aiohttp.ClientSession(
        connector=connector, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        yield JsonApi(session, address, bearer, clock, patience)


def _is_address(text: str) -> bool:
    try:
        url = URL(text)
        port = url.port
    except ValueError:
        return False
    plain = not (url.raw_user or url.raw_password or "?" in text or "#" in text)
    return url.scheme in ("http", "https") and bool(url.host) and port is not None and plain
