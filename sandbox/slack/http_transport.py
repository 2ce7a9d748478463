"""Deliveries to the app's request URL: signed, as Slack's servers send them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlencode

import aiohttp

from sandbox.slack.app_config import AppConfig
from sandbox.slack.clock import Clock
from sandbox.slack.shapes import Json
from sandbox.slack.signing import signed_headers
from sandbox.slack.transport import Answer, Parcel

REDIRECTS_MOST = 2
USER_AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"


class HttpTransport:
    """Posts to `request_url`; the same URL serves events, commands and interactivity."""

    def __init__(self, app: AppConfig, clock: Clock, request_url: str | None) -> None:
        self.request_url = request_url
        self._app, self._clock = app, clock
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def send(self, parcel: Parcel) -> Answer:
        if self.request_url is None:
            return Answer(failure="connection_failed")
        body, content_type = _encoded(parcel)
        headers = {"Content-Type": content_type, "User-Agent": USER_AGENT, "Accept": "*/*"}
        # Signed with the wall clock at the moment of sending, each retry anew, as Slack does.
        headers |= signed_headers(self._app.signing_secret, self._clock.wall(), body)
        if parcel.retry:
            headers |= {"X-Slack-Retry-Num": str(parcel.retry), "X-Slack-Retry-Reason": parcel.reason}
        return await self.post(body, headers)

    async def post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post raw bytes, for tests that break the signature or the body on purpose."""
        if self._session is None:
            self._session = aiohttp.ClientSession(auto_decompress=True)
        if self.request_url is None:
            return Answer(failure="connection_failed")
        try:
            async with self._session.post(
                self.request_url, data=body, headers=dict(headers), max_redirects=REDIRECTS_MOST
            ) as response:
                content = await response.read()
                return Answer(
                    status=response.status,
                    body=content,
                    content_type=response.content_type,
                    failure=None if 200 <= response.status < 300 else "http_error",
                    no_retry=response.headers.get("X-Slack-No-Retry") == "1",
                )
        except aiohttp.TooManyRedirects:
            return Answer(failure="too_many_redirects")
        except (aiohttp.ClientError, OSError):
            return Answer(failure="connection_failed")


async def verify_url(transport: HttpTransport, app: AppConfig, challenge: str) -> bool:
    """Slack's url_verification handshake: the app gives the challenge back, as text or in JSON."""
    payload: Json = {"token": app.verification_token, "challenge": challenge, "type": "url_verification"}
    answer = await transport.send(Parcel("events_api", payload))
    data = answer.data()
    echoed = data.get("challenge") if isinstance(data, dict) else answer.text.strip()
    return answer.ok and echoed == challenge


def _encoded(parcel: Parcel) -> tuple[bytes, str]:
    form = "application/x-www-form-urlencoded"
    if parcel.kind == "events_api":
        return json.dumps(parcel.payload).encode(), "application/json"
    if parcel.kind == "interactive":
        return urlencode({"payload": json.dumps(parcel.payload)}).encode(), form
    return urlencode(parcel.payload).encode(), form
