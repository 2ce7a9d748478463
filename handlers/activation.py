"""Other policies come into force: recorded and announced, whoever dies meanwhile."""

from __future__ import annotations

from datetime import datetime

from handlers import texts
from handlers.cards import note
from handlers.changes import Cause, Draft, due
from handlers.messages import Code, Tone
from handlers.work import Item, Queue, Verdict
from handlers.world import World


def policies_active(revision: str, by: str, now: datetime) -> Item:
    """Due work that the store queues with the change itself, and completes with the revision `before`."""
    return Item(
        Queue.DUE, f"policies/{revision}/{now.timestamp()}", due("policies-active", revision=revision, by=by)
    )


async def announce_policies(world: World, cause: Cause, revision: str, before: str, by: str) -> Verdict:
    """Say which policies a replica has put in force, in place of which."""
    draft = Draft(cause)
    draft.record("policies-active", revision, before=before, by=by)
    line = texts.say(texts.POLICY_ACTIVE, revision=Code(text=revision[:12]), before=Code(text=before[:12]))
    draft.show(world.book.announce, cause.id, note(line, Tone.WARNING))
    return await world.store.commit(draft.build())
