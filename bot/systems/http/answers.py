"""Reading an answer: bounded in bytes, JSON and nothing else, and never with the token in it."""

from __future__ import annotations

import json
from typing import Any

import aiohttp

from bot.systems.http import wording as w
from handlers.errors import DoNotRetry

LONGEST = 1024 * 1024
"""Bytes of an answer at most."""
_HIDDEN = "•••"


class TooLong(DoNotRetry):
    """The answer did not end within `LONGEST`: the rest of it was left unread."""

    def __init__(self) -> None:
        super().__init__(w.TOO_LONG.format(most=f"{LONGEST // 1024} KiB"), "too-long")


async def read_json(response: aiohttp.ClientResponse, token: str) -> Any:
    """The JSON of an answer. Raises DoNotRetry when it is none, is packed, or does not end in time."""
    odd = DoNotRetry(w.NO_JSON.format(status=response.status), "no-json")
    if response.content_type != "application/json" and not response.content_type.endswith("+json"):
        raise odd
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise DoNotRetry(w.PACKED, "packed")
    raw = await _read(response)
    try:
        text = raw.decode("utf-8")
        # An API that echoes the token must not bring it to a card or into the record.
        found = json.loads(text.replace(token, _HIDDEN) if token else text)
        # What cannot be written again (NaN, 1e999, half a character) could not be kept either.
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise odd from None
    return found


async def _read(response: aiohttp.ClientResponse) -> bytes:
    if response.content_length is not None and response.content_length > LONGEST:
        raise TooLong
    raw = bytearray()
    async for chunk in response.content.iter_any():
        raw += chunk
        if len(raw) > LONGEST:
            raise TooLong
    return bytes(raw)
