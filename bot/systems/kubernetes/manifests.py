"""A cluster's object as people read it: YAML, without what the cluster keeps for itself, secrets hidden."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from bot.systems.kubernetes.calls import Json
from bot.systems.kubernetes.marks import (
    APPLIED,
    APPROVED_BY,
    BEFORE,
    EARLIER_REQUESTS,
    REQUEST,
    REQUESTED_BY,
    RESTARTED_AT,
    REVISION,
    time_text,
)
from handlers.actions.kubernetes.objects import REHEARSAL

HIDDEN, HIDDEN_OTHER, ANOTHER = "(hidden)", "(hidden, another value)", "(another value)"
AT_THE_RUN = "(the time of the run)"
_NOISE = frozenset({"managedFields", "resourceVersion", "generation", "creationTimestamp", "uid", "selfLink"})
"""Of the metadata: what the server writes by itself."""
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_DROPPED = frozenset(
    {REQUEST, EARLIER_REQUESTS, APPROVED_BY, REQUESTED_BY, REVISION, APPLIED, BEFORE, _LAST_APPLIED}
)
"""Annotations that say who wrote, not what; the last three are copies of what it says."""
_TELLING = re.compile(
    r"secret|token|passw|passphrase|(?<![a-z])(?:pass|pwd)(?![a-z])|credential|api[_.-]?key|private",
    re.IGNORECASE,
)
"""Names of values that nobody reads on a card."""

Path = tuple[str | int, ...]
NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class Hidden:
    """A value that nobody reads as it is, and what stands there instead."""

    value: Any
    told: str = HIDDEN

    def beside(self, before: Hidden | None) -> str:
        """What stands there, and that another value stood there `before` where both look alike."""
        alike = before is not None and before.value != self.value and before.told == self.told
        if not alike:
            return self.told
        return HIDDEN_OTHER if self.told == HIDDEN else f"{self.told} {ANOTHER}"


Secrets = Mapping[Path, Hidden]
"""The values of an object that are hidden, by where they stand."""


def quiet(found: Json) -> Json:
    """A copy without status, and without the metadata that moves by itself."""
    if not found:
        return {}
    kept = {key: value for key, value in found.items() if key != "status"}
    meta = {key: value for key, value in (found.get("metadata") or {}).items() if key not in _NOISE}
    named = {
        key: value for key, value in (meta.pop("annotations", None) or {}).items() if key not in _DROPPED
    }
    return {**kept, "metadata": {**meta, "annotations": named} if named else meta}


def secrets(found: Json, redacted: Mapping[str, str] = NOTHING) -> Secrets:
    """What of an object nobody reads: all of a Secret, elsewhere values whose names tell, and texts that
    may be told only as `redacted`.
    """
    named = {path: Hidden(value) for path, value in _secrets(found, (), whole=found.get("kind") == "Secret")}
    seen = {path: Hidden(text, redacted[text]) for path, text in texts(found) if text in redacted}
    return seen | named


def texts(found: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text in it that is a value, with where it stands."""
    if isinstance(found, str):
        yield path, found
    elif isinstance(found, list):
        for index, value in enumerate(found):
            yield from texts(value, (*path, index))
    elif isinstance(found, dict):
        for key, value in found.items():
            yield from texts(value, (*path, key))


def tells_a_secret(name: str) -> bool:
    """Whether the very name of a value says that nobody reads it."""
    return _TELLING.search(name) is not None


def _secrets(found: Any, path: Path, *, whole: bool) -> Iterator[tuple[Path, Any]]:
    if isinstance(found, list):
        for index, value in enumerate(found):
            yield from _secrets(value, (*path, index), whole=whole)
    elif isinstance(found, dict):
        if "value" in found and tells_a_secret(str(found.get("name", ""))):
            yield (*path, "value"), found["value"]
        for key, value in found.items():
            if path in (("data",), ("stringData",)) and (whole or tells_a_secret(key)):
                yield (*path, key), value
            else:
                yield from _secrets(value, (*path, key), whole=whole)


def readable(found: Json, hidden: Secrets, before: Secrets | None = None) -> Json:
    """A copy with hidden values, which tells where another value stands `before`."""
    masks = {path: value.beside((before or {}).get(path)) for path, value in hidden.items()}
    shown: Json = _masked(found, (), masks)
    return shown


def _masked(found: Any, path: Path, masks: Mapping[Path, str]) -> Any:
    if path in masks:
        return masks[path]
    if isinstance(found, dict):
        return {key: _masked(value, (*path, key), masks) for key, value in found.items()}
    if isinstance(found, list):
        return [_masked(value, (*path, index), masks) for index, value in enumerate(found)]
    if path and path[-1] == RESTARTED_AT and found == time_text(REHEARSAL.at):
        return AT_THE_RUN
    return found


class _Dumper(yaml.CSafeDumper):
    """Texts of several lines stay lines; what is not ASCII is escaped, so that nothing looks like another.

    libyaml's, for the other one takes six times as long, and each look at a target writes two objects.
    """


def _text(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def as_yaml(found: Json) -> str:
    """An object as YAML, its fields in the order of the alphabet; empty when there is none."""
    return yaml.dump(found, Dumper=_Dumper, width=1000, default_flow_style=False) if found else ""
