"""Every action and reading that the code knows, and how a coroutine function becomes one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from handlers.actions import Action, Read, Reading, Run


@dataclass
class Registry:
    """Every action and reading the code knows, by kind of system and name."""

    _actions: dict[tuple[str, str], Action] = field(default_factory=dict)
    _readings: dict[tuple[str, str], Reading] = field(default_factory=dict)

    def add(self, action: Action) -> None:
        """Register an action; a second one of the same kind and name is a programming error."""
        key = (action.kind, action.name)
        if key in self._actions or key in self._readings:
            raise ValueError(f"{action.kind} has two things named {action.name}")
        self._actions[key] = action

    def find(self, kinds: Sequence[str], name: str) -> Action:
        """The action that one of these kinds has. Raises KeyError when the code knows none of this name."""
        for kind in kinds:
            if (kind, name) in self._actions:
                return self._actions[(kind, name)]
        raise KeyError(name)

    def find_reading(self, kinds: Sequence[str], name: str) -> Reading:
        """The reading that one of these kinds has. Raises KeyError like `find`."""
        for kind in kinds:
            if (kind, name) in self._readings:
                return self._readings[(kind, name)]
        raise KeyError(name)

    def add_reading(self, reading: Reading) -> None:
        """Register a reading; a second thing of the same kind and name is a programming error."""
        key = (reading.kind, reading.name)
        if key in self._readings or key in self._actions:
            raise ValueError(f"{reading.kind} has two things named {reading.name}")
        self._readings[key] = reading

    def __iter__(self) -> Iterator[Action]:
        return iter(self._actions.values())

    @property
    def readings(self) -> Iterator[Reading]:
        """Every reading."""
        return iter(self._readings.values())


REGISTRY = Registry()
_R = TypeVar("_R", bound=Run)


def action(name: str, **declared: Any) -> Callable[[_R], _R]:
    """Make a coroutine function an action of a kind of system.

    `declared` are the fields of `Action`: a wrong or missing one is a TypeError when the module is imported.
    """

    def register(run: _R) -> _R:
        REGISTRY.add(Action(name=name, run=run, **declared))
        return run

    return register


_Q = TypeVar("_Q", bound=Read)


def reading(name: str, **declared: Any) -> Callable[[_Q], _Q]:
    """Make a coroutine function a reading; `declared` are the fields of `Reading`, as with `action`."""

    def register(read: _Q) -> _Q:
        REGISTRY.add_reading(Reading(name=name, read=read, **declared))
        return read

    return register
