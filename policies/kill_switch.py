"""Switching the alerts of a system off for a while: everything is recorded, nothing is told until the end."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from policies import fields as f
from policies.role_rules import RoleRule


class KillSwitchRule(RoleRule):
    """Who may switch the alerts of a system off, for how long at most, and which severities that holds back.

    What is not listed under `holds` is told as ever.
    """

    holds: Annotated[tuple[f.SeverityName, ...], f.Distinct, f.AtLeastOne]
    longest: f.PositiveDuration = timedelta(hours=4)
