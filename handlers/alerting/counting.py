"""What alerts have come to share is counted now and again, and told in as few messages as that takes."""

from __future__ import annotations

import hashlib
from datetime import datetime

from handlers.alerts import events, machine
from handlers.alerts.ladder import clock_anew
from handlers.alerts.members import LEADS, count_soon, follows, move_member, regraded, state_lists
from handlers.alerts.model import Alert, AlertState, ClockStart, Gathered
from handlers.alerts.stored import alert_key
from handlers.alerts.storm_cards import (
    MOST_PAGES,
    PAGE_LINES,
    Weather,
    digest_card,
    member_line,
    page_card,
    storm_card,
)
from handlers.alerts.storms import BEAT, Storm, members_list, news_list, storm_key, threads_list
from handlers.alerts.transitions import alert_effect, move_alert
from handlers.changes import Cause, Draft, due, settle
from handlers.work import Lane, Stored, Verdict
from handlers.world import World
from policies.clocks import graver

_AT_ONCE = 200
"""Alerts that one unit of work moves with the one that stands for them."""
_UNHURRIED = 25
"""A storm of more causes than this is counted more seldom: each look reads them all."""


async def gather(world: World, cause: Cause, alert_id: str) -> Verdict:
    """Count the alerts that one stands for, name those that are new, and have them follow it."""
    key = alert_key(alert_id)

    async def decide(draft: Draft) -> None:
        alert = draft.load((await world.store.read((key,)))[key], Alert)
        if alert is None or alert.gathered is None:
            return
        counted = await _counted(world, alert)
        told = await _name_new(draft, world, alert, counted)
        if told != alert.gathered:
            draft.save(key, alert := alert.model_copy(update={"gathered": told}))
            alert_effect(draft, world, alert, machine.Effect.SHOW_ROOT)
        await _move(draft, world, alert, told)

    return await settle(world.store, cause, decide)


async def _counted(world: World, alert: Alert) -> Gathered:
    lists = state_lists(alert.id)
    alerts, *open_ = await world.store.counted((members_list(alert.id), *lists.values()))
    by_state = {state.value: count for state, count in zip(lists, open_, strict=True)}
    counts = {"alerts": alerts, **by_state, "newest": await _newest(world, alert.id)}
    return (alert.gathered or Gathered()).model_copy(update=counts)


async def _newest(world: World, alert_id: str) -> datetime | None:
    latest = (await world.store.ranked(members_list(alert_id), 1, latest=True)).objects
    return Alert.model_validate_json(latest[0].body).received_at if latest else None


async def _name_new(draft: Draft, world: World, alert: Alert, gathered: Gathered) -> Gathered:
    """Tell the next alerts by name, on the page that is open or on a new one."""
    if gathered.page > MOST_PAGES:
        return gathered
    news = await world.store.ranked(news_list(alert.id), PAGE_LINES)
    room = PAGE_LINES - len(gathered.lines) if gathered.page else 0
    if news.objects and not room:
        gathered = gathered.model_copy(update={"page": gathered.page + 1, "lines": ()})
        room = PAGE_LINES
    if not news.objects or gathered.page > MOST_PAGES:
        return gathered
    lines = list(gathered.lines)
    for stored in news.objects[:room]:
        member = draft.load(stored, Alert)  # told as it is: where that changes meanwhile it is told anew
        if member is not None:
            lines.append(member_line(member))
        draft.unrank(news_list(alert.id), stored.key)
    gathered = gathered.model_copy(update={"lines": tuple(lines)})
    slot = f"{alert.slot}/page/{gathered.page}"
    draft.show(alert.channel, slot, page_card(gathered), thread=alert.slot, lane=Lane.UPDATE)
    if news.count > room:
        count_soon(draft, alert.id, world.clock.now())
    return gathered


async def _move(draft: Draft, world: World, alert: Alert, gathered: Gathered) -> None:
    """One that stands for others is over when they are, and begins anew with them."""
    if await _follow(draft, world, alert, gathered):
        return
    if alert.state is AlertState.RESOLVED:
        if gathered.firing:
            clock = clock_anew(world.book, alert, world.clock.now())
            again = alert.model_copy(update={"sender_done": True})  # or else none of them would fire again
            move_alert(draft, world, again, events.Fired(clock))
    elif gathered.alerts and not gathered.open:
        move_alert(draft, world, alert, events.SenderResolved())


async def _follow(draft: Draft, world: World, alert: Alert, gathered: Gathered) -> bool:
    """Have the alerts that it stands for follow it, some at a time; whether any of them did."""
    moved = False
    for state, name in state_lists(alert.id).items():
        leads = alert.regrading is not None or state in LEADS.get(alert.state, ())
        if not leads or not gathered.in_state(state):
            continue
        for stored in await _some(world, name, ends=alert.regrading is not None):
            member = draft.load(stored, Alert)
            event = None if member is None else _event(world, alert, member)
            if member is not None and event is not None:
                move_member(draft, world, member, event)
                moved = True
            elif member is not None and member.state is not state:
                draft.unrank(name, stored.key)
    if moved:
        draft.arm(f"gather/{alert.id}/rest", world.clock.now(), due("gather", alert=alert.id))
    return moved


async def _some(world: World, name: str, *, ends: bool) -> list[Stored]:
    """The next of a list. One that has followed in its grade goes to the end, where one that has just come
    may stand as well: so both `ends` are looked at."""
    first = await world.store.ranked(name, _AT_ONCE)
    if not ends or first.count <= _AT_ONCE:
        return [*first.objects]
    last = await world.store.ranked(name, _AT_ONCE, latest=True)
    known = {one.key for one in first.objects}
    return [*first.objects, *(one for one in last.objects if one.key not in known)]


def _event(world: World, stands: Alert, member: Alert) -> events.Event | None:
    """What an alert follows: first how grave the thread is, then what was said of it."""
    said = regraded(stands, member)
    if said is None or member.state is AlertState.RESOLVED:
        return follows(stands, member)
    worse = graver(world.book, said.after, said.before) is not False
    return events.Regraded(said, ClockStart(), graver=worse)


async def watch_storm(world: World, cause: Cause, channel: str) -> Verdict:
    """Count a channel's storm, keep its one message up to date, and end it when it is over."""
    key = storm_key(channel)

    async def decide(draft: Draft) -> None:
        storm = draft.load((await world.store.read((key,)))[key], Storm)
        if storm is None or not storm.rages:
            return
        now = world.clock.now()
        weather, lately = await _weather(world, storm, now)
        rules = world.book.storms.of(channel)
        old_enough = now - storm.since >= rules.over_after
        ended = now if old_enough and lately <= rules.of_one_cause else None
        storm = storm.model_copy(update={"peak": max(storm.peak, weather.rate), "ended_at": ended})
        _show(draft, world, storm, weather)
        if ended is None:
            wait = BEAT * (1 + len(weather.shared) // _UNHURRIED)
            draft.arm(f"storm/{channel}", now + wait, due("storm", channel=channel))
        else:
            draft.record("storm-ended", storm.id, alerts=weather.alerts, open=weather.firing)
            draft.show(channel, f"{storm.slot}/digest", digest_card(storm, weather, world.book))

    return await settle(world.store, cause, decide)


async def _weather(world: World, storm: Storm, now: datetime) -> tuple[Weather, int]:
    """What there is of a storm, and how many came to share a thread within the time that ends it."""
    rules = world.book.storms.of(storm.channel)
    read = await world.store.read([alert_key(one) for one in storm.alerts])
    shared = tuple(Alert.model_validate_json(one.body) for one in read.values() if one.version)
    members = [members_list(one) for one in storm.alerts]
    rates = await world.store.counted([*members, threads_list(storm.channel)], now - rules.within)
    lately = await world.store.counted(members, now - rules.over_after)
    (threads,) = await world.store.counted([threads_list(storm.channel)], storm.since - rules.within)
    return Weather(shared, threads, sum(rates), rules.within), sum(lately)


def _show(draft: Draft, world: World, storm: Storm, weather: Weather) -> None:
    """Show the storm's message, if it says something new."""
    card = storm_card(storm, weather, world.book)
    shown = hashlib.sha256(card.model_dump_json().encode()).hexdigest()
    if shown != storm.shown:
        draft.show(storm.channel, storm.slot, card)
    draft.save(storm_key(storm.channel), storm.model_copy(update={"shown": shown}))
