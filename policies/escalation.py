"""How urgent an alert is, and who hears of it while nobody answers."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, RootModel

from policies import fields as f
from policies.hours import Review

NEXT_DAY = "next-day"
"""What `acknowledge_by` says: before the next working day ends (PF-09, CC-23)."""


class Listener(f.Rules):
    """Who hears of what nobody answers: exactly one of a user group, a person, a channel, whoever is on call
    by a schedule, or a way out of Slack (`notify`)."""

    group: f.GroupId | None = None
    user: f.UserId | None = None
    channel: f.Channel | None = None
    on_call: f.ScheduleName | None = None
    notify: f.NotifierName | None = None


def _one_listener(listener: Listener) -> Listener:
    named = (listener.group, listener.user, listener.channel, listener.on_call, listener.notify)
    if sum(heard is not None for heard in named) != 1:
        raise f.refuse(
            "write exactly one of `group`, `user`, `channel`, `on_call` or `notify` in each entry of `tell`"
        )
    return listener


class Rung(f.Rules):
    """One step of a ladder: `after` counts from the moment the alert was recorded.

    With `hours` only working time counts, whatever the severity's own clock does.
    """

    after: f.Duration
    hours: f.HoursName | None = None
    tell: Annotated[tuple[Annotated[Listener, AfterValidator(_one_listener)], ...], f.AtLeastOne]
    say: f.Words | None = None
    row: f.Row | None = None


def _ascending(rungs: tuple[Rung, ...]) -> tuple[Rung, ...]:
    for earlier, later in pairwise(rungs):
        if later.after <= earlier.after:
            raise f.refuse(
                f"each rung must come after the one before: {f.format_duration(later.after)} does not come "
                f"after {f.format_duration(earlier.after)}"
            )
    return rungs


class Ladder(RootModel[tuple[Rung, ...]]):
    """Who hears of an unanswered alert, and when. An alert keeps a JSON snapshot of its ladder."""

    model_config = ConfigDict(frozen=True, strict=True)

    root: Annotated[tuple[Rung, ...], AfterValidator(_ascending)] = ()

    @property
    def rungs(self) -> tuple[Rung, ...]:
        return self.root


class Severity(f.Rules):
    """How urgent an alert is. `rank` 0 is the worst of its scale; severities of two scales do not compare.

    Without `acknowledge_within` and `acknowledge_by` no clock runs (CM-30); `review` then says when such
    alerts are looked at together. With `hours` only working time counts.
    `acknowledged_for` is how long an acknowledgement holds while nothing happens; without it, for good.
    `unresolved` is who hears when it is not over by then, whoever has acknowledged it (PF-66).
    """

    title: f.Title
    scale: f.Name = "all"
    rank: Annotated[int, Field(ge=0, le=99)]
    tone: Literal["critical", "warning", "quiet"] = "quiet"
    acknowledge_within: f.PositiveDuration | None = None
    acknowledged_for: f.PositiveDuration | None = None
    acknowledge_by: Literal["next-day"] | None = None
    hours: f.HoursName | None = None
    review: Review | None = None
    row: f.Row | None = None
    ladder: Ladder = Ladder()
    unresolved: Ladder = Ladder()

    @property
    def has_clock(self) -> bool:
        """Whether somebody must answer an alert of it by some moment."""
        return self.acknowledge_within is not None or self.acknowledge_by is not None
