"""Moments as the store keeps them: whole milliseconds since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_ms(moment: datetime) -> int:
    """Milliseconds since the epoch; the moment must know its zone."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_ms(milliseconds: int) -> datetime:
    """The moment, UTC."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def after(moment: datetime, seconds: float) -> datetime:
    """A moment some seconds later."""
    return moment + timedelta(seconds=seconds)
