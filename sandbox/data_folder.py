"""The folder in which a sandbox keeps what must outlive it; one sandbox at a time uses it."""

from __future__ import annotations

import contextlib
import fcntl
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pyrage import x25519

from sandbox.slack.clock import Clock

_UNUSABLE = "{folder} cannot be used ({why}). Name another folder with --data, or none."
_TAKEN = "Another sandbox uses {folder}. Stop it first, or name another folder with --data."


class FolderRefused(Exception):
    """A folder that cannot be used; the text says what to do instead."""


@contextlib.contextmanager
def data_folder(wanted: Path | None) -> Iterator[Path]:
    """The folder that was named, kept; or one that is removed in the end. Raises FolderRefused."""
    if wanted is None:
        with tempfile.TemporaryDirectory(prefix="countersign-sandbox-") as made:
            yield Path(made)
        return
    with contextlib.ExitStack() as stack:
        try:
            wanted.mkdir(parents=True, exist_ok=True)
            lock = stack.enter_context((wanted / "sandbox.lock").open("w"))
            # Two bots with two workspaces over one store would each answer for the other's requests.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderRefused(_TAKEN.format(folder=wanted)) from None
        except OSError as error:
            raise FolderRefused(_UNUSABLE.format(folder=wanted, why=error.strerror)) from error
        yield wanted.resolve()


def was_used(data: Path) -> bool:
    """Whether a bot has kept something in it before."""
    return (data / "bot" / "appendonlydir").is_dir()


def kept_clock(file: Path) -> Clock:
    """Practice time, which may be skipped: from the file the bot reads how far it is ahead."""

    def keep(ahead: float) -> None:
        fresh = file.with_suffix(".new")
        fresh.write_text(f"{ahead}\n")
        fresh.replace(file)  # whole or not at all, since the bot reads it all the time

    ahead = float(file.read_text()) if file.exists() else 0.0
    keep(ahead)
    return Clock(ahead=ahead, keep=keep)


def backups(data: Path) -> dict[str, str]:
    """A folder for encrypted secrets; the key that opens them lies beside it, as its owner would keep it."""
    folder, key = data / "backups", data / "backup-key.txt"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not key.exists():
        key.touch(mode=0o600)
        key.write_text(f"{x25519.Identity.generate()}\n")
    recipient = x25519.Identity.from_str(key.read_text().strip()).to_public()
    return {"COUNTERSIGN_BACKUPS": str(folder), "COUNTERSIGN_BACKUP_RECIPIENT": str(recipient)}
