"""What can be wrong with a store, beyond being away."""

from __future__ import annotations

from handlers.errors import CountersignError, DoNotRetry, OutcomeUnknown, StoreUnavailable


class StoreConfigError(CountersignError):
    """The store's address or data folder cannot be used as it is; the text says what to write instead."""


class TooLarge(StoreUnavailable, DoNotRetry):
    """The unit of work is larger than a script may write. Nothing was written and trying again is no use."""

    def __init__(self) -> None:
        DoNotRetry.__init__(self, "more than the store writes at once", code="too-large")


class WriteUnknown(StoreUnavailable, OutcomeUnknown):
    """No answer came, after retries: the write may or may not have happened.

    Safe to repeat from the start: an item is known by its `seen` keys, a commit by the item it consumes and
    the versions it expects, a message by its outbox id.
    """
