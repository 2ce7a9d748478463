"""Fixtures: a monitor's folder, the adapter on it, and processes to kill."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.systems.credit_monitoring import CreditMonitorOnDisk
from tests.contracts.credit_monitoring.folder import new_root
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
