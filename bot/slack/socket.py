"""Socket Mode: the same payloads over a WebSocket that the bot opens. They go through the same inbox.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from handlers.errors import StoreUnavailable

log = structlog.get_logger(__name__)
_KINDS = frozenset({"events_api", "slash_commands", "interactive"})
Take = Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]


def make_socket(
    app_token: str, client: AsyncWebClient, take: Take, unreadable: type[Exception]
) -> SocketModeClient:
    """A client that acknowledges an envelope only once its payload is recorded.

    What could not be recorded stays unacknowledged: Slack delivers an event again, and says of a command
    that it failed.
    """
    socket = SocketModeClient(app_token=app_token, web_client=client)

    async def hear(_: AsyncBaseSocketModeClient, envelope: SocketModeRequest) -> None:
        if envelope.type not in _KINDS:
            return
        try:
            answer = await take(envelope.payload)
        except StoreUnavailable as error:
            log.error("envelope not recorded", why=str(error), kind=envelope.type)
            return
        except unreadable as error:
            log.warning("envelope not understood", why=str(error), kind=envelope.type)
            return
        await socket.send_socket_mode_response(
            SocketModeResponse(envelope_id=envelope.envelope_id, payload=answer or None)
        )

    socket.socket_mode_request_listeners.append(hear)
    return socket
