"""A rung of a ladder, as what waits for an answer keeps it: an alert, or a request."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from policies import escalation


class Rung(BaseModel):
    """Who is told after how long, by policy as it was when the clock began."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    after_seconds: float
    at: datetime | None = None
    """When it is climbed; None in alerts of earlier releases: `after_seconds` from the beginning."""
    tell_groups: tuple[str, ...] = ()
    tell_users: tuple[str, ...] = ()
    tell_channels: tuple[str, ...] = ()
    tell_on_call: tuple[str, ...] = ()
    """Schedules whose person on call is mentioned."""
    notify: tuple[str, ...] = ()
    """Ways out of Slack, by their names in policy."""
    say: str = ""
    """Policy's own words, empty for the usual ones."""

    @classmethod
    def kept(cls, at: datetime, rule: escalation.Rung) -> Rung:
        """A rung as policy has it now, for what keeps it while it waits."""
        return cls(
            after_seconds=rule.after.total_seconds(),
            at=at,
            tell_groups=tuple(one.group for one in rule.tell if one.group),
            tell_users=tuple(one.user for one in rule.tell if one.user),
            tell_channels=tuple(one.channel for one in rule.tell if one.channel),
            tell_on_call=tuple(one.on_call for one in rule.tell if one.on_call),
            notify=tuple(one.notify for one in rule.tell if one.notify),
            say=rule.say or "",
        )
