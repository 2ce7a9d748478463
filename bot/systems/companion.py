"""The companion file of a run: the stamp that dispatchers read and the journal that recovery reads.

It stays in the dated folder while the run's files are in quarantine. Written before the first file moves
and after the last, it says at every moment which request is at work and how far dispatch is blocked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.systems.plain_json import dump, parse_object
from handlers.errors import DoNotRetry


class Stage(StrEnum):
    """How far the latest move of the run is."""

    QUARANTINING = "quarantining"
    QUARANTINED = "quarantined"
    RELEASING = "releasing"
    RELEASED = "released"


ISOLATING = frozenset({Stage.QUARANTINED, Stage.RELEASING})
"""Stages from the last file's move into quarantine to the last file's move out."""
SETTLED = frozenset({Stage.QUARANTINED, Stage.RELEASED})
"""Stages in which no move is under way."""


class Entry(BaseModel):
    """One step of the journal."""

    model_config = ConfigDict(frozen=True, extra="allow")

    at: str = ""
    request_id: str
    state: Stage


class Companion(BaseModel):
    """The content of a companion file, schema 1. Keys that others added are kept."""

    model_config = ConfigDict(frozen=True, extra="allow", serialize_by_alias=True)

    version: Literal[1] = Field(default=1, alias="schema")
    run_id: str
    state: Stage
    quarantined: bool
    dispatch_blocked: bool
    request_id: str
    files: Mapping[str, str]
    history: tuple[Entry, ...] = ()
    rerun: str | None = None
    """The request that approved a rerun and so cleared `quarantined`."""

    def encoded(self) -> bytes:
        """The bytes of the file."""
        return dump(self.model_dump(mode="json", exclude=set() if self.rerun else {"rerun"}))

    def cleared(self, request_id: str) -> Companion:
        """The same without the quarantine flag: this request lets the scenario run again."""
        return self.model_copy(update={"quarantined": False, "rerun": request_id})

    def uncleared(self) -> Companion:
        """The same as if no rerun had been approved."""
        return self.model_copy(update={"quarantined": self.state in ISOLATING, "rerun": None})


def companion_name(run_id: str) -> str:
    """The companion's file name in the dated folder."""
    return f"run_{run_id}.companion.json"


def read_companion(raw: Mapping[str, Any] | None, run_id: str) -> Companion | None:
    """The companion of this run, None when there is none. DoNotRetry (`bad-companion`) for a damaged one."""
    if raw is None:
        return None
    try:
        companion = Companion.model_validate(raw)
    except ValidationError:
        companion = None
    if companion is None or companion.run_id != run_id:
        raise DoNotRetry(f"The companion file of {run_id} is damaged. Mend it first.", "bad-companion")
    return companion


def parse_companion(data: bytes | None) -> Mapping[str, Any]:
    """The raw object for people to see; `{}` when the file is no JSON object or too long."""
    return (parse_object(data) if data is not None else None) or {}


def stamped(
    before: Companion | None,
    run_id: str,
    stage: Stage,
    request_id: str,
    digests: Mapping[str, str],
    at: datetime,
) -> Companion:
    """The next companion: this request is at this stage.

    `dispatch_blocked` is true from before the first move in.
    """
    entry = Entry(at=at.isoformat(), request_id=request_id, state=stage)
    fresh = Companion(
        schema=1,
        run_id=run_id,
        state=stage,
        quarantined=stage in ISOLATING,
        dispatch_blocked=stage is not Stage.RELEASED,
        request_id=request_id,
        files=dict(digests),
        history=(*(before.history if before else ()), entry),
        rerun=before.rerun if before else None,
    )
    return fresh if before is None else before.model_copy(update=dict(fresh))
