"""Where alerts are stored, and found again."""

from __future__ import annotations

from handlers.alerts.model import Alert
from handlers.ports.store import Store
from handlers.work import Key


def alert_key(alert_id: str) -> Key:
    return Key("alert", alert_id)


def subject_key(system: str, subject: str) -> Key:
    """Names the pointer from what an alert is about to the alert."""
    return Key("subject", f"{system}/{subject}")


def alert_list(system: str) -> str:
    """The ordered list of a system's alerts that somebody must see to, by when they were received."""
    return f"alerts/{system}"


async def read_alert(store: Store, alert_id: str) -> Alert | None:
    """An alert as it is stored now; None for an empty id too."""
    key = alert_key(alert_id)
    body = (await store.read((key,)))[key].body if alert_id else ""
    return Alert.model_validate_json(body) if body else None
