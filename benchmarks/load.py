"""Signed slash commands over kept-alive connections, by a client that costs less than any server here."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlencode, urlsplit

SIGNING_SECRET = "benchmark-signing-secret"
BOT_TOKEN = "xoxb-benchmark"
PATH = "/slack/events"
PEOPLE = ("U01VERA", "U02OMAR", "U02PIA", "U03RUTH", "U03IVO")
CHANNELS = tuple(f"C0BENCH{number:02d}" for number in range(16))
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Prepared:
    """A request that is ready to go. `trigger` is Slack's id of the command, unique for each."""

    trigger: str
    bytes: bytes


def commands(count: int, server: str, slack: str, text: str = "status", run: str = "0") -> list[Prepared]:
    """Typed `/ops <text>`, from several people in several channels, signed now (good for five minutes)."""
    return [_command(number, server, slack, text, run) for number in range(count)]


def _command(number: int, server: str, slack: str, text: str, run: str) -> Prepared:
    trigger = f"{run}.{number}.bench"
    form = {
        "token": "verification", "team_id": "T0PRACTICE", "team_domain": "practice",
        "channel_id": CHANNELS[number % len(CHANNELS)], "channel_name": "ops",
        "user_id": PEOPLE[number % len(PEOPLE)], "user_name": "someone", "command": "/ops", "text": text,
        "api_app_id": "A0BENCH", "is_enterprise_install": "false",
        "response_url": f"{slack}/commands/{trigger}", "trigger_id": trigger,
    }  # fmt: skip
    return Prepared(
        trigger, signed_post(server, urlencode(form).encode(), "application/x-www-form-urlencoded")
    )


def signed_post(server: str, body: bytes, kind: str) -> bytes:
    """A whole HTTP request as Slack signs it. docs.slack.dev/authentication/verifying-requests-from-slack"""
    stamp = str(int(time.time()))
    base = b"v0:" + stamp.encode() + b":" + body
    signature = "v0=" + hmac.new(SIGNING_SECRET.encode(), base, hashlib.sha256).hexdigest()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: {urlsplit(server).netloc}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\nX-Slack-Request-Timestamp: {stamp}\r\n"
        f"X-Slack-Signature: {signature}\r\n\r\n"
    )
    return head.encode() + body


class Connection(asyncio.Protocol):
    """One kept-alive HTTP connection that carries one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._answer: asyncio.Future[int] | None = None

    @classmethod
    async def open(cls, server: str) -> Connection:
        host, _, port = urlsplit(server).netloc.partition(":")
        _, protocol = await asyncio.get_running_loop().create_connection(cls, host, int(port))
        return protocol

    async def send(self, request: bytes) -> int:
        """Send one request and return the status of its answer, which is read to its end."""
        if self._transport is None:
            raise ConnectionError("the connection is closed")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0 or self._answer is None:
            return
        length = _LENGTH.search(self._received, 0, end)
        if len(self._received) >= end + 4 + int(length[1] if length else 0):
            status = int(self._received[9:12])
            self._received = b""
            self._answer.set_result(status)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionError("the server closed the connection"))


@dataclass(frozen=True)
class Load:
    """What a stretch of load met. Times in seconds; `accepted` holds the triggers answered with 200."""

    accepted: tuple[str, ...]
    refused: int
    took: float
    latencies: tuple[float, ...]

    @property
    def rate(self) -> float:
        """Acknowledgements a second."""
        return len(self.accepted) / self.took

    def quantile_ms(self, share: float) -> float:
        """Milliseconds within which this share of the commands was acknowledged."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def apply(server: str, requests: Sequence[Prepared], connections: int, seconds: float) -> Load:
    """Send requests over so many connections, each with one under way, until all are sent or time is up."""
    opened = [await Connection.open(server) for _ in range(connections)]
    waiting = iter(requests)
    accepted: list[str] = []
    latencies: list[float] = []
    refused = 0
    began = time.perf_counter()

    async def drive(connection: Connection) -> None:
        nonlocal refused
        for request in waiting:
            sent = time.perf_counter()
            if sent - began > seconds:
                return
            status = await connection.send(request.bytes)
            latencies.append(time.perf_counter() - sent)
            if status == 200:
                accepted.append(request.trigger)
            else:
                refused += 1

    try:
        await asyncio.gather(*(drive(connection) for connection in opened))
        return Load(tuple(accepted), refused, time.perf_counter() - began, tuple(latencies))
    finally:
        for connection in opened:
            connection.close()
