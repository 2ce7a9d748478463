"""A webhook: a JSON text by POST, with a signature over time and body, and an Idempotency-Key.

The signature is `v1=` and HMAC-SHA256 (hex) over `<X-Countersign-Timestamp>.<body>` with the shared secret.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC
from urllib.parse import urlsplit

import aiohttp

from handlers.errors import DoNotRetry, OutcomeUnknown, TryAgainLater
from handlers.ports.clock import Clock
from handlers.ports.notifying import Notice

SECONDS = 8.0
_BUSY = frozenset({408, 425, 429})


class Webhook:
    """POSTs notices to one address; redirects are not followed, and the answer's body is not read."""

    def __init__(self, session: aiohttp.ClientSession, url: str, secret: str, clock: Clock) -> None:
        self._session = session
        self._url = url
        self._secret = secret.encode()
        self._clock = clock

    async def tell(self, notice: Notice) -> None:
        """See `Notifier.tell`."""
        body = json.dumps(
            {
                "version": 1,
                "id": notice.id,
                "subject": notice.subject,
                "news": notice.news,
                "system": notice.system,
                "title": notice.title,
                "text": notice.words,
                "severity": notice.severe,
                "at": notice.at.astimezone(UTC).isoformat(),
                "link": notice.link,
            },
            ensure_ascii=False,
        ).encode()
        stamp = str(int(self._clock.now().timestamp()))
        signed = hmac.new(self._secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": notice.id,
            "X-Countersign-Timestamp": stamp,
            "X-Countersign-Signature": f"v1={signed}",
        }
        try:
            async with self._session.post(
                self._url, data=body, headers=headers, allow_redirects=False
            ) as response:
                status = response.status
        except aiohttp.ClientConnectorError as error:
            raise TryAgainLater("the webhook cannot be reached") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise OutcomeUnknown(f"the webhook did not answer ({type(error).__name__})") from error
        if status in _BUSY or status >= 500:
            raise TryAgainLater(f"the webhook answered {status}")
        if not 200 <= status < 300:
            raise DoNotRetry(f"the webhook refused it ({status})", f"http-{status}")


@asynccontextmanager
async def opened(settings: Mapping[str, str], clock: Clock) -> AsyncIterator[Webhook]:
    """The webhook at `url`, signed with `secret`. Raises DoNotRetry for an address that is none."""
    url = settings["url"]
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise DoNotRetry("a webhook's `url` must be an http or https address", "bad-url")
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield Webhook(session, url, settings["secret"], clock)
