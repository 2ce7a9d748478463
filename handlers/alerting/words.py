"""Words about an alert beside ACK: snooze, assign, severity, resolve, done. What each takes, and who may.

A word is weighed the same way wherever it comes from (a mention, a command, a form), and twice: before Slack
is asked whether it is this person's, and again on the alert as it is when it takes effect.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from pydantic_core import PydanticCustomError

from handlers.alerts import events, lines, machine, wording
from handlers.alerts.ladder import start_clock
from handlers.alerts.model import Alert, AlertState, Assignment, Regrading, Resolution, Snooze
from handlers.identity.standing import Standing, standing
from handlers.messages import Code, Line, User
from handlers.texts import say
from handlers.values import No
from handlers.world import World
from policies.clocks import graver, severities_beside
from policies.decisions import broadest, has_part, may_in_thread
from policies.fields import format_duration, parse_duration
from policies.thread_rules import ThreadWord

VALUE, WHY = "value", "because"
"""Fields of the forms."""
_PERSON = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>|([UW][A-Z0-9]{2,20})")
_ONE = timedelta(minutes=1)


@dataclass(frozen=True)
class Word:
    """A word as it was said of an alert: `value` is what it takes, as typed."""

    name: str
    alert: str
    value: str = ""
    why: str = ""

    @property
    def typed(self) -> str:
        """The words to say it again."""
        because = f"because {self.why}" if self.why else ""
        return " ".join(filter(None, (self.name, self.alert, self.value, because)))


@dataclass(frozen=True)
class Ready:
    """A word that counts: what it does to the alert, and what the thread is told of it."""

    event: events.Event
    news: Callable[[Alert], Line]
    why: str = ""
    tell: str = ""
    """Who hears of it privately."""
    held: tuple[int, ...] = ()
    """Rungs of the ladder that it holds back."""


async def weigh(world: World, who: Standing, alert: Alert, word: Word) -> Ready | No:
    """What a word comes to for this person and this alert as it is."""
    return await _WORDS[word.name](world, who, alert, word)


def right_of(world: World, alert: Alert, word: Word) -> ThreadWord:
    """The right that a word needs."""
    if word.name == "severity":
        worse = graver(world.book, meant(world, alert, word.value), alert.severity)
        return "raise_severity" if worse or not word.value else "lower_severity"
    rights: Mapping[str, ThreadWord] = {
        "snooze": "snooze", "assign": "assign", "resolve": "resolve", "done": "tick", "undone": "tick",
    }  # fmt: skip
    return rights[word.name]


def meant(world: World, alert: Alert, typed: str) -> str:
    """The severity of the alert's scale that was typed, in any letter case; as typed when it is none."""
    scale = severities_beside(world.book, alert.severity)
    return next((one for one in scale if typed.isascii() and one.lower() == typed.lower()), typed)


def usage(world: World, alert: Alert, name: str) -> Code:
    """The words to type."""
    known = [one for one in severities_beside(world.book, alert.severity) if one != alert.severity]
    return Code(text=wording.USAGE[name].format(example=known[0] if known else alert.severity))


def _against_role(world: World, who: Standing, alert: Alert, word: Word) -> No | None:
    """That the role is missing, or that it is over."""
    decision = may_in_thread(world.book, alert.system, right_of(world, alert, word), who.roles)
    if not decision.allowed:
        return No((decision.words,), decision.rule)
    if alert.state is AlertState.RESOLVED:
        return No((wording.ALERT_RESOLVED,), wording.RULE_OPEN)
    return None


def _missing(world: World, alert: Alert, word: Word) -> No:
    line = say(wording.NEED_WHY, words=usage(world, alert, word.name))
    return No(line, field=WHY, missing=(WHY,))


async def _snooze(world: World, who: Standing, alert: Alert, word: Word) -> Ready | No:
    refused = _against_role(world, who, alert, word)
    if refused is not None:
        return refused
    rule = world.book.systems[alert.system].thread.snooze
    if rule is None or alert.state is not AlertState.FIRING or alert.due_at is None:
        return No(say(wording.SNOOZE_NOW, state=alert.state.value), wording.RULE_SNOOZE_FIRING)
    if not word.value:
        line = say(wording.NEED_VALUE, words=usage(world, alert, word.name))
        return No(line, field=VALUE, missing=(VALUE,))
    try:
        length = parse_duration(word.value.lower())
    except PydanticCustomError:
        length = None
    if not isinstance(length, timedelta) or length < _ONE:
        return No(say(wording.SNOOZE_NO_TIME, typed=Code(text=word.value[:20])), field=VALUE)
    left = rule.at_most - timedelta(seconds=int(alert.snoozed_seconds))
    if length > left:
        some = format_duration(left) if left >= _ONE else wording.SNOOZE_NONE_LEFT
        line = say(wording.SNOOZE_TOO_LONG, most=format_duration(rule.at_most), left=some)
        place = may_in_thread(world.book, alert.system, "snooze", who.roles).rule
        return No(line, place, field=VALUE)
    if not word.why:
        return _missing(world, alert, word)
    now = world.clock.now()
    nap = Snooze(by=who.user, role=_role(world, who), at=now, until=now + length, text=word.why)
    held = machine.rungs_before(alert, nap.until)
    return Ready(events.Snoozed(nap), lambda moved: lines.snooze_line(moved, held), word.why, held=held)


async def _assign(world: World, who: Standing, alert: Alert, word: Word) -> Ready | No:
    refused = _against_role(world, who, alert, word)
    if refused is not None:
        return refused
    named = _PERSON.fullmatch(word.value)
    if named is None:
        line = say(wording.ASSIGN_WHOM, words=usage(world, alert, word.name))
        return No(line, field=VALUE, missing=() if word.value else (VALUE,))
    user = named[1] or named[2]
    taker = await standing(world, user)
    parts = has_part(world.book, alert.system, taker.roles)
    why = taker.nobody or ("" if parts else wording.NO_PART)
    if why:
        system = world.book.systems[alert.system].title
        line = say(wording.ASSIGN_NOBODY, who=User(id=user), why=why, system=system)
        return No(line, wording.RULE_COUNTS, field=VALUE)
    given = Assignment(to=user, by=who.user, at=world.clock.now())
    return Ready(events.Assigned(given), lines.assigned_line, word.why, tell=user)


async def _severity(world: World, who: Standing, alert: Alert, word: Word) -> Ready | No:
    known = severities_beside(world.book, alert.severity)
    after = meant(world, alert, word.value)
    wanted = (word,) if after in known else (replace(word, value=""), _lowered(known, word))
    refusals = [_against_role(world, who, alert, one) for one in wanted]
    if all(refusals):
        return next(filter(None, refusals))
    if after not in known:
        system = world.book.systems[alert.system].title
        typed, listed = Code(text=word.value[:20]), ", ".join(known)
        words = wording.NO_SUCH_SEVERITY if word.value else wording.WHICH_SEVERITY
        line = say(words, typed=typed, system=system, known=listed)
        return No(line, field=VALUE, missing=() if word.value else (VALUE,))
    if after == alert.severity:
        return No(say(wording.SAME_SEVERITY, severity=after), wording.RULE_OPEN, field=VALUE)
    clock = start_clock(world.book, after, world.clock.now())
    if clock.due_at is not None and after not in world.book.systems[alert.system].acknowledge:
        return No(say(wording.NOBODY_ACKS, severity=after), wording.RULE_OPEN, field=VALUE)
    if not word.why:
        return _missing(world, alert, word)
    said = Regrading(
        by=who.user, role=_role(world, who), at=world.clock.now(), before=alert.severity, after=after,
        text=word.why,
    )  # fmt: skip
    raised = right_of(world, alert, word) == "raise_severity"
    return Ready(events.Regraded(said, clock, graver=raised), lines.regraded_line, word.why)


def _lowered(known: tuple[str, ...], word: Word) -> Word:
    """The same word with the mildest severity: who may only lower one may open the form too."""
    return replace(word, value=known[-1] if known else "")


async def _resolve(world: World, who: Standing, alert: Alert, word: Word) -> Ready | No:
    refused = _against_role(world, who, alert, word)
    if refused is not None:
        return refused
    if alert.case_id:
        words = Code(text=wording.RESOLVE_CASE)
        line = say(wording.CASE_FIRST, case=Code(text=alert.case_id), words=words)
        return No(line, wording.RULE_CASE_FIRST)
    if not word.why:
        return _missing(world, alert, word)
    said = Resolution(by=who.user, role=_role(world, who), at=world.clock.now(), text=word.why)
    return Ready(events.Resolved(said), lines.resolved_line, word.why)


async def _tick(world: World, who: Standing, alert: Alert, word: Word) -> Ready | No:
    refused = _against_role(world, who, alert, word)
    if refused is not None:
        return refused
    count = len(alert.checklist)
    if not count:
        return No((wording.NO_LIST,), wording.RULE_OPEN)
    numbers = re.findall(r"[0-9]{1,3}", word.value) if re.fullmatch(r"[0-9, \n]*", word.value) else []
    points = frozenset(int(one) - 1 for one in numbers)
    if not points or not points <= set(range(count)):
        line = say(wording.TICK_WHICH, count=count, words=usage(world, alert, word.name))
        return No(line, field=VALUE, missing=() if word.value else (VALUE,))
    done = word.name == "done"
    changed = frozenset(one for one in points if bool(alert.checklist[one].by) is not done)
    if not changed:
        return No((wording.TICKED_ALREADY,), wording.RULE_OPEN, field=VALUE)
    event = events.Ticked(who.user, done=changed) if done else events.Ticked(who.user, undone=changed)
    told = "; ".join(alert.checklist[one].text for one in sorted(changed))
    news = say(wording.TICKED if done else wording.UNTICKED, who=User(id=who.user), points=told)
    return Ready(event, lambda _: news)


def _role(world: World, who: Standing) -> str:
    return broadest(world.book, who.roles)


_WORDS: Mapping[str, Callable[[World, Standing, Alert, Word], Awaitable[Ready | No]]] = {
    "snooze": _snooze,
    "assign": _assign,
    "severity": _severity,
    "resolve": _resolve,
    "done": _tick,
    "undone": _tick,
}
WORDS = tuple(_WORDS)
