"""An alert as a card: the first message of its thread, kept up to date."""

from __future__ import annotations

from datetime import datetime

from handlers import texts
from handlers.alerts import wording
from handlers.alerts import wording as w
from handlers.alerts.lines import clock_line, hidden_lines, trail_lines
from handlers.alerts.model import Alert, AlertState
from handlers.cards import ACK, SAY_AGAIN, people, titles
from handlers.messages import (
    Button,
    ButtonStyle,
    Card,
    Check,
    Code,
    Fact,
    Line,
    Link,
    Section,
    Span,
    Tone,
    User,
    When,
)
from handlers.texts import say
from policies.alert_rules import SignalRule
from policies.schema import PolicyBook

_MOST_LINKS, _MOST_OFFERS = 8, 4
_ALERT_TONES = {"critical": Tone.CRITICAL, "warning": Tone.WARNING, "quiet": Tone.QUIET}


def alert_card(alert: Alert, book: PolicyBook) -> Card:
    """The root message of an alert's thread: how grave, its clock, where, what is known, what to do next."""
    policy = book.signal_rule(alert.system, alert.name)
    checks = [Check(text=(line,), met=False) for line in alert.troubles]
    checks += [Check(text=(line,), met=True) for line in alert.verified]
    if not alert.contained:
        checks.append(Check(text=(w.CONTAINING,), met=None))
    return Card(
        tone=tone_of(alert, book),
        title=f"{alert.severity} · {alert.title}",
        facts_label=w.CLAIMS,
        facts=_facts(alert, policy),
        body=(clock_line(alert), _where(alert, book), *_on_call(alert), *hidden_lines(alert)),
        image=alert.picture,
        sections=_checklist(alert, policy),
        checks_label=w.VERIFIED_LABEL if checks else "",
        checks=tuple(checks),
        trail=_alert_trail(alert),
        next_step=_alert_next(alert, book),
        buttons=_buttons(alert, book),
        menu=_menu(alert, book),
        footnote=(Code(text=alert.id), f" · {alert.system}"),
        summary=f"{alert.severity} {alert.title}: {alert.state}",
    )


def tone_of(alert: Alert, book: PolicyBook) -> Tone:
    """How an alert looks before a word of it is read."""
    if alert.state is AlertState.RESOLVED:
        return Tone.GOOD
    severity = book.severities.get(alert.severity)
    return _ALERT_TONES[severity.tone] if severity else Tone.WARNING


def _where(alert: Alert, book: PolicyBook) -> Line:
    system = book.systems[alert.system].title if alert.system in book.systems else alert.system
    # A sender's own number for it says nothing to people, nor does a storm's.
    named = (
        ()
        if alert.gathered is not None or alert.subject.startswith(f"{alert.source}:")
        else (Code(text=alert.about or alert.subject), " · ")
    )
    line = say(wording.WHERE, system=system, subject=named, when=When(at=alert.received_at))
    return (*line, *say(wording.CASE, case=Code(text=alert.case_id))) if alert.case_id else line


def _on_call(alert: Alert) -> tuple[Line, ...]:
    """Who was on call when it fired; a new message calls them, so only where somebody must answer."""
    calls = alert.on_call and alert.due_at is not None
    return ((wording.ON_CALL, *people(alert.on_call)),) if calls else ()


def _facts(alert: Alert, policy: SignalRule | None) -> tuple[Fact, ...]:
    """What its sender says, links included: their words are the sender's too."""
    ours = policy.runbook if policy else None
    foreign = [one for one in alert.links if one.url != ours]
    facts = [Fact(label=label, value=_claimed(label, str(value))) for label, value in alert.claimed.items()]
    links: list[Span] = []
    for one in foreign[:_MOST_LINKS]:
        links += [Link(url=one.url, text=one.label), " · "]
    return (*facts, Fact(label=wording.LINKS, value=tuple(links[:-1]))) if links else tuple(facts)


def _checklist(alert: Alert, policy: SignalRule | None) -> tuple[Section, ...]:
    """The runbook's points, each with who has done it, and the way to the runbook."""
    lines: list[Line] = []
    if policy and policy.runbook:
        lines.append((Link(url=policy.runbook, text=wording.OPEN_RUNBOOK),))
    for number, point in enumerate(alert.checklist, 1):
        if point.by and point.at:
            by = say(wording.TICKED_BY, who=User(id=point.by), when=When(at=point.at))
            lines.append((f"☑ {number}. {point.text}", *by))
        else:
            lines.append((f"☐ {number}. {point.text}",))
    row = f" ({policy.row})" if policy and policy.row else ""
    return (Section(label=f"{wording.CHECKLIST}{row}", lines=tuple(lines)),) if lines else ()


def _buttons(alert: Alert, book: PolicyBook) -> tuple[Button, ...]:
    unanswered = alert.state in (AlertState.FIRING, AlertState.SNOOZED) and alert.due_at is not None
    buttons = []
    if unanswered:
        label, style = wording.ACKNOWLEDGE, ButtonStyle.PRIMARY
        buttons.append(Button(label=label, action=ACK, value=alert.id, style=style))
    system = book.systems.get(alert.system)
    ticks = system is not None and system.thread.tick is not None and alert.state is not AlertState.RESOLVED
    if ticks and any(not point.by for point in alert.checklist):
        buttons.append(_word(alert, "done"))
    return (*buttons, *_offers(alert, book))


def _offers(alert: Alert, book: PolicyBook) -> tuple[Button, ...]:
    """The actions that policy offers for alerts of this name: pressed, each asks for what it lacks."""
    policy = book.signal_rule(alert.system, alert.name)
    if policy is None or alert.state is AlertState.RESOLVED:
        return ()
    granted = book.systems[alert.system].actions
    known = [(name, granted[name]) for name in policy.actions if name in granted]
    return tuple(
        Button(label=f"{rule.title}…", action=SAY_AGAIN, value=f"{alert.system} {name}")
        for name, rule in known[:_MOST_OFFERS]
    )


def _menu(alert: Alert, book: PolicyBook) -> tuple[Button, ...]:
    """The words that somebody may say of it now, as far as policy gives them to anybody."""
    if alert.state is AlertState.RESOLVED or alert.system not in book.systems:
        return ()
    rights = book.systems[alert.system].thread
    runs = alert.state is AlertState.FIRING and alert.due_at is not None
    offered = {
        "snooze": rights.snooze is not None and runs,
        "assign": rights.assign is not None,
        "severity": rights.raise_severity is not None or rights.lower_severity is not None,
        "resolve": rights.resolve is not None and not alert.case_id,
    }
    return tuple(_word(alert, name) for name, given in offered.items() if given)


def _word(alert: Alert, name: str) -> Button:
    """A button that says a word about the alert; what it lacks is asked for in a form."""
    return Button(label=wording.TITLES[name], action=SAY_AGAIN, value=f"{name} {alert.id}")


def _claimed(label: str, value: str) -> Line:
    """A sender's word; its time in the reader's zone when it is one."""
    if label == texts.SENDERS_TIME:
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return (value,)
        return (When(at=at),) if at.tzinfo else (value,)
    return (value,)


def _alert_trail(alert: Alert) -> tuple[Line, ...]:
    trail: list[Line] = []
    if alert.repeats:
        trail.append(texts.say(w.REPEATED, count=alert.repeats))
    # Who is told at once is no escalation: nobody had time to answer.
    escalated = sum(rung.after_seconds > 0 for rung in alert.ladder[: alert.escalated])
    if escalated:
        trail.append(texts.say(w.ESCALATED_TRAIL, rung=escalated))
    if alert.no_picture:
        trail.append((alert.no_picture,))
    trail += trail_lines(alert)
    return tuple(trail)


def _alert_next(alert: Alert, book: PolicyBook) -> Line:
    if alert.state is AlertState.ACKNOWLEDGED and alert.case_id:
        return texts.say(w.NEXT_RESOLVE, words=Code(text=w.RESOLVE_CASE))
    if alert.state is AlertState.RESOLVED and alert.case_id:  # a run that was quarantined
        return texts.say(
            w.NEXT_AFTER_RESOLVED,
            release=Code(text=f"{book.slash('release')} {alert.about or alert.subject} because …"),
        )
    if alert.state is not AlertState.FIRING:
        return ()
    if alert.due_at is None:
        return (w.NEXT_ACK_NO_CLOCK,)
    return _next_ack(alert, book, alert.due_at)


def _next_ack(alert: Alert, book: PolicyBook, due: datetime) -> Line:
    """Who must answer by when, and how, in the runbook's words (CM-10)."""
    rule = book.acknowledged_by(alert.system, alert.severity)
    who = titles(book, rule.roles) if rule else "Nobody by policy"
    words = "ACK - <what you do>"
    if alert.case_id and rule:
        words = f"ACK - {rule.roles[0].upper()} <name> investigating {alert.case_id}"
    return texts.say(w.NEXT_ACK, roles=who, words=Code(text=words), due=When(at=due))
