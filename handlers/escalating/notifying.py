"""Telling people outside Slack: PagerDuty, mail, webhooks. At least once; a repeat has the same id.

Each notifier and subject has one item of due work, which tells how the subject stands at that moment. One
that fails or hangs delays only itself; that it failed is said in the thread.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from handlers import texts
from handlers.alerts import wording as w
from handlers.alerts.model import Alert, AlertState, Lasting
from handlers.alerts.stored import read_alert
from handlers.cards import note
from handlers.changes import Cause, Draft, later, settle
from handlers.errors import DoNotRetry, OutcomeUnknown, TryAgainLater
from handlers.messages import Card, Strong, Tone, When, plain
from handlers.ports.notifying import News, Notice
from handlers.requests.model import Request, RequestState
from handlers.requests.transitions import read_request
from handlers.work import Verdict
from handlers.world import World

PATIENCE = 15.0
"""Seconds that a notifier may take."""
SAID_AFTER = 2
"""Failures in a row before people are told that it failed: one may be a blip."""
LONGEST_WAIT = 300.0
_REQUEST_LOOKS = 30.0
GIVEN_UP_AFTER = timedelta(hours=24)


class NotifyDue(BaseModel):
    """Due work: tell a notifier how an alert or a request stands. `failing_since` while it fails."""

    model_config = ConfigDict(frozen=True)

    do: str = "notify"
    kind: str
    subject: str
    notifier: str
    system: str
    told: str = ""
    """The id of the notice that was told last."""
    failures: int = 0
    failing_since: datetime | None = None


@dataclass(frozen=True)
class _Standing:
    """How a subject stands, and where its thread is."""

    notice: Notice
    channel: str
    slot: str


async def notify(world: World, cause: Cause, asked: NotifyDue) -> Verdict:
    """Tell how it stands now; where that has changed meanwhile, tell again."""
    stands = await _standing(world, asked)
    if stands is None:
        return await world.store.commit(Draft(cause).build())
    if stands.notice.id == asked.told:
        draft = Draft(cause)
        _follow(draft, world, asked, stands)
        return await world.store.commit(draft.build())
    stands = replace(stands, notice=replace(stands.notice, link=await _link(world, stands.slot)))
    why, refused = await _tell(world, asked.notifier, stands.notice)
    if why:
        return await _failed(world, cause, asked, stands, why, refused=refused)

    async def decide(draft: Draft) -> None:
        draft.record("notified", asked.subject, notifier=asked.notifier, news=stands.notice.news)
        if asked.failures >= SAID_AFTER:
            line = texts.say(
                w.TOLD_LATE, notifier=Strong(text=asked.notifier), when=When(at=world.clock.now())
            )
            _say(draft, stands, asked, note(line, Tone.GOOD))
        current = await _standing(world, asked)
        told = asked.model_copy(update={"told": stands.notice.id, "failures": 0, "failing_since": None})
        if current is not None and current.notice.id != stands.notice.id:
            _again(draft, told, world.clock.now())
        else:
            if cause.item is None:  # told beside its queue: what waits there has nothing more to tell
                draft.disarm(_due_work(asked))
            _follow(draft, world, told, stands)

    return await settle(world.store, cause, decide)


def _follow(draft: Draft, world: World, told: NotifyDue, stands: _Standing) -> None:
    """Look again whether a request still waits; an alert says by itself when it is answered."""
    if told.kind == "request" and stands.notice.news is News.WAITS:
        _again(draft, told, later(world.clock.now(), _REQUEST_LOOKS))


async def _tell(world: World, name: str, notice: Notice) -> tuple[str, bool]:
    """Why it was not taken, empty when it was, and whether that is for good until somebody mends it."""
    notifier, rule = world.notifiers.get(name), world.book.notifiers.get(name)
    if notifier is None or rule is None:
        return w.NO_SUCH_NOTIFIER, True
    try:
        async with asyncio.timeout(PATIENCE):
            await notifier.tell(replace(notice, to=rule.to))
    except DoNotRetry as no:
        return str(no), True
    except (TryAgainLater, OutcomeUnknown) as away:
        return str(away), False
    except TimeoutError:
        return f"no answer within {PATIENCE:.0f} seconds", False
    return "", False


async def _failed(
    world: World, cause: Cause, asked: NotifyDue, stands: _Standing, why: str, *, refused: bool
) -> Verdict:
    """Say so in the thread, once it is no blip, and try again with growing patience for a day."""
    now = world.clock.now()
    failures, since = asked.failures + 1, asked.failing_since or now
    given_up = now - since >= GIVEN_UP_AFTER
    draft = Draft(cause)
    draft.record("notify-failed", asked.subject, notifier=asked.notifier, why=why, failures=failures)
    name = Strong(text=asked.notifier)
    if given_up:
        hours = int(GIVEN_UP_AFTER.total_seconds() // 3600)
        line = texts.say(w.NOT_TOLD_GIVEN_UP, notifier=name, hours=hours, why=why)
        _say(draft, stands, asked, note(line, Tone.BAD))
    elif refused or failures >= SAID_AFTER:
        _say(draft, stands, asked, note(texts.say(w.NOT_TOLD, notifier=name, why=why), Tone.BAD))
    if not given_up:
        wait = LONGEST_WAIT if refused else min(LONGEST_WAIT, 2.0 ** min(failures, 9))
        # As many as make it known that it was said: a refusal is said at the first.
        said = max(failures, SAID_AFTER) if refused else failures
        _again(draft, asked.model_copy(update={"failures": said, "failing_since": since}), later(now, wait))
    return await world.store.commit(draft.build())


def _say(draft: Draft, stands: _Standing, asked: NotifyDue, card: Card) -> None:
    draft.show(stands.channel, f"{stands.slot}/notify/{asked.notifier}", card, thread=stands.slot)


def _again(draft: Draft, asked: NotifyDue, at: datetime) -> None:
    draft.arm(_due_work(asked), at, asked.model_dump_json())


def _due_work(asked: NotifyDue) -> str:
    return f"{asked.kind}/{asked.subject}/notify/{asked.notifier}"


async def _standing(world: World, asked: NotifyDue) -> _Standing | None:
    """How the subject stands; None where it is forgotten, or began anew and nobody need know yet."""
    if asked.kind == "alert":
        alert = await read_alert(world.store, asked.subject)
        return standing_of(world, alert, asked.notifier) if alert else None
    request = await read_request(world.store, asked.subject)
    return _of_request(request) if request else None


_NEWS = {
    AlertState.FIRING: (News.WAITS, w.TELLS),
    AlertState.ACKNOWLEDGED: (News.ANSWERED, w.TELLS_ANSWERED),
    AlertState.RESOLVED: (News.OVER, w.TELLS_OVER),
}


def standing_of(world: World, alert: Alert, notifier: str) -> _Standing | None:
    """How an alert stands for who is told by a notifier; None where they need not know yet."""
    rungs = [
        number for number, rung in enumerate(alert.ladder[: alert.escalated], 1) if notifier in rung.notify
    ]
    lasts = _lasts(alert, notifier)
    if lasts is None and (alert.state not in _NEWS or (not rungs and alert.state is AlertState.FIRING)):
        return None
    news, words = (News.LASTS, w.TELLS_LASTS) if lasts else _NEWS[alert.state]
    severity = world.book.severities.get(alert.severity)
    title = f"{alert.severity} {alert.title}"
    hours, says = (f"{lasts.after_seconds / 3600:g}", lasts.say) if lasts else ("", "")
    line = texts.say(words, title=title, id=alert.id, system=alert.system, hours=hours, say=says)
    told = f"{alert.id}/{alert.epoch}/{rungs[-1] if rungs else 0}/{news}"
    notice = Notice(
        f"{told}/{hours}" if lasts else told, alert.id, news, alert.system, title, plain(line).rstrip(),
        severity.tone if severity else "warning", alert.received_at,
        anew=lasts is not None or (alert.epoch > 1 and rungs[:1] == rungs[-1:]),
    )  # fmt: skip
    return _Standing(notice, alert.channel, alert.slot)


def _lasts(alert: Alert, notifier: str) -> Lasting | None:
    """What was last told of its not being over, unless it is by now, or somebody has answered since."""
    told, seen = alert.lasting, alert.acknowledgement
    if told is None or notifier not in told.notify or alert.state is AlertState.RESOLVED:
        return None
    return None if seen is not None and seen.at > told.at else told


def _of_request(request: Request) -> _Standing:
    waits = request.state is RequestState.AWAITING_APPROVAL
    news = News.WAITS if waits else News.OVER
    title = f"{request.action} {request.target}"
    words = w.TELLS if waits else w.TELLS_OVER
    line = texts.say(words, title=title, id=request.id, system=request.system)
    notice = Notice(
        f"{request.id}/{news}", request.id, news, request.system, title, plain(line), "warning",
        request.created_at,
    )  # fmt: skip
    return _Standing(notice, request.channel, request.thread_slot or request.card_slot)


async def _link(world: World, slot: str) -> str:
    """The address of the thread; none is better than no notice."""
    place = await world.store.slot(slot)
    if place is None:
        return ""
    try:
        return await world.messenger.permalink(*place)
    except (TryAgainLater, DoNotRetry):
        return ""
