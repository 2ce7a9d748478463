"""Switching a system's alerts off and on again, by words; and the end of it, by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from pydantic_core import PydanticCustomError

from handlers import texts
from handlers.alerting.kill_switch import (
    KillSwitch,
    digest_card,
    held_list,
    rule_of,
    show_switch,
    switch_key,
    switches,
    switches_left_on,
    with_mark,
)
from handlers.alerting.opening import tell_held
from handlers.alerts import storm_wording as words
from handlers.alerts.model import Alert, AlertState
from handlers.asking.filling import not_vouched, plain_receipt
from handlers.asking.heard import Heard, whisper
from handlers.cards import note
from handlers.changes import Cause, Draft, due, readable_id, settle
from handlers.identity.proof import doubt
from handlers.messages import Card, Code, Line, Tone
from handlers.work import Verdict
from handlers.world import World
from policies.decisions import may_switch_alerts
from policies.fields import format_duration, parse_duration

WORD = "kill-switch"
_OFF, _FOR = "off", "for"
_SHORTEST = timedelta(minutes=1)
_AT_ONCE = 50
"""Alerts that one unit of work tells at the end."""


async def kill_switch(world: World, cause: Cause, heard: Heard) -> Verdict:
    """`kill-switch <system> for 2h because …` and `kill-switch <system> off because …` (CM-73)."""
    named = [word.lower() for word in heard.command.words if word.lower() != WORD]
    system = next((word for word in named if rule_of(world, word) is not None), "")
    rest = [word for word in named if word != system]
    if not system:
        return await whisper(world, cause, heard.voice, note(_which(world), Tone.BAD))
    decision = may_switch_alerts(world.book, system, heard.voice.who.roles)
    if not decision.allowed:
        draft = Draft(cause)
        heard.voice.refuse(draft, WORD, (decision.words,), decision.rule)
        return await world.store.commit(draft.build())
    if rest == [_OFF]:
        return await _vouched_off(world, cause, heard, system)
    lasts = _length(rest)
    rule = rule_of(world, system)
    if rule is None or lasts is None or not _SHORTEST <= lasts <= rule.longest or not heard.command.reason:
        return await whisper(world, cause, heard.voice, note(_usage(world, system), Tone.BAD))
    return await _vouched_on(world, cause, heard, system, lasts)


def _which(world: World) -> Line:
    known = [name for name in world.book.systems if rule_of(world, name) is not None]
    usage = Code(text=f"{world.book.slash('ops')} {WORD} <system> {_FOR} 1h because <reason>")
    return texts.say(words.SWITCH_WHICH, systems=", ".join(known) or "none", usage=usage)


def _usage(world: World, system: str) -> Line:
    rule = rule_of(world, system)
    usage = Code(text=f"{world.book.slash('ops')} {WORD} {system} {_FOR} 1h because <reason>")
    longest = format_duration(rule.longest) if rule else "-"
    return texts.say(words.SWITCH_USAGE, usage=usage, longest=longest)


def _length(rest: list[str]) -> timedelta | None:
    """`for 2h`, or `2h`, as a duration; None for anything else."""
    typed = rest[1:] if rest[:1] == [_FOR] else rest
    if len(typed) != 1:
        return None
    try:
        length = parse_duration(typed[0])
    except PydanticCustomError:
        return None
    return length if isinstance(length, timedelta) else None


async def _vouched_on(world: World, cause: Cause, heard: Heard, system: str, lasts: timedelta) -> Verdict:
    voice, reason = heard.voice, heard.command.reason
    before = (await switches(world, (system,))).get(system)
    if before is not None:
        return await whisper(world, cause, voice, _on_already(world, before))
    receipt = plain_receipt((words.SWITCH_RECEIPT.format(system=system),))
    doubted = await doubt(world, voice.who.user, voice.proof, receipt)
    if doubted is not None:
        said = f"{WORD} {system} {_FOR} {format_duration(lasts)} because {reason}"
        return await not_vouched(world, cause, voice, doubted, said)
    key, now = switch_key(system), world.clock.now()

    async def decide(draft: Draft) -> None:
        on = await switches(world, (system,), draft)
        if system in on:
            draft.whisper(voice.place, voice.who.user, _on_already(world, on[system]))
            return
        made = KillSwitch(
            id=readable_id("K", cause.id),
            system=system,
            by=voice.who.user,
            reason=reason,
            at=now,
            until=now + lasts,
        )
        draft.save(key, with_mark(world, made))
        draft.record("alerts-off", made.id, system=system, why=reason, until=made.until.isoformat())
        draft.arm(_timer(system), made.until, due("alerts-on", of=system, switch=made.id))
        show_switch(draft, world, made)

    return await settle(world.store, cause, decide)


def _on_already(world: World, switch: KillSwitch) -> Card:
    """That the alerts are off, by whom, and how they come back."""
    off = Code(text=f"{world.book.slash('ops')} {WORD} {switch.system} {_OFF} because …")
    return note(switch.line, Tone.BAD, texts.say(words.SWITCH_ON_ALREADY, words=off))


async def _vouched_off(world: World, cause: Cause, heard: Heard, system: str) -> Verdict:
    voice, reason = heard.voice, heard.command.reason
    if system not in await switches(world, (system,)):
        line = texts.say(words.SWITCH_NOT_ON, system=system)
        return await whisper(world, cause, voice, note(line))
    receipt = plain_receipt((words.SWITCH_OFF_RECEIPT.format(system=system),))
    doubted = await doubt(world, voice.who.user, voice.proof, receipt)
    if doubted is not None:
        return await not_vouched(world, cause, voice, doubted, f"{WORD} {system} {_OFF} because {reason}")

    async def decide(draft: Draft) -> None:
        on = (await switches(world, (system,), draft)).get(system)
        if on is None:
            line = texts.say(words.SWITCH_NOT_ON, system=system)
            draft.whisper(voice.place, voice.who.user, note(line))
            return
        now = world.clock.now()
        ended = on.model_copy(update={"until": min(on.until, now), "ended_by": voice.who.user})
        draft.save(switch_key(system), with_mark(world, ended))
        draft.record("alerts-on-wanted", on.id, system=system, why=reason)
        draft.arm(_timer(system), now, due("alerts-on", of=system, switch=on.id))

    return await settle(world.store, cause, decide)


def _timer(system: str) -> str:
    return f"kill-switch/{system}"


async def end_switch(world: World, cause: Cause, system: str, switch_id: str) -> Verdict:
    """Its time is over: tell what it held back and is still open, some at a time, and then the digest."""

    async def decide(draft: Draft) -> None:
        on = (await switches_left_on(world, (system,), draft)).get(system)
        if on is None or on.id != switch_id or world.clock.now() < on.until:
            return
        name = held_list(on.id)
        held = await world.store.ranked(name, _AT_ONCE)
        alerts = [draft.load(stored, Alert) for stored in held.objects]
        for stored in held.objects:
            draft.unrank(name, stored.key)
        known = [alert for alert in alerts if alert is not None]
        open_ = [alert for alert in known if alert.state is not AlertState.RESOLVED]
        over = [alert for alert in known if alert.state is AlertState.RESOLVED]
        await tell_held(draft, world, open_)
        counted = {
            "told": _more(on.told, [alert.severity for alert in open_]),
            "over": _more(on.over, [alert.severity for alert in over]),
        }
        if held.count > len(held.objects):
            draft.save(switch_key(system), with_mark(world, on.model_copy(update=counted)))
            draft.arm(_timer(system), world.clock.now(), due("alerts-on", of=system, switch=on.id))
        else:
            _end(draft, world, on.model_copy(update={**counted, "ended_at": world.clock.now()}))

    return await settle(world.store, cause, decide)


def _more(counts: Mapping[str, int], severities: list[str]) -> dict[str, int]:
    return dict(Counter(counts) + Counter(severities))


def _end(draft: Draft, world: World, switch: KillSwitch) -> None:
    draft.save(switch_key(switch.system), with_mark(world, switch))
    draft.record("alerts-on", switch.id, system=switch.system, told=dict(switch.told), over=dict(switch.over))
    show_switch(draft, world, switch)
    digest: Card = digest_card(switch)
    known = world.book.systems.get(switch.system)
    channel = known.channel if known else world.book.announce
    draft.show(channel, f"kill-switch/{switch.id}/digest", digest)
