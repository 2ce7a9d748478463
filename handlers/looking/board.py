"""A board: one message in a channel that shows what is open and is kept up to date for a day."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from handlers import texts
from handlers.alerting.kill_switch import switches
from handlers.asking.heard import Heard, whisper
from handlers.cards import note
from handlers.changes import Cause, Draft, due, settle
from handlers.lockdown import in_force
from handlers.looking import wording as w
from handlers.looking.lists import open_work
from handlers.messages import Card, Line, Strong, Tone, When
from handlers.work import Key, Verdict
from handlers.world import World
from policies.decisions import has_part

LIFETIME = timedelta(hours=24)
EVERY = timedelta(seconds=10)
"""How often a board is looked at; its message changes only when what it shows does."""


class Board(BaseModel):
    """A board that is kept up to date. `shown` is a digest of what it shows now."""

    model_config = ConfigDict(frozen=True)

    channel: str
    begun: datetime
    until: datetime
    shown: str = ""

    @property
    def slot(self) -> str:
        return f"board/{self.channel}/{int(self.begun.timestamp())}"


async def start_board(world: World, cause: Cause, heard: Heard) -> Verdict:
    """`board`: a new board at the end of this channel; an older one here is no longer kept."""
    who, channel = heard.voice.who, heard.voice.place.channel
    if not any(has_part(world.book, system, who.roles) for system in world.book.systems):
        return await whisper(world, cause, heard.voice, note((w.BOARD_NOT_YOURS,), Tone.BAD))
    key, now = Key("board", channel), world.clock.now()

    async def decide(draft: Draft) -> None:
        draft.saw((await world.store.read((key,)))[key])
        draft.save(key, Board(channel=channel, begun=now, until=now + LIFETIME))
        draft.record("board-started", channel)
        draft.arm(f"board/{channel}", now, due("board", channel=channel))

    return await settle(world.store, cause, decide)


async def refresh_board(world: World, cause: Cause, channel: str) -> Verdict:
    """Show what is open now, if that has changed, and come back soon; a day later for the last time."""
    key, now = Key("board", channel), world.clock.now()

    async def decide(draft: Draft) -> None:
        board = draft.load((await world.store.read((key,)))[key], Board)
        if board is None:
            return
        over = now >= board.until
        card = await _board_card(world, board, over=over)
        shown = hashlib.sha256(card.model_dump_json().encode()).hexdigest()
        if shown != board.shown:
            draft.show(channel, board.slot, card)
            draft.save(key, board.model_copy(update={"shown": shown}))
        if over:
            draft.forget(key)
        else:
            draft.arm(f"board/{channel}", now + EVERY, due("board", channel=channel))

    return await settle(world.store, cause, decide)


async def _board_card(world: World, board: Board, *, over: bool) -> Card:
    lines: list[Line] = []
    busy = 0
    for name, system in world.book.systems.items():
        alerts, waiting, unsure = await open_work(world, name)
        rows = [*alerts, *unsure, *waiting]
        busy += len(rows)
        if rows:
            lines += [(Strong(text=system.title),), *rows]
    lines[:0] = [switch.line for switch in (await switches(world, world.book.systems)).values()]
    lock = await in_force(world)
    if lock is not None:
        lines.insert(0, lock.line)
    kept: Line = (w.BOARD_OVER,) if over else texts.say(w.BOARD_KEPT, until=When(at=board.until))
    headline = w.BOARD_SUMMARY.format(count=busy) if busy else w.BOARD_QUIET
    return Card(
        tone=Tone.WARNING if busy or lock is not None else Tone.GOOD,
        title=w.BOARD_TITLE,
        body=tuple(lines) or ((w.BOARD_QUIET,),),
        footnote=kept,
        summary=headline,
    )
