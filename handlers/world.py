"""What a use case works with: the policy book and the ports, handed to it whole and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.actions import REGISTRY, Action
from handlers.ports import Clock, Directory, Messenger, Sealer, Store
from policies.schema import PolicyBook


@dataclass(frozen=True)
class World:
    """One replica's view of the outside. `systems` holds one adapter a system named in policy."""

    book: PolicyBook
    store: Store
    clock: Clock
    directory: Directory
    messenger: Messenger
    sealer: Sealer
    systems: Mapping[str, Any]
    bot_user: str

    def action(self, system: str, name: str) -> Action:
        """The code of an action. Raises KeyError when code or policy knows none of this name."""
        return REGISTRY.find(self.book.systems[system].kind, name)
