"""What a picture is made from and made by; adapters live in `bot`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import BaseModel, ConfigDict

KIND = "prometheus"
"""The kind of system that measures."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Series(_Model):
    """One series of a range: a value for each step, None where there is none."""

    labels: Mapping[str, str]
    values: tuple[float | None, ...]


class Span(_Model):
    """The moments that a range has: `count` of them, the first at `start`, UTC."""

    start: datetime
    step: timedelta
    count: int

    @property
    def end(self) -> datetime:
        return self.start + (self.count - 1) * self.step


class Curve(_Model):
    """One line of a chart under its name."""

    name: str
    values: tuple[float | None, ...]


class Chart(_Model):
    """Everything that a picture shows. `left_out` counts further series that are not drawn."""

    title: str
    query: str
    unit: str = ""
    span: Span
    curves: tuple[Curve, ...]
    left_out: int = 0
    threshold: float | None = None
    fired_at: datetime | None = None


class Measurements(Protocol):
    """A time series database. Raises TryAgainLater or DoNotRetry."""

    async def over(self, query: str, span: Span) -> tuple[Series, ...]:
        """The values of an expression at every moment of the span, as many series as it has."""
        ...


class Artist(Protocol):
    """Draws, in a process of its own and in bounded time. Raises TryAgainLater."""

    async def draw(self, chart: Chart) -> bytes:
        """The chart as a PNG."""
        ...
