"""Backups of secrets as the handlers see them: names and digests.

Their adapter is `bot.systems.kubernetes.backups`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True)
class Backup:
    """An encrypted file. `sha256` is what was entered (hex), `whole` whether the file still is that."""

    file: str
    size: int
    sha256: str
    whole: bool


class Backups(Protocol):
    """Raises as `KubernetesNamespace` does, and as the disk does. No error holds a value."""

    @property
    def recipient(self) -> str:
        """Whose key opens them: an age recipient, which is public."""
        ...

    async def ready(self) -> None:
        """Raise DoNotRetry (`no-backups`) when there is no folder or no recipient."""
        ...

    async def of_request(self, request_id: str) -> Backup | None:
        """What was saved for a request."""
        ...

    async def of_version(self, uid: str, version: str, within: timedelta) -> Backup | None:
        """A whole file, saved within that time, with the secret of this uid as of this resourceVersion."""
        ...

    async def take(
        self, secrets: Mapping[str, str], request_id: str, approvers: Sequence[str], at: datetime
    ) -> Backup:
        """Save these secrets (uids by name) encrypted. Raises TargetChanged when one is another by now."""
        ...
