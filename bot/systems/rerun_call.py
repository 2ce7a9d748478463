"""Tells the URL that policy names of an approved rerun. Every try bears the request's Idempotency-Key."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from urllib.parse import urlsplit

import aiohttp

from bot.systems.plain_json import parse_object
from handlers.errors import DoNotRetry, TryAgainLater

TRIES = 3
TIMEOUT_SECONDS = 5.0
PAUSE_SECONDS = 0.5
MAX_ANSWER = 65_536
"""Bytes of an answer that are read; nothing in it is used, so more is no answer to an approval."""
BUSY = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


class RerunCall:
    """POSTs approvals to one URL, with a bearer token where there is one.

    `timeout` bounds each try and `pause` the wait before the second, both in seconds.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        token: str = "",
        *,
        timeout: float = TIMEOUT_SECONDS,
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self._session = session
        self._url = url
        self.host = host_of(url)
        """Who is told. The path and query stay unsaid: they may be confidential."""
        self._token = token
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._pause = pause

    async def post(self, body: bytes, key: str) -> str:
        """POST a JSON text once, however often it is tried; returns what was answered, for people.

        Raises TryAgainLater when no try was taken, DoNotRetry (`refused`, `redirect`, `not-json`,
        `too-long`) when the answer will not get better.
        """
        why = ""
        for number in range(TRIES):
            if number:
                await asyncio.sleep(self._pause * number)
            try:
                return await self._try(body, key)
            except TryAgainLater as later:
                why = str(later)
        raise TryAgainLater(why)

    async def _try(self, body: bytes, key: str) -> str:
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Idempotency-Key": key,
        }
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        try:
            async with self._session.post(
                self._url,
                data=body,
                headers=headers,
                allow_redirects=False,
                timeout=self._timeout,
            ) as response:
                self._judge(response)
                await self._require_json(response)
                return f"{self.host} took the approval (HTTP {response.status})."
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise TryAgainLater(f"{self.host} did not answer ({type(error).__name__}).") from error

    def _judge(self, response: aiohttp.ClientResponse) -> None:
        status = response.status
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in BUSY:
            raise TryAgainLater(f"{self.host} answered HTTP {status}.")
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            raise DoNotRetry(f"{self.host} wants to send the approval elsewhere (HTTP {status}).", "redirect")
        if status >= HTTPStatus.BAD_REQUEST:
            raise DoNotRetry(f"{self.host} refused the approval (HTTP {status}).", "refused")

    async def _require_json(self, response: aiohttp.ClientResponse) -> None:
        if response.status == HTTPStatus.NO_CONTENT:
            return
        if response.content_type != "application/json":
            raise DoNotRetry(
                f"{self.host} answered with {response.content_type}, not JSON (HTTP {response.status}).",
                "not-json",
            )
        said = b""
        async for piece in response.content.iter_chunked(MAX_ANSWER):
            said += piece
            if len(said) > MAX_ANSWER:
                raise DoNotRetry(f"{self.host} answered more than {MAX_ANSWER} bytes.", "too-long")
        if parse_object(said) is None:
            raise DoNotRetry(f"{self.host} answered HTTP {response.status} with broken JSON.", "not-json")


def host_of(url: str) -> str:
    """Host and port of a URL. Raises DoNotRetry (`bad-url`) unless it is a plain http or https address."""
    wrong = DoNotRetry("rerun_url must be an http or https address without a name or password.", "bad-url")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise wrong from None
    plain = parts.scheme in ("http", "https") and parts.hostname and not parts.fragment
    if not plain or port == 0 or "@" in parts.netloc:
        raise wrong
    return parts.netloc
