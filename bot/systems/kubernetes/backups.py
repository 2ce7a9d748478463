"""`handlers.actions.kubernetes.backups_ports.Backups`: secrets, encrypted with age into a folder.

The bot has only the recipient's public key: what it has saved it cannot read. https://age-encryption.org/v1
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from pyrage import RecipientError, encrypt, x25519

from bot.systems import evidence_files as files
from bot.systems.disk_lane import DiskLane
from bot.systems.evidence_files import Kept
from bot.systems.kubernetes.answers import CHANGED
from bot.systems.kubernetes.calls import SECRETS, Call, Json
from bot.systems.kubernetes.connection import Connection
from handlers.actions.kubernetes.backups_ports import Backup
from handlers.errors import DoNotRetry, TargetChanged

FOLDER, RECIPIENT = "COUNTERSIGN_BACKUPS", "COUNTERSIGN_BACKUP_RECIPIENT"
NO_BACKUPS: Mapping[str, str] = {}
NOT_SET = (
    "No backups of secrets are configured, so nothing was saved. Set COUNTERSIGN_BACKUPS for the bot to a"
    " folder that outlives it, and COUNTERSIGN_BACKUP_RECIPIENT to the public key (`age1…`) of who may open."
)
FOLDER_AWAY = (
    "The folder for backups is not there or cannot be written. Nothing was saved; see to COUNTERSIGN_BACKUPS."
)
NO_RECIPIENT = "COUNTERSIGN_BACKUP_RECIPIENT is no age recipient (`age1…`). Nothing was saved."
WHAT = "secrets"
_VERSION = {"uid": "uid", "version": "resourceVersion"}
_KEPT = ("name", "labels", "annotations")
"""Of the metadata: what it takes to make the secret again."""


class BackupsOfNamespace:
    """Saves secrets of one namespace where the environment says; what is missing is told when needed."""

    def __init__(
        self,
        connection: Connection,
        namespace: str,
        environment: Mapping[str, str],
        now: Callable[[], datetime],
    ) -> None:
        self._now = now
        self._connection = connection
        self._namespace = namespace
        folder = environment.get(FOLDER, "").strip()
        self._root = Path(folder) if folder else None
        self._recipient = environment.get(RECIPIENT, "").strip()
        self._lane = DiskLane("backups")

    @property
    def recipient(self) -> str:
        """The public key."""
        return self._recipient

    def close(self) -> None:
        """Begin no more work."""
        self._lane.close()

    async def ready(self) -> None:
        """Raise what stands against a backup."""
        if self._root is None or not self._recipient:
            raise DoNotRetry(NOT_SET, "no-backups")
        _read(self._recipient)
        root = self._root
        if not await self._lane.read(lambda: root.is_dir() and os.access(root, os.W_OK | os.X_OK)):
            raise DoNotRetry(FOLDER_AWAY, "no-backups")

    async def of_request(self, request_id: str) -> Backup | None:
        """What was saved for a request."""
        await self.ready()
        found = await self._lane.read(lambda: files.find(self._root, request=request_id))
        return None if found is None else _backup(found)

    async def of_version(self, uid: str, version: str, within: timedelta) -> Backup | None:
        """What was saved of this very version."""
        await self.ready()
        return await self._lane.read(lambda: self._of_version(uid, version, self._now() - within))

    def _of_version(self, uid: str, version: str, after: datetime) -> Backup | None:
        held = {"uid": uid, "version": version}
        for line in reversed(files.entries(self._root, what=WHAT, namespace=self._namespace)):
            if held in line.get("versions", ()) and datetime.fromisoformat(str(line["at"])) >= after:
                found = files.measured(self._root, line)
                if found.whole:
                    return _backup(found)
        return None

    async def take(
        self, secrets: Mapping[str, str], request_id: str, approvers: Sequence[str], at: datetime
    ) -> Backup:
        """Read them, encrypt them in memory, write the file and enter it."""
        await self.ready()
        found = [await self._secret(name, uid) for name, uid in secrets.items()]
        items = [_applicable(one, self._namespace) for one in found]
        plain = json.dumps({"apiVersion": "v1", "kind": "List", "items": items}).encode()
        sealed = await asyncio.to_thread(encrypt, plain, [_read(self._recipient)])
        line = {
            "request": request_id,
            "what": WHAT,
            "namespace": self._namespace,
            "secrets": sorted(secrets),
            "versions": [{key: one["metadata"][field] for key, field in _VERSION.items()} for one in found],
            "recipient": self._recipient,
            "approved_by": list(approvers),
            "at": at.isoformat(),
        }
        name = f"{self._namespace}-secrets-{at:%Y%m%dT%H%M%SZ}-{request_id}.json.age"

        def write() -> Kept:
            writing = files.begin(self._root)
            try:
                writing.write(sealed)
                return Kept(writing.keep(name, line), whole=True)
            finally:
                writing.drop()

        return _backup(await self._lane.change(write))

    async def _secret(self, name: str, uid: str) -> Json:
        """One secret as it stands. Raises TargetChanged when it is another one."""
        found = await self._connection.call(Call("get", SECRETS, self._namespace, name))
        if (found.get("metadata") or {}).get("uid") != uid:
            raise TargetChanged(CHANGED.format(what=f"secret {name}"))
        return found


def _applicable(found: Json, namespace: str) -> Json:
    """A secret as it can be applied again."""
    meta = found["metadata"]
    kept = {key: meta[key] for key in _KEPT if meta.get(key)}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {**kept, "namespace": namespace},
        "type": found.get("type", "Opaque"),
        "data": found.get("data") or {},
    }


def _read(recipient: str) -> x25519.Recipient:
    try:
        return x25519.Recipient.from_str(recipient)
    except RecipientError:
        raise DoNotRetry(NO_RECIPIENT, "no-backups") from None


def _backup(kept: Kept) -> Backup:
    line = kept.line
    return Backup(str(line["file"]), int(line["bytes"]), str(line["sha256"]), kept.whole)
