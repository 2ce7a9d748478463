"""Fixtures: a monitor's folder, the adapter on it, and processes to kill."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.systems.credit_monitoring import CreditMonitorOnDisk
from handlers.actions.credit_monitoring.ports import Move
from tests.contracts.credit_monitoring.folder import HOME, RUN, digests_in, new_root
from tests.contracts.credit_monitoring.puppet import Puppet


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with one run under test, two neighbours and a ledger."""
    return new_root(tmp_path / "monitor")


@pytest.fixture
def monitor(root: Path) -> Iterator[CreditMonitorOnDisk]:
    """The adapter with a fixed clock."""
    monitor = CreditMonitorOnDisk(root, lambda: datetime(2026, 11, 20, 10, tzinfo=UTC))
    yield monitor
    monitor.close()


@pytest.fixture
def quarantine(root: Path) -> Move:
    """The monitor's first quarantine of the run, sealed as the files are now."""
    return Move(RUN, "A-1", digests_in(root / HOME), after="")


@pytest.fixture
def release(quarantine: Move) -> Move:
    """The request that releases it."""
    return replace(quarantine, request_id="R-1", after="A-1")


@pytest.fixture(scope="session")
def puppet() -> Iterator[Puppet]:
    """A process whose children run the adapter and are killed."""
    with Puppet() as puppet:
        yield puppet


@pytest.fixture(scope="session")
def rival() -> Iterator[Puppet]:
    """A second one, to race against the first."""
    with Puppet() as puppet:
        yield puppet
