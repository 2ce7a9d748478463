"""Ranges over Prometheus' HTTP API, bounded in time and bytes.

https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.systems.prometheus import wording as w
from handlers.errors import DoNotRetry, TryAgainLater
from handlers.ports.pictures import Series, Span

SERVER_SECONDS, ALL_SECONDS, CONNECT_SECONDS = 8, 10.0, 2.0
"""What Prometheus itself may spend on the query, and the bot on the call."""
LARGEST = 4 * 1024 * 1024
"""Bytes of an answer; three hundred values of a series take eight thousand."""
_LONGEST_ADDRESS = 1500
"""Characters of an expression that goes as GET, which readers' proxies let through more often than POST."""
_WHY_MOST = 160


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    metric: dict[str, str]
    values: tuple[tuple[float, Annotated[str, Field(max_length=40)]], ...] = ()


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    resultType: Literal["matrix"]  # noqa: N815  Prometheus' own word
    result: tuple[_Row, ...]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    status: Literal["success"]
    data: _Data


class PrometheusApi:
    """One Prometheus. Implements `handlers.ports.pictures.Measurements`."""

    def __init__(self, session: aiohttp.ClientSession, url: str, headers: Mapping[str, str]) -> None:
        self._session = session
        self._address = f"{url.rstrip('/')}/api/v1/query_range"
        self._headers = {"Accept": "application/json", **headers}

    async def over(self, query: str, span: Span) -> tuple[Series, ...]:
        """See `Measurements.over`."""
        asked = {
            "query": query,
            "start": f"{span.start.timestamp():.3f}",
            "end": f"{span.end.timestamp():.3f}",
            "step": f"{span.step.total_seconds():g}",
            "timeout": f"{SERVER_SECONDS}s",
        }
        status, raw = await self._call(asked)
        if status == 200:
            return _series(raw, span)
        raise _refusal(status, raw)

    async def _call(self, asked: Mapping[str, str]) -> tuple[int, bytes]:
        """Status and body. What the line does wrong becomes an error without a word of what was sent."""
        short = len(asked["query"]) <= _LONGEST_ADDRESS
        try:
            async with self._session.request(
                "GET" if short else "POST",
                self._address,
                params=asked if short else None,
                data=None if short else asked,
                headers=self._headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=ALL_SECONDS, sock_connect=CONNECT_SECONDS),
            ) as response:
                return response.status, await _bounded(response)
        except aiohttp.ClientSSLError:
            raise DoNotRetry(w.NOT_TRUSTED, "certificate") from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise TryAgainLater(w.AWAY, after=5) from None
        except TimeoutError:
            raise TryAgainLater(w.SLOW, after=10) from None
        except aiohttp.ClientError:
            raise TryAgainLater(w.LOST, after=2) from None


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    raw = bytearray()
    async for chunk in response.content.iter_any():
        raw += chunk
        if len(raw) > LARGEST:
            raise DoNotRetry(w.TOO_LONG, "too-long")
    return bytes(raw)


def _series(raw: bytes, span: Span) -> tuple[Series, ...]:
    try:
        answer = _Answer.model_validate_json(raw)
    except ValidationError:
        raise DoNotRetry(w.ODD, "no-prometheus") from None
    return tuple(
        Series(labels=row.metric, values=_on_grid(row.values, span))
        for row in answer.data.result
        if row.values
    )


def _on_grid(values: tuple[tuple[float, str], ...], span: Span) -> tuple[float | None, ...]:
    """A place for every step: Prometheus leaves out those where the expression has no value."""
    places: list[float | None] = [None] * span.count
    begins = span.start.timestamp()
    for moment, told in values:
        place = round((moment - begins) / (span.step / timedelta(seconds=1)))
        if 0 <= place < span.count:
            places[place] = _finite(told)
    return tuple(places)


def _finite(told: str) -> float | None:
    try:
        value = float(told)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _refusal(status: int, raw: bytes) -> TryAgainLater | DoNotRetry:
    """What a status means; the reason that Prometheus gives for a bad expression is told, cut."""
    if status in (408, 425, 429, 500, 502, 503, 504):
        return TryAgainLater(w.BUSY.format(status=status), after=10)
    if status in (401, 403):
        return DoNotRetry(w.NO_ENTRY.format(status=status), f"http-{status}")
    if status in (400, 422):
        return DoNotRetry(w.BAD_QUERY.format(why=_why(raw)), f"http-{status}")
    return DoNotRetry((w.ODD if status in (404, 405) else w.REFUSED).format(status=status), f"http-{status}")


def _why(raw: bytes) -> str:
    try:
        told: Any = json.loads(raw)
    except (ValueError, RecursionError):
        return w.ODD
    why = str(told.get("error", "")) if isinstance(told, dict) else ""
    return " ".join(why.split())[:_WHY_MOST] or w.ODD
