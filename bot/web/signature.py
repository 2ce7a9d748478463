"""Slack's request signatures. https://docs.slack.dev/authentication/verifying-requests-from-slack"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

MAX_AGE_SECONDS = 300


def signed_by_slack(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Whether `body` carries a signature made with the signing secret within the last five minutes.

    `now` is in seconds since the epoch. An empty secret signs nothing.
    """
    stamp = headers.get("X-Slack-Request-Timestamp", "")
    given = headers.get("X-Slack-Signature", "")
    if not secret or not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
        return False
    if abs(now - int(stamp)) > MAX_AGE_SECONDS:
        return False
    digest = hmac.digest(secret.encode(), b"v0:" + stamp.encode() + b":" + body, "sha256").hex()
    return hmac.compare_digest(f"v0={digest}".encode(), given.encode("utf-8", "replace"))
