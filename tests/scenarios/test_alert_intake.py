"""Alerts with labels: given to their system, told once, repeated, closed, opened again; or told as strays."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from handlers.alerting.bodies import Body
from handlers.alerting.sources import SOURCES
from handlers.alerting.taking import take_body
from handlers.changes import Cause
from handlers.errors import TryAgainLater
from tests.scenarios.bodies import notice, notification, post
from tests.scenarios.opening import ops_room
from tests.scenarios.room import ALERTS, CRITICAL, Json, Room, text_of

BACKLOG = r"warning · QueueBacklog is too high"


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path) as opened:
        yield opened


def roots(room: Room, channel: str = ALERTS) -> list[Json]:
    """The first messages of the bot's threads in a channel."""
    return [one for one in room.from_bot(channel=channel) if one.get("thread_ts", one["ts"]) == one["ts"]]


async def told(room: Room, *alerts: Json, status: int = 202) -> str:
    found, text = await post(room, notification(*alerts))
    assert status == found, text
    return text


def kinds(room: Room) -> list[str]:
    return [one["event"] for one in room.record() if one["event"].startswith("alert-")]


async def test_an_alert_becomes_a_thread_of_the_system_that_its_labels_name(room: Room) -> None:
    await told(room, notice())
    root = await room.sees(BACKLOG, channel=ALERTS)
    shown = text_of(root)
    assert "140 jobs wait" in shown
    assert "namespace=auditron" in shown
    assert "auditron" == room.events("alert-firing")[0]["detail"].get("system", "auditron")


async def test_a_delivery_that_is_repeated_because_its_answer_was_lost_counts_once(room: Room) -> None:
    first = json.loads(await told(room, notice()))
    again = json.loads(await told(room, notice()))
    assert [True, False] == [first["new"], again["new"]]
    await room.sees(BACKLOG, channel=ALERTS)
    assert 1 == len(room.events("alert-firing"))


async def test_the_same_words_hours_later_are_a_repeat_and_update_the_message(room: Room) -> None:
    await told(room, notice())
    await room.sees(BACKLOG, channel=ALERTS)
    room.advance(hours=4)
    await told(room, notice())
    await room.sees(rf"{BACKLOG}.*Told again by its sender, so far: 1", channel=ALERTS)
    assert 1 == len(roots(room))


async def test_a_repeat_shows_what_its_sender_says_now(room: Room) -> None:
    await told(room, notice())
    root = await room.sees(rf"{BACKLOG}.*140 jobs wait", channel=ALERTS)
    grown = notice()
    grown["annotations"]["description"] = "9000 jobs wait, says password=hunter2hunter2"
    await told(room, grown)
    card = await room.sees(rf"{BACKLOG}.*9000 jobs wait", channel=ALERTS)
    assert root["ts"] == card["ts"]
    assert "140 jobs" not in text_of(card)
    assert "hunter2" not in text_of(card)


async def test_what_its_sender_resolves_is_closed_and_what_fires_again_soon_goes_on_there(room: Room) -> None:
    await told(room, notice())
    root = await room.sees(BACKLOG, channel=ALERTS)
    room.advance(minutes=5)
    await told(room, notice(status="resolved"))
    await room.until(lambda: room.events("alert-resolved"), "the end to count")
    assert "senderresolved" == room.events("alert-resolved")[0]["detail"]["by"]
    room.advance(minutes=30)
    await told(room, notice())
    await room.until(lambda: 2 <= len(room.events("alert-firing")), "it to fire again")
    assert [root["ts"]] == [one["ts"] for one in roots(room)]


async def test_what_fires_again_after_the_window_of_policy_begins_a_new_thread(room: Room) -> None:
    await told(room, notice())
    await room.sees(BACKLOG, channel=ALERTS)
    room.advance(minutes=5)
    await told(room, notice(status="resolved"))
    await room.until(lambda: room.events("alert-resolved"), "the end to count")
    room.advance(minutes=61)
    await told(room, notice())
    await room.until(lambda: 2 == len(roots(room)), "a second thread")


async def handled(room: Room, status: str, minute: int, *, patient: bool = False) -> None:
    """One worker handles a body that was recorded in that minute."""
    world = room.replicas[0].world
    said = notification(notice(status=status))
    signals = SOURCES["alertmanager"].read(world.book, said).told.signals
    at = room.clock.now() + timedelta(minutes=minute)
    cause = Cause(f"test/{status}/{minute}", "alerts/alertmanager", at)
    body = Body(cause, "alertmanager", signals, (), at, patient)
    await take_body(world, body, partial(asyncio.sleep, 0))


async def test_an_end_whose_beginning_another_worker_has_in_hand_waits_for_it(room: Room) -> None:
    with pytest.raises(TryAgainLater):
        await handled(room, "resolved", 2, patient=True)
    await handled(room, "firing", 1)
    await handled(room, "resolved", 2, patient=True)
    assert ["alert-firing", "alert-resolved"] == kinds(room)


async def test_a_beginning_recorded_before_the_end_does_not_open_what_is_over(room: Room) -> None:
    await handled(room, "firing", 1)
    await handled(room, "resolved", 3)
    await handled(room, "firing", 2)
    assert ["alert-firing", "alert-resolved"] == kinds(room)


async def test_the_end_of_what_nobody_heard_of_changes_nothing(room: Room) -> None:
    await handled(room, "resolved", 1)
    assert [] == kinds(room)


async def test_one_name_in_two_systems_is_two_alerts_with_their_own_severities(room: Room) -> None:
    await told(room, notice("HighLatency"), notice("HighLatency", namespace="provability-fabric"))
    await room.sees("warning · HighLatency", channel=ALERTS)
    await room.sees("P1 · HighLatency", channel=CRITICAL)
    assert 2 == len(room.events("alert-firing"))


async def test_policys_severity_for_a_name_counts_before_the_senders_label(room: Room) -> None:
    await told(room, notice("ApiDown", severity="info"))
    await room.sees("critical · ApiDown", channel=ALERTS)


async def test_a_severity_that_policy_does_not_list_becomes_the_one_it_names_for_that(room: Room) -> None:
    await told(room, notice("SomethingElse", severity="page"))
    await room.sees("warning · SomethingElse", channel=ALERTS)


async def test_an_alert_of_no_system_is_refused_to_its_sender_and_told_to_people_once(room: Room) -> None:
    for number in range(3):
        text = await told(room, notice("Unheard", namespace=f"other-{number}"), status=422)
        assert "fit no system" in text
        assert "other-" not in text
    message = await room.sees(
        "Alerts of `alertmanager` that could not be taken and have no thread: 3", channel=CRITICAL
    )
    assert "Unheard (namespace=other-1) × 1" in text_of(message)
    assert 1 == len([one for one in room.from_bot() if "could not be taken" in text_of(one)])
    assert [] == room.events("alert-firing")


async def test_labels_that_fit_two_systems_are_not_guessed_about(room: Room) -> None:
    text = await told(room, notice(system="credit-monitoring"), status=422)
    assert "nothing is guessed" in text
    assert "auditron and credit-monitoring" in text


async def test_a_stray_among_others_keeps_nobody_from_their_thread(room: Room) -> None:
    text = json.loads(await told(room, notice(), notice("Unheard", namespace="other")))
    assert (1, 1) == (text["alerts"], text["unplaced"])
    await room.sees(BACKLOG, channel=ALERTS)
    await room.sees(
        r"Alerts of `alertmanager` that could not be taken and have no thread: 1.*Unheard", channel=CRITICAL
    )


async def test_alerts_that_the_sender_left_out_are_told(room: Room) -> None:
    status, text = await post(room, notification(notice(), truncatedAlerts=40))
    assert 202 == status, text
    await room.sees("left 40 alerts of a group out", channel=CRITICAL)


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"{not json", 422, "no JSON"),
        (b"[]", 422, "must be a JSON object"),
        (notification(), 422, "there is none in this body"),
        (notification(notice(), version="3"), 422, "version: Input should be '4'"),
        (notification({**notice(), "status": "s3cret"}), 422, "alerts.0.status"),
        (notification({**notice(), "fingerprint": "s3cret"}), 422, "alerts.0.fingerprint"),
        (notification(notice(), {"status": "firing"}), 422, "alerts.1.labels: Field required"),
        (b'{"x": "' + b"a" * 1_000_001 + b'"}', 413, "larger than 1000 kB"),
    ],
    ids=["no JSON", "a list", "no alerts", "version", "status", "fingerprint", "half a body", "too large"],
)
async def test_a_faulty_body_counts_for_nothing_and_its_fault_is_told(
    room: Room, body: Json | bytes, status: int, reason: str
) -> None:
    found, text = await post(room, body)
    assert status == found
    assert reason in text
    assert "s3cret" not in text
    await room.sees("sends what cannot be taken", channel=CRITICAL)
    assert [] == room.events("alert-firing")


async def test_another_content_type_is_refused(room: Room) -> None:
    status, text = await post(room, b"{}", **{"Content-Type": "text/plain"})
    assert (415, "send application/json\n") == (status, text)


async def test_an_unknown_source_and_a_mapping_where_none_belongs_are_refused(room: Room) -> None:
    status, text = await post(room, notification(notice()), "pagers")
    assert (404, True) == (status, "alertmanager, generic, grafana, run-record" in text)
    status, text = await post(room, notification(notice()), "alertmanager/uptime")
    assert (422, True) == (status, "only /alerts/generic" in text)


async def test_json_of_another_form_becomes_alerts_as_policy_maps_it(room: Room) -> None:
    check = {"check_id": 7, "state": "down", "summary": "No answer from eu-1", "priority": "critical"}
    assert 422 == (await post(room, {"checks": [check, {"state": "down"}]}, "generic/uptime"))[0]
    assert 202 == (await post(room, {"checks": [check]}, "generic/uptime"))[0]
    root = await room.sees("critical · No answer from eu-1", channel=ALERTS)
    assert 202 == (await post(room, {"checks": [check | {"state": "up"}]}, "generic/uptime"))[0]
    over = await room.sees("critical · No answer from eu-1.*Its sender says that it is over", channel=ALERTS)
    assert [root["ts"]] == [over["ts"]] == [one["ts"] for one in roots(room)]
