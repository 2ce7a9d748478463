"""The locks of a data folder, and where its server listens."""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import tempfile
from pathlib import Path

from bot.store.errors import StoreConfigError

_LONGEST_SOCKET_PATH = 100


def locked(path: Path) -> int | None:
    """An open descriptor that holds the lock, or None when somebody else does."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def is_locked(path: Path) -> bool:
    lock = locked(path)
    if lock is not None:
        os.close(lock)
    return lock is None


def socket_for(folder: Path) -> Path:
    """The socket's path: in the folder, or where it is too long for a socket, in a private folder of ours."""
    inside = folder / "valkey.sock"
    if len(os.fsencode(inside)) <= _LONGEST_SOCKET_PATH:
        return inside
    digest = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    private = Path(tempfile.gettempdir()) / f"countersign-{os.getuid()}-{digest}"
    private.mkdir(mode=0o700, exist_ok=True)
    found = private.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise StoreConfigError(f"{private} is not this user's alone; remove it or choose a shorter folder")
    return private / "valkey.sock"
