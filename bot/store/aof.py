"""The end of an append-only file: what a crash in the middle of a write leaves, and what it must not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

_LONGEST_LINE = 64 * 1024
MANIFEST = Path("appendonlydir") / "appendonly.aof.manifest"
"""Where Valkey lists the files of its record, under its data folder."""


class _CutShort(Exception):
    """The file ends in the middle of a command."""


def cut_off_unfinished_write(folder: Path) -> Path | None:
    """Remove a last write that was never finished, and keep what was removed in a file, which is returned.

    With `appendfsync always` nobody was told that such a write had happened. None when the record does not
    end in an unfinished write: then it is damaged in another way, and nothing is touched.
    """
    path = _last_written(folder)
    if path is None:
        return None
    with path.open("r+b") as file:
        try:
            end = _end_of_whole_writes(file)
        except ValueError:
            return None
        file.seek(end)
        rest = file.read()
        if not rest:
            return None
        kept = folder / f"unfinished-{path.name}-{end}"
        kept.write_bytes(rest)
        file.truncate(end)
        file.flush()
        os.fsync(file.fileno())
    return kept


def _last_written(folder: Path) -> Path | None:
    """The file that was being appended to. A manifest line is `file NAME seq N type b|h|i`."""
    if not (folder / MANIFEST).exists():
        return None
    names = [
        words[1]
        for words in map(str.split, (folder / MANIFEST).read_text("utf-8").splitlines())
        if len(words) == 6 and words[5] == "i"
    ]
    return (folder / MANIFEST).parent / names[-1] if names else None


def _end_of_whole_writes(file: BinaryIO) -> int:
    """Where the last whole command, or whole MULTI … EXEC, ends. Raises ValueError for anything else."""
    size = os.fstat(file.fileno()).st_size
    end, in_multi = 0, False
    while True:
        try:
            command = _skip_command(file, size)
        except _CutShort:
            return end
        if command is None:
            return end
        in_multi = command == b"MULTI" or (in_multi and command != b"EXEC")
        if not in_multi:
            end = file.tell()


def _skip_command(file: BinaryIO, size: int) -> bytes | None:
    """Move behind one command in RESP and return its name, None at the end of the file."""
    header = _line(file)
    if header is None:
        return None
    if header.startswith(b"#"):  # a timestamp annotation
        return b""
    name = b""
    for place in range(_count(header, b"*")):
        length = _line(file)
        if length is None:
            raise _CutShort
        bytes_to_come = _count(length, b"$")
        if file.tell() + bytes_to_come + 2 > size:
            raise _CutShort
        if place == 0:
            name = file.read(bytes_to_come).upper()
        else:
            file.seek(bytes_to_come, os.SEEK_CUR)
        if file.read(2) != b"\r\n":
            raise ValueError("an argument does not end where it should")
    return name


def _line(file: BinaryIO) -> bytes | None:
    line = file.readline(_LONGEST_LINE)
    if not line:
        return None
    if not line.endswith(b"\n"):
        if len(line) == _LONGEST_LINE or line[:1] not in (b"*", b"$", b"#"):
            raise ValueError("a line is none of a command")
        raise _CutShort
    return line.rstrip(b"\r\n")


def _count(line: bytes, mark: bytes) -> int:
    if line[:1] != mark or not line[1:].isdigit():
        raise ValueError("a length is none")
    return int(line[1:])
