"""One person's yes or no to one request: every rule between the words and the state machine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from handlers import texts
from handlers.cards import refusal, titles
from handlers.changes import Cause, Draft, Place, settle
from handlers.errors import TryAgainLater
from handlers.identity import wording as w
from handlers.identity.proof import Proof, Submitted, words_differ
from handlers.identity.standing import Standing
from handlers.lockdown import how_to_lift, in_force
from handlers.messages import Code, Line, User
from handlers.ports.sealing import Sealer
from handlers.requests import machine as request_machine
from handlers.requests.cards import state_words
from handlers.requests.model import Approval, Request, RequestState, Words
from handlers.requests.transitions import move_request, request_key
from handlers.work import Stored, Verdict
from handlers.world import World
from policies.decisions import may_approve, may_deny
from policies.grants import Decision


@dataclass(frozen=True)
class Voice:
    """Somebody speaking: who, where, and the message; without `ts` they spoke through a form or button.

    `proof` is what Slack vouches with for a command, a click or a form.
    """

    who: Standing
    place: Place
    ts: str = ""
    text: str = ""
    proof: Proof | None = None

    @property
    def words(self) -> Words:
        """The message, to be found in Slack again."""
        place = self.place
        return Words(channel=place.channel, thread_ts=place.thread_ts, ts=self.ts, text=self.text)

    def refuse(self, draft: Draft, subject: str, what: Line, rule: str, who_could: str = "") -> None:
        """Say no: in the thread to words that all could read, privately to a button or form."""
        plain = "".join(span for span in what if isinstance(span, str))
        draft.record("answer-refused", subject, why=plain, rule=rule)
        card = refusal((User(id=self.who.user), ": ", *what), rule, who_could)
        if self.ts:
            slot = f"refused/{draft.cause.id}"
            draft.show(self.place.channel, slot, card, thread_ts=self.place.thread_ts)
        else:
            draft.whisper(self.place, self.who.user, card)


async def refuse(world: World, cause: Cause, place: Place, what: Line, rule: str) -> Verdict:
    """Refuse words in a thread, where everybody who read them reads the refusal too."""
    draft = Draft(cause)
    voice = Voice(Standing(cause.actor, "", frozenset()), place, ts="thread")
    voice.refuse(draft, place.channel, what, rule)
    return await world.store.commit(draft.build())


async def refuse_nobody(world: World, cause: Cause, place: Place, who: Standing) -> Verdict:
    """Refuse somebody who never counts, whoever asks."""
    line = (f"{who.nobody}. Nothing happened. {texts.NEXT_ASK_MEMBER}",)
    return await refuse(world, cause, place, line, texts.RULE_IDENTITY)


def approval_mac(sealer: Sealer, request: Request, approval: Approval) -> str:
    """The mark on an approval: it covers the seal, who asked, who approved and where it was said."""
    return sealer.mac(*_covered(request, approval))


def mac_holds(sealer: Sealer, request: Request, approval: Approval) -> bool:
    """Whether a stored approval carries the bot's own mark for exactly this request."""
    return sealer.verify(approval.mac, *_covered(request, approval))


def marked_for(sealer: Sealer, request: Request, requesters: Iterable[str]) -> tuple[Approval, ...]:
    """The approvals given so far as they count for these requesters; what carries no mark gets none."""
    now = request.model_copy(update={"requesters": tuple(requesters)})
    return tuple(
        one.model_copy(update={"mac": approval_mac(sealer, now, one)})
        if mac_holds(sealer, request, one)
        else one
        for one in request.approvals
    )


def _covered(request: Request, approval: Approval) -> tuple[str, ...]:
    words = approval.words
    sealed = ("approval", request.id, request.digest, str(approval.revision), *sorted(request.requesters))
    return (*sealed, approval.by, approval.reason, words.channel, words.thread_ts, words.ts, words.text)


async def answer_request(
    world: World,
    cause: Cause,
    voice: Voice,
    request_id: str,
    *,
    approve: bool,
    text: str,
    revision: int = 0,
    read: Stored | None = None,
) -> Verdict:
    """Approve or deny. `revision` is the one a form was opened for; words mean the one on the card.

    `read` is the request as the caller has just read it: the commit tells when it has moved on since.
    """
    key = request_key(request_id)
    words = Words(
        channel=voice.place.channel, thread_ts=voice.place.thread_ts, ts=voice.ts, text=voice.text or text
    )

    async def decide(draft: Draft) -> None:
        nonlocal read
        stored, read = read or (await world.store.read((key,)))[key], None
        request = draft.load(stored, Request)
        if request is None:
            return
        against = await _against(world, request, voice, approve=approve, text=text, revision=revision)
        if against is not None:
            what, rule, who_could = against
            voice.refuse(draft, request.id, what, rule, who_could)
            return
        if approve:
            unmarked = Approval(
                by=voice.who.user,
                at=world.clock.now(),
                revision=request.seal.revision,
                words=words,
                reason=text,
                mac="",
            )
            mac = approval_mac(world.sealer, request, unmarked)
            event: request_machine.Event = request_machine.Approved(unmarked.model_copy(update={"mac": mac}))
        else:
            event = request_machine.Denied(voice.who.user, text)
        move_request(draft, world, request, event)

    return await settle(world.store, cause, decide)


Against = tuple[Line, str, str]
"""What is refused, by which rule, and who could do it."""


async def _against(
    world: World, request: Request, voice: Voice, *, approve: bool, text: str, revision: int
) -> Against | None:
    """Why this answer does not count; None when it does. Cheap questions first, Slack last."""
    name = Code(text=request.id)
    if request.state is not RequestState.AWAITING_APPROVAL:
        line = texts.say(texts.ALREADY_ENDED, id=name, state=state_words(request.state))
        return line, texts.RULE_ANSWERED_ONCE, ""
    decision = may_answer(world, request, voice.who, approve=approve)
    if not decision.allowed:
        return (decision.words,), decision.rule, titles(world.book, decision.who_could)
    if revision and revision != request.seal.revision:
        line = texts.say(w.STALE_REVISION, id=name, revision=request.seal.revision)
        return line, w.RULE_ONE_REVISION, ""
    lock, shown = await asyncio.gather(in_force(world), world.store.slot(request.shown_slot))
    if approve and lock is not None:
        return (*lock.line, "\n", *how_to_lift(world)), texts.RULE_LOCKDOWN, ""
    rule = world.book.action(request.system, request.action)
    if not approve and not text:
        line = texts.say(w.REASON_NEEDED_DENY, form=Code(text="DENIED - why"))
        return line, w.RULE_DENIAL_REASON, ""
    if approve and not text and rule is not None and rule.approve and rule.approve.reason == "required":
        line = texts.say(w.REASON_NEEDED_APPROVE, form=Code(text="APPROVED - why"))
        return line, decision.rule, ""
    if approve and request.seal.unmet:
        unmet = "; ".join(one.text for one in request.seal.unmet)
        line = texts.say(texts.CRITERIA_UNMET, id=name, unmet=unmet)
        return (*line, " ", w.NEXT_CRITERIA), f"{decision.rule}, gates", ""
    if voice.ts:
        return await _against_words(world, request, voice, shown)
    return None if isinstance(voice.proof, Submitted) else ((texts.FORM_FORGED,), texts.RULE_VOUCHED, "")


def may_answer(world: World, request: Request, who: Standing, *, approve: bool) -> Decision:
    """Policy's word on this person's yes or no to this request."""
    if not approve:
        return may_deny(world.book, request.system, request.action, who.roles)
    return may_approve(
        world.book,
        request.system,
        request.action,
        who.roles,
        approver=who.user,
        requesters=frozenset(request.requesters),
        earlier_approvers=frozenset(one.by for one in request.approvals),
    )


async def _against_words(
    world: World, request: Request, voice: Voice, shown: tuple[str, str] | None
) -> Against | None:
    """Words count when they are newer than the card and stand in Slack just as they reached the bot.

    `shown` is where the card stands. Raises TryAgainLater when it does not yet: what was not shown cannot be
    approved.
    """
    if shown is None:
        raise TryAgainLater(f"{request.id} is not shown yet", after=0.5)
    if shown[0] != voice.place.channel or float(voice.ts) <= float(shown[1]):
        return (w.NOT_NEW,), texts.RULE_AS_SPOKEN, ""
    why = await words_differ(world, voice.who.user, voice.words)
    return ((why,), texts.RULE_AS_SPOKEN, "") if why else None
