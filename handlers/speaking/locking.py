"""Starting and lifting a lockdown."""

from __future__ import annotations

from handlers import texts
from handlers.asking.filling import not_vouched, plain_receipt
from handlers.asking.heard import Heard
from handlers.cards import note
from handlers.changes import Cause, Draft, readable_id, settle
from handlers.identity.proof import doubt
from handlers.lockdown import KEY, genuine_lifts, in_force, show_lockdown, with_mark
from handlers.lockdown_model import LIFTED, STARTED, Lockdown, Word, lifting_mark
from handlers.messages import Code, Tone
from handlers.speaking import wording as w
from handlers.work import Verdict
from handlers.world import World
from policies.decisions import may_lift, may_lock
from policies.grants import Decision


async def lock(world: World, cause: Cause, heard: Heard) -> Verdict:
    """`lockdown because …`: one person is enough to stop everything."""
    decision = may_lock(world.book, heard.voice.who.roles)
    refused = await _refused(world, cause, heard, decision, "lockdown", w.LOCK_RECEIPT)
    if refused is not None:
        return refused

    async def decide(draft: Draft) -> None:
        standing = await in_force(world, draft)
        if standing is not None:
            draft.whisper(heard.voice.place, heard.voice.who.user, note(standing.line, Tone.BAD))
            return
        word = Word(by=heard.voice.who.user, reason=heard.command.reason, at=world.clock.now())
        made = with_mark(world, Lockdown(id=readable_id("L", cause.id), start=word))
        draft.save(KEY, made)
        draft.record(STARTED, made.id, why=word.reason)
        show_lockdown(draft, world, made)

    return await settle(world.store, cause, decide)


async def lift(world: World, cause: Cause, heard: Heard) -> Verdict:
    """`lift because …`: counts for one of the two people that it takes."""
    decision = may_lift(world.book, heard.voice.who.roles)
    refused = await _refused(world, cause, heard, decision, "lift", w.LIFT_RECEIPT)
    if refused is not None:
        return refused

    async def decide(draft: Draft) -> None:
        lock = await in_force(world, draft)
        if lock is None:
            draft.whisper(heard.voice.place, heard.voice.who.user, note((w.NOT_LOCKED,)))
            return
        lifts = genuine_lifts(world, lock)
        if heard.voice.who.user in {one.by for one in lifts}:
            draft.whisper(heard.voice.place, heard.voice.who.user, note((w.LIFTED_BEFORE,)))
            return
        word = Word(by=heard.voice.who.user, reason=heard.command.reason, at=world.clock.now())
        moved = with_mark(world, lock.model_copy(update={"lifts": (*lifts, word)}))
        draft.save(KEY, moved)
        mark = {"mark": lifting_mark(world.sealer, lock.id)} if moved.lifted else {}
        event = LIFTED if moved.lifted else "lockdown-lift-wanted"
        draft.record(event, lock.id, why=word.reason, **mark)
        show_lockdown(draft, world, moved)

    return await settle(world.store, cause, decide)


async def _refused(
    world: World, cause: Cause, heard: Heard, decision: Decision, do: str, receipt: str
) -> Verdict | None:
    """Refuse a word that does not count: by role, without a reason, not vouched for. None when it counts."""
    voice, reason = heard.voice, heard.command.reason
    if decision.allowed and reason:
        doubted = await doubt(world, voice.who.user, voice.proof, plain_receipt((receipt,)))
        if doubted is None:
            return None
        return await not_vouched(world, cause, voice, doubted, f"{do} because {reason}")
    draft = Draft(cause)
    if decision.allowed:
        usage = Code(text=f"{world.book.slash('ops')} {do} because <reason>")
        draft.whisper(voice.place, voice.who.user, note(texts.say(texts.NEED_REASON, usage=usage), Tone.BAD))
    else:
        voice.refuse(draft, do, (decision.words,), decision.rule)
    return await world.store.commit(draft.build())
