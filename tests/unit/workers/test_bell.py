"""The bell that tells the loops of a replica that there is something to do."""

from __future__ import annotations

import asyncio

from bot.workers import OUTBOX, Bell
from handlers.work import Queue

LONG = 60.0
"""Seconds that a loop would sleep if nobody woke it: longer than any test may last."""


async def test_a_ring_wakes_the_loop_that_it_names_and_no_other() -> None:
    bell = Bell()
    people = asyncio.ensure_future(bell.wait(Queue.PEOPLE, LONG))
    alerts = asyncio.ensure_future(bell.wait(Queue.ALERTS, LONG))
    bell.ring(Queue.PEOPLE)
    await people
    assert not alerts.done()
    alerts.cancel()


async def test_a_ring_without_names_wakes_everybody() -> None:
    bell = Bell()
    loops = [asyncio.ensure_future(bell.wait(name, LONG)) for name in (*Queue, OUTBOX)]
    bell.ring()
    await asyncio.gather(*loops)


async def test_what_rings_while_a_loop_looks_is_heard_when_it_has_looked() -> None:
    bell = Bell()
    bell.hush(Queue.PEOPLE)
    bell.ring(Queue.PEOPLE)
    await bell.wait(Queue.PEOPLE, LONG)


async def test_what_was_looked_at_wakes_nobody_again() -> None:
    bell = Bell()
    bell.ring(Queue.PEOPLE)
    bell.hush(Queue.PEOPLE)
    waiting = asyncio.ensure_future(bell.wait(Queue.PEOPLE, LONG))
    bell.ring(Queue.ALERTS)
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()


async def test_a_loop_that_nobody_wakes_looks_again_by_itself() -> None:
    await Bell().wait(Queue.DUE, 0.001)
