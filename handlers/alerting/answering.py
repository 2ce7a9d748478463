"""An answer to a storm's message: it counts for every thread of the storm that the person may answer."""

from __future__ import annotations

from collections.abc import Callable

from handlers import texts
from handlers.alerts import events
from handlers.alerts import storm_wording as words
from handlers.alerts.model import Acknowledgement, Alert, AlertState
from handlers.alerts.stored import alert_key
from handlers.alerts.storms import Storm
from handlers.alerts.transitions import move_alert
from handlers.cards import note
from handlers.changes import Cause, Draft, settle
from handlers.identity.answers import Voice
from handlers.identity.proof import words_differ
from handlers.identity.standing import Standing
from handlers.messages import Line, Tone, User
from handlers.parsing import Ack
from handlers.work import Verdict
from handlers.world import World
from policies.decisions import broadest

Against = Callable[[World, Alert, Standing, Ack], tuple[Line, str] | None]
"""Why an acknowledgement of one alert does not count, and by which rule; None when it does."""


def acknowledgement_of(world: World, voice: Voice, said: Ack) -> Acknowledgement:
    """What somebody's word is kept as; that it counts has been asked before."""
    role = broadest(world.book, voice.who.roles)
    return Acknowledgement(by=voice.who.user, role=role, at=world.clock.now(), text=said.text)


async def acknowledge_storm(
    world: World, cause: Cause, voice: Voice, storm: Storm, said: Ack, against: Against
) -> Verdict:
    """Stop the clocks of a storm's threads, each by its own rule; the alerts in them follow."""

    async def decide(draft: Draft) -> None:
        waiting = await _waiting(draft, world, storm)
        refused = {alert.id: against(world, alert, voice.who, said) for alert in waiting}
        open_ = [alert for alert in waiting if refused[alert.id] is None]
        why = next((no for no in refused.values() if no is not None), None)
        if not waiting:
            draft.whisper(voice.place, voice.who.user, note((words.STORM_NOTHING,)))
            return
        if not open_ and why is not None:
            voice.refuse(draft, storm.id, *why)
            return
        differ = await words_differ(world, voice.who.user, voice.words) if voice.ts else ""
        if differ:
            voice.refuse(draft, storm.id, (differ,), texts.RULE_AS_SPOKEN)
            return
        seen = acknowledgement_of(world, voice, said)
        for alert in open_:
            move_alert(draft, world, alert, events.Acknowledged(seen))
        _tell(draft, storm, seen, open_, len(waiting) - len(open_), why[0] if why else ())

    return await settle(world.store, cause, decide)


async def _waiting(draft: Draft, world: World, storm: Storm) -> list[Alert]:
    """The alerts that stand for others and that nobody has."""
    read = await world.store.read([alert_key(one) for one in storm.alerts])
    alerts = [draft.load(stored, Alert) for stored in read.values()]
    taken = (AlertState.ACKNOWLEDGED, AlertState.RESOLVED)
    return [alert for alert in alerts if alert is not None and alert.state not in taken]


def _tell(
    draft: Draft, storm: Storm, seen: Acknowledgement, open_: list[Alert], left: int, why: Line
) -> None:
    count = sum(alert.gathered.alerts for alert in open_ if alert.gathered is not None)
    line = texts.say(
        words.ACKED_STORM, who=User(id=seen.by), threads=len(open_), count=count, role=seen.role.upper()
    )
    more = (texts.say(words.ACKED_STORM_LEFT, threads=left, why=why),) if left else ()
    slot = f"{storm.slot}/ack/{int(seen.at.timestamp())}"
    draft.show(storm.channel, slot, note(line, Tone.GOOD, *more), thread=storm.slot)
