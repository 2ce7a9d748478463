"""Opens the notifiers and feeds that policy names, with what their references stand for."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

from bot.clusters import read_secret
from bot.notify.kinds import FEEDS, NOTIFIERS
from handlers.ports.clock import Clock
from policies.loading import ON_CALL, resolve_references
from policies.schema import PolicyBook


async def open_neighbours(
    book: PolicyBook, environment: Mapping[str, str], clock: Clock, stack: AsyncExitStack
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Feeds by schedule, notifiers by name; closed with the stack.

    Raises PolicyFaults for a reference that stands for nothing, DoNotRetry for settings that cannot be.
    """
    feeds: dict[str, Any] = {}
    for name, schedule in book.schedules.items():
        if schedule.feed is not None:
            key = f"schedules.{name}.feed.settings"
            settings = resolve_references(
                book, ON_CALL, key, schedule.feed.settings, environment, read_secret
            )
            feeds[name] = await stack.enter_async_context(FEEDS[schedule.feed.kind].open(settings, clock))
    notifiers: dict[str, Any] = {}
    for name, rule in book.notifiers.items():
        key = f"notifiers.{name}.settings"
        settings = resolve_references(book, ON_CALL, key, rule.settings, environment, read_secret)
        notifiers[name] = await stack.enter_async_context(NOTIFIERS[rule.kind].open(settings, clock))
    return feeds, notifiers
