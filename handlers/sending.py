"""The outbox's sender: in order within a thread, never twice after a crash (invariants 1 and 12)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from handlers.changes import Cause, Draft, due, later
from handlers.errors import DoNotRetry, OutcomeUnknown, PictureNotReady, TryAgainLater
from handlers.messages import Line, ThreadLink
from handlers.ports.slack import Messenger
from handlers.rerouting import instead, saying_so
from handlers.work import UNPACED, Commit, Pace, Sending, Timer, Verdict
from handlers.world import World

LEASE = 30.0
"""Seconds that a gate is leased for one message; longer than any call to Slack may take."""
_LINK_PATIENCE = timedelta(seconds=15)
_PICTURE_PATIENCE, _PICTURE_PAUSE = timedelta(minutes=2), 2.0
SHUT_OUT = frozenset(
    {
        "access_denied",
        "account_inactive",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_auth",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
    }
)
"""Slack's words for a bot that it does not let in at all, an address that is not on its list among them.

They say nothing of the message or of what somebody said, which wait: https://docs.slack.dev/reference/methods/chat.postMessage#errors
"""
SHUT_OUT_REST = 15.0
"""Seconds until Slack is asked again."""
_UNCLEAR_AT_GATE = 2
"""Attempts without an answer that hold a gate, as Slack may be away; after them the message steps aside."""


class SecondPost(BaseModel):
    """A message that somebody else had taken over by the time it was posted."""

    model_config = ConfigDict(frozen=True)

    channel: str
    ts: str
    slot: str
    posted_at: datetime
    mark: str = ""

    @property
    def marked(self) -> tuple[str, ...]:
        """What the mark on its deletion covers."""
        return ("take-back", self.channel, self.ts, self.slot)


async def next_to_send(world: World, busy: Sequence[str]) -> Sending | None:
    """Lease the next message of a gate that nobody here is busy with."""
    return await world.store.next_sending(world.clock.now(), LEASE, busy)


async def send_one(world: World, sending: Sending, pace: Pace) -> None:
    """Send one leased message, or put it back for later, or set it aside when Slack says no for good.

    `pace` holds for what a whole channel sees; whispers are held up by Slack's own word only.
    """
    store, messenger, clock = world.store, world.messenger, world.clock
    now = clock.now()
    sending = await saying_so(world, sending)
    delivery = sending.delivery
    if delivery.thread and not sending.root_ts and not sending.posted_ts:  # the root's turn came before
        return await store.undeliverable(sending, "its thread was never posted", now)
    links = await _links(world, sending)
    if links is None and now - sending.queued_at < _LINK_PATIENCE:
        return await store.postpone(sending, later(now, 0.3), attempted=False, alone=True)
    try:
        place, whole = await _send_once(messenger, sending, links or {})
    except TryAgainLater as busy:
        return await store.postpone(sending, later(clock.now(), busy.after), attempted=sending.attempt > 1)
    except OutcomeUnknown:
        return await _postpone_unclear(world, sending)
    except DoNotRetry as no:
        if no.code in SHUT_OUT:
            until = later(clock.now(), SHUT_OUT_REST)
            return await store.postpone(sending, until, attempted=sending.attempt > 1)
        return await _set_aside(world, sending, no)
    if not whole:
        await _show_picture_later(world, sending)
    held = UNPACED if delivery.whisper_to else pace
    if not await store.sent(sending, *place, clock.now(), held):
        await _set_right(world, sending, place)
    return None


async def _set_aside(world: World, sending: Sending, no: DoNotRetry) -> None:
    """Slack says no for good: it goes to the fallback channel where its channel is closed."""
    now, other = world.clock.now(), instead(world, sending, no)
    if other is None:
        await world.store.undeliverable(sending, str(no), now)
    else:
        await world.store.move(sending, other, str(no), now, no.code)


async def _postpone_unclear(world: World, sending: Sending) -> None:
    """Slack may be away, or fail for this very message: that one must not stop its channel."""
    alone = sending.attempt > _UNCLEAR_AT_GATE
    seconds = retry_seconds(sending.attempt) if alone else 1.0
    until = later(world.clock.now(), seconds)
    await world.store.postpone(sending, until, attempted=True, alone=alone)


def retry_seconds(attempt: int) -> float:
    """Seconds until the next attempt: doubled each time, a minute at most."""
    return min(60.0, 2.0 ** min(attempt, 6))


async def _set_right(world: World, sending: Sending, place: tuple[str, str]) -> None:
    """Somebody else sent this meanwhile: take a second post back, have an updated card shown as it stands."""
    slot, now = sending.delivery.slot, world.clock.now()
    if sending.delivery.whisper_to:
        return
    if sending.posted_ts:
        again = Timer(f"{slot}/show", now, due("show-again", slot=slot))
        await world.store.commit(Commit(cause=f"show-again/{sending.id}", arm=(again,)))
    elif await world.store.slot(slot) != place:
        second = SecondPost(channel=place[0], ts=place[1], slot=slot, posted_at=now)
        second = second.model_copy(update={"mark": world.sealer.mac(*second.marked)})
        back = Timer(
            f"take-back/{second.channel}/{second.ts}", now, due("take-back", **second.model_dump(mode="json"))
        )
        await world.store.commit(Commit(cause=back.id, arm=(back,)))


async def take_back(world: World, cause: Cause, second: SecondPost) -> Verdict:
    """Delete a second post, tried until Slack says. Without the bot's mark nothing is deleted."""
    draft = Draft(cause)
    first = await world.store.slot(second.slot)
    if first is None and world.clock.now() < later(second.posted_at, LEASE):
        raise TryAgainLater("who took the message over has not said yet where it stands")
    channel, ts = second.channel, second.ts
    if first not in (None, (channel, ts)) and world.sealer.verify(second.mark, *second.marked):
        try:
            await world.messenger.take_back(channel, ts)
        except OutcomeUnknown as unclear:
            raise TryAgainLater(str(unclear)) from unclear
        except DoNotRetry as no:
            draft.record("message-not-taken-back", f"{channel}/{ts}", why=str(no))
    return await world.store.commit(draft.build())


async def _send_once(
    messenger: Messenger, sending: Sending, links: Mapping[str, str]
) -> tuple[tuple[str, str], bool]:
    """Where it stands, and whether with its picture: a message never waits for one.

    Look before posting again what an earlier attempt may have posted; updates and whispers may repeat.
    """
    repeatable = bool(sending.posted_ts or sending.delivery.whisper_to)
    found = await messenger.find(sending) if sending.attempt > 1 and not repeatable else None
    if found:
        return found, True
    try:
        return await messenger.send(sending, links), True
    except PictureNotReady:
        card = sending.delivery.card.model_copy(update={"image": None})
        bare = sending.delivery.model_copy(update={"card": card})
        return await messenger.send(replace(sending, delivery=bare), links), False


async def _show_picture_later(world: World, sending: Sending) -> None:
    """Slack looks at an uploaded picture for a second or two; one that it refuses for long stays away."""
    image, slot, now = sending.delivery.card.image, sending.delivery.slot, world.clock.now()
    if image is not None and now - image.at < _PICTURE_PATIENCE:
        again = Timer(f"{slot}/show", later(now, _PICTURE_PAUSE), due("show-again", slot=slot))
        await world.store.commit(Commit(cause=f"picture/{sending.id}", arm=(again,)))


def _slots(lines: Iterable[Line]) -> set[str]:
    return {span.slot for line in lines for span in line if isinstance(span, ThreadLink)}


async def _links(world: World, sending: Sending) -> Mapping[str, str] | None:
    """Addresses of the messages that a card links to; None while one of them is not posted yet."""
    card = sending.delivery.card
    lines: list[Line] = [*card.body, *card.trail, card.next_step, card.footnote]
    slots = _slots(lines)
    links: dict[str, str] = {}
    # Facts may name requests whose cards name this one: waiting for each other would delay both.
    # Sections name threads of a storm, which may be told much later.
    others = [*(fact.value for fact in card.facts), *(line for one in card.sections for line in one.lines)]
    for slot in slots | _slots(others):
        place = await world.store.slot(slot)
        if place is None and slot in slots:
            return None
        if place is None:
            continue
        try:
            links[slot] = await world.messenger.permalink(*place)
        except (TryAgainLater, DoNotRetry):
            continue  # a message without its link is better than none
    return links
