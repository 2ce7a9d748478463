"""Whatever happens to an alert in whatever order: one timer stands for each state, and nobody is silenced."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from handlers.alerts import events
from handlers.alerts import machine as m
from handlers.alerts.model import (
    Acknowledgement,
    Alert,
    AlertState,
    Assignment,
    ClockStart,
    Regrading,
    Resolution,
    Snooze,
    Todo,
)
from handlers.rungs import Rung

START = datetime(2026, 11, 21, 9, tzinfo=UTC)
S, E = AlertState, m.Effect
MINUTES = st.integers(min_value=1, max_value=240).map(lambda n: timedelta(minutes=n))
ARMED = {
    E.ARM_CLOCK: ("clock", True), E.DISARM_CLOCK: ("clock", False), E.ARM_LAPSE: ("lapse", True),
    E.DISARM_LAPSE: ("lapse", False), E.ARM_SNOOZE: ("snooze", True), E.DISARM_SNOOZE: ("snooze", False),
}  # fmt: skip


def clock_from(now: datetime, rungs: int, lapses: float) -> ClockStart:
    ladder = tuple(
        Rung(after_seconds=900 * (n + 1), at=now + timedelta(minutes=15 * (n + 1))) for n in range(rungs)
    )
    return ClockStart(due_at=now + timedelta(minutes=15) if rungs else None, ladder=ladder, lapses=lapses)


class AlertLife(RuleBasedStateMachine):
    """An alert, the timers that its effects arm, and the rungs that were told."""

    @initialize(rungs=st.integers(0, 3), lapses=st.sampled_from([0, 3600]))
    def begins(self, rungs: int, lapses: float) -> None:
        self.now, self.rungs, self.lapses = START, rungs, lapses
        self.told: list[tuple[int, int]] = []
        self.timers: dict[str, tuple[datetime, events.Event]] = {}
        clock = clock_from(START, rungs, lapses)
        alert = Alert(
            id="A-1", system="s", source="x", subject="y", severity="SEV1", title="t", channel="#c",
            received_at=START, due_at=clock.due_at, ladder=clock.ladder, lapses=clock.lapses,
            checklist=(Todo(text="look"), Todo(text="think")),
        )  # fmt: skip
        self.alert, effects = m.begin(alert)
        self.heed(effects)

    def clock(self) -> ClockStart:
        return clock_from(self.now, self.rungs, self.lapses)

    def take(self, event: events.Event) -> None:
        before = self.alert
        try:
            self.alert, effects = m.step(before, event, self.now)
        except m.NotNow:
            return
        assert self.alert.epoch >= before.epoch
        self.heed(effects)

    def heed(self, effects: tuple[m.Effect, ...]) -> None:
        for effect in effects:
            if effect is E.TELL_RUNG:
                self.told.append((self.alert.epoch, self.alert.escalated))
            if effect in ARMED:
                name, armed = ARMED[effect]
                self.timers.pop(name, None)
                if armed:
                    self.timers[name] = self.timer(name)

    def timer(self, name: str) -> tuple[datetime, events.Event]:
        alert = self.alert
        if name == "clock":
            at = m.rung_due(alert)
            assert at is not None
            return at, events.ClockRan(alert.escalated + 1, alert.epoch)
        if name == "lapse":
            assert alert.lapse_at is not None
            return alert.lapse_at, events.LapseRan(alert.epoch, ClockStart())
        assert alert.snooze is not None
        return alert.snooze.until, events.SnoozeRan(alert.epoch, alert.snooze.until)

    @rule(length=MINUTES)
    def time_passes(self, length: timedelta) -> None:
        end = self.now + length
        while due := [(at, name) for name, (at, _) in self.timers.items() if at <= end]:
            at, name = min(due)
            self.now = max(self.now, at)
            _, event = self.timers.pop(name)
            self.take(
                events.LapseRan(event.epoch, self.clock()) if isinstance(event, events.LapseRan) else event
            )
        self.now = end

    @rule()
    def its_sender_fires(self) -> None:
        self.take(events.Fired(self.clock()))

    @rule()
    def its_sender_is_done(self) -> None:
        self.take(events.SenderResolved())

    @rule()
    def acknowledged(self) -> None:
        self.take(events.Acknowledged(Acknowledgement(by="U1", role="o2", at=self.now)))

    @rule(length=MINUTES)
    def snoozed(self, length: timedelta) -> None:
        nap = Snooze(by="U1", role="o2", at=self.now, until=self.now + length, text="why")
        self.take(events.Snoozed(nap))

    @rule(graver=st.booleans(), rungs=st.integers(0, 3))
    def regraded(self, graver: bool, rungs: int) -> None:
        said = Regrading(by="U1", role="o3", at=self.now, before="SEV1", after="SEV2", text="why")
        if self.alert.state is not S.RESOLVED:
            self.rungs = rungs
        self.take(events.Regraded(said, self.clock(), graver))

    @rule()
    def assigned(self) -> None:
        self.take(events.Assigned(Assignment(to="U2", by="U1", at=self.now)))

    @rule(point=st.integers(-1, 2), done=st.booleans())
    def ticked(self, point: int, done: bool) -> None:
        some = frozenset({point})
        self.take(events.Ticked("U1", done=some) if done else events.Ticked("U1", undone=some))

    @rule(said=st.booleans())
    def resolved(self, said: bool) -> None:
        word = Resolution(by="U1", role="o3", at=self.now, text="why") if said else None
        self.take(events.Resolved(word))

    @rule(rung=st.integers(1, 4), epoch=st.integers(0, 3), ago=MINUTES)
    def a_timer_comes_twice_or_late(self, rung: int, epoch: int, ago: timedelta) -> None:
        before = self.alert
        if epoch < self.alert.epoch:
            for event in (
                events.ClockRan(rung, epoch),
                events.LapseRan(epoch, self.clock()),
                events.SnoozeRan(epoch, self.now - ago),
            ):
                self.take(event)
            assert before == self.alert

    @precondition(lambda self: self.alert.state is S.FIRING)
    @rule()
    def a_rung_comes_too_early(self) -> None:
        escalated, due = self.alert.escalated, m.rung_due(self.alert)
        if due is not None and due > self.now:
            self.take(events.ClockRan(escalated + 1, self.alert.epoch))
            assert escalated == self.alert.escalated

    @invariant()
    def just_the_timer_of_its_state_is_armed(self) -> None:
        alert = self.alert
        wanted = {
            S.FIRING: {"clock"} if alert.escalated < len(alert.ladder) else set(),
            S.SNOOZED: {"snooze"},
            S.ACKNOWLEDGED: {"lapse"} if alert.lapses else set(),
            S.RESOLVED: set(),
        }[alert.state]
        assert wanted == self.timers.keys()

    @invariant()
    def no_rung_is_told_twice(self) -> None:
        assert len(self.told) == len(set(self.told))

    @invariant()
    def who_has_it_is_known(self) -> None:
        alert = self.alert
        assert (alert.acknowledgement is not None) or alert.state is not S.ACKNOWLEDGED
        assert (alert.snooze is not None) == (alert.state is S.SNOOZED)

    @invariant()
    def a_snooze_holds_the_clock_and_no_longer(self) -> None:
        alert = self.alert
        if alert.state is S.FIRING and alert.ladder and alert.due_at is not None:
            assert alert.due_at == (alert.ladder[0].at or alert.due_at)


TestAlertLife = AlertLife.TestCase
TestAlertLife.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
