"""Opens the namespace that a policy file names."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import structlog

from bot.systems.kubernetes.connection import Connection
from bot.systems.kubernetes.namespace import ROLLOUT_WAIT, Namespace
from handlers.errors import DoNotRetry
from handlers.ports import Clock

log = structlog.get_logger(__name__)


@asynccontextmanager
async def opened(
    settings: Mapping[str, str], clock: Clock, environment: Mapping[str, str]
) -> AsyncIterator[Namespace]:
    """A namespace that connects by itself, off the path of readiness: a cluster that is away, or whose
    credentials are wrong, must not keep alerts and other systems waiting. Every use of it says so instead.
    """
    connection = Connection(environment, settings.get("context", ""))
    warming = asyncio.ensure_future(_warm(connection, settings["namespace"]))
    try:
        yield Namespace(
            connection,
            settings["namespace"],
            clock.now,
            listed=listed(settings),
            rollout_wait=float(settings.get("rollout_wait", ROLLOUT_WAIT)),
        )
    finally:
        warming.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await warming
        await connection.close()


def listed(settings: Mapping[str, str]) -> tuple[str, ...]:
    """The deployments of the setting: names with commas between them; all of them when it is empty."""
    return tuple(name.strip() for name in settings.get("deployments", "").split(",") if name.strip())


async def _warm(connection: Connection, namespace: str) -> None:
    try:
        await connection.open()
    except DoNotRetry as no:
        log.warning("cluster", namespace=namespace, why=str(no))
