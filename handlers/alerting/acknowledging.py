"""Acknowledging an alert: it stops the clock, for somebody who holds the role and means this very alert."""

from __future__ import annotations

from handlers import texts
from handlers.alerting.answering import acknowledge_storm, acknowledgement_of
from handlers.alerts import events, wording
from handlers.alerts.lines import ack_news
from handlers.alerts.model import Alert, AlertState
from handlers.alerts.stored import read_alert
from handlers.alerts.storms import storm_of
from handlers.alerts.transitions import move_alert
from handlers.cards import note
from handlers.changes import Cause, Draft, settle
from handlers.identity.answers import Voice
from handlers.identity.proof import words_differ
from handlers.identity.standing import Standing
from handlers.messages import Code, Line, ThreadLink, Tone, User, When
from handlers.parsing import Ack
from handlers.requests.transitions import thread_set
from handlers.work import Thread, Verdict
from handlers.world import World
from policies.decisions import may_acknowledge, may_claim_role


def alert_of(thread: Thread | None) -> Alert | None:
    """The alert that lives in a thread."""
    return alert_in(None, thread) if thread else None


def alert_in(draft: Draft | None, thread: Thread) -> Alert | None:
    """The alert of a thread; with a draft, the decision rests on it as it was read."""
    for stored in thread.objects:
        if stored.key.kind == "alert":
            return draft.load(stored, Alert) if draft else Alert.model_validate_json(stored.body)
    return None


async def acknowledge(world: World, cause: Cause, voice: Voice, thread: Thread, said: Ack) -> Verdict:
    """Stop an alert's clock (CM-10): the role must be held, a named case must be the thread's."""
    storm = await storm_of(world, thread.slot)
    if storm is not None:
        return await acknowledge_storm(world, cause, voice, storm, said, against_ack)

    async def decide(draft: Draft) -> None:
        current = await world.store.linked(thread_set(thread.slot))
        alert = alert_in(draft, Thread(thread.slot, thread.channel, thread.ts, tuple(current)))
        if alert is None:
            draft.whisper(voice.place, voice.who.user, note(await _not_here(world, thread, said)))
            return
        against = against_ack(world, alert, voice.who, said)
        if against is not None:
            what, rule = against
            voice.refuse(draft, alert.id, what, rule)
            return
        why = await words_differ(world, voice.who.user, voice.words) if voice.ts else ""
        if why:
            voice.refuse(draft, alert.id, (why,), texts.RULE_AS_SPOKEN)
            return
        seen = acknowledgement_of(world, voice, said)
        moved = move_alert(draft, world, alert, events.Acknowledged(seen))
        slot = f"{alert.slot}/ack/{alert.epoch}"
        draft.show(thread.channel, slot, note(ack_news(moved), Tone.GOOD), thread=alert.slot)

    return await settle(world.store, cause, decide)


async def _not_here(world: World, thread: Thread, said: Ack) -> Line:
    """That no alert lives in this thread, and where the one does that is meant or that was told here."""
    kind, _, rest = thread.slot.partition("/")
    alert = await read_alert(world.store, said.ref or (rest.partition("/")[0] if kind == "alert" else ""))
    if alert is None:
        return (wording.NO_ALERT,)
    own = ThreadLink(slot=f"alert/{alert.joined}" if alert.joined else alert.slot, text=wording.ITS_THREAD)
    return texts.say(wording.NO_ALERT_HERE, id=Code(text=alert.id), thread=own)


def against_ack(world: World, alert: Alert, who: Standing, said: Ack) -> tuple[Line, str] | None:
    """Why this acknowledgement does not count, and by which rule; None when it does."""
    named = [case for case in said.cases if case != alert.case_id]
    if named:
        words = texts.OTHER_CASE if alert.case_id else wording.NO_CASE_HERE
        line = texts.say(words, case=Code(text=alert.case_id), named=Code(text=named[0]))
        return line, texts.RULE_NAMED_CASE
    if said.ref and said.ref not in {alert.id, alert.subject, alert.case_id}:
        return texts.say(texts.OTHER_REF, ref=Code(text=said.ref)), texts.RULE_NAMED_REF
    claim = may_claim_role(world.book, said.claimed_word, who.roles)
    if not claim.allowed:
        return (claim.words,), claim.rule
    decision = may_acknowledge(world.book, alert.system, alert.severity, who.roles)
    if not decision.allowed:
        return (decision.words,), decision.rule
    seen = alert.acknowledgement
    if alert.state is AlertState.ACKNOWLEDGED and seen is not None:
        line = texts.say(
            wording.ACKED_ALREADY, who=User(id=seen.by), when=When(at=seen.at), role=seen.role.upper()
        )
        return line, wording.RULE_ACKED_ONCE
    if alert.state is AlertState.RESOLVED:
        return (wording.ALERT_RESOLVED,), wording.RULE_ACK_FIRING
    return None
