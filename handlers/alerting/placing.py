"""Where a new alert is told: in a thread of its own, in that of its cause, or in the one for all others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from handlers.alerting.signals import Tellable
from handlers.alerts.model import Alert, AlertState
from handlers.alerts.stored import alert_key
from handlers.alerts.storm_wording import CAUSE_TITLE, MIXED_TITLE
from handlers.alerts.storms import Storm, kin_list, storm_key, threads_list
from handlers.changes import Draft, due
from handlers.world import World
from policies.digests import digest
from policies.storms import StormRules

SHARED_ID = 8
"""Letters of the id of an alert that stands for others: long enough not to be another's."""
_REMEMBERED = 1000
"""Threads of a channel that are remembered for its rate; policy's bounds are smaller."""


def kin_of(system: str, channel: str, severity: str, name: str, grouping: Mapping[str, str]) -> str:
    """What alerts of one cause have in common, as a digest."""
    return digest([system, channel, severity, name, dict(grouping)])[:32]


def mix_of(system: str, severity: str) -> str:
    """What alerts share for which there is no room by cause."""
    return f"{system}/{severity}"


class Home(StrEnum):
    """Where a new alert is told."""

    OWN = "own"
    CAUSE = "cause"
    MIX = "mix"


def home_of(rules: StormRules, *, own: bool, shared: bool, of_cause: int, threads: int, causes: int) -> Home:
    """Where an alert is told that is the `of_cause`th of its cause lately.

    `own` says that it has a thread of its own whatever comes, `shared` that its cause has one that it can
    join; `threads` were opened for single alerts lately, and `causes` for causes in this storm.
    """
    if own:
        return Home.OWN
    if shared:
        return Home.CAUSE
    if of_cause > rules.of_one_cause:
        return Home.CAUSE if causes < rules.in_one_channel else Home.MIX
    return Home.OWN if threads < rules.in_one_channel else Home.MIX


@dataclass(frozen=True)
class Newcomer:
    """What must be known of an alert to find its place."""

    channel: str
    mix: str
    kin: str
    own: bool


@dataclass
class Places:
    """Where the new alerts of one unit of work go, decided one after the other on what was read before."""

    world: World
    storms: dict[str, Storm]
    stands: dict[str, Alert]
    """Alerts that stand for others, by id."""
    of_cause: Counter[str]
    threads: Counter[str]
    changed: set[str] = field(default_factory=set)

    def rules(self, channel: str) -> StormRules:
        """Policy's rates for a channel."""
        return self.world.book.storms.of(channel)

    def home(self, new: Newcomer) -> Home:
        """Count a new alert and say where it is told."""
        self.of_cause[new.kin] += 1
        storm = self.storms.get(new.channel)
        home = home_of(
            self.rules(new.channel),
            own=new.own,
            shared=self.shared(new.channel, new.kin) is not None,
            of_cause=self.of_cause[new.kin],
            threads=self.threads[new.channel],
            causes=len(storm.alerts) if storm is not None and storm.rages else 0,
        )
        if home is Home.OWN:
            self.threads[new.channel] += 1
        return home

    def shared(self, channel: str, what: str) -> Alert | None:
        """The alert that stands for others with this in common, if one may join it now.

        Those of one cause join it though somebody has acknowledged it: they are what that person is at.
        """
        storm = self.storms.get(channel)
        if storm is None or not storm.rages:
            return None
        alert = self.stands.get(storm.shared.get(what, ""))
        if alert is None or alert.state is AlertState.RESOLVED:
            return None
        mixed = alert.gathered is not None and alert.gathered.mixed
        return None if mixed and alert.state is AlertState.ACKNOWLEDGED else alert

    def opened(self, draft: Draft, new: Newcomer, home: Home, alert: Alert, at: datetime) -> None:
        """An alert was made that stands for others; the first one of a channel begins its storm."""
        storm = self.storms.get(new.channel)
        if storm is None or not storm.rages:
            storm = Storm(id=alert.id.replace("A-", "S-", 1), channel=new.channel, since=at)
            draft.record("storm-began", storm.id, channel=new.channel)
            draft.arm(f"storm/{new.channel}", at, due("storm", channel=new.channel))
        what = new.kin if home is Home.CAUSE else new.mix
        storm = storm.model_copy(
            update={
                "shared": {**storm.shared, what: alert.id},
                "alerts": (*storm.alerts, alert.id),
            }
        )
        self.storms[new.channel], self.stands[alert.id] = storm, alert
        draft.save(storm_key(new.channel), storm)


async def read_places(draft: Draft, world: World, new: Sequence[Newcomer], now: datetime) -> Places:
    """Read what the places of new alerts depend on, in three round trips however many they are."""
    channels = sorted({one.channel for one in new})
    kins = sorted({one.kin for one in new})
    stored = await world.store.read([storm_key(channel) for channel in channels])
    storms = {}
    for channel in channels:
        storm = draft.load(stored[storm_key(channel)], Storm)
        if storm is not None:
            storms[channel] = storm
    stands = await _stands(draft, world, storms, new)
    of_cause, threads = Counter[str](), Counter[str]()
    for channel in channels:
        rules = world.book.storms.of(channel)
        here = [kin for kin in kins if any(one.kin == kin and one.channel == channel for one in new)]
        names = [threads_list(channel), *map(kin_list, here)]
        counts = await world.store.counted(names, now - rules.within)
        threads[channel] = counts[0]
        of_cause.update(dict(zip(here, counts[1:], strict=True)))
    return Places(world, storms, stands, of_cause, threads)


async def _stands(
    draft: Draft, world: World, storms: Mapping[str, Storm], new: Iterable[Newcomer]
) -> dict[str, Alert]:
    """The alerts that the new ones could join."""
    ids = {
        storms[one.channel].shared.get(what, "")
        for one in new
        if one.channel in storms and storms[one.channel].rages
        for what in (one.kin, one.mix)
    } - {""}
    read = await world.store.read([alert_key(one) for one in sorted(ids)])
    found = {key.id: draft.load(stored, Alert) for key, stored in read.items()}
    return {name: alert for name, alert in found.items() if alert is not None}


def stand_for(signal: Tellable, subject: str, *, mixed: bool) -> Tellable:
    """What is said of the alert that stands for many: what they share, and nothing of any one of them."""
    name = "" if mixed else signal.name
    title = MIXED_TITLE.format(system=signal.system) if mixed else CAUSE_TITLE.format(name=signal.called)
    return Tellable(
        source=signal.source,
        system=signal.system,
        severity=signal.severity,
        name=name,
        called="" if mixed else signal.called,
        subject=subject,
        about=subject,
        title=title,
        grouping={} if mixed else signal.grouping,
        labels={} if mixed else signal.grouping,
        links=() if mixed else signal.links,
        query="" if mixed else signal.query,
    )


def remember(draft: Draft, alert: Alert, at: datetime, rules: StormRules, *, own: bool) -> None:
    """An alert counts for the rates of its cause and, with a thread of its own, of its channel."""
    key = alert_key(alert.id)
    draft.rank(kin_list(alert.kin), key, at, most=2 * rules.of_one_cause)
    if own:
        draft.rank(threads_list(alert.channel), key, at, most=_REMEMBERED)
