"""The cards of threads that alerts share, of a channel's storm, and of the digest at its end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from handlers import texts
from handlers.alerts import storm_wording as words
from handlers.alerts.cards import alert_card, tone_of
from handlers.alerts.model import Alert, AlertState, Gathered
from handlers.alerts.storms import Storm
from handlers.messages import Card, Code, Line, Mark, Section, ThreadLink, Tone, User, When
from policies.fields import format_duration
from policies.schema import PolicyBook

PAGE_LINES, MOST_PAGES = 30, 12
"""Alerts that a page of a thread names, and how many pages there are: what comes after is counted."""
_PER_SECTION = 15
_CAUSES = 8
"""Causes that a summary names, the largest first."""
_TITLE = 80
_TONES = {
    AlertState.RESOLVED: (Tone.GOOD, words.MEMBER_RESOLVED),
    AlertState.ACKNOWLEDGED: (Tone.WORKING, words.MEMBER_ACKNOWLEDGED),
    AlertState.SNOOZED: (Tone.QUIET, words.MEMBER_SNOOZED),
}


def root_card(alert: Alert, book: PolicyBook) -> Card:
    """The first message of a thread: of one alert, or of all that share it."""
    card, gathered = alert_card(alert, book), alert.gathered
    if gathered is None:
        return card
    newest: Line = (words.SHARED_NEWEST, When(at=gathered.newest), ".") if gathered.newest else ()
    counts = texts.say(
        words.SHARED_COUNTS,
        count=gathered.alerts,
        firing=gathered.firing,
        acknowledged=gathered.acknowledged,
        resolved=gathered.resolved,
    )
    if gathered.snoozed:
        counts = (*counts, *texts.say(words.SHARED_SNOOZED, count=gathered.snoozed))
    means = words.SHARED_MEANS if alert.due_at else words.SHARED_COUNTS_FOR_EACH
    lines: list[Line] = [(*counts, *newest), (means,)]
    if gathered.page > MOST_PAGES:
        lines.append((words.SHARED_UNTOLD,))
    title = words.SHARED_TITLE.format(severity=alert.severity, count=gathered.alerts, title=alert.title)
    return card.model_copy(
        update={"title": title, "body": (*lines, *card.body), "summary": f"{title}: {alert.state}"}
    )


def member_line(alert: Alert) -> Line:
    """One alert of a thread that is shared, by name."""
    tone, state = _TONES.get(alert.state, (Tone.WARNING, words.MEMBER_FIRING))
    title = alert.title if len(alert.title) <= _TITLE else f"{alert.title[:_TITLE]}…"
    return (Mark(tone=tone), Code(text=alert.id), f" {title} · {state}")


def page_card(gathered: Gathered) -> Card:
    """One page of the alerts of a thread."""
    return Card(
        title=words.PAGE_TITLE.format(page=gathered.page),
        sections=tuple(Section(lines=some) for some in _parts(gathered.lines)),
        summary=words.PAGE_SUMMARY.format(count=len(gathered.lines)),
    )


def _parts(lines: Sequence[Line]) -> list[tuple[Line, ...]]:
    return [tuple(lines[first : first + _PER_SECTION]) for first in range(0, len(lines), _PER_SECTION)]


@dataclass(frozen=True)
class Weather:
    """What is counted of a channel's storm just now. `shared` are the alerts that stand for others."""

    shared: tuple[Alert, ...]
    own: int
    rate: int
    within: timedelta

    @property
    def alerts(self) -> int:
        return self.own + sum(one.alerts for one in self._gathered)

    @property
    def firing(self) -> int:
        """Those that are snoozed fire as well: nobody has them."""
        return sum(one.firing + one.snoozed for one in self._gathered)

    @property
    def acknowledged(self) -> int:
        return sum(one.acknowledged for one in self._gathered)

    @property
    def resolved(self) -> int:
        return sum(one.resolved for one in self._gathered)

    @property
    def _gathered(self) -> list[Gathered]:
        return [alert.gathered for alert in self.shared if alert.gathered is not None]


def storm_card(storm: Storm, weather: Weather, book: PolicyBook) -> Card:
    """The one message of a channel's storm: how many, how fast, why, how grave, since when."""
    if not storm.rages:
        return _over_card(storm, weather)
    within = format_duration(weather.within)
    rate = texts.say(words.STORM_RATE, rate=weather.rate, within=within, peak=storm.peak)
    gravest = _gravest(weather, book)
    lines: list[Line] = [
        (*rate, When(at=storm.since), "."),
        _counts(weather),
        texts.say(words.STORM_GRAVEST, severity=gravest),
    ]
    return Card(
        tone=Tone.CRITICAL,
        title=words.STORM_TITLE.format(count=weather.alerts),
        body=tuple(lines),
        sections=(_causes(weather, book),) if weather.shared else (),
        next_step=_next(weather, book),
        footnote=(Code(text=storm.id), f" · {words.STORM_KEPT}"),
        summary=words.STORM_SUMMARY.format(
            count=weather.alerts, rate=weather.rate, within=within, gravest=gravest
        ),
    )


def _next(weather: Weather, book: PolicyBook) -> Line:
    """How to answer, where a rule lets anybody."""
    answered = any(book.acknowledged_by(alert.system, alert.severity) for alert in weather.shared)
    if weather.shared and not answered:
        return (words.STORM_NEXT_REVIEWED,)
    return texts.say(words.STORM_NEXT, words=Code(text="ACK - what you do"))


def _counts(weather: Weather) -> Line:
    return texts.say(
        words.STORM_COUNTS,
        firing=weather.firing,
        acknowledged=weather.acknowledged,
        resolved=weather.resolved,
        own=weather.own,
    )


def _gravest(weather: Weather, book: PolicyBook) -> str:
    """The gravest severity among those that share a thread; one that policy has forgotten comes last."""
    ranks = {name: severity.rank for name, severity in book.severities.items()}
    named = {alert.severity for alert in weather.shared}
    return min(named, key=lambda one: (ranks.get(one, math.inf), one), default="-")


def _largest(alerts: Sequence[Alert]) -> list[Alert]:
    return sorted(alerts, key=lambda one: -(one.gathered.alerts if one.gathered else 0))


def _link(alert: Alert, book: PolicyBook) -> Line:
    gathered = alert.gathered or Gathered()
    tone = _TONES.get(alert.state, (tone_of(alert, book), ""))[0]
    link = ThreadLink(slot=alert.slot, text=f"{alert.severity} {alert.title}")
    return (
        Mark(tone=tone),
        link,
        *texts.say(words.STORM_CAUSE, count=gathered.alerts, firing=gathered.firing),
    )


def _causes(weather: Weather, book: PolicyBook) -> Section:
    alerts = _largest(weather.shared)
    lines = [_link(alert, book) for alert in alerts[:_CAUSES]]
    if len(alerts) > _CAUSES:
        lines.append(texts.say(words.STORM_MORE, count=len(alerts) - _CAUSES))
    return Section(label=words.STORM_CAUSES, lines=tuple(lines))


def _over_card(storm: Storm, weather: Weather) -> Card:
    over = texts.say(words.STORM_OVER, count=weather.alerts)
    return Card(
        tone=Tone.QUIET,
        title=words.STORM_OVER_TITLE,
        body=((*over, When(at=storm.since), "."), _counts(weather)),
        footnote=(Code(text=storm.id),),
        summary=words.STORM_OVER_TITLE,
    )


def digest_card(storm: Storm, weather: Weather, book: PolicyBook) -> Card:
    """What a storm leaves behind: how many of which causes, what is open, who has seen what."""
    open_ = [one for one in _largest(weather.shared) if one.state is not AlertState.RESOLVED]
    closed = [one for one in _largest(weather.shared) if one.state is AlertState.RESOLVED]
    left = weather.firing + weather.acknowledged
    lasted: Line = (words.DIGEST_LASTED, When(at=storm.since))
    if storm.ended_at is not None:
        lasted = (*lasted, " to ", When(at=storm.ended_at), ".")
    lines: list[Line] = [lasted, _counts(weather)]
    if not open_:
        lines.append((words.DIGEST_ALL_OVER,))
    sections = [
        Section(label=label, lines=tuple(_seen_by(alert, book) for alert in some))
        for label, alerts in ((words.DIGEST_OPEN, open_), (words.DIGEST_CLOSED, closed))
        for some in _groups(alerts)
    ]
    return Card(
        tone=Tone.WARNING if open_ else Tone.GOOD,
        title=words.DIGEST_TITLE.format(count=weather.alerts, open=left),
        body=tuple(lines),
        sections=tuple(sections),
        footnote=(Code(text=storm.id),),
        summary=words.DIGEST_SUMMARY.format(count=weather.alerts, causes=len(weather.shared), open=left),
    )


_DIGESTED = 30
"""Causes that a digest names of the open ones, and of those that are over."""


def _groups(alerts: Sequence[Alert]) -> list[Sequence[Alert]]:
    return [alerts[:_DIGESTED][first : first + 10] for first in range(0, min(len(alerts), _DIGESTED), 10)]


def _seen_by(alert: Alert, book: PolicyBook) -> Line:
    seen, link = alert.acknowledgement, _link(alert, book)
    if seen is not None:
        return (*link, words.DIGEST_SEEN, User(id=seen.by), " ", When(at=seen.at))
    return link if alert.state is AlertState.RESOLVED else (*link, words.DIGEST_NOBODY)
