"""What happened to an alert, in lines: said in its thread, and kept on its card."""

from __future__ import annotations

from handlers.alerts import wording
from handlers.alerts.model import Alert, AlertState
from handlers.messages import Code, Line, User, When
from handlers.redaction import told
from handlers.texts import say


def clock_line(alert: Alert) -> Line:
    """How its clock stands."""
    line = _clock(alert)
    given = alert.assignment
    if given is None or alert.state is AlertState.RESOLVED:
        return line
    return (*line, *say(wording.GIVEN_TO, who=User(id=given.to)))


def _clock(alert: Alert) -> Line:
    seen, nap, due = alert.acknowledgement, alert.snooze, alert.due_at
    if alert.state is AlertState.RESOLVED:
        return say(wording.CLOCK_OVER, when=When(at=alert.resolved_at or alert.received_at))
    if alert.state is AlertState.ACKNOWLEDGED and seen is not None:
        return say(wording.CLOCK_ACKED, who=User(id=seen.by), when=When(at=seen.at))
    if nap is not None:
        return say(wording.CLOCK_SNOOZED, who=User(id=nap.by), until=When(at=nap.until))
    if due is None:
        return (wording.CLOCK_NONE,)
    late = any((rung.at or alert.received_at) >= due for rung in alert.ladder[: alert.escalated])
    return say(wording.CLOCK_PASSED if late else wording.CLOCK_RUNNING, due=When(at=due))


def hidden_lines(alert: Alert) -> tuple[Line, ...]:
    """That something of its sender's words is not told: what was taken out, and what policy keeps back."""
    hidden = told(alert.hidden)
    kept: Line = say(wording.KEPT_BACK, count=alert.kept_back) if alert.kept_back else ()
    return tuple(line for line in ((hidden,) if hidden else (), kept) if line)


def acked_line(alert: Alert) -> Line:
    """Who acknowledged it and when; empty when nobody has."""
    seen = alert.acknowledgement
    if seen is None:
        return ()
    return say(wording.ACKED, who=User(id=seen.by), role=seen.role.upper(), when=When(at=seen.at))


def ack_news(alert: Alert) -> Line:
    """What the thread hears of an acknowledgement: who, when, and how long it holds."""
    holds = alert.lapse_at
    return (*acked_line(alert), *(say(wording.ACK_HOLDS, until=When(at=holds)) if holds else ()))


def _please_ack(alert: Alert) -> Line:
    due: Line = say(wording.BEFORE, due=When(at=alert.due_at)) if alert.due_at else (".",)
    return due


def lapse_line(alert: Alert) -> Line:
    """That an acknowledgement ran out, and what to do now."""
    seen = alert.lapsed
    if seen is None:
        return ()
    words = Code(text=f"ACK - what you do ({alert.id})")
    line = say(wording.LAPSED, who=User(id=seen.by), when=When(at=seen.at), words=words)
    return (*line, *_please_ack(alert))


def awake_line(alert: Alert) -> Line:
    """That a snooze is over."""
    words = Code(text=f"ACK - what you do ({alert.id})")
    return (*say(wording.AWAKE, words=words), *_please_ack(alert))


def snooze_line(alert: Alert, held: tuple[int, ...]) -> Line:
    """Who holds the clock, until when and why, and which steps of the ladder that holds back."""
    nap = alert.snooze
    if nap is None:
        return ()
    line = say(
        wording.SNOOZED, who=User(id=nap.by), role=nap.role.upper(), until=When(at=nap.until), why=nap.text
    )
    rungs = ", ".join(str(one) for one in held)
    return (*line, " ", *say(wording.HELD_BACK, rungs=rungs)) if held else line


def assigned_line(alert: Alert) -> Line:
    """Who gave it to whom, and what its clock does."""
    given = alert.assignment
    if given is None:
        return ()
    runs = alert.state is AlertState.FIRING and alert.due_at is not None
    clock = wording.CLOCK_RUNS if runs else wording.CLOCK_STANDS
    return say(wording.ASSIGNED, by=User(id=given.by), to=User(id=given.to), clock=clock)


def regraded_line(alert: Alert) -> Line:
    """Who says how grave it is, why, and what its clock does now."""
    said = alert.regrading
    if said is None:
        return ()
    clock = wording.CLOCK_ANEW if alert.due_at else wording.NO_CLOCK_ANY_MORE
    if alert.state is AlertState.ACKNOWLEDGED:
        clock = wording.STILL_ACKED
    return say(
        wording.REGRADED, who=User(id=said.by), role=said.role.upper(), after=said.after, before=said.before,
        why=said.text, clock=clock,
    )  # fmt: skip


def resolved_line(alert: Alert) -> Line:
    """Who says that it is over, and whether its sender agrees."""
    said = alert.resolution
    if said is None:
        return ()
    line = say(wording.RESOLVED_BY, who=User(id=said.by), role=said.role.upper(), why=said.text)
    return (*line, " ", wording.SENDER_DONE if alert.sender_done else wording.SENDER_FIRES)


def trail_lines(alert: Alert) -> tuple[Line, ...]:
    """What people did about it, the latest last."""
    lines: list[Line] = []
    if alert.regrading is not None:
        said = alert.regrading
        words = wording.REGRADED_TRAIL
        lines.append(say(words, who=User(id=said.by), after=said.after, before=said.before, why=said.text))
    if alert.lapsed is not None:
        lines.append(say(wording.LAPSED_TRAIL, who=User(id=alert.lapsed.by)))
    if alert.snooze is not None:
        nap = alert.snooze
        lines.append(say(wording.SNOOZED_TRAIL, who=User(id=nap.by), until=When(at=nap.until), why=nap.text))
    if alert.assignment is not None:
        given = alert.assignment
        words = wording.ASSIGNED_TRAIL
        lines.append(say(words, to=User(id=given.to), by=User(id=given.by), when=When(at=given.at)))
    lines += filter(None, [acked_line(alert)])
    return (*lines, *_over_lines(alert))


def _over_lines(alert: Alert) -> tuple[Line, ...]:
    if alert.resolved_at is None:
        return ()
    said = alert.resolution
    if said is None:
        over: Line = (wording.RESOLVED_PLAIN, When(at=alert.resolved_at))
        return (over, (wording.SENDER_DONE,)) if alert.sender_done else (over,)
    line = say(wording.RESOLVED_TRAIL, who=User(id=said.by), when=When(at=said.at), why=said.text)
    return line, (wording.SENDER_DONE if alert.sender_done else wording.SENDER_FIRES,)
