"""Storms: alerts of one cause share a thread, the channel has one message of it, and nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from handlers.alerts.model import AlertState
from handlers.alerts.tallies import counted_list
from tests.scenarios.bodies import notice, notification
from tests.scenarios.bodies import post as notify
from tests.scenarios.opening import ops_room, serving_replica
from tests.scenarios.room import ALERTS, COUNTER, OMAR, PATIENCE, RUTH, VERA, Json, Room, text_of

ONE_CAUSE, ONE_CHANNEL = 10, 20
"""What the practice policies say, a minute."""


def minor_alerts_are_acknowledged(policies: Path) -> None:
    """O2 may acknowledge SEV3, which the practice policies only review."""
    path = policies / "systems" / "credit-monitoring.yaml"
    text = path.read_text()
    assert "  SEV1: {roles: [o2], row: CM-21}\n" in text
    rule = "  SEV1: {roles: [o2], row: CM-21}\n  SEV3: {roles: [o2]}\n"
    path.write_text(text.replace("  SEV1: {roles: [o2], row: CM-21}\n", rule))


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path, edit=minor_alerts_are_acknowledged) as opened:
        yield opened


def minor(room: Room, **more: object) -> Json:
    """A record of a small variance, which opens a thread and nothing else."""
    return room.monitor.record("EMAIL_SEND_001", "SEV3", room.clock.now()) | more


def channel(room: Room) -> str:
    """Where alerts of small variances go."""
    (found,) = (one for one, made in room.slack.workspace.channels.items() if made.name == "ops-monitoring")
    return found


def roots(room: Room) -> list[Json]:
    """The bot's messages there that stand by themselves."""
    said = [one for one in room.slack.messages(channel(room)) if one.get("user") == COUNTER]
    return [one for one in said if one.get("thread_ts", one["ts"]) == one["ts"]]


async def taken(room: Room, count: int) -> None:
    """Wait until so many alerts are recorded."""
    await room.until(lambda: len(alerts(room)) >= count, f"{count} alerts", 4 * PATIENCE)


def alerts(room: Room) -> list[Json]:
    """The entries of alerts that began and are none that stands for others."""
    return [
        one
        for one in room.events("alert-firing")
        if not one["detail"].get("about", "storm/").startswith("storm/")
    ]


async def sees(room: Room, pattern: str, thread: str = "") -> Json:
    return await room.sees(pattern, thread, channel(room))


async def test_alerts_of_one_cause_share_a_thread_and_each_is_named_there(room: Room) -> None:
    records = [minor(room) for _ in range(40)]
    await room.post_records(records)
    shared = await sees(room, "30 alerts share this thread: 30 firing")
    assert 40 == len(alerts(room))
    storm = await sees(room, "Alert storm in this channel: 40 alerts")

    def untold() -> list[str]:
        said = "".join(map(text_of, room.from_bot(channel=channel(room))))
        return [str(one["Run_ID"]) for one in records if str(one["Run_ID"]) not in said]

    await room.until(lambda: not untold(), "every alert to be named")
    assert shared["ts"] in {one.get("thread_ts") for one in room.from_bot(channel=channel(room))}
    assert ONE_CAUSE + 2 == len(roots(room))
    assert "30 firing, 0 acknowledged, 0 over; 10 with a thread of their own" in text_of(storm)


async def test_an_answer_in_the_shared_thread_is_recorded_for_each_of_them(room: Room) -> None:
    await room.post_records([minor(room) for _ in range(40)])
    shared = await sees(room, "30 alerts share this thread")
    await room.say(VERA, "ACK - me", shared["ts"], channel(room))
    await sees(room, "Only O2 Read Operator", shared["ts"])
    assert [] == room.events("alert-acknowledged")
    await room.say(OMAR, "ACK - the mail queue", shared["ts"], channel(room))
    await sees(room, "30 alerts share this thread: 0 firing, 30 acknowledged")
    acknowledged = [one["subject"] for one in room.events("alert-acknowledged")]
    assert 31 == len(acknowledged) == len(set(acknowledged))
    await room.post_records([minor(room)])
    await sees(room, "31 alerts share this thread: 0 firing, 31 acknowledged")


async def test_an_answer_to_the_storms_message_counts_for_every_shared_thread(room: Room) -> None:
    await room.post_records([minor(room, Scenario_Name=f"job {number % 2}") for number in range(60)])
    storm = await sees(room, "Alert storm in this channel: 60 alerts.*40 firing")
    await room.say(VERA, "ACK - me", storm["ts"], channel(room))
    await sees(room, "Only O2 Read Operator", storm["ts"])
    await room.say(OMAR, "ACK - on it", storm["ts"], channel(room))
    await sees(room, "acknowledged 2 shared threads with 40 alerts as O2", storm["ts"])
    await sees(room, "Alert storm in this channel: 60 alerts.*0 firing, 40 acknowledged")


async def test_alerts_of_many_causes_share_a_thread_once_the_channel_is_full(room: Room) -> None:
    await room.post_records([minor(room, Scenario_Name=f"job {number}") for number in range(50)])
    await sees(room, "SEV3 · 30 alerts · many different alerts of credit-monitoring")
    await room.until(lambda: ONE_CHANNEL + 2 == len(roots(room)), "a thread of each of the first, and two")
    assert 50 == len(alerts(room))


async def test_what_comes_after_an_answer_to_a_mixed_thread_needs_one_of_its_own(room: Room) -> None:
    await room.post_records([minor(room, Scenario_Name=f"job {number}") for number in range(30)])
    mixed = await sees(room, "10 alerts share this thread: 10 firing")
    await room.say(OMAR, "ACK - looking", mixed["ts"], channel(room))
    await sees(room, "10 alerts share this thread: 0 firing, 10 acknowledged")
    await room.post_records([minor(room, Scenario_Name="another job")])
    await sees(room, "1 alerts share this thread: 1 firing")


async def test_a_storm_ends_by_itself_with_a_digest(room: Room) -> None:
    await room.post_records([minor(room) for _ in range(40)])
    shared = await sees(room, "30 alerts share this thread: 30 firing")
    await room.say(OMAR, "ACK - the mail queue", shared["ts"], channel(room))
    await sees(room, "30 alerts share this thread: 0 firing, 30 acknowledged")
    await sees(room, "Alert storm in this channel: 40 alerts")
    room.advance(minutes=6)
    digest = await sees(room, "After the storm: 40 alerts, 30 still open")
    assert f"acknowledged by <@{OMAR}>" in text_of(digest)
    assert shared["ts"].replace(".", "") in text_of(digest)
    assert "10 with a thread of their own" in text_of(digest)
    await sees(room, "The alert storm is over")
    (entry,) = room.events("storm-ended")
    assert 40 == entry["detail"]["alerts"]
    await room.post_records([minor(room) for _ in range(ONE_CAUSE)])
    await taken(room, 50)
    assert 1 == len(room.events("storm-began"))


async def test_the_gravest_have_threads_of_their_own_in_any_storm(room: Room) -> None:
    await room.post_records([minor(room) for _ in range(40)])
    records = [await room.alert("SEV0") for _ in range(15)]
    for record in records:
        await room.sees(rf"SEV0 · .*{record['Run_ID']}")
    assert [] == [one for one in room.from_bot() if "share this thread" in text_of(one)]


async def test_those_that_share_a_thread_have_one_clock_between_them(room: Room) -> None:
    await room.post_records([minor(room) for _ in range(40)])
    await taken(room, 40)
    await room.until(lambda: room.events("storm-began"), "the storm")
    assert 1 == len([one for one in room.events("alert-firing") if "joined" not in one["detail"]]) - ONE_CAUSE


async def test_repeats_of_an_alert_in_a_shared_thread_add_nothing(room: Room) -> None:
    records = [minor(room) for _ in range(20)]
    await room.post_records(records)
    await sees(room, "10 alerts share this thread: 10 firing")
    await room.post_records([one | {"Credits_Total": 5} for one in records])
    await room.until(lambda: not waiting(room), "the repeats to be taken")
    assert 20 == len(alerts(room))
    await sees(room, "10 alerts share this thread: 10 firing")


def waiting(room: Room) -> int:
    """Alerts that are recorded and not taken yet."""
    with room.server.plain() as client:
        return int(client.hlen("{cs:T0PRACTICE}:queue:alerts:bodies"))


async def test_a_storm_goes_on_where_a_replica_stops_in_the_midst_of_it(tmp_path: Path) -> None:
    async with ops_room(tmp_path, replicas=0) as room:
        async with serving_replica(room):
            records = [minor(room, Run_ID=f"RUN-20261121-S{number:05}") for number in range(200)]
            posting = asyncio.create_task(room.post_records(records[:160]))
            await room.until(lambda: len(alerts(room)) > 40, "a part of the storm")
            await posting
        async with serving_replica(room):
            await room.post_records(records[160:])
            await taken(room, 200)
            await room.until(lambda: not waiting(room), "the backlog to go")
            about = [one["detail"]["about"] for one in alerts(room)]
            assert sorted(str(one["Run_ID"]) for one in records) == sorted(about)
            told = "190 alerts share this thread: 190 firing"

            def shown() -> list[Json]:
                return [one for one in roots(room) if told in text_of(one)]

            # The gate of a message that the first one was sending is leased to it for half a minute.
            await room.until(shown, "all of them to be told", 6 * PATIENCE)


async def warned(room: Room, status: str = "firing", time: str = "first") -> None:
    """AUDITRON's workers warn, thirty for one cause."""
    every = [notice(status=status, pod=f"worker-{number}") for number in range(30)]
    assert 202 == (await notify(room, notification(*every, groupKey=time)))[0]
    await room.until(lambda: not waiting(room), "the warnings to be taken")


async def test_resolved_in_the_shared_thread_each_is_over_until_it_begins_anew(room: Room) -> None:
    await warned(room)
    shared = await room.sees("20 alerts share this thread: 20 firing", channel=ALERTS)
    await room.say(RUTH, "@countersign resolve because the queue is empty", shared["ts"], ALERTS)
    over = "20 alerts share this thread: 0 firing, 0 acknowledged, 20 over"
    await room.sees(over, channel=ALERTS)
    ended = [one for one in room.events("alert-resolved") if "joined" in one["detail"]]
    assert 20 == len(ended)
    assert {RUTH} == {one["actor"] for one in room.events("alert-resolved") if one not in ended}
    await warned(room, time="second")  # their sender goes on: a person's word stands against it
    await warned(room, "resolved")
    await room.sees(over, channel=ALERTS)
    assert 20 == len([one for one in room.events("alert-resolved") if "joined" in one["detail"]])
    await warned(room, time="third")
    await room.sees("20 alerts share this thread: 20 firing", channel=ALERTS)


async def test_snoozed_in_the_shared_thread_each_sleeps_and_wakes_with_it(room: Room) -> None:
    await warned(room)
    shared = await room.sees("20 alerts share this thread: 20 firing", channel=ALERTS)
    await room.say(OMAR, "@countersign snooze 30m because it is known", shared["ts"], ALERTS)
    await room.sees("20 alerts share this thread: 0 firing.*20 are snoozed", channel=ALERTS)
    assert 21 == len(room.events("alert-snoozed"))
    room.advance(minutes=31)
    await room.sees("20 alerts share this thread: 20 firing", channel=ALERTS)


async def test_how_grave_the_shared_thread_is_holds_for_each_that_is_open_there(room: Room) -> None:
    """Each is recorded, and where alerts are counted by severity they count as what was said."""
    await warned(room)
    shared = await room.sees("20 alerts share this thread: 20 firing", channel=ALERTS)
    store = room.replicas[0].world.store
    warnings, critical = (counted_list(AlertState.FIRING, one) for one in ("warning", "critical"))
    before, _ = await store.counted((warnings, critical))

    said = "@countersign severity critical because the customers see it"
    await room.say(OMAR, said, shared["ts"], ALERTS)

    def raised() -> list[str]:
        told = [one for one in room.events("alert-firing") if one["detail"].get("by") == "regraded"]
        return [one["subject"] for one in told if "joined" in one["detail"]]

    await room.until(lambda: 20 == len(raised()), "each to be raised")
    assert 20 == len(set(raised()))
    assert [before - 20, 20] == [*await store.counted((warnings, critical))]


def acknowledgements_of_warnings_run_out(policies: Path) -> None:
    path = policies / "severities.yaml"
    text = path.read_text()
    rule = "    acknowledge_within: 1h\n    row: AU-35\n"
    assert 1 == text.count(rule)
    path.write_text(text.replace(rule, f"{rule}    acknowledged_for: 2h\n"))


async def test_an_acknowledgement_runs_out_for_each_in_the_shared_thread(tmp_path: Path) -> None:
    async with ops_room(tmp_path, edit=acknowledgements_of_warnings_run_out) as room:
        await warned(room)
        shared = await room.sees("20 alerts share this thread: 20 firing", channel=ALERTS)
        await room.say(OMAR, "ACK - the queue", shared["ts"], ALERTS)
        await room.sees("20 alerts share this thread: 0 firing, 20 acknowledged", channel=ALERTS)
        room.advance(hours=2, seconds=5)
        await room.sees("20 alerts share this thread: 20 firing, 0 acknowledged", channel=ALERTS)
        await room.say(OMAR, "ACK - the queue, still", shared["ts"], ALERTS)
        await room.sees("20 alerts share this thread: 0 firing, 20 acknowledged", channel=ALERTS)


async def test_every_end_of_a_storm_is_told_by_name_as_well(room: Room) -> None:
    await warned(room)
    await room.sees("20 alerts share this thread: 20 firing", channel=ALERTS)
    await warned(room, "resolved")
    await room.sees("20 alerts · QueueBacklog: resolved.*0 firing, 0 acknowledged, 20 over", channel=ALERTS)

    def ends() -> tuple[int, int]:
        said = [text_of(one) for one in room.from_bot(channel=ALERTS)]
        alone = [one for one in said if "QueueBacklog is too high: resolved" in one]
        return len(alone), sum(one.count("· over") for one in said)

    await room.until(lambda: ends() == (ONE_CAUSE, 20), "the end of each", 4 * PATIENCE)
