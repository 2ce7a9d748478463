"""Ladders: who is on call, answers that no event told of, outages, restarts, and ways out of Slack."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox.text_gateway import PracticeTextGateway
from tests.notify.test_icalendar import calendar, served
from tests.scenarios.bodies import notice, notification, post
from tests.scenarios.opening import ops_room, serving_replica, start_replica
from tests.scenarios.refusing import events_withheld, release_waits
from tests.scenarios.room import ALERTS, OMAR, RUTH, Json, Room, text_of


def rewriting(file: str, old: str, new: str) -> Callable[[Path], None]:
    """An edit of the copied policy folder."""

    def edit(folder: Path) -> None:
        text = (folder / file).read_text()
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1))

    return edit


def told(room: Room, words: str, thread: str) -> list[Json]:
    """The bot's answers in a thread that say this; its root does not count."""
    return [one for one in room.from_bot(thread) if words in text_of(one) and one["ts"] != thread]


async def quiet(room: Room) -> None:
    """Long enough for anything that is due to be done."""
    before = len(room.record())
    await asyncio.sleep(0.5)
    while len(room.record()) != before:
        before = len(room.record())
        await asyncio.sleep(0.5)


async def test_an_ack_whose_event_was_lost_counts_before_the_rung_is_climbed(tmp_path: Path) -> None:
    async with ops_room(tmp_path) as room:
        _, root = await room.contained()
        with events_withheld(room):
            await room.say(OMAR, "ACK - on it", root["ts"])
            room.advance(minutes=15, seconds=5)
            await room.sees("acknowledged as O2", root["ts"])
        await quiet(room)
        assert [] == told(room, "Nobody has acknowledged", root["ts"])
        assert [OMAR] == [one["actor"] for one in room.events("alert-acknowledged")]
        assert 1 == len(told(room, "acknowledged as O2", root["ts"]))


async def test_an_ack_counts_that_stands_on_the_second_page_of_its_thread(tmp_path: Path) -> None:
    async with ops_room(tmp_path) as room:
        _, root = await room.contained()
        with events_withheld(room):
            for number in range(200):
                await room.say("U01VERA", f"the log says {number}", root["ts"])
            await room.say(OMAR, "ACK - on it", root["ts"])
            room.advance(minutes=15, seconds=5)
            await room.sees("acknowledged as O2", root["ts"])
        assert [] == told(room, "Nobody has acknowledged", root["ts"])


async def test_an_ack_spoken_while_no_replica_ran_counts_when_one_returns(tmp_path: Path) -> None:
    async with ops_room(tmp_path, replicas=0) as room:
        async with serving_replica(room):
            _, root = await room.contained()
        with events_withheld(room):
            await room.say(OMAR, "ACK - on it", root["ts"])
            room.advance(hours=1)
            async with start_replica(room):
                await room.sees("acknowledged as O2", root["ts"])
                await quiet(room)
                assert [] == told(room, "Nobody has acknowledged", root["ts"])


async def test_a_reply_of_somebody_who_may_not_stops_no_rung(tmp_path: Path) -> None:
    async with ops_room(tmp_path) as room:
        _, root = await room.contained()
        with events_withheld(room):
            await room.say("U01VERA", "ACK - looking", root["ts"])
            await room.say(OMAR, "I am on it", root["ts"])
            room.advance(minutes=15, seconds=5)
            await room.sees("Nobody has acknowledged.*within 15 minutes", root["ts"])
        assert [] == room.events("alert-acknowledged")


async def test_a_restart_in_the_middle_of_a_ladder_tells_each_rung_once(tmp_path: Path) -> None:
    async with ops_room(tmp_path, replicas=0) as room:
        async with serving_replica(room):
            _, root = await room.contained()
            room.advance(minutes=15, seconds=5)
            await room.sees("Nobody has acknowledged.*within 15 minutes", root["ts"])
        room.advance(minutes=15)
        async with start_replica(room):
            await room.sees("waiting for 30 minutes", root["ts"])
            await room.sees("waiting for 30 minutes", channel="C0SECURITY")
            await quiet(room)
        assert [1, 1] == [
            len(told(room, words, root["ts"]))
            for words in ("Nobody has acknowledged", "waiting for 30 minutes")
        ]


async def test_two_replicas_climb_each_rung_once(tmp_path: Path) -> None:
    async with ops_room(tmp_path, replicas=2) as room:
        _, root = await room.contained()
        for minutes in (15, 15):
            room.advance(minutes=minutes, seconds=5)
            await quiet(room)
        await room.sees("waiting for 30 minutes", root["ts"])
        assert [1, 1] == [
            len(told(room, words, root["ts"]))
            for words in ("Nobody has acknowledged", "waiting for 30 minutes")
        ]
        assert 3 == len([one for one in room.events("alert-firing") if one["detail"].get("by") == "clockran"])


async def test_ten_minutes_without_slack_lose_nothing_and_tell_nothing_twice(tmp_path: Path) -> None:
    async with ops_room(tmp_path) as room:
        _, root = await room.contained()
        down = room.slack.faults.add({"kind": "down"})
        room.advance(minutes=15, seconds=5)
        await quiet(room)
        assert [] == told(room, "Nobody has acknowledged", root["ts"])
        room.advance(minutes=5)  # Slack has had its minute: the rung is climbed, and waits to be said
        await room.until(
            lambda: [one for one in room.events("alert-firing") if one["detail"].get("escalated") == 2],
            "the rung to be climbed without Slack",
        )
        room.advance(minutes=5)
        room.slack.faults.clear(down.id)
        await room.sees("Nobody has acknowledged.*did not let me read", root["ts"])
        await room.say(OMAR, "ACK - on it", root["ts"])
        await room.sees("acknowledged as O2", root["ts"])
        room.advance(minutes=30)
        await quiet(room)
        assert 1 == len(told(room, "Nobody has acknowledged", root["ts"]))
        assert [] == told(room, "waiting for 30 minutes", root["ts"])


async def test_who_is_on_call_is_mentioned(tmp_path: Path) -> None:
    old = "tell: [{group: S03ONCALL}]\n        say: Nobody has acknowledged this SEV0"
    new = "tell: [{on_call: devops}]\n        say: Nobody has acknowledged this SEV0"
    async with ops_room(tmp_path, edit=rewriting("severities.yaml", old, new)) as room:
        _, root = await room.contained()
        room.advance(minutes=15, seconds=5)
        await room.sees("Nobody has acknowledged.*<@U02(OMAR|PIA)>", root["ts"])


def by_calendar(url: str) -> Callable[[Path], None]:
    """DevOps on call stand in a calendar, by their names there."""

    def edit(folder: Path) -> None:
        path = folder / "on_call.yaml"
        before, _, after = path.read_text().partition("    rotation:\n      people: [U02OMAR, U02PIA]\n")
        *_, rest = after.partition("\n\n")
        feed = f'    feed:\n      kind: icalendar\n      settings: {{url: "{url}"}}\n'
        path.write_text(f"{before}{feed}      people: {{Omar: U02OMAR}}\n\n{rest}")

    return edit


async def test_who_is_on_call_by_a_calendar_stands_on_the_card_and_is_called(tmp_path: Path) -> None:
    always = "DTSTART:20260101T000000Z\nDTEND:20300101T000000Z\nSUMMARY:Omar"
    async with served() as feed:
        feed.body = calendar(always).to_ical()
        async with ops_room(tmp_path, edit=by_calendar(feed.url)) as room:
            assert 202 == (await post(room, notification(notice("ApiDown"))))[0]
            root = await room.sees("critical · ApiDown.*On call: <@U02OMAR>", channel=ALERTS)
            await room.sees("has just begun.*<@U02OMAR>", root["ts"], ALERTS)


@asynccontextmanager
async def hooked(folder: Path) -> AsyncIterator[tuple[Room, PracticeTextGateway]]:
    """A room whose SEV0 tells a webhook after 15 minutes."""

    nobody = "\n        say: Nobody has acknowledged this SEV0"

    called, told_outside = (
        f"tell: [{{group: S03ONCALL}}]{nobody}",
        f"tell: [{{notify: text-messages}}]{nobody}",
    )
    async with ops_room(folder, edit=rewriting("severities.yaml", called, told_outside)) as room:
        yield room, room.outside.texts


async def test_a_webhook_hears_of_an_alert_of_its_answer_and_of_its_end(tmp_path: Path) -> None:
    async with hooked(tmp_path) as (room, receiver):
        record, root = await room.contained()
        room.advance(minutes=15, seconds=5)
        await room.until(lambda: receiver.news() == ["waits"], "the webhook to be told")
        await room.say(OMAR, "ACK - on it", root["ts"])
        await room.until(lambda: receiver.news() == ["waits", "answered"], "the answer to be told")
        await room.resolved(record, root)
        await room.until(lambda: receiver.news() == ["waits", "answered", "over"], "the end to be told")
        assert 1 == len({one["subject"] for one in receiver.bodies})


async def test_a_webhook_that_fails_is_said_and_told_after_all_and_the_ladder_goes_on(tmp_path: Path) -> None:
    async with hooked(tmp_path) as (room, receiver):
        receiver.fault("down", on=True)
        _, root = await room.contained()
        room.advance(minutes=15, seconds=5)
        await room.sees("text-messages.*could not be told.*503", root["ts"])
        room.advance(minutes=15)
        await room.sees("waiting for 30 minutes", root["ts"])
        receiver.fault("down", on=False)
        room.advance(minutes=5)
        await room.sees("text-messages.*was told after all", root["ts"])
        assert 1 == len(told(room, "was told after all", root["ts"]))
        assert [] == told(room, "could not be told", root["ts"])


async def test_a_webhook_that_hangs_delays_only_itself(tmp_path: Path) -> None:
    async with hooked(tmp_path) as (room, receiver):
        receiver.fault("hang", on=True)
        _, root = await room.contained()
        room.advance(minutes=15, seconds=5)
        await room.until(lambda: receiver.asked, "the webhook to be asked")
        await room.say(OMAR, "ACK - on it", root["ts"])
        await room.sees("acknowledged as O2", root["ts"])


async def test_approvers_are_reminded_of_what_nobody_answers_and_of_nothing_else(tmp_path: Path) -> None:
    async with ops_room(tmp_path) as room:
        waiting = await release_waits(room, OMAR)
        room.advance(minutes=31)
        await room.sees(f"has waited for approval.*<@U03(RUTH|IVO)>.*{waiting.id}.*Only O3", waiting.thread)
        room.advance(minutes=91)
        await room.sees("Nobody has answered for two hours.*S03ONCALL", waiting.thread)
        assert 2 == len(told(room, "has waited for approval", waiting.thread))


async def test_an_approval_whose_event_was_lost_counts_before_anybody_is_reminded(tmp_path: Path) -> None:
    async with ops_room(tmp_path) as room:
        waiting = await release_waits(room, OMAR)
        with events_withheld(room):
            await room.say(RUTH, "APPROVED - exposure cleared", waiting.thread)
            room.advance(minutes=31)
            await room.until(lambda: room.events("request-approved"), "the approval to be found")
        await quiet(room)
        assert [] == told(room, "has waited for approval", waiting.thread)


async def test_words_to_the_bot_whose_event_was_lost_are_done_before_the_rung_is_climbed(
    tmp_path: Path,
) -> None:
    async with ops_room(tmp_path) as room:
        _, root = await room.contained()
        with events_withheld(room):
            await room.say(RUTH, "@countersign snooze 30m because the vendor is on it", root["ts"])
            room.advance(minutes=15, seconds=5)
            await room.sees("snoozed this", root["ts"])
        await quiet(room)
        assert [] == told(room, "Nobody has acknowledged", root["ts"])
        assert 1 == len(told(room, "snoozed this", root["ts"]))


async def test_threads_are_caught_up_when_a_replica_starts_without_waiting_for_a_rung(tmp_path: Path) -> None:
    async with ops_room(tmp_path, replicas=0) as room:
        async with serving_replica(room):
            _, root = await room.contained()
        with events_withheld(room):
            await room.say(OMAR, "ACK - on it", root["ts"])
            async with start_replica(room):
                await room.sees("acknowledged as O2", root["ts"])


async def test_an_ack_spoken_while_slack_was_away_counts_when_it_is_back(tmp_path: Path) -> None:
    async with ops_room(tmp_path) as room:
        _, root = await room.contained()
        down = room.slack.faults.add({"kind": "down"})
        await room.say(OMAR, "ACK - on it", root["ts"])
        for _ in range(10):
            room.advance(minutes=1)
            await quiet(room)
        assert [] == room.events("alert-acknowledged")
        room.slack.faults.clear(down.id)
        room.advance(minutes=1)
        await room.sees("acknowledged as O2", root["ts"])
        room.advance(minutes=30)
        await quiet(room)
        assert [OMAR] == [one["actor"] for one in room.events("alert-acknowledged")]
        assert [] == told(room, "Nobody has acknowledged", root["ts"])
