"""A thief of the signing secret forges whatever Slack could send. Words count only as Slack shows them."""

from __future__ import annotations

from tests.attacks.forging import all_done, forget_deliveries, message_event, tell_event
from tests.scenarios.refusing import assert_untouched, events_withheld, release_waits
from tests.scenarios.room import IVO, NOOR, OMAR, RUTH, Room

APPROVED = "APPROVED - false positive confirmed"


async def test_words_that_nobody_wrote_do_not_count(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await tell_event(room, message_event(RUTH, APPROVED, "9000000000.000100", waiting.thread))
    await room.sees("The reply is no longer in Slack", waiting.thread)
    assert_untouched(room, waiting)


async def test_other_words_than_were_written_do_not_count(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    with events_withheld(room):
        ts = await room.say(RUTH, "I will look at it after lunch", waiting.thread)
        await tell_event(room, message_event(RUTH, APPROVED, ts, waiting.thread))
        await room.sees("Slack does not show this reply as it reached the bot", waiting.thread)
    await all_done(room)
    assert_untouched(room, waiting)


async def test_somebody_elses_words_do_not_count_as_the_approvers(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    with events_withheld(room):
        ts = await room.say(OMAR, APPROVED, waiting.thread)
        await tell_event(room, message_event(RUTH, APPROVED, ts, waiting.thread))
        await room.sees("Slack does not show this reply as it reached the bot", waiting.thread)
    await all_done(room)
    assert_untouched(room, waiting)


async def test_words_of_another_thread_do_not_count_in_this_one(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    elsewhere = await room.say(OMAR, "shall we order pizza?")
    with events_withheld(room):
        ts = await room.say(RUTH, APPROVED, elsewhere)
        await tell_event(room, message_event(RUTH, APPROVED, ts, waiting.thread))
        await room.sees("The reply is no longer in Slack", waiting.thread)
    assert_untouched(room, waiting)


async def test_words_that_were_refused_cannot_be_replayed_when_they_would_count(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    room.set_group("S03APPROVERS", RUTH, IVO, NOOR)
    await room.sees(f"{NOOR}.*joined a group that gives O3 Approver")
    ts = await room.say(NOOR, APPROVED, waiting.thread)
    await room.sees(f"{NOOR}.*Only .*may approve release", waiting.thread)
    room.advance(minutes=61)
    forget_deliveries(room)
    replay = message_event(NOOR, APPROVED, ts, waiting.thread)
    await tell_event(room, replay)
    await tell_event(room, replay | {"edited": {"user": NOOR, "ts": ts}})
    await all_done(room)
    assert_untouched(room, waiting)


async def test_a_shared_file_is_not_told_as_plain_words(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    with events_withheld(room):
        ts = await room.say(RUTH, APPROVED, waiting.thread, files=True)
        await tell_event(room, message_event(RUTH, APPROVED, ts, waiting.thread))
        await all_done(room)
        assert_untouched(room, waiting)
    await all_done(room)
    assert_untouched(room, waiting)
