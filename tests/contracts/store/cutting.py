"""A wire between client and server that breaks when it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum


class Cut(Enum):
    """When a connection breaks: before the server sees a script, or before its caller sees the answer."""

    CALL = "the call is lost"
    ANSWER = "the answer is lost"


class CuttingProxy:
    """Passes bytes on; the next `times` script calls, or their answers, are lost with their connection."""

    def __init__(self, port: int) -> None:
        self._server_port = port
        self.port = 0
        self.cut = Cut.ANSWER
        self.times = 0
        self.lost = 0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_server, from_server = writer, reader
        with suppress(OSError):
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self._server_port)
            while call := await reader.read(1 << 20):
                breaks = self.times > 0 and b"EVAL" in call
                if breaks:
                    self.times -= 1
                    self.lost += 1
                if breaks and self.cut is Cut.CALL:
                    break
                to_server.write(call)
                answer = await from_server.read(1 << 20)
                if breaks:
                    break
                writer.write(answer)
                await writer.drain()
        for end in (writer, to_server):
            end.close()
            with suppress(OSError):
                await end.wait_closed()


@asynccontextmanager
async def cutting_proxy(port: int) -> AsyncIterator[CuttingProxy]:
    """A proxy before a server on 127.0.0.1."""
    proxy = CuttingProxy(port)
    listener = await asyncio.start_server(proxy._serve, "127.0.0.1", 0)
    proxy.port = listener.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        listener.close()
