"""Files that outlive a crash: folders held open, links never followed, writes on disk before they count.

Every name is resolved against an open folder (`openat`), so a folder swapped for a symbolic link between
two steps cannot lead outside. Functions raise `OSError` as the system gives it; callers say what it means.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from typing import Self

from handlers.errors import DoNotRetry, OutcomeUnknown, TryAgainLater

LOCKS = ".locks"
POLL_SECONDS = 0.02

Fingerprint = Mapping[str, tuple[int, ...]]
"""What `stat` says of each entry of a folder: equal fingerprints mean that nothing was written between."""


class Folder:
    """An open folder below a trusted root. Use it in a `with` statement."""

    def __init__(self, fd: int, path: str) -> None:
        self._fd = fd
        self.path = path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    @classmethod
    def root(cls, path: Path) -> Folder:
        """Open the configured root. It alone may be a symbolic link: whoever configures it is trusted."""
        return cls(os.open(path, os.O_RDONLY | os.O_DIRECTORY), "")

    def enter(self, name: str) -> Folder:
        """Open a folder inside this one; DoNotRetry (`unsafe-path`) when it is a link or no folder."""
        path = f"{self.path}/{name}".lstrip("/")
        try:
            return Folder(os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=self._fd), path)
        except OSError as error:
            raise _unsafe_if_link(error, path) from error

    def make(self, name: str) -> Folder:
        """Open a folder inside this one, made durably if it was not there."""
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=self._fd)
        self.sync()
        return self.enter(name)

    def enter_path(self, path: str) -> Folder:
        """Open a folder several names below this one, each checked as `enter` does."""
        first, _, rest = path.partition("/")
        folder = self.enter(first)
        if not rest:
            return folder
        with folder:
            return folder.enter_path(rest)

    def names(self) -> list[str]:
        """What lies in the folder, sorted."""
        return sorted(os.listdir(self._fd))

    def stat(self, name: str) -> os.stat_result | None:
        """The entry itself, not what a link points to; None when there is none."""
        try:
            return os.stat(name, dir_fd=self._fd, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def has_folder(self, name: str) -> bool:
        """Whether a real folder has that name; a link to one does not count."""
        entry = self.stat(name)
        return entry is not None and stat.S_ISDIR(entry.st_mode)

    def device(self) -> int:
        """The file system that the folder is on."""
        return os.fstat(self._fd).st_dev

    def fingerprint(self, names: list[str]) -> Fingerprint:
        """The state of these entries, for telling later whether they were written."""
        seen = {name: self.stat(name) for name in names}
        return {
            name: (entry.st_ino, entry.st_size, entry.st_mtime_ns, entry.st_ctime_ns)
            for name, entry in seen.items()
            if entry is not None
        }

    @contextmanager
    def reading(self, name: str) -> Iterator[BufferedReader]:
        """Open a regular file; DoNotRetry (`unsafe-path`) for a link, a pipe or anything else."""
        path = f"{self.path}/{name}"
        try:
            # O_NONBLOCK: opening a pipe must not wait for somebody to write into it.
            fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=self._fd)
        except OSError as error:
            raise _unsafe_if_link(error, path) from error
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise unsafe_path(path)
        with os.fdopen(fd, "rb") as file:
            yield file

    def read(self, name: str, limit: int) -> bytes | None:
        """The whole file, or None when it is longer than `limit` bytes."""
        with self.reading(name) as file:
            data = file.read(limit + 1)
        return data if len(data) <= limit else None

    def measure(self, name: str) -> tuple[int, str]:
        """Size in bytes and SHA-256 in hex of a file, read in pieces."""
        with self.reading(name) as file:
            return os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest()

    def sync(self) -> None:
        """Bring the folder's entries to the disk."""
        os.fsync(self._fd)

    def replace(self, name: str, data: bytes) -> None:
        """Write a file whole or not at all; it is on disk when this returns. Needs the caller's lock.

        Raises OSError when nothing was changed, OutcomeUnknown when the new content may or may not stay.
        """
        temporary = self._write_temporary(name, data)
        try:
            os.replace(temporary, name, src_dir_fd=self._fd, dst_dir_fd=self._fd)
            self.sync()
        except OSError as error:
            raise OutcomeUnknown(f"{self.path}/{name} may not be written: {error.strerror}.") from error

    def create(self, name: str, data: bytes) -> None:
        """Like `replace`, but raises FileExistsError rather than overwrite, whoever made the other file."""
        temporary = self._write_temporary(name, data)
        try:
            os.link(temporary, name, src_dir_fd=self._fd, dst_dir_fd=self._fd)
            self.sweep(name)
            self.sync()
        except FileExistsError:
            raise
        except OSError as error:
            raise OutcomeUnknown(f"{self.path}/{name} may not be written: {error.strerror}.") from error

    def link_into(self, other: Folder, name: str) -> None:
        """Let the file lie in `other` too, on disk at return. A file that is there already is left alone."""
        with suppress(FileExistsError):
            os.link(name, name, src_dir_fd=self._fd, dst_dir_fd=other._fd, follow_symlinks=False)
        other.sync()

    def same_file(self, other: Folder, name: str) -> bool:
        """Whether the name means one and the same file here and in `other`."""
        here, there = self.stat(name), other.stat(name)
        return here is not None and there is not None and os.path.samestat(here, there)

    def unlink(self, name: str) -> None:
        """Take the name away, on disk at return."""
        os.unlink(name, dir_fd=self._fd)
        self.sync()

    def remove_if_empty(self, name: str) -> None:
        """Remove a folder inside this one unless something lies in it."""
        try:
            os.rmdir(name, dir_fd=self._fd)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT):
                raise
        self.sync()

    def sweep(self, name: str) -> None:
        """Remove what a writer of `name` left when it was killed. Needs the caller's lock."""
        with suppress(FileNotFoundError):
            os.unlink(_temporary(name), dir_fd=self._fd)

    def _write_temporary(self, name: str, data: bytes) -> str:
        self.sweep(name)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(_temporary(name), flags, 0o644, dir_fd=self._fd), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        return _temporary(name)

    @contextmanager
    def locked(self, name: str, wait: float) -> Iterator[None]:
        """Hold the lock of that name, alone among all processes; TryAgainLater after `wait` seconds.

        The lock is on a file of its own under `.locks`, because the files it protects are replaced.
        """
        with suppress(FileExistsError):
            os.mkdir(LOCKS, dir_fd=self._fd)
        with self.enter(LOCKS) as locks:
            fd = os.open(f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644, dir_fd=locks._fd)
            try:
                _lock(fd, name, wait)
                yield
            finally:
                os.close(fd)


@contextmanager
def begun(what: str) -> Iterator[None]:
    """After the first write no error may say that nothing happened: it becomes OutcomeUnknown."""
    try:
        yield
    except (OSError, DoNotRetry) as error:
        raise OutcomeUnknown(f"{what} was interrupted: {error}") from error


def unsafe_path(path: str) -> DoNotRetry:
    """The error for a link or a special file where a plain file or folder must be."""
    return DoNotRetry(f"{path} is a link or a special file. Put the real file there.", "unsafe-path")


def _unsafe_if_link(error: OSError, path: str) -> Exception:
    # Opening a link with O_NOFOLLOW gives ELOOP, with O_DIRECTORY ENOTDIR; opening a socket gives ENXIO.
    return unsafe_path(path) if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.ENXIO) else error


def _temporary(name: str) -> str:
    # Always the same name: writers hold a lock, so what a killed writer left is found and removed.
    return f".{name}.tmp"


def _lock(fd: int, name: str, wait: float) -> None:
    deadline = time.monotonic() + wait
    while True:
        try:
            return fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise TryAgainLater(f"Somebody else is working on {name}.") from None
            time.sleep(POLL_SECONDS)
