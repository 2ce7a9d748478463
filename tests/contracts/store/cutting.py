"""A wire between client and server that breaks when it is told to."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum


class Cut(Enum):
    """When a connection breaks: before the server sees a script, or before its caller sees the answer."""

    CALL = "the call is lost"
    ANSWER = "the answer is lost"
    SILENCE = "no answer comes, and the connection stays"


BREAKS = (Cut.CALL, Cut.ANSWER)
"""Of a connection that breaks both sides hear at once."""


class CuttingProxy:
    """Passes bytes on; the next `times` script calls, or their answers, are lost with their connection."""

    def __init__(self, port: int) -> None:
        self._server_port = port
        self.port = 0
        self.cut = Cut.ANSWER
        self.times = 0
        self.lost = 0
        self._clients: set[asyncio.StreamWriter] = set()

    async def reset(self) -> None:
        """End every connection at once by a reset, as a host does that has forgotten them."""
        for client in list(self._clients):
            at_once = struct.pack("ii", 1, 0)
            client.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
            client.transport.abort()
            with suppress(OSError):
                await client.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends, answers = [writer], None
        losing = asyncio.Event()
        self._clients.add(writer)
        with suppress(OSError):
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self._server_port)
            ends.append(to_server)
            answers = asyncio.ensure_future(_pass_on(from_server, writer, losing))
            while call := await reader.read(1 << 20):
                breaks = self.times > 0 and b"EVAL" in call
                if breaks:
                    self.times -= 1
                    self.lost += 1
                    losing.set()
                if breaks and self.cut is Cut.CALL:
                    break
                if breaks and self.cut is Cut.SILENCE:
                    while await reader.read(1 << 20):
                        pass
                    break
                to_server.write(call)
                if breaks:
                    await answers
                    break
        self._clients.discard(writer)
        if answers is not None:
            answers.cancel()
        for end in ends:
            end.close()
            with suppress(OSError):
                await end.wait_closed()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, losing: asyncio.Event) -> None:
    """Answers, until one is to be lost."""
    with suppress(OSError):
        while (answer := await reader.read(1 << 20)) and not losing.is_set():
            writer.write(answer)
    writer.close()


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
