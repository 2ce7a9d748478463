"""A policy folder on the disk: its files, and the book that they make for the code that is here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.catalog import catalog
from bot.notify.kinds import outside
from policies.faults import Fault, PolicyFaults
from policies.loading import load
from policies.schema import PolicyBook
from policies.source import LONGEST_FILE

_NO_FOLDER = "there is no such folder; start from a copy of policies/rules"
_UNREADABLE = "this cannot be read ({why}); mend its permissions"


def read_book(folder: Path) -> PolicyBook:
    """The book of a folder. Raises PolicyFaults with everything that is wrong."""
    return load(read_folder(folder), catalog(), outside())


def read_folder(folder: Path) -> dict[str, bytes]:
    """The YAML files of a policy folder by their path in it, as `policies.loading.load` takes them.

    Links are followed and hidden entries left out, which is how Kubernetes mounts a ConfigMap. A file that
    is too long is cut just behind the limit that `load` refuses. Raises PolicyFaults.
    """
    if not folder.is_dir():
        raise PolicyFaults([Fault(str(folder), 1, "", _NO_FOLDER)])
    texts: dict[str, bytes] = {}
    faults: list[Fault] = []
    try:
        paths = tuple(_yaml_files(folder))
    except OSError as error:
        raise PolicyFaults([_unreadable(str(folder), error)]) from error
    for path in paths:
        name = path.relative_to(folder).as_posix()
        try:
            with path.open("rb") as file:
                texts[name] = file.read(LONGEST_FILE + 1)
        except OSError as error:
            faults.append(_unreadable(name, error))
    if faults:
        raise PolicyFaults(faults)
    return texts


def _unreadable(name: str, error: OSError) -> Fault:
    return Fault(name, 1, "", _UNREADABLE.format(why=error.strerror or type(error).__name__))


_DEEPEST = 2
"""Folders within the folder: `manifests/<system>/`."""


def _yaml_files(folder: Path, depth: int = 0) -> Iterator[Path]:
    for entry in _visible(folder):
        if entry.is_dir():
            if depth < _DEEPEST:
                yield from _yaml_files(entry, depth + 1)
        elif entry.suffix.lower() in {".yaml", ".yml"} and entry.is_file():
            yield entry


def _visible(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
