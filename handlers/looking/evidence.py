"""Edits and deletions. They change nothing: an answer counts as first spoken. What matters is recorded."""

from __future__ import annotations

from dataclasses import dataclass

from handlers import texts
from handlers.cards import note
from handlers.changes import Cause, Draft, Place
from handlers.identity.answers import refuse
from handlers.looking import wording as w
from handlers.messages import Tone, User
from handlers.parsing import Ack, Approve, Deny, parse_reply
from handlers.redaction import as_told
from handlers.work import Verdict
from handlers.world import World


@dataclass(frozen=True)
class Edit:
    """A message of a thread that was changed or deleted (`after` empty)."""

    channel: str
    thread_ts: str
    ts: str
    user: str
    before: str
    after: str
    deleted: bool


async def on_edit(world: World, cause: Cause, edit: Edit) -> Verdict:
    """Record the edit of an answer; tell who edits something into an answer that it does not count."""
    was_answer = isinstance(parse_reply(edit.before), Ack | Approve | Deny)
    is_answer = isinstance(parse_reply(edit.after), Ack | Approve | Deny)
    if edit.before == edit.after or not (was_answer or is_answer) or edit.user == world.bot_user:
        return await world.store.commit(Draft(cause).build())
    thread = await world.store.thread(edit.channel, edit.thread_ts)
    if thread is None:
        return await world.store.commit(Draft(cause).build())
    if not was_answer:
        place = Place(edit.channel, edit.thread_ts)
        return await refuse(world, cause, place, (w.EDITED_TO_COUNT,), texts.RULE_AS_SPOKEN)
    told = [await as_told(world.redactor, text) for text in (edit.before, edit.after)]
    draft = Draft(cause)
    event = "answer-deleted" if edit.deleted else "answer-edited"
    draft.record(event, thread.slot, ts=edit.ts, by=edit.user, before=told[0], after=told[1])
    template = w.DELETED_AFTER if edit.deleted else w.EDITED_AFTER
    line = texts.say(template, who=User(id=edit.user))
    slot = f"edited/{edit.channel}/{edit.ts}"
    draft.show(edit.channel, slot, note(line, Tone.WARNING), thread_ts=edit.thread_ts)
    return await world.store.commit(draft.build())
