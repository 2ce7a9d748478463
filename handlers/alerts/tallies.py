"""Open alerts by state and severity, kept as lists whose lengths cost nothing to ask."""

from __future__ import annotations

from handlers.alerts.model import Alert, AlertState
from handlers.alerts.stored import alert_key
from handlers.changes import Draft

OPEN_STATES = tuple(state for state in AlertState if state is not AlertState.RESOLVED)


def counted_list(state: AlertState, severity: str) -> str:
    """The ordered list of the alerts of a state and severity."""
    return f"alerts-by/{state}/{severity}"


def open_lists(severity: str) -> tuple[str, ...]:
    """Every list in which an open alert of a severity may stand."""
    return tuple(counted_list(state, severity) for state in OPEN_STATES)


def count_alert(draft: Draft, before: Alert | None, now: Alert) -> None:
    """Move an alert from the list that it was in to the one in which it is now.

    One that only stands for others is none of its own.
    """
    if now.gathered is not None:
        return
    was = None if before is None else (before.state, before.severity)
    if was == (now.state, now.severity):
        return
    if was is not None and was[0] in OPEN_STATES:
        draft.unrank(counted_list(*was), alert_key(now.id))
    if now.state in OPEN_STATES:
        draft.rank(counted_list(now.state, now.severity), alert_key(now.id), now.received_at)


def waited(before: Alert, now: Alert) -> dict[str, float]:
    """Seconds until it was acknowledged, where it just was."""
    seen = now.acknowledgement
    if seen is None or before.acknowledgement is not None:
        return {}
    return {"waited": max(0.0, round((seen.at - now.received_at).total_seconds(), 3))}
