"""`bot.systems.records.Records`: the readings of an HTTP system, as they were answered."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

from bot.systems.http import wording as w
from bot.systems.http.api import JsonApi
from bot.systems.records import Record
from handlers.actions.http.looking import taken_apart
from handlers.actions.http.values import address
from handlers.errors import DoNotRetry
from policies.routes import ReadingRoute, Routes


class RecordsOfApi:
    """Asks an API for what its routes name. `api` is patient: what is kept as evidence may be long."""

    def __init__(self, api: JsonApi, routes: Routes) -> None:
        self._api, self._routes = api, routes

    async def fetch(self, name: str, since: timedelta) -> Record:
        """The bytes of the answer, and how many rows they hold."""
        route = self._routes.readings[name]
        _, target = address(route.send, dict.fromkeys(route.takes, since), self._api.now())
        raw, echoed = await self._api.whole(target)
        told = await asyncio.to_thread(_remarks, route, raw)
        return Record(raw, (*told, w.NOT_ITS_OWN) if echoed else told)


def _remarks(route: ReadingRoute, raw: bytes) -> tuple[str, ...]:
    """What the answer holds. It is kept however odd it is, as long as it is JSON: it is evidence."""
    try:
        answer: Any = json.loads(raw)
    except (ValueError, RecursionError):
        raise DoNotRetry(w.NO_JSON.format(status=200), "no-json") from None
    try:
        seen = taken_apart(route, answer)
    except DoNotRetry as odd:
        return (str(odd),)
    if route.each is None:
        return ()
    counted = (w.ROWS_HELD.format(title=route.title, count=len(seen.rows)),)
    return (*counted, w.GOES_ON.format(title=route.title)) if seen.partial else counted
