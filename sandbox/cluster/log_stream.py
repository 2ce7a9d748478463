"""Sends a log: what there is, and when it is followed each line as it comes."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiohttp import web

from sandbox.cluster.logs import log_of, wanted
from sandbox.cluster.paths import Target
from sandbox.cluster.status import ApiError
from sandbox.cluster.store import Store

LOOK_EVERY = 0.1
"""Seconds."""


async def send_log(
    store: Store, target: Target, request: web.Request, ended: asyncio.Event
) -> web.StreamResponse:
    """Until the container has ended, the caller goes, or `ended` is set; raises ApiError before it begins."""
    log = log_of(store, target.namespace, target.name, request.query)
    want = wanted(target.name, request.query, store.wall())
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    response.enable_chunked_encoding()
    await response.prepare(request)
    left, known = want.most, log.lines(store.began, store.wall())
    lines = want.of(known)
    with suppress(ConnectionError, ApiError):
        while True:
            for line in lines:
                text = line.shown(want.stamped).encode()[:left]
                await response.write(text)
                left = None if left is None else left - len(text)
            if not want.follows or log.ended is not None or ended.is_set() or left == 0:
                break
            await asyncio.sleep(LOOK_EVERY)
            began, log = log.began, log_of(store, target.namespace, target.name, request.query)
            if log.began != began:
                break
            before, known = known, log.lines(store.began, store.wall())
            lines = known[known.index(before[-1]) + 1 :]
    with suppress(ConnectionError):
        await response.write_eof()
    return response
