"""Config maps and secrets as they may be shown: of a secret, never a value."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from pydantic import Field

from bot.systems.kubernetes.calls import Json
from bot.systems.kubernetes.wire import Lists, Meta, Or, Read, Texts, age_of, read
from handlers.actions.kubernetes.view_ports import SecretKeys, Settings

_DATA = "f:data"
"""How the cluster names the values, where it remembers who wrote what."""


class _Written(Read):
    time: datetime | None = None
    fields: Annotated[Json, Or] = Field(default_factory=dict, alias="fieldsV1")


class _Kept(Meta):
    managed_fields: Annotated[tuple[_Written, ...], Lists] = ()


class _ConfigMap(Read):
    metadata: _Kept
    data: Texts = Field(default_factory=dict)
    binary_data: Texts = Field(default_factory=dict)


class _Secret(Read):
    metadata: _Kept
    data: Texts = Field(default_factory=dict)
    type: str = "Opaque"


def settings(found: Json, now: datetime) -> Settings:
    """Its lines as they stand: whoever shows them has them redacted first."""
    it = read(_ConfigMap, found)
    return Settings(
        name=it.metadata.name,
        keys=tuple(sorted((*it.data, *it.binary_data))),
        lines=tuple(_lines(it.data)),
        hidden="",
        binary=tuple(sorted((key, _size(value)) for key, value in it.binary_data.items())),
        age=age_of(it.metadata, now),
    )


def _lines(data: dict[str, str]) -> Iterator[str]:
    """`key: value`; a value of several lines below its key, set in, as YAML writes it."""
    for key, value in sorted(data.items()):
        if "\n" in value:
            yield f"{key}:"
            yield from (f"    {line}" for line in value.splitlines())
        else:
            yield f"{key}: {value}"


def secret_keys(found: Json, now: datetime) -> SecretKeys:
    """Its keys, with the sizes of their values; the values go no further."""
    it = read(_Secret, found)
    times = [one.time for one in it.metadata.managed_fields if one.time is not None and _DATA in one.fields]
    return SecretKeys(
        name=it.metadata.name,
        kind=it.type,
        keys=tuple(sorted((key, _size(value)) for key, value in it.data.items())),
        age=age_of(it.metadata, now),
        changed=now - max(times) if times else None,
    )


def _size(encoded: str) -> int:
    """Bytes of a value in base64 (RFC 4648), without decoding it."""
    return len(encoded) * 3 // 4 - encoded[-2:].count("=")
