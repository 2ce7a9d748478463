"""Every kind of notifier and of feed: its settings, how it is opened. To add one: a file, and a line here.

A kind's library is imported only when policy uses it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from handlers.ports.clock import Clock
from policies.on_call import NeighbourKind, Outside

Open = Callable[[Mapping[str, str], Clock], AbstractAsyncContextManager[Any]]


@dataclass(frozen=True)
class Adapter:
    """A module of this room whose `opened(settings, clock)` is the service, and what that is told."""

    module: str
    kind: NeighbourKind

    def open(self, settings: Mapping[str, str], clock: Clock) -> AbstractAsyncContextManager[Any]:
        """The service. Raises DoNotRetry for settings that cannot be."""
        opened: Open = import_module(f"bot.notify.{self.module}").opened
        return opened(settings, clock)


def _kind(*settings: str, optional: tuple[str, ...] = (), addresses: bool = False) -> NeighbourKind:
    return NeighbourKind(frozenset(settings), frozenset(optional), addresses)


_MAIL = ("port", "security", "username", "password", "ca_file")

NOTIFIERS: Mapping[str, Adapter] = {
    "pagerduty": Adapter("pagerduty_events", _kind("routing_key", optional=("url", "ca_file"))),
    "email": Adapter("mail", _kind("host", "sender", optional=_MAIL, addresses=True)),
    "webhook": Adapter("webhook", _kind("url", "secret")),
}
FEEDS: Mapping[str, Adapter] = {
    "icalendar": Adapter("icalendar_feed", _kind("url", optional=("token",))),
    "pagerduty": Adapter("pagerduty_schedule", _kind("token", "schedule", optional=("url", "ca_file"))),
}


def outside() -> Outside:
    """What policies may name."""
    return Outside(
        notifiers={name: adapter.kind for name, adapter in NOTIFIERS.items()},
        feeds={name: adapter.kind for name, adapter in FEEDS.items()},
    )
