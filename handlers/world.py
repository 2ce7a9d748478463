"""What a use case works with: the policy book and the ports, handed to it whole and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from handlers.actions import Action, Reading
from handlers.actions.http import registry_of
from handlers.actions.registry import REGISTRY, Registry
from handlers.crowd import Crowd
from handlers.lockdown_model import Remembered
from handlers.ports.clock import Clock
from handlers.ports.notifying import Notifier
from handlers.ports.on_call import Roster
from handlers.ports.pictures import Artist
from handlers.ports.sealing import Sealer
from handlers.ports.slack import Directory, Messenger
from handlers.ports.store import Store
from handlers.redaction import Redactor
from handlers.thread_reads import ThreadReads
from policies.checks import is_reference
from policies.schema import PolicyBook


@dataclass(frozen=True)
class World:
    """One replica's view of the outside. `systems` holds, by system and kind, one adapter each.

    `rosters` are by schedule, `notifiers` by their names in policy.
    """

    book: PolicyBook
    store: Store
    clock: Clock
    directory: Directory
    messenger: Messenger
    sealer: Sealer
    systems: Mapping[str, Mapping[str, Any]]
    bot_user: str
    redactor: Redactor
    crowd: Crowd = field(default_factory=Crowd)
    remembered: Remembered = field(default_factory=Remembered)
    artist: Artist | None = None
    """Draws the pictures of alerts; None where there are none."""
    rosters: Mapping[str, Roster] = field(default_factory=dict)
    notifiers: Mapping[str, Notifier] = field(default_factory=dict)
    thread_reads: ThreadReads = field(default_factory=ThreadReads)

    def action(self, system: str, name: str) -> Action:
        """The code of an action. Raises KeyError when code or policy knows none of this name."""
        known = self._routed[system] if name in self.book.systems[system].routes.actions else REGISTRY
        return known.find(self.book.systems[system].kinds, name)

    def has_action(self, system: str, name: str) -> bool:
        """Whether there still is an action of this name: a system can be given up while something is open."""
        try:
            self.action(system, name)
        except KeyError:
            return False
        return True

    def reading(self, system: str, name: str) -> Reading:
        """The code of a reading. Raises KeyError like `action`."""
        known = self._routed[system] if name in self.book.systems[system].routes.readings else REGISTRY
        return known.find_reading(self.book.systems[system].kinds, name)

    def listed(self, system: str, setting: str) -> tuple[str, ...]:
        """The names that policy lists in a setting; none when it lists none, or not in the file."""
        value = self.book.systems[system].settings.get(setting, "")
        if is_reference(value):
            return ()
        return tuple(name.strip() for name in value.split(",") if name.strip())

    @cached_property
    def _routed(self) -> Mapping[str, Registry]:
        """What policy itself describes, by system: made once, because models are dear to make."""
        return {name: registry_of(system.routes) for name, system in self.book.systems.items()}

    def target(self, system: str, action: Action | Reading) -> Any:
        """The adapter that an action or a reading of this system works on."""
        return self.systems[system][action.kind]
