"""Storms: where so many alerts come that each cannot have a thread, those of one cause share one.

Every alert is recorded all the same. One that joins has no clock of its own: the alert that stands for it and
the others has one, so people are called once. How many there are is counted from ordered lists, which take
any number of writers at once; only opening a shared thread touches the channel's storm.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from handlers.work import Key
from handlers.world import World

BEAT = timedelta(seconds=2)
"""How often what a storm shows is counted anew, at most."""


class Storm(BaseModel):
    """A channel's storm, or its last one. `shared` holds what stands for others now, by what they share."""

    model_config = ConfigDict(frozen=True)

    id: str
    channel: str
    since: datetime
    shared: Mapping[str, str] = {}
    alerts: tuple[str, ...] = ()
    """Every alert that stands for others, in the order in which they began to."""
    ended_at: datetime | None = None
    shown: str = ""
    peak: int = 0
    """The most alerts that came within policy's time."""

    @property
    def slot(self) -> str:
        return f"storm/{self.channel}/{self.id}"

    @property
    def rages(self) -> bool:
        return self.ended_at is None


async def storm_of(world: World, slot: str) -> Storm | None:
    """The storm whose message fills a slot; None for another slot, and once the channel had a newer one."""
    kind, _, rest = slot.partition("/")
    if kind != "storm":
        return None
    key = storm_key(rest.rpartition("/")[0])
    body = (await world.store.read((key,)))[key].body
    storm = Storm.model_validate_json(body) if body else None
    return storm if storm is not None and storm.slot == slot else None


def storm_key(channel: str) -> Key:
    """Where a channel's storm is kept."""
    return Key("storm", channel)


def threads_list(channel: str) -> str:
    """The ordered list of alerts with a thread of their own in a channel, by when it was opened."""
    return f"threads/{channel}"


def kin_list(kin: str) -> str:
    """The ordered list of alerts of one cause, by when they came."""
    return f"kin/{kin}"


def members_list(alert_id: str) -> str:
    """The ordered list of every alert that another stands for, by when it came."""
    return f"members/{alert_id}"


def firing_list(alert_id: str) -> str:
    """Those of them that nobody has acknowledged and that are not over."""
    return f"members/{alert_id}/firing"


def snoozed_list(alert_id: str) -> str:
    """Those of them that are snoozed with the one that stands for them."""
    return f"members/{alert_id}/snoozed"


def acknowledged_list(alert_id: str) -> str:
    """Those of them that somebody has acknowledged and that are not over."""
    return f"members/{alert_id}/acknowledged"


def news_list(alert_id: str) -> str:
    """Those of them whose last change is not yet told by name."""
    return f"members/{alert_id}/news"
