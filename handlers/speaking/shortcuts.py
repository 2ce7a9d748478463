"""Message shortcuts: the menu of any message in one of the bot's threads does what its buttons do.

https://docs.slack.dev/interactivity/implementing-shortcuts#messages
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from handlers import texts
from handlers.alerting.acknowledging import alert_of
from handlers.alerts import wording
from handlers.asking.undoing import undoable
from handlers.cards import ACK, APPROVE, DENY, UNDO, note
from handlers.changes import Cause, Draft, Place
from handlers.messages import Button, Line, Tone
from handlers.requests.model import Request, RequestState
from handlers.speaking.clicks import Click, on_click
from handlers.speaking.replies import nothing_waits, open_requests
from handlers.speaking.threads import find_thread
from handlers.work import Thread, Verdict
from handlers.world import World

SHORTCUTS = {
    "shortcut-ack": ("Acknowledge", "Stop the clock of this thread's alert"),
    "shortcut-approve": ("Approve…", "Approve the request that waits in this thread"),
    "shortcut-deny": ("Deny…", "Deny the request that waits in this thread"),
    "shortcut-undo": ("Undo…", "Ask for the way back of what was done in this thread"),
}
"""Name and description of each shortcut, by its callback id."""
_NOTHING: Mapping[str, Line] = {ACK: (wording.NO_ALERT,), UNDO: (texts.NOTHING_TO_UNDO,)}
_BUTTON_OF = {"shortcut-ack": ACK, "shortcut-approve": APPROVE, "shortcut-deny": DENY, "shortcut-undo": UNDO}


@dataclass(frozen=True)
class Shortcut:
    """A shortcut that was chosen on a message. `place` names the message's thread."""

    user: str
    place: Place
    callback: str
    trigger_id: str


async def on_shortcut(world: World, cause: Cause, chosen: Shortcut) -> Verdict:
    """Press the button that the thread has for it; where several could be meant, offer them all."""
    place = chosen.place
    thread = await find_thread(world, place.channel, place.thread_ts)
    action = _BUTTON_OF[chosen.callback]
    subjects = await _subjects(world, thread, action) if thread else ()
    if len(subjects) == 1:
        click = Click(chosen.user, place, action, subjects[0], chosen.trigger_id)
        return await on_click(world, cause, click)
    label = SHORTCUTS[chosen.callback][0]
    buttons = tuple(Button(label=f"{label} {one}", action=action, value=one) for one in subjects[:5])
    nothing: Line = _NOTHING.get(action) or nothing_waits(world)
    line: Line = (texts.WHICH_ONE_PRESS,) if subjects else nothing
    draft = Draft(cause)
    draft.whisper(place, chosen.user, note(line, Tone.WAITING, buttons=buttons))
    return await world.store.commit(draft.build())


async def _subjects(world: World, thread: Thread, action: str) -> tuple[str, ...]:
    """The alert of a thread, the requests in it that wait for an answer, or those that can be undone."""
    if action == UNDO:
        return await undoable(world, thread)
    if action == ACK:
        alert = alert_of(thread)
        return (alert.id,) if alert else ()
    return tuple(one.id for one in open_requests(thread.objects) if _waits(one))


def _waits(request: Request) -> bool:
    return request.state is RequestState.AWAITING_APPROVAL
