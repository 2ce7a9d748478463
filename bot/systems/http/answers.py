"""Reading an answer: bounded in bytes, JSON and nothing else, and never with the token in it."""

from __future__ import annotations

import json
from typing import Any

import aiohttp

from bot.systems.http import wording as w
from handlers.errors import DoNotRetry

LONGEST = 1024 * 1024
"""Bytes of an answer at most."""
LONGEST_KEPT = 64 * 1024 * 1024
"""Bytes of an answer that is kept as evidence."""
_HIDDEN = "•••"


class TooLong(DoNotRetry):
    """The answer did not end within so many bytes: the rest of it was left unread."""

    def __init__(self, most: int) -> None:
        super().__init__(w.TOO_LONG.format(most=f"{most // 1024} KiB"), "too-long")


async def read_json(response: aiohttp.ClientResponse, token: str) -> Any:
    """The JSON of an answer. Raises DoNotRetry when it is none, is packed, or does not end in time."""
    odd = DoNotRetry(w.NO_JSON.format(status=response.status), "no-json")
    raw = await read_bytes(response, LONGEST)
    try:
        text = raw.decode("utf-8")
        # An API that echoes the token must not bring it to a card or into the record.
        found = json.loads(text.replace(token, _HIDDEN) if token else text)
        # What cannot be written again (NaN, 1e999, half a character) could not be kept either.
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise odd from None
    return found


async def read_bytes(response: aiohttp.ClientResponse, most: int) -> bytes:
    """An answer that says it is JSON, as it came: `most` bytes at most."""
    if response.content_type != "application/json" and not response.content_type.endswith("+json"):
        raise DoNotRetry(w.NO_JSON.format(status=response.status), "no-json")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise DoNotRetry(w.PACKED, "packed")
    if response.content_length is not None and response.content_length > most:
        raise TooLong(most)
    raw = bytearray()
    async for chunk in response.content.iter_any():
        raw += chunk
        if len(raw) > most:
            raise TooLong(most)
    return bytes(raw)


def without(raw: bytes, token: str) -> tuple[bytes, bool]:
    """An answer without the bot's own token, and whether it was in there."""
    hidden = raw.replace(token.encode(), _HIDDEN.encode()) if token else raw
    return hidden, hidden != raw
