"""An alert as a card: the first message of its thread, kept up to date."""

from __future__ import annotations

from datetime import datetime

from handlers import texts
from handlers.alerting.model import Alert, AlertState
from handlers.cards import ACK, titles
from handlers.messages import Button, ButtonStyle, Card, Check, Code, Fact, Line, Tone, User, When
from policies.schema import PolicyBook

_ALERT_TONES = {"critical": Tone.CRITICAL, "warning": Tone.WARNING, "quiet": Tone.QUIET}


def alert_card(alert: Alert, book: PolicyBook) -> Card:
    """The root message of an alert's thread."""
    severity = book.severities.get(alert.severity)
    tone = _ALERT_TONES[severity.tone] if severity else Tone.WARNING
    if alert.state is AlertState.RESOLVED:
        tone = Tone.GOOD
    facts = [Fact(label=label, value=_claimed(label, str(value))) for label, value in alert.claimed.items()]
    ours: list[Line] = [("Received ", When(at=alert.received_at))]
    if alert.case_id:
        ours[0] = (*ours[0], " · case ", Code(text=alert.case_id))
    checks = [Check(text=(line,), met=False) for line in alert.troubles]
    checks += [Check(text=(line,), met=True) for line in alert.verified]
    if not alert.contained:
        checks.append(Check(text=(texts.CONTAINING,), met=None))
    unanswered = alert.state is AlertState.FIRING and alert.due_at is not None
    return Card(
        tone=tone,
        title=f"{alert.severity} · {alert.title}",
        facts_label=texts.CLAIMS,
        facts=tuple(facts),
        body=tuple(ours),
        checks_label=texts.VERIFIED_LABEL if checks else "",
        checks=tuple(checks),
        trail=_alert_trail(alert),
        next_step=_alert_next(alert, book),
        buttons=(Button(label="Acknowledge", action=ACK, value=alert.id, style=ButtonStyle.PRIMARY),)
        if unanswered
        else (),
        footnote=(Code(text=alert.id), f" · {alert.system}"),
        summary=f"{alert.severity} {alert.title}: {alert.state}",
    )


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
        trail.append(texts.say(texts.REPEATED, count=alert.repeats))
    # Who is told at once is no escalation: nobody had time to answer.
    escalated = sum(rung.after_seconds > 0 for rung in alert.ladder[: alert.escalated])
    if escalated:
        trail.append(texts.say(texts.ESCALATED_TRAIL, rung=escalated))
    seen = alert.acknowledgement
    if seen is not None:
        trail.append(
            texts.say(texts.ACKED, who=User(id=seen.by), role=seen.role.upper(), when=When(at=seen.at))
        )
    if alert.resolved_at is not None:
        trail.append(("Resolved ", When(at=alert.resolved_at)))
    return tuple(trail)


def _alert_next(alert: Alert, book: PolicyBook) -> Line:
    if alert.state is AlertState.ACKNOWLEDGED and alert.case_id:
        return texts.say(texts.NEXT_RESOLVE, mention=Code(text="@countersign resolve-case"))
    if alert.state is AlertState.RESOLVED:
        return texts.say(
            texts.NEXT_AFTER_RESOLVED, release=Code(text=f"{book.slash('release')} {alert.subject} because …")
        )
    if alert.state is not AlertState.FIRING:
        return ()
    if alert.due_at is None:
        return (texts.NEXT_ACK_NO_CLOCK,)
    return _next_ack(alert, book, alert.due_at)


def _next_ack(alert: Alert, book: PolicyBook, due: datetime) -> Line:
    """Who must answer by when, and how, in the runbook's words (CM-10)."""
    rule = book.systems[alert.system].acknowledge.get(alert.severity)
    who = titles(book, rule.roles) if rule else "Nobody by policy"
    words = "ACK - <what you do>"
    if alert.case_id and rule:
        words = f"ACK - {rule.roles[0].upper()} <name> investigating {alert.case_id}"
    return texts.say(texts.NEXT_ACK, roles=who, words=Code(text=words), due=When(at=due))
