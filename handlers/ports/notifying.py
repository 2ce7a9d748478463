"""Services that tell people something outside Slack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class News(StrEnum):
    """How something stands for who is told of it outside Slack."""

    WAITS = "waits"
    ANSWERED = "answered"
    LASTS = "lasts"
    """It is not over after so long, whoever has it."""
    OVER = "over"


@dataclass(frozen=True)
class Notice:
    """What is told outside Slack. The receiver may get it twice: `id` is the same then.

    `subject` names what it is about, whatever the news. `severe` is critical, warning or quiet. `anew`: it
    was answered, or over, and waits again.
    """

    id: str
    subject: str
    news: News
    system: str
    title: str
    words: str
    severe: str
    at: datetime
    link: str = ""
    to: tuple[str, ...] = ()
    anew: bool = False


class Notifier(Protocol):
    """A way to tell people that is not Slack. Raises `TryAgainLater`, `DoNotRetry` or `OutcomeUnknown`."""

    async def tell(self, notice: Notice) -> None:
        """Tell it; returns once the service has taken it."""
        ...
