"""What Slack hands out with an interaction: trigger ids and response URLs, both of short life."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sandbox.slack.clock import Clock
from sandbox.slack.errors import SlackError
from sandbox.slack.people import TEAM

TRIGGER_SECONDS = 3.0
RESPONSE_URL_SECONDS = 1800.0
RESPONSE_URL_USES = 5


@dataclass
class _Trigger:
    user: str
    issued: float
    used: bool = False


class Triggers:
    """Trigger ids: three seconds, once (docs.slack.dev/interactivity/handling-user-interaction).

    `lifetime` may be made longer where a crowded machine must not decide a test.
    """

    def __init__(self, clock: Clock) -> None:
        self.lifetime = TRIGGER_SECONDS
        self._clock = clock
        self._issued: dict[str, _Trigger] = {}

    def issue(self, user: str) -> str:
        trigger_id = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
        self._issued[trigger_id] = _Trigger(user, self._clock.elapsed())
        return trigger_id

    def take(self, trigger_id: object) -> str:
        """The person who caused it; raises invalid_, exchanged_ or expired_trigger_id."""
        trigger = self._issued.get(trigger_id) if isinstance(trigger_id, str) else None
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self._clock.elapsed() - trigger.issued > self.lifetime:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger.user


@dataclass
class ResponseUrl:
    """Where an answer to one interaction goes; `ts` is the message or the ephemeral that was clicked."""

    path: str
    user: str
    channel: str
    issued: float
    ts: str | None = None
    thread_ts: str | None = None
    ephemeral: bool = False
    uses: int = 0


class ResponseUrls:
    """Response URLs: five uses within thirty minutes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._issued: dict[str, ResponseUrl] = {}

    def issue(
        self,
        kind: str,
        user: str,
        channel: str,
        *,
        ts: str | None = None,
        thread_ts: str | None = None,
        ephemeral: bool = False,
    ) -> ResponseUrl:
        """A new URL; `kind` is `commands` or `actions`, as in Slack's paths."""
        path = f"/{kind}/{TEAM}/{secrets.randbelow(10**13)}/{secrets.token_urlsafe(18)}"
        url = ResponseUrl(path, user, channel, self._clock.elapsed(), ts, thread_ts, ephemeral)
        self._issued[path] = url
        return url

    def use(self, path: str) -> ResponseUrl:
        """Count a use; raises SlackError with status 404 when it is unknown, expired or used up."""
        url = self._issued.get(path)
        if url is None:
            raise SlackError("no_service", status=404)
        if self._clock.elapsed() - url.issued > RESPONSE_URL_SECONDS:
            raise SlackError("expired_url", status=404)
        if url.uses >= RESPONSE_URL_USES:
            raise SlackError("used_url", status=404)
        url.uses += 1
        return url
