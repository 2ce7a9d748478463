"""The clusters that policies name, and what is needed in each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.systems.kubernetes.access import SETTINGS, Granted, granted
from handlers.actions.kubernetes import KIND
from policies.loading import resolve_settings
from policies.schema import PolicyBook


def clusters_of(book: PolicyBook, environment: Mapping[str, str]) -> dict[str, tuple[Granted, ...]]:
    """The systems of kind kubernetes by their context; empty for those that name none.

    Raises PolicyFaults for a setting whose reference cannot be resolved, DoNotRetry for one that cannot be.
    """
    found: dict[str, tuple[Granted, ...]] = {}
    for name, system in book.systems.items():
        if KIND in system.kinds:
            settings = resolve_settings(book, name, environment, read_secret, SETTINGS)
            context = settings.get("context", "")
            found[context] = (*found.get(context, ()), granted(book, name, settings))
    return found


def read_secret(path: str) -> str:
    """What a file of a reference (`file:/path`) holds."""
    return Path(path).read_text().strip()
