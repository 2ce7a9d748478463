"""Taking a request back: who asked can, as long as nothing has run."""

from __future__ import annotations

from handlers import texts
from handlers.asking import wording as w
from handlers.asking.filling import not_vouched, plain_receipt
from handlers.cards import note
from handlers.changes import Cause, Draft, settle
from handlers.identity.answers import Voice
from handlers.identity.proof import doubt
from handlers.messages import Code
from handlers.requests.cards import state_words
from handlers.requests.machine import Cancelled
from handlers.requests.model import Request, RequestState
from handlers.requests.transitions import move_request, read_request, request_key
from handlers.work import Verdict
from handlers.world import World


async def cancel(world: World, cause: Cause, voice: Voice, request_id: str) -> Verdict:
    """Take back a request. Only a requester can, and only while nothing has run."""
    found = await read_request(world.store, request_id) if request_id else None
    if found is not None and _may(found, voice):
        receipt = plain_receipt(texts.say(w.RECEIPT_CANCEL, id=Code(text=found.id)))
        doubted = await doubt(world, voice.who.user, voice.proof, receipt)
        if doubted is not None:
            return await not_vouched(world, cause, voice, doubted, f"cancel {found.id}")
    key = request_key(request_id)

    async def decide(draft: Draft) -> None:
        request = draft.load((await world.store.read((key,)))[key], Request) if request_id else None
        if request is None:
            line = texts.say(texts.NO_SUCH_REQUEST, id=Code(text=request_id))
            draft.whisper(voice.place, voice.who.user, note(line))
            return
        if not _may(request, voice):
            line = texts.say(w.CANNOT_CANCEL, id=Code(text=request.id), state=state_words(request.state))
            voice.refuse(draft, request.id, line, w.RULE_CANCEL)
            return
        move_request(draft, world, request, Cancelled(voice.who.user))

    return await settle(world.store, cause, decide)


def _may(request: Request, voice: Voice) -> bool:
    early = request.state in (RequestState.AWAITING_APPROVAL, RequestState.APPROVED)
    return early and voice.who.user in request.requesters
