"""What a replica does once at its start, beside its work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from handlers.errors import DoNotRetry, StoreUnavailable, TryAgainLater
from handlers.escalating.catching_up import first_catch_up
from handlers.identity.standing import note_members
from handlers.lockdown import mark_anew
from handlers.world import World

log = structlog.get_logger(__name__)


async def first_look(world: World) -> None:
    """Know who is in each group from the start: who joins before anybody has spoken must wait as well."""
    groups = {group for role in world.book.roles.values() for group in role.groups}
    while groups:
        group = min(groups)
        try:
            await note_members(world, {group: await world.directory.members(group)})
        except (StoreUnavailable, TryAgainLater) as away:
            log.info("group not read yet", group=group, why=str(away))
            await asyncio.sleep(1.0)
            continue
        except DoNotRetry as no:
            log.warning("group not read", group=group, why=str(no))
        groups.discard(group)


async def catch_up(world: World) -> None:
    """Have the threads with running clocks read: what was said while no replica ran counts."""
    await _until_done(lambda: world.store.commit(first_catch_up(world.clock.now())))


async def renew_marks(world: World) -> None:
    """What has no end of its own is marked with the secrets of now while those before them are known."""
    await _until_done(lambda: mark_anew(world))


async def _until_done(do: Callable[[], Awaitable[object]]) -> None:
    while True:
        try:
            await do()
        except (StoreUnavailable, TryAgainLater):
            await asyncio.sleep(1.0)
            continue
        return
