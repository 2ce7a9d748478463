"""Slack's request signatures. https://docs.slack.dev/authentication/verifying-requests-from-slack"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping

MAX_AGE_SECONDS = 300


def signed_by_slack(secrets: Iterable[str], headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Whether `body` carries a signature made with one of the secrets within the last five minutes.

    `now` is in seconds since the epoch. An empty secret signs nothing.
    """
    stamp = headers.get("X-Slack-Request-Timestamp", "")
    given = headers.get("X-Slack-Signature", "")
    if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
        return False
    if abs(now - int(stamp)) > MAX_AGE_SECONDS:
        return False
    signed = b"v0:" + stamp.encode() + b":" + body
    made = (hmac.digest(secret.encode(), signed, "sha256").hex() for secret in secrets if secret)
    return any(hmac.compare_digest(f"v0={one}".encode(), given.encode("utf-8", "replace")) for one in made)
