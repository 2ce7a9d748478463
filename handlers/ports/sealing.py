"""Marks that show that the bot itself wrote something."""

from __future__ import annotations

from typing import Protocol


class Sealer(Protocol):
    """Marks made with a key that the store does not hold."""

    def mac(self, *parts: str) -> str:
        """A message authentication code over the parts, hex."""
        ...

    def verify(self, mac: str, *parts: str) -> bool:
        """Whether `mac` was made over these parts, in constant time."""
        ...
