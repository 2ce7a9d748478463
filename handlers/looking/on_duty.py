"""`/oncall [system]`: who answers now, told privately."""

from __future__ import annotations

from handlers import texts
from handlers.alerts import wording as w
from handlers.alerts.on_call import on_call_now
from handlers.asking.heard import Heard, confide
from handlers.cards import note
from handlers.changes import Cause
from handlers.identity.standing import Standing
from handlers.messages import Line, Strong, Tone
from handlers.work import Verdict
from handlers.world import World
from policies.decisions import has_part


async def on_call(world: World, cause: Cause, heard: Heard) -> Verdict:
    """`oncall [system]`: of the named system, the thread's, or all that one has a part in."""
    systems = _systems(world, heard.voice.who, (heard.second or heard.system).lower())
    lines = [line for system in systems for line in await _of_system(world, system)]
    card = note((w.ON_CALL_HEAD if lines else w.ON_CALL_NONE,), Tone.QUIET, *lines)
    return await confide(world, cause, heard.voice, card)


def _systems(world: World, who: Standing, named: str) -> tuple[str, ...]:
    names = (named,) if named in world.book.systems else tuple(world.book.systems)
    return tuple(one for one in names if has_part(world.book, one, who.roles))


async def _of_system(world: World, name: str) -> tuple[Line, ...]:
    title = Strong(text=world.book.systems[name].title)
    found = await on_call_now(world, name, world.clock.now())
    if found is None:
        return (texts.say(w.ON_CALL_NO_SCHEDULE, system=title),)
    who = tuple(span for one in found.spans for span in (one, " "))[:-1]
    line = texts.say(w.ON_CALL_LINE, system=title, who=who)
    return (line, found.note) if found.note else (line,)
