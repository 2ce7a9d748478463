"""PagerDuty, Events API v2: an alert is one incident, by its id; it follows the thread.

https://developer.pagerduty.com/docs/events-api-v2-overview
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC

import pagerduty

from bot.notify.pagerduty_calls import call, options, patient
from handlers.ports.clock import Clock
from handlers.ports.notifying import News, Notice

_SEVERITY = {"critical": "critical", "warning": "warning", "quiet": "info"}
_LONGEST_SUMMARY = 1024


class PagerDutyEvents:
    """Sends events with one integration's routing key."""

    def __init__(self, client: pagerduty.EventsApiV2Client) -> None:
        self._client = client

    async def tell(self, notice: Notice) -> None:
        """See `Notifier.tell`. PagerDuty knows a repeat by its dedup_key."""
        match notice.news:
            case News.WAITS | News.LASTS:
                if notice.anew:  # an acknowledged incident would page nobody
                    await call(lambda: self._client.resolve(notice.subject))
                await call(lambda: self._trigger(notice))
            case News.ANSWERED:
                await call(lambda: self._client.acknowledge(notice.subject))
            case News.OVER:
                await call(lambda: self._client.resolve(notice.subject))

    def _trigger(self, notice: Notice) -> str:
        links = [{"href": notice.link, "text": "Slack thread"}] if notice.link else None
        return self._client.trigger(
            notice.words[:_LONGEST_SUMMARY],
            notice.system,
            dedup_key=notice.subject,
            severity=_SEVERITY[notice.severe],
            payload={"timestamp": notice.at.astimezone(UTC).isoformat()},
            custom_details={"id": notice.subject, "notice": notice.id},
            links=links,
        )


@asynccontextmanager
async def opened(settings: Mapping[str, str], clock: Clock) -> AsyncIterator[PagerDutyEvents]:
    """The integration whose `routing_key` is set; see `options` for the rest."""
    with pagerduty.EventsApiV2Client(settings["routing_key"], **options(settings)) as client:
        patient(client)
        yield PagerDutyEvents(client)
