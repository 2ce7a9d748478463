"""Who is on call, and by what other ways than Slack people are told: `on_call.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from policies import fields as f
from policies.hours import Zone

_SHORTEST_TURN = timedelta(hours=1)


def _local(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None or len(text) != len("2026-01-05T09:00"):
        raise f.refuse(
            f"`{text[:80]}` is no local time; write it like 2026-01-05T09:00, without a zone"
        ) from None
    return text


LocalTime = Annotated[str, AfterValidator(_local)]


class Override(f.Rules):
    """Somebody takes the place of whoever's turn it is, for a time."""

    since: LocalTime
    until: LocalTime
    user: f.UserId


class Rotation(f.Rules):
    """People in turn, from `starts` on, each for `turn`. Hand-overs keep the time of day of the zone."""

    people: Annotated[tuple[f.UserId, ...], f.AtLeastOne]
    starts: LocalTime
    turn: f.PositiveDuration
    zone: Zone
    overrides: tuple[Override, ...] = ()

    def on_call(self, at: datetime) -> str:
        """Whose turn it is at a moment; empty before the rotation starts."""
        for override in self.overrides:
            if self._moment(override.since) <= at < self._moment(override.until):
                return override.user
        # A turn off by one at most, where clocks change; the loops below set it right.
        turn = int((at - self._moment(self.starts)) // self.turn)
        while self._handover(turn) > at:
            turn -= 1
        while self._handover(turn + 1) <= at:
            turn += 1
        return self.people[turn % len(self.people)] if turn >= 0 else ""

    def _handover(self, turn: int) -> datetime:
        begins = datetime.fromisoformat(self.starts) + turn * self.turn
        return begins.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)

    def _moment(self, local: str) -> datetime:
        return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)


class Neighbour(f.Rules):
    """A service outside, by the name of its adapter, and what that is told; secrets as `${NAME}`."""

    kind: f.Name
    settings: Mapping[f.SettingName, f.SettingValue] = {}
    row: f.Row | None = None


class Notifier(Neighbour):
    """A way to tell people that is not Slack. `to` are addresses, where the kind has any."""

    to: Annotated[tuple[f.Title, ...], f.Distinct] = ()


class Feed(Neighbour):
    """Where it stands who is on call. `people` says which Slack id each of its names or addresses means."""

    people: Annotated[Mapping[f.Title, f.UserId], f.AtLeastOne]


class Schedule(f.Rules):
    """Who is on call when; `fallback` is told where that is not known."""

    title: f.Title
    fallback: f.GroupId
    rotation: Rotation | None = None
    feed: Feed | None = None
    row: f.Row | None = None


def one_source(schedule: Schedule) -> Schedule:
    """Refuse a schedule that says nothing, or two things."""
    if (schedule.rotation is None) == (schedule.feed is None):
        raise f.refuse("write either `rotation` or `feed`, so that it is clear who is on call")
    if schedule.rotation and schedule.rotation.turn < _SHORTEST_TURN:
        raise f.refuse(
            f"a turn of {f.format_duration(schedule.rotation.turn)} is too short; write 1h or more"
        )
    return schedule


class OnCallFile(f.Rules):
    """`on_call.yaml`."""

    schedules: Mapping[f.Name, Annotated[Schedule, AfterValidator(one_source)]] = {}
    notifiers: Mapping[f.Name, Notifier] = {}


@dataclass(frozen=True)
class NeighbourKind:
    """What the code knows of a kind of notifier or feed: settings it must have, and may have."""

    settings: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    addresses: bool = False
    """Whether `to` must name somebody; where it is False, it may not stand there."""


@dataclass(frozen=True)
class Outside:
    """Every kind of notifier and feed that the code has."""

    notifiers: Mapping[str, NeighbourKind]
    feeds: Mapping[str, NeighbourKind]
