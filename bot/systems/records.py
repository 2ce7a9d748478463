"""What a system's other interface answers, for the folder of evidence (PF-51)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True)
class Record:
    """An answer as it came; `remarks` are sentences about what it holds and what is not in it."""

    body: bytes
    remarks: tuple[str, ...] = ()


class Records(Protocol):
    """The readings that policy describes, asked for as a whole.

    Raises DoNotRetry when the answer is refused or cannot be had whole, TryAgainLater when nobody answers.
    """

    async def fetch(self, name: str, since: timedelta) -> Record:
        """Everything that a reading answers from so long ago on."""
        ...
