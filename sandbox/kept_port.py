"""A port of one's own on loopback, for a process that binds it later, and again after every crash."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator


@contextlib.contextmanager
def kept_port() -> Iterator[int]:
    """A port of 127.0.0.1 that nobody else is given while the context lasts.

    Who is told of it can listen on it; until then it refuses connections. A port that was only looked for
    may belong to somebody else a moment later.
    """
    with socket.socket() as kept:
        # Bound, not listening: it keeps others out, and lets in who names the port (socket(7), SO_REUSEADDR).
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("127.0.0.1", 0))
        port: int = kept.getsockname()[1]
        yield port
