"""Slack's rate limits: tiers a minute and method, and one message a second and channel."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sandbox.slack.clock import Clock
from sandbox.slack.errors import SlackError

TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
"""Calls a minute (docs.slack.dev/apis/web-api/rate-limits)."""

POSTING = frozenset({"chat.postMessage"})
POST_BURST = 3
"""Messages that a channel takes at once before one a second holds; Slack names no number."""

METHOD_TIERS = {
    "api.test": 4,
    "apps.connections.open": 1,
    "blocks.validate": 4,
    "bots.info": 3,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "chat.update": 3,
    "conversations.history": 3,
    "conversations.info": 3,
    "conversations.join": 3,
    "conversations.list": 2,
    "conversations.members": 4,
    "conversations.open": 3,
    "conversations.replies": 3,
    "files.completeUploadExternal": 4,
    "files.getUploadURLExternal": 4,
    "reactions.add": 3,
    "usergroups.list": 2,
    "usergroups.users.list": 2,
    "users.info": 4,
    "users.list": 2,
    "views.open": 4,
    "views.publish": 4,
    "views.push": 4,
    "views.update": 4,
}
COMMERCIAL = {"conversations.history": 1, "conversations.replies": 1}
"""Calls a minute for an app that is distributed commercially outside the Marketplace."""


@dataclass
class _Bucket:
    tokens: float
    at: float


class Rates:
    """Token buckets on elapsed time. `factor` scales every allowance; None switches the limits off."""

    def __init__(self, clock: Clock, factor: float | None = 1.0) -> None:
        self.factor = factor
        self.commercial = False
        self._clock = clock
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def check_method(self, method: str) -> None:
        """Count a call; raises `ratelimited` with the whole seconds to wait."""
        tier = METHOD_TIERS.get(method)
        if tier is None:
            return
        a_minute = COMMERCIAL[method] if self.commercial and method in COMMERCIAL else TIERS[tier]
        # apps.connections.open is tier 1, yet Slack lets an app open its ten connections at once.
        burst = 12 if method == "apps.connections.open" else a_minute
        self._take(("method", method), burst, a_minute / 60)

    def check_channel(self, method: str, channel: str) -> None:
        """Count a message to a channel; raises `ratelimited`."""
        if method in POSTING:
            self._take(("channel", channel), POST_BURST, 1.0)

    def _take(self, key: tuple[str, str], burst: float, a_second: float) -> None:
        if self.factor is None:
            return
        burst, a_second = max(1.0, burst * self.factor), a_second * self.factor
        now = self._clock.elapsed()
        bucket = self._buckets.setdefault(key, _Bucket(burst, now))
        bucket.tokens = min(burst, bucket.tokens + (now - bucket.at) * a_second)
        bucket.at = now
        # Forgives what floating point loses between «one second later» and one whole token.
        if bucket.tokens < 1 - 1e-6:
            wait = math.ceil((1 - bucket.tokens) / a_second)
            raise SlackError("ratelimited", status=429, retry_after=max(1, wait))
        bucket.tokens -= 1
