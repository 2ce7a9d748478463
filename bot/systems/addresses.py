"""What can be the address of a system, and what can be a token for it."""

from __future__ import annotations

from yarl import URL


def is_address(text: str) -> bool:
    """Whether it is a web address of a host alone, or of a path there: no credentials, no query."""
    try:
        url = URL(text)
        port = url.port
    except ValueError:
        return False
    plain = not (url.raw_user or url.raw_password or "?" in text or "#" in text)
    return url.scheme in ("http", "https") and bool(url.host) and port is not None and plain


def is_bearer(text: str) -> bool:
    """Whether a header can carry it as a bearer token; an empty one too, which is none."""
    return text.isascii() and text.isprintable() and " " not in text
