"""Where alerts go, and what the bot does by itself when they arrive."""

from __future__ import annotations

from typing import Annotated

from policies import fields as f

DEFAULT_ALERT = "default"
"""The key of the alert rule that holds for every severity without a rule of its own."""


class AlertRule(f.Rules):
    """Where an alert of one source and severity goes, and what the bot does by itself when it arrives."""

    channel: f.Channel
    automatic: Annotated[tuple[f.ActionName, ...], f.Distinct] = ()
    row: f.Row | None = None
