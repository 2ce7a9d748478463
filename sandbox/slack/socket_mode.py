"""Socket Mode: up to ten WebSocket connections, each payload to one of them at random."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from sandbox.slack.people import APP_ID
from sandbox.slack.shapes import Json
from sandbox.slack.transport import Answer, Parcel

CONNECTIONS_MOST = 10
REFRESH_SECONDS = 18_060


@dataclass(eq=False)
class Connection:
    """One connection; a ghost is one whose other end is gone and which Slack still believes in."""

    number: int
    socket: web.WebSocketResponse | None
    waiting: dict[str, asyncio.Future[Answer]] = field(default_factory=dict)

    @property
    def is_ghost(self) -> bool:
        return self.socket is None


class SocketMode:
    """The connections of the app. `ever_connected` says that the app has chosen this way."""

    def __init__(self, on_change: Callable[[], None], chance: random.Random | None = None) -> None:
        self.connections: list[Connection] = []
        self.ever_connected = False
        self._tickets: set[str] = set()
        self._on_change = on_change
        self._chance = chance or random.Random()  # noqa: S311  which connection gets a payload is no secret
        self._numbers = 0

    def issue_ticket(self) -> str:
        """A ticket of apps.connections.open: good for one connection."""
        ticket = str(uuid.uuid4())
        self._tickets.add(ticket)
        return ticket

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The WebSocket endpoint."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=401, text="invalid_auth")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=True)
        await socket.prepare(request)
        if len(self.connections) >= CONNECTIONS_MOST:
            await socket.send_json(
                {"type": "disconnect", "reason": "too_many_websockets", "debug_info": {"host": "practice"}}
            )
            await socket.close()
            return socket
        self._numbers += 1
        connection = Connection(self._numbers, socket)
        self.connections.append(connection)
        self.ever_connected = True
        self._on_change()
        try:
            await socket.send_json(self._hello())
            await self._listen(connection, socket)
        finally:
            self._drop(connection)
        return socket

    async def send(self, parcel: Parcel) -> Answer:
        """Send to one connection, any of them, and wait for the acknowledgement of its envelope."""
        if not self.connections:
            return Answer(failure="connection_failed")
        connection = self._chance.choice(self.connections)
        envelope_id = str(uuid.uuid4())
        envelope: Json = {
            "envelope_id": envelope_id,
            "type": parcel.kind,
            "accepts_response_payload": parcel.kind != "events_api",
            "payload": parcel.payload,
        }
        if parcel.kind == "events_api":
            envelope |= {"retry_attempt": parcel.retry, "retry_reason": parcel.reason}
        acknowledged: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        connection.waiting[envelope_id] = acknowledged
        try:
            if connection.socket is not None:
                await connection.socket.send_json(envelope)
            return await acknowledged
        except ConnectionError:
            return Answer(failure="connection_failed")
        finally:
            connection.waiting.pop(envelope_id, None)

    def haunt(self) -> Connection:
        """Add a ghost connection: it takes its share of payloads and never acknowledges one."""
        self._numbers += 1
        ghost = Connection(self._numbers, None)
        self.connections.append(ghost)
        self._on_change()
        return ghost

    def exorcise(self) -> None:
        """Slack notices its ghosts and lets go of them."""
        for ghost in [each for each in self.connections if each.is_ghost]:
            self._drop(ghost)

    async def ask_to_leave(self, reason: str = "refresh_requested", *, then_close: bool = False) -> None:
        """Send `disconnect` (`warning`, `refresh_requested`, `link_disabled`) to every connection."""
        for connection in list(self.connections):
            if connection.socket is None:
                continue
            await connection.socket.send_json(
                {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-practice"}}
            )
            if then_close:
                # No payload may still choose a connection that is being closed.
                self._drop(connection)
                await connection.socket.close()

    async def close(self) -> None:
        """Drop every connection without a word."""
        for connection in list(self.connections):
            self._drop(connection)
            if connection.socket is not None:
                await connection.socket.close()

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "debug_info": {
                "host": f"applink-{secrets.token_hex(4)}",
                "build_number": 1,
                "approximate_connection_time": REFRESH_SECONDS,
            },
            "connection_info": {"app_id": APP_ID},
        }

    async def _listen(self, connection: Connection, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            try:
                said = json.loads(message.data)
            except ValueError:
                continue
            waiter = connection.waiting.get(said.get("envelope_id", "")) if isinstance(said, dict) else None
            if waiter and not waiter.done():
                waiter.set_result(_acknowledgement(said.get("payload")))

    def _drop(self, connection: Connection) -> None:
        if connection not in self.connections:
            return
        self.connections.remove(connection)
        for waiter in connection.waiting.values():
            if not waiter.done():
                waiter.set_result(Answer(failure="connection_failed"))
        self._on_change()


def _acknowledgement(payload: object) -> Answer:
    if payload in (None, "", {}):
        return Answer(status=200)
    if isinstance(payload, str):
        return Answer(status=200, body=payload.encode(), content_type="text/plain")
    return Answer(status=200, body=json.dumps(payload).encode(), content_type="application/json")
