"""What is not over after so long is told, whoever has it: the ladder `unresolved` of its severity (PF-66).

The ladder travels in the due work, counted from when the alert took its severity; an acknowledgement or a
snooze does not hold it up.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from handlers import texts
from handlers.alerts import wording as w
from handlers.alerts.ladder import THREADS, Called, arm_notifier, lane_of, notes, whom
from handlers.alerts.model import Alert, AlertState, Lasting
from handlers.alerts.stored import alert_key
from handlers.cards import note
from handlers.changes import Draft
from handlers.messages import ThreadLink, Tone
from handlers.rungs import Rung
from handlers.world import World
from policies.clocks import rungs_from


class OutlastDue(BaseModel):
    """Due work: tell that an alert is not over. `fired` and `severity` are those it was armed for."""

    model_config = ConfigDict(frozen=True)

    do: str = "outlast"
    system: str = THREADS
    alert: str
    fired: datetime
    severity: str
    ladder: tuple[Rung, ...]

    def means(self, alert: Alert | None) -> bool:
        """Whether the alert still is what this was armed for."""
        if alert is None or alert.state is AlertState.RESOLVED:
            return False
        return (alert.received_at, alert.severity) == (self.fired, self.severity)

    @property
    def slot(self) -> str:
        return f"alert/{self.alert}"


def arm_outlast(draft: Draft, world: World, alert: Alert) -> None:
    """Have it told, by the ladder that policy has now; where that has none, nothing is told any more."""
    known = world.book.severities.get(alert.severity)
    rules = known.unresolved.rungs if known else ()
    if not rules:
        draft.disarm(_timer(alert))
        return
    ladder = tuple(Rung.kept(at, rule) for at, rule in rungs_from(world.book, rules, world.clock.now()))
    _arm(
        draft,
        alert,
        OutlastDue(alert=alert.id, fired=alert.received_at, severity=alert.severity, ladder=ladder),
    )


def climb_unresolved(draft: Draft, world: World, alert: Alert, asked: OutlastDue, called: Called) -> None:
    """Tell the rung whose time has come, and arm the next; what is held back is not told."""
    if not alert.held:
        _tell(draft, world, alert, asked.ladder[0], called)
        _tell_outside(draft, world, alert, asked.ladder[0])
    if asked.ladder[1:]:
        _arm(draft, alert, asked.model_copy(update={"ladder": asked.ladder[1:]}))


def _timer(alert: Alert) -> str:
    return f"{alert.slot}/unresolved"


def _arm(draft: Draft, alert: Alert, asked: OutlastDue) -> None:
    draft.arm(_timer(alert), asked.ladder[0].at or alert.received_at, asked.model_dump_json())


def _tell(draft: Draft, world: World, alert: Alert, rung: Rung, called: Called) -> None:
    line = texts.say(
        w.OUTLASTS,
        title=f"{alert.severity} {alert.title}",
        hours=f"{rung.after_seconds / 3600:g}",
        say=rung.say,
        who=whom(rung, called),
        link=ThreadLink(slot=alert.slot, text=alert.id),
    )
    card = note(line, Tone.CRITICAL, *notes(rung, called))
    slot = f"{alert.slot}/unresolved/{int(alert.received_at.timestamp())}/{int(rung.after_seconds)}"
    draft.show(alert.channel, slot, card, thread=alert.slot, lane=lane_of(world, alert))
    for channel in rung.tell_channels:
        draft.show(channel, f"{slot}/{channel}", card, lane=lane_of(world, alert))
    draft.record("alert-unresolved", alert.id, severity=alert.severity, after=rung.after_seconds)


def _tell_outside(draft: Draft, world: World, alert: Alert, rung: Rung) -> None:
    """Have it told outside Slack as well; whoever hears of it hears how it goes on."""
    if not rung.notify:
        return
    now = world.clock.now()
    lasting = Lasting(at=now, after_seconds=rung.after_seconds, notify=rung.notify, say=rung.say)
    notified = tuple(dict.fromkeys((*alert.notified, *rung.notify)))
    draft.save(alert_key(alert.id), alert.model_copy(update={"lasting": lasting, "notified": notified}))
    for name in rung.notify:
        arm_notifier(draft, world, "alert", alert.id, name)
