"""Request bodies, in bounded size and time."""

from __future__ import annotations

import asyncio

import aiohttp
from aiohttp import web


async def body_of(request: web.Request) -> bytes:
    """The whole body. Raises HTTPException."""
    try:
        if request.content.is_eof():  # it came with its head, as most do: there is nothing to wait for
            return await request.read()
        async with asyncio.timeout(10):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout(text="the body took too long\n") from None
    except aiohttp.ClientPayloadError:
        raise web.HTTPBadRequest(text="the body ended early\n") from None
