"""In whose name a system is spoken to: while a request runs, that of the person who asked for it first.

An adapter that can tell its system so asks `acting()`; one that cannot goes on as the bot. Looks, and what is
asked after a crash, are the bot's own: they must not hang on what somebody else may do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from handlers.actions import Order, Signatory

_ACTING: ContextVar[Signatory | None] = ContextVar("acting", default=None)


def acting() -> Signatory | None:
    """The person; None while the bot acts for itself."""
    return _ACTING.get()


@contextmanager
def in_the_name_of_who_asked(order: Order) -> Iterator[None]:
    """Everything that is called inside, also by tasks that begin there."""
    before = _ACTING.set(order.requested_by[0] if order.requested_by else None)
    try:
        yield
    finally:
        _ACTING.reset(before)
