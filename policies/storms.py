"""When alerts share a thread: many of one cause, or more at once than a channel can be told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from policies import fields as f

_Count = Annotated[int, Field(ge=1, le=500)]


class StormRules(f.Rules):
    """The rates of one channel, counted `within` that time.

    New alerts of one cause beyond `of_one_cause` share a thread. Beyond `in_one_channel` threads of single
    alerts, or threads of causes in one storm, those of one system and severity share one. Slack takes about a
    message a second and channel. It is over once no more than `of_one_cause` came in `over_after`.
    """

    within: f.PositiveDuration = timedelta(minutes=1)
    of_one_cause: _Count = 10
    in_one_channel: _Count = 20
    over_after: f.PositiveDuration = timedelta(minutes=5)
    row: f.Row | None = None


class Storms(StormRules):
    """The rates of every channel, and of those that have their own under `channels`.

    The gravest of a scale always have a thread of their own, and so has an alert that opens a case.
    """

    channels: Mapping[f.Channel, StormRules] = {}

    def of(self, channel: str) -> StormRules:
        """The rates that hold in a channel."""
        return self.channels.get(channel, self)
