"""Looks at the bot's own state: what stands where. They change nothing and are told privately."""

from __future__ import annotations

from handlers import texts
from handlers.alerts.lines import clock_line
from handlers.alerts.model import Alert
from handlers.asking.heard import Heard, confide, whisper
from handlers.cards import note
from handlers.changes import Cause
from handlers.looking import wording as w
from handlers.messages import Code, Line, ThreadLink, Tone
from handlers.requests.cards import request_card, state_words
from handlers.requests.model import Request
from handlers.requests.transitions import read_request
from handlers.work import Stored, Verdict
from handlers.world import World
from policies.decisions import has_part


async def status(world: World, cause: Cause, heard: Heard) -> Verdict:
    """`status R-…` for who has a part in its system, or of the thread it is asked in."""
    if heard.second:
        wanted = heard.second.upper()
        request = await read_request(world.store, wanted)
        if request is None or not _may_see(world, heard, request):
            line = texts.say(texts.NO_SUCH_REQUEST, id=Code(text=wanted))
            return await whisper(world, cause, heard.voice, note(line))
        card = request_card(request, world.book).model_copy(update={"buttons": ()})
        if not request.automatic:  # what policy runs by itself has no card of its own
            there = ThreadLink(slot=request.card_slot, text=request.id)
            card = card.model_copy(update={"footnote": (there, *card.footnote[1:])})
        return await confide(world, cause, heard.voice, card)
    lines = [_state_line(stored) for stored in (heard.thread.objects if heard.thread else ())]
    card = note(lines[0], Tone.QUIET, *lines[1:]) if lines else note(_nothing_open(world))
    return await whisper(world, cause, heard.voice, card)


def _nothing_open(world: World) -> Line:
    return texts.say(w.STATUS_NONE, pending=Code(text=f"{world.book.slash('ops')} pending"))


def _may_see(world: World, heard: Heard, request: Request) -> bool:
    known = request.system in world.book.systems
    return known and has_part(world.book, request.system, heard.voice.who.roles)


def _state_line(stored: Stored) -> Line:
    if stored.key.kind == "request":
        request = Request.model_validate_json(stored.body)
        return (Code(text=request.id), f" {request.action} {request.target}: {state_words(request.state)}")
    alert = Alert.model_validate_json(stored.body)
    told = f" {alert.severity} {alert.title}: {alert.state}. "
    return (Code(text=alert.id), told, *clock_line(alert))
