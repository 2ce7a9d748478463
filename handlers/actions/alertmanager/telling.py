"""Silences and alerts in words: short, on one line, foreign text made harmless in length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from handlers.actions.alertmanager import wording as w
from handlers.actions.alertmanager.ports import FiringAlert
from policies.alert_rules import ALERT_NAME
from policies.matchers import Matcher

MOST_ALERTS = 20
_MOST_LABELS, _LONGEST = 8, 80


def moment(at: datetime) -> str:
    """A moment in words, UTC."""
    return at.astimezone(UTC).strftime(w.MOMENT)


def short(text: str, longest: int = _LONGEST) -> str:
    """Foreign text on one line, not too long."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def alert_lines(alerts: Sequence[FiringAlert]) -> tuple[str, ...]:
    """A line for each alert, the first ones of many."""
    lines = [_alert_line(one) for one in alerts[:MOST_ALERTS]]
    more = len(alerts) - len(lines)
    return (*lines, w.MORE.format(count=more)) if more else tuple(lines)


def _alert_line(alert: FiringAlert) -> str:
    name = short(alert.labels.get(ALERT_NAME, "-"))
    return w.FIRING_LINE.format(name=name, labels=_labels(alert.labels), since=moment(alert.starts))


def _labels(labels: Mapping[str, str]) -> str:
    told = [f"{name}={short(value)}" for name, value in sorted(labels.items()) if name != ALERT_NAME]
    return ", ".join((*told[:_MOST_LABELS], *(["…"] if len(told) > _MOST_LABELS else []))) or "-"


def matcher_line(matchers: frozenset[Matcher], longest: int) -> str:
    """The matchers of a silence that anybody may have made."""
    return short(", ".join(map(str, sorted(matchers))), longest)
