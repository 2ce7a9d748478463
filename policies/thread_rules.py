"""Who may do what in an alert's thread, beside acknowledging it. What stands not here nobody may."""

from __future__ import annotations

from typing import Literal

from policies import fields as f
from policies.role_rules import RoleRule

ThreadWord = Literal["snooze", "assign", "tick", "resolve", "raise_severity", "lower_severity"]
"""The rights that `thread` gives."""


class SnoozeRule(RoleRule):
    """Who may hold an alert's clock, and for how long in all while it fires once."""

    at_most: f.PositiveDuration


class ThreadRules(f.Rules):
    """Words in the thread of a system's alerts, each with its roles.

    Raising and lowering a severity are two rights: lowering one may silence a clock.
    """

    snooze: SnoozeRule | None = None
    assign: RoleRule | None = None
    tick: RoleRule | None = None
    resolve: RoleRule | None = None
    raise_severity: RoleRule | None = None
    lower_severity: RoleRule | None = None

    @property
    def every_role(self) -> frozenset[str]:
        """All roles that it names."""
        rules = (self.snooze, self.assign, self.tick, self.resolve, self.raise_severity, self.lower_severity)
        return frozenset().union(*(rule.roles for rule in rules if rule))
