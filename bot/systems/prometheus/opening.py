"""From the settings of a system to its Prometheus; what cannot be right is refused before the bot serves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp

from bot.systems.addresses import is_address, is_bearer
from bot.systems.prometheus import wording as w
from bot.systems.prometheus.api import PrometheusApi
from handlers.errors import DoNotRetry

_AT_ONCE = 4


@asynccontextmanager
async def opened(settings: Mapping[str, str]) -> AsyncIterator[PrometheusApi]:
    """The Prometheus of a system. Raises DoNotRetry for an address or credentials that cannot be some."""
    url = settings["prometheus_url"]
    if not is_address(url):
        raise DoNotRetry(w.BAD_URL, "bad-url")
    headers = _authorization(settings)
    connector = aiohttp.TCPConnector(limit=_AT_ONCE)
    async with aiohttp.ClientSession(
        connector=connector, auto_decompress=True, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        yield PrometheusApi(session, url, headers)


def _authorization(settings: Mapping[str, str]) -> dict[str, str]:
    """https://prometheus.io/docs/prometheus/latest/configuration/https/, or a proxy's bearer token"""
    token = settings.get("prometheus_token", "")
    user, password = settings.get("prometheus_user", ""), settings.get("prometheus_password", "")
    if token and (user or password):
        raise DoNotRetry(w.TWO_WAYS, "two-ways")
    if bool(user) != bool(password):
        raise DoNotRetry(w.HALF, "half")
    if not is_bearer(token):
        raise DoNotRetry(w.NO_BEARER, "bad-token")
    if user:
        return {"Authorization": aiohttp.encode_basic_auth(user, password)}
    return {"Authorization": f"Bearer {token}"} if token else {}
