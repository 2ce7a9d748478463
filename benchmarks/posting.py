"""Bodies of alerts, each in a request of its own, over many connections."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.countersign import INTAKE_TOKEN
from benchmarks.load import Connection

_CONNECTIONS = 32
_PATIENCE = 240.0


async def post(url: str, path: str, bodies: Sequence[Any]) -> int:
    """Send each body in a request of its own over 32 connections; how many were accepted."""
    host = url.removeprefix("http://")
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {INTAKE_TOKEN}\r\n"
    waiting = iter(bodies)
    accepted = 0

    async def drive(connection: Connection) -> None:
        nonlocal accepted
        for body in waiting:
            data = json.dumps(body).encode()
            sized = f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
            status = await connection.send((head + sized).encode() + data)
            accepted += status in (200, 202)

    opened = [await Connection.open(url) for _ in range(_CONNECTIONS)]
    try:
        await asyncio.gather(*map(drive, opened))
    finally:
        for connection in opened:
            connection.close()
    return accepted


async def soon(look: Any, what: str, *, strict: bool = True) -> Any:
    """Wait for something to be truthy and return it. Raises TimeoutError, unless it is not `strict`."""
    deadline = time.monotonic() + _PATIENCE
    while not (found := look()):
        if time.monotonic() > deadline:
            if strict:
                raise TimeoutError(f"in vain waited for {what}")
            return found
        await asyncio.sleep(0.005)
    return found
