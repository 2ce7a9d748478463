"""Who may send alerts: a bearer token, or a signature where the sender can make one; and how many alerts."""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.web.signature import MAX_AGE_SECONDS

SIGNATURE_HEADERS: Mapping[str, tuple[str, str]] = {
    "grafana": ("X-Grafana-Alerting-Signature", "X-Grafana-Alerting-Timestamp"),
    "generic": ("X-Countersign-Signature", "X-Countersign-Timestamp"),
}
"""The headers of a signature and of its moment (seconds since 1970), by source: hex HMAC-SHA256 over
`<moment>:<body>`. Grafana's own names, where its contact point is told to send the moment too."""


@dataclass(frozen=True, repr=False)
class SenderSecrets:
    """`token` opens every source, one of `tokens` its own; `keys` sign, by source."""

    token: str
    tokens: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)

    def bearer_holds(self, source: str, headers: Mapping[str, str]) -> bool:
        """Whether the request carries a token that opens this source."""
        kind, _, given = headers.get("Authorization", "").partition(" ")
        # All are compared, so that the time taken does not tell which of them there is.
        held = [_same(given, token) for token in (self.token, self.tokens.get(source, ""))]
        return any(held) and kind.lower() == "bearer"

    def signs(self, source: str, headers: Mapping[str, str]) -> bool:
        """Whether the request says that it is signed, in a way that this source can."""
        return bool(self.keys.get(source)) and SIGNATURE_HEADERS[source][0] in headers

    def signature_holds(self, source: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
        """Whether the body carries a signature of this source's key, made within the last five minutes."""
        in_signature, in_moment = SIGNATURE_HEADERS[source]
        given, moment = headers.get(in_signature, ""), headers.get(in_moment, "")
        if not moment.isascii() or not moment.isdigit() or len(moment) > 12:
            return False
        if abs(now.timestamp() - int(moment)) > MAX_AGE_SECONDS:
            return False
        made = hmac.new(self.keys[source].encode(), moment.encode() + b":" + body, hashlib.sha256).hexdigest()
        return _same(given, made)

    def named(self, source: str, headers: Mapping[str, str]) -> str:
        """A name for a signature, under which it counts once: whoever replays it has nothing new to say."""
        given = headers.get(SIGNATURE_HEADERS[source][0], "")
        return f"signature/{hashlib.sha256(given.encode()).hexdigest()[:32]}"


def _same(given: str, wanted: str) -> bool:
    return bool(wanted) and hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


class Allowance:
    """How many alerts each source may send: `burst` at once, which grow back within about a quarter of an
    hour."""

    GROWS_BACK_IN = 1000.0

    def __init__(self, burst: int) -> None:
        self._burst = float(burst)
        self._left: dict[str, tuple[float, datetime]] = {}

    def wait(self, source: str, alerts: int, now: datetime) -> int:
        """Take that many, or say in how many seconds there will be enough (0: taken)."""
        left, at = self._left.get(source, (self._burst, now))
        per_second = self._burst / self.GROWS_BACK_IN
        left = min(self._burst, left + max((now - at).total_seconds(), 0.0) * per_second)
        lacking = min(alerts, self._burst) - left
        self._left[source] = (left - (0 if lacking > 0 else alerts), now)
        return math.ceil(lacking / per_second) if lacking > 0 else 0
