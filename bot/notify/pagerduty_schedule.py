"""Who is on call by a schedule of PagerDuty: people are named by their e-mail addresses.

https://developer.pagerduty.com/api-reference/3a6b910f11050-list-all-of-the-on-calls
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pagerduty

from bot.notify.copies import Copies, Copy
from bot.notify.pagerduty_calls import call, options, patient
from handlers.ports.clock import Clock
from handlers.ports.on_call import Turn

_FRESH = timedelta(minutes=1)


class PagerDutySchedule:
    """Asks for the people of one schedule; the answer holds for a minute, and longer where none comes."""

    def __init__(self, client: pagerduty.RestApiV2Client, schedule: str, clock: Clock) -> None:
        self._client = client
        self._schedule = schedule
        self._copies = Copies[tuple[str, ...]](clock, _FRESH)

    async def turn(self, at: datetime) -> Turn:
        """See `Roster.turn`."""
        copy: Copy[tuple[str, ...]] = await self._copies.read(lambda: call(lambda: self._names(at)))
        return Turn(copy.value, copy.read_at, stale=copy.stale)

    def _names(self, at: datetime) -> tuple[str, ...]:
        moment = at.astimezone(UTC)
        params = {
            "schedule_ids[]": [self._schedule],
            "include[]": ["users"],
            "since": moment.isoformat(),
            "until": (moment + timedelta(seconds=1)).isoformat(),
        }
        oncalls: list[dict[str, Any]] = list(self._client.iter_all("oncalls", params=params))
        oncalls.sort(key=lambda one: int(one.get("escalation_level") or 1))
        level = oncalls[0].get("escalation_level") if oncalls else None
        first = [one for one in oncalls if one.get("escalation_level") == level]
        return tuple(dict.fromkeys(str((one.get("user") or {}).get("email", "")) for one in first))


@asynccontextmanager
async def opened(settings: Mapping[str, str], clock: Clock) -> AsyncIterator[PagerDutySchedule]:
    """The schedule with the id `schedule`, read with the REST API's `token`."""
    with pagerduty.RestApiV2Client(settings["token"], **options(settings)) as client:
        patient(client)
        yield PagerDutySchedule(client, settings["schedule"], clock)
