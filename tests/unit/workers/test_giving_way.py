"""Work gives way to whoever is being acknowledged, and is never starved."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

from bot.giving_way import Edge, Turns, Ways

LONG = 60.0
"""Seconds that a claim would give way if nothing ended its wait: longer than any test may last."""


class Watch:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds


def rush(edge: Edge, watch: Watch) -> None:
    """Many requests, each right behind the one before it."""
    for _ in range(100):
        with edge.taking():
            watch.seconds += 0.01
        watch.seconds += 0.0001


async def settle() -> None:
    """Let everything run that can run without time passing."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_work_may_be_claimed_at_once_when_nobody_is_at_the_edge() -> None:
    assert await Edge().clear(LONG)


async def test_work_waits_while_a_request_is_under_way_and_goes_on_at_its_end() -> None:
    edge = Edge()
    with edge.taking():
        turn = asyncio.ensure_future(Turns(edge, patience=LONG).next())
        await settle()
        assert not turn.done()
    await turn


async def test_work_waits_for_the_last_of_several_requests() -> None:
    edge = Edge()
    with ExitStack() as others:
        others.enter_context(edge.taking())
        with edge.taking():
            turn = asyncio.ensure_future(Turns(edge, patience=LONG).next())
        await settle()
        assert not turn.done()
    await turn


async def test_a_lone_request_holds_up_nothing_once_it_is_recorded() -> None:
    edge = Edge()
    with edge.taking():
        pass
    turn = asyncio.ensure_future(Turns(edge, patience=LONG).next())
    await settle()
    assert turn.done()


async def test_in_a_rush_work_waits_for_a_gap() -> None:
    watch = Watch()
    edge = Edge(watch.now)
    rush(edge, watch)
    turn = asyncio.ensure_future(Turns(edge, patience=LONG).next())
    await settle()
    assert not turn.done()
    watch.seconds += 0.01
    assert not await turn, "few are claimed: the rush may go on"


async def test_a_rush_is_over_some_moments_after_its_last_request() -> None:
    watch = Watch()
    edge = Edge(watch.now)
    rush(edge, watch)
    watch.seconds += 1
    assert await Turns(edge, patience=LONG).next()


async def test_requests_on_a_slow_machine_are_a_rush_although_nobody_waits_for_most_of_the_time() -> None:
    watch = Watch()
    edge = Edge(watch.now)
    for _ in range(100):
        with edge.taking():
            watch.seconds += 0.0005
        watch.seconds += 0.005
    assert edge.rush


async def test_a_burst_of_a_few_people_is_no_rush() -> None:
    watch = Watch()
    edge = Edge(watch.now)
    for _ in range(16):
        with edge.taking():
            watch.seconds += 0.005
    turn = asyncio.ensure_future(Turns(edge, patience=LONG).next())
    await settle()
    assert turn.done()


async def test_a_request_that_fails_is_no_longer_at_the_edge() -> None:
    edge = Edge()
    try:
        with edge.taking():
            raise ConnectionError
    except ConnectionError:
        pass
    assert await edge.clear(LONG)


async def test_without_any_gap_work_has_turns_nevertheless() -> None:
    edge = Edge()
    with edge.taking():
        turns = Turns(edge, patience=0.001, turn=LONG)
        assert not await turns.next()
        again = asyncio.ensure_future(turns.next())
        await settle()
        assert again.done()
        assert not await edge.clear(0.001)


async def test_after_its_turn_work_gives_way_again() -> None:
    edge = Edge()
    with edge.taking():
        turns = Turns(edge, patience=0.001, turn=0.0)
        await turns.next()
        turn = asyncio.ensure_future(Turns(edge, patience=LONG).next())
        await settle()
        assert not turn.done()
    await turn


async def test_alerts_wait_for_peoples_words_until_they_are_done_with() -> None:
    ways = Ways(LONG)
    heard, done = asyncio.Event(), asyncio.Event()

    async def handle(_: str) -> str:
        heard.set()
        await done.wait()
        return "acknowledged"

    words = asyncio.ensure_future(ways.first(handle)("ACK"))
    await heard.wait()
    alerts = asyncio.ensure_future(ways.after_people())
    await settle()
    assert not alerts.done()
    done.set()
    await alerts
    assert "acknowledged" == await words


async def test_after_giving_way_in_vain_alerts_give_way_no_more_for_a_while() -> None:
    clock = Watch()
    ways = Ways(0.001, clock.now)
    with ways.words.taking():
        await ways.after_people()
        wait = asyncio.ensure_future(ways.after_people())
        await settle()
        assert wait.done()


async def test_messages_wait_for_an_effect_to_which_the_same_commit_led() -> None:
    ways = Ways()
    written = asyncio.Event()

    async def write(_: str) -> bool:
        return await written.wait()

    sender = asyncio.ensure_future(ways.sending.next())
    effect = asyncio.ensure_future(ways.effect(write)("R-1"))
    await settle()
    assert not sender.done()
    written.set()
    assert await effect
    assert await sender


async def test_other_due_work_waits_for_an_effect_to_which_the_same_commit_led() -> None:
    ways, began = Ways(), list[str]()
    written = asyncio.Event()

    async def write(name: str) -> bool:
        began.append(name)
        return await written.wait()

    async def tell(name: str) -> None:
        began.append(name)

    notes = asyncio.ensure_future(ways.after_effects(tell)("notes"))
    effect = asyncio.ensure_future(ways.effect(write)("effect"))
    await settle()
    assert began == ["effect"]
    written.set()
    assert await effect
    await notes
    assert began == ["effect", "notes"]


async def test_an_effect_that_lasts_holds_up_messages_for_a_moment_only() -> None:
    ways = Ways()

    async def drain(_: str) -> bool:
        return await asyncio.Event().wait()

    effect = asyncio.ensure_future(ways.effect(drain)("R-1"))
    await settle()
    assert await ways.effects.clear(LONG)
    effect.cancel()


async def test_peoples_words_do_not_wait_for_the_senders_of_alerts() -> None:
    ways = Ways()
    with ways.recording(alerts=True):
        assert await Turns(ways.slack, patience=LONG).next()
        assert not await Turns(ways.everybody, patience=0.001).next()
    with ways.recording(alerts=False):
        assert not await Turns(ways.slack, patience=0.001).next()
        assert not await Turns(ways.everybody, patience=0.001).next()
