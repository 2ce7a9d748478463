"""Silences and alerts in words: short, on one line, foreign text made harmless in length."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from handlers.actions.alertmanager import wording as w
from handlers.actions.alertmanager.ports import FiringAlert

MOST_ALERTS = 20
_MOST_LABELS, _LONGEST = 8, 80


def moment(at: datetime) -> str:
    """A moment in words, UTC."""
    return at.astimezone(UTC).strftime(w.MOMENT)


def short(text: str, longest: int = _LONGEST) -> str:
    """Foreign text on one line, not too long."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def counted(alerts: Sequence[FiringAlert]) -> str:
    """How many there are."""
    return (
        (w.NOTHING_FIRES, w.ONE_FIRES)[len(alerts)] if len(alerts) < 2 else w.COUNT.format(count=len(alerts))
    )


def alert_lines(alerts: Sequence[FiringAlert]) -> tuple[str, ...]:
    """A line for each alert, the first ones of many."""
    lines = [_alert_line(one) for one in alerts[:MOST_ALERTS]]
    more = len(alerts) - len(lines)
    return (*lines, w.MORE.format(count=more)) if more else tuple(lines)


def _alert_line(alert: FiringAlert) -> str:
    told = [short(one) for one in alert.labels[:_MOST_LABELS]]
    more = ["…"] if len(alert.labels) > _MOST_LABELS else []
    labels = ", ".join((*told, *more)) or "-"
    return w.FIRING_LINE.format(name=short(alert.called), labels=labels, since=moment(alert.starts))
