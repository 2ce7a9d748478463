"""Stamps: the request id that an effect leaves on its target, by which recovery knows it again."""

from __future__ import annotations

from handlers.errors import DoNotRetry

MAX_LENGTH = 200


def check_request_id(request_id: str) -> None:
    """Raise DoNotRetry (`bad-request-id`) for an id that cannot be a stamp."""
    if not 1 <= len(request_id) <= MAX_LENGTH or not request_id.isprintable():
        raise DoNotRetry("An effect needs the id of its request.", "bad-request-id")
