"""The adapter of each kind of system, and the settings that policy gives it.

A kind's library is imported only when a system of that kind is opened: the Kubernetes client alone takes
0.7 seconds, and the command line needs none of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from handlers.actions import credit_monitoring
from handlers.ports import Clock

Open = Callable[[Mapping[str, str], Clock], AbstractAsyncContextManager[Any]]


@dataclass(frozen=True)
class Adapter:
    """How a kind of system is reached. `settings` must be in its policy file, `optional` may be."""

    open: Open
    settings: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()


@asynccontextmanager
async def _credit_monitor(settings: Mapping[str, str], clock: Clock) -> AsyncIterator[Any]:
    from bot.systems.credit_monitoring import CreditMonitorOnDisk

    monitor = CreditMonitorOnDisk(Path(settings["root"]), clock.now)
    try:
        yield monitor
    finally:
        monitor.close()


ADAPTERS: Mapping[str, Adapter] = {
    credit_monitoring.KIND: Adapter(_credit_monitor, settings=frozenset({"root"})),
}
