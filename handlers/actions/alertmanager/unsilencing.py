"""`unsilence <id> because …`: a silence of this system ends now, whoever made it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from handlers.actions import Observation, Order, Verified
from handlers.actions.alertmanager import wording as w
from handlers.actions.alertmanager.bounding import joined
from handlers.actions.alertmanager.ports import Alertmanager, Silence
from handlers.actions.alertmanager.silencing import PAUSES
from handlers.actions.alertmanager.telling import alert_lines, counted, moment, short
from handlers.actions.alertmanager.vocabulary import KIND, SHORTEST, SilenceTarget
from handlers.actions.registry import action
from handlers.errors import DoNotRetry, OutcomeUnknown, TargetChanged, TryAgainLater
from policies.fields import format_duration

_LONGEST_MATCHERS, _LONGEST_COMMENT = 600, 300


async def _own(system: Alertmanager, id: str) -> Silence:
    """A silence of this system. Raises DoNotRetry for another one, or none."""
    found = await system.silence(id)
    if found is None:
        raise DoNotRetry(w.NO_SUCH.format(id=id), "no-such-silence")
    if not set(system.bounds.carried) <= found.matchers:
        carried = joined(system.bounds.carried)
        raise DoNotRetry(w.OTHERS.format(id=id, carried=carried, by=short(found.by)), "not-ours")
    return found


def _sealed(system: Alertmanager, found: Silence) -> dict[str, object]:
    matchers = sorted(str(one) for one in found.matchers)
    ends = found.ends.isoformat()
    return {"alertmanager": system.identity, "silence": found.id, "matchers": matchers, "ends": ends}


async def _look(system: Alertmanager, params: SilenceTarget) -> Observation:
    found = await _own(system, params.silence)
    if found.is_over:
        raise DoNotRetry(w.OVER_ALREADY.format(id=found.id, ended=moment(found.ends)), "so-already")
    alerts = await system.alerts(sorted(found.matchers))
    shown = (
        (w.HIDES, short(found.hides, _LONGEST_MATCHERS)),
        (w.MADE_BY, short(found.by)),
        (w.WHY, short(found.why, _LONGEST_COMMENT)),
        (w.UNTIL, moment(found.ends)),
        (w.TOLD_AGAIN, counted(alerts)),
    )
    documents = ((w.WHICH_AGAIN, "\n".join(alert_lines(alerts))),) if alerts else ()
    return Observation(_sealed(system, found), shown=shown, documents=documents, covered=(w.HIDES, w.UNTIL))


async def _ask(system: Alertmanager, order: Order) -> Verified | None:
    """Ended is ended: Alertmanager keeps nobody's name for it, and a second end changes nothing."""
    found = await _own(system, order.params.silence)
    return _told(system, order, found) if found.is_over else None


def _told(system: Alertmanager, order: Order, found: Silence) -> Verified:
    """The way back hides the same for the whole minutes that were left, where that can be typed."""
    line = w.ENDED.format(id=found.id, ended=moment(found.ends))
    added = {*system.bounds.carried, *system.bounds.audible}
    typed = [str(one) for one in sorted(found.matchers - added)] or [
        str(one) for one in system.bounds.carried
    ]
    minutes = (datetime.fromisoformat(order.sealed["ends"]) - found.ends) // timedelta(minutes=1)
    left = timedelta(minutes=minutes)
    can_be_typed = left >= timedelta(seconds=SHORTEST) and not any(
        char.isspace() for word in typed for char in word
    )
    way_back = " ".join(("silence", *typed, "for", format_duration(left))) if can_be_typed else ""
    return Verified(lines=(line,), way_back=way_back)


@action(
    "unsilence",
    kind=KIND,
    params=SilenceTarget,
    look=_look,
    ask=_ask,
    sealed="which Alertmanager, the silence's id and matchers, when it is to end",
    precondition="none possible: looked at right before",
    stamp="none possible: Alertmanager keeps no word about an end",
    question="is the silence over?",
    way_back="silence",
    takes=("silence",),
    tells_whose=False,
)
async def unsilence(system: Alertmanager, order: Order) -> Verified:
    """End a silence and read back that it is over."""
    found = await _own(system, order.params.silence)
    if _sealed(system, found) != dict(order.sealed):
        raise TargetChanged(w.CHANGED.format(id=found.id))
    unsure = ""
    try:
        await system.expire(found.id)
    except OutcomeUnknown as lost:
        unsure = f"{lost} "
    for pause in PAUSES:
        await asyncio.sleep(pause)
        try:
            found = await _own(system, order.params.silence)
        except (DoNotRetry, TryAgainLater) as why:
            raise OutcomeUnknown(w.CANNOT_READ_BACK.format(why=why)) from why
        if found.is_over:
            return _told(system, order, found)
    raise OutcomeUnknown(f"{unsure}{w.NOT_ENDED.format(id=found.id, state=found.state)}")
