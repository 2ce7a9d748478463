"""What is asked for a time ends by itself: its way back is proposed, or taken where policy says so."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.opening import ops_room, serving_replica
from tests.scenarios.room import ALERTS, OMAR, PIA, RUTH, VERA, Json, Room, text_of
from tests.scenarios.test_undo import buttons, replicas, undo_asked
from tests.scenarios.workloads import asked, cluster_says, deployment, outcome, path_of

WORDS = "auditron-api 8 for 2h because a batch runs"


def reverting(policies: Path) -> None:
    """Scaling goes back by itself."""
    file = policies / "systems" / "auditron.yaml"
    text = file.read_text()
    assert "    row: AU-06\n" in text
    file.write_text(text.replace("    row: AU-06\n", "    row: AU-06\n    on_end: revert\n", 1))


@pytest.fixture
async def reverting_room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path, edit=reverting) as opened:
        yield opened


async def scaled(room: Room) -> Json:
    """Eight replicas for two hours; returns the card."""
    card = await asked(room, "/scale", WORDS)
    await room.say(RUTH, "APPROVED - for the batch", card["ts"], channel=ALERTS)
    await outcome(room, card, "is done and was read back")
    return card


def waiting(room: Room) -> int:
    """How many requests have been put before their approvers."""
    return len(room.events("request-awaiting_approval"))


async def test_the_way_back_is_proposed_when_the_time_is_over(room: Room) -> None:
    card = await asked(room, "/scale", WORDS)
    assert "*For*\\n2h; then the way back is asked for" in text_of(card)
    await room.say(RUTH, "APPROVED - for the batch", card["ts"], channel=ALERTS)
    done = await outcome(
        room, card, "is done and was read back.*It ends <!date.*the way back is then asked for"
    )
    assert ["Undo…"] == buttons(done)
    room.advance(hours=1, minutes=59)
    await room.command(PIA, "/ops", "help")
    await room.hears(PIA, "Here is what you may do")
    assert 1 == waiting(room)

    room.advance(minutes=2)

    back = await undo_asked(room, card)
    assert "8 → 3" in text_of(back)
    called = await outcome(
        room, card, "was asked for 2h, which is over.*asks for the way back: please answer it"
    )
    assert f"<@{RUTH}> <@{OMAR}>" in text_of(called)
    await room.say(RUTH, f"APPROVED {room.request_id(back)}", card["ts"], channel=ALERTS)
    await outcome(room, card, "is done.*Undone by")
    assert 3 == await replicas(room)


async def test_who_asked_for_a_time_cannot_approve_its_way_back(room: Room) -> None:
    card = await scaled(room)
    room.advance(hours=2, minutes=1)
    back = await undo_asked(room, card)
    assert f"<@{OMAR}>" in text_of(back)
    await room.say(OMAR, f"APPROVED {room.request_id(back)}", card["ts"], channel=ALERTS)
    await outcome(room, card, "Only O3 Approver may approve scale")
    assert 8 == await replicas(room)


async def test_it_goes_back_by_itself_where_policy_says_so(reverting_room: Room) -> None:
    room = reverting_room
    card = await asked(room, "/scale", WORDS)
    rule = r"auditron.yaml actions.scale.on_end \(AU-06\)"
    await room.sees(
        f"2h; then it goes back by itself, unless somebody has changed it .{rule}", channel=ALERTS
    )
    await room.say(RUTH, "APPROVED - for the batch", card["ts"], channel=ALERTS)
    await outcome(room, card, "is done and was read back")

    room.advance(hours=2, minutes=1)

    told = await outcome(room, card, f"which is over. It goes back by itself, as {rule} says")
    assert f"<@{RUTH}>" not in text_of(told)
    await outcome(room, card, "is done.*Undone by")
    assert 3 == await replicas(room)
    back = await outcome(room, card, f"This undoes.*No approval is needed: {rule}")
    annotations = (await deployment(room, "auditron", "auditron-api"))["metadata"]["annotations"]
    assert room.request_id(back) == annotations["countersign.dev/request"]
    assert "policy auditron.yaml actions.scale.on_end (AU-06)" == annotations["countersign.dev/approved-by"]
    assert 1 == waiting(room)


async def test_what_somebody_has_changed_is_only_proposed_to_go_back(reverting_room: Room) -> None:
    room = reverting_room
    card = await scaled(room)
    await cluster_says(room, path_of("auditron", "auditron-api"), "PATCH", {"spec": {"replicas": 9}})

    room.advance(hours=2, minutes=1)

    back = await undo_asked(room, card)
    assert "9 → 3" in text_of(back)
    told = await outcome(room, card, "It does not go back by itself:.*replicas was left at 8 and is 9")
    assert f"<@{RUTH}> <@{OMAR}>" in text_of(told)
    assert 9 == await replicas(room)


async def test_undo_ends_it_sooner(room: Room) -> None:
    card = await scaled(room)
    await room.say(OMAR, "undo because the batch is through", card["ts"], channel=ALERTS)
    back = await undo_asked(room, card)
    await room.say(RUTH, f"APPROVED {room.request_id(back)}", card["ts"], channel=ALERTS)
    undone = await outcome(room, card, "is done.*Undone by")
    assert "It ends" not in text_of(undone)

    room.advance(hours=3)
    await room.command(PIA, "/ops", "help")
    await room.hears(PIA, "Here is what you may do")

    assert [] == room.events("time-over")
    assert 2 == waiting(room)


async def test_an_undo_that_waits_already_is_not_asked_for_twice(room: Room) -> None:
    card = await scaled(room)
    await room.say(OMAR, "undo because the batch is through", card["ts"], channel=ALERTS)
    back = await undo_asked(room, card)
    room.advance(hours=2, minutes=1)
    called = await outcome(room, card, "which is over.*asks for the way back: please answer it")
    assert room.request_id(back) in text_of(called)
    assert 2 == waiting(room)


async def test_the_end_survives_a_restart_and_comes_once_with_two_replicas(tmp_path: Path) -> None:
    async with ops_room(tmp_path, replicas=0) as room:
        async with serving_replica(room):
            card = await scaled(room)
        async with serving_replica(room), serving_replica(room):
            room.advance(hours=2, minutes=1)
            await undo_asked(room, card)
            await outcome(room, card, "please answer it")
            assert 1 == len(room.events("time-over"))
            assert 2 == waiting(room)


async def test_what_is_back_already_is_told_and_nothing_is_asked_for(room: Room) -> None:
    card = await scaled(room)
    await cluster_says(room, path_of("auditron", "auditron-api"), "PATCH", {"spec": {"replicas": 3}})
    room.advance(hours=2, minutes=1)
    await outcome(room, card, "which is over, and stays as it is. auditron-api already has spec.replicas 3")
    assert 1 == waiting(room)


async def test_a_lockdown_holds_the_end_too(reverting_room: Room) -> None:
    room = reverting_room
    await scaled(room)
    await room.command(RUTH, "/ops", "lockdown because something is wrong")
    await room.until(lambda: room.events("lockdown-started"), "the lockdown")
    room.advance(hours=2, minutes=1)
    await room.command(PIA, "/ops", "help")
    await room.hears(PIA, "Here is what you may do")
    assert [] == room.events("time-over")
    assert 8 == await replicas(room)


@pytest.mark.parametrize(
    ("command", "text", "why"),
    [
        ("/scale", "auditron-api 8 for ever because it is slow", "`ever` is no time that I know. Write 30m"),
        ("/scale", "auditron-api 8 for 30s because it is slow", "`30s` is no time that I know"),
        ("/scale", "auditron-api 8 for 31d because it is slow", "30 days at most"),
        ("/restart", "auditron-api for 2h because it leaks", "restart cannot be limited by `for 2h`"),
    ],
)
async def test_a_time_that_makes_no_sense_is_said_to_be_none(
    room: Room, command: str, text: str, why: str
) -> None:
    await room.command(OMAR, command, text)
    await room.hears(OMAR, why)
    assert 0 == waiting(room)


async def test_the_modal_asks_for_a_time_and_keeps_the_one_that_was_typed(room: Room) -> None:
    await room.command(OMAR, "/scale", "auditron-api 8 for 2h")
    view = await room.modal(OMAR)
    named = {
        one["block_id"]: one["element"].get("initial_value") for one in view["blocks"] if "element" in one
    }
    assert {"deployment": "auditron-api", "replicas": "8", "for": "2h", "because": None} == named
    typed = {"deployment": "auditron-api", "replicas": "8", "because": "a batch runs"}
    await room.submit(OMAR, **typed, **{"for": "soon"})
    assert ["for"] == list((await room.modal(OMAR))["errors"])
    await room.submit(OMAR, **typed, **{"for": "3h"})
    card = await room.sees("waiting for approval", channel=ALERTS)
    assert "3h; then the way back is asked for" in text_of(card)
    await room.slack.act(RUTH, "click", channel=ALERTS, ts=card["ts"], action_id="approve")
    assert "For: 3h; then the way back is asked for" in json.dumps((await room.modal(RUTH))["blocks"])


async def test_a_rule_that_its_approvers_did_not_read_takes_nothing_back(tmp_path: Path) -> None:
    async with ops_room(tmp_path, replicas=0) as room:
        async with serving_replica(room):
            card = await scaled(room)
        reverting(room.policies)
        async with serving_replica(room, activate=True):
            room.advance(hours=2, minutes=1)
            await undo_asked(room, card)
            await outcome(room, card, "asks for the way back: please answer it")
            assert 8 == await replicas(room)


async def extended(room: Room, card: Json, words: str = "extend 1h because it takes longer") -> Json:
    """Omar asks for more time in the thread; returns that card."""
    await room.say(OMAR, f"@countersign {words}", card["ts"], channel=ALERTS)
    return await outcome(room, card, "waiting for approval.*This lets .* last longer")


async def test_it_lasts_longer_when_its_approvers_agree(room: Room) -> None:
    card = await scaled(room)
    more = await extended(room, card)
    assert "Scale a deployment, for longer: auditron-api" in text_of(more)
    assert "Longer by" in text_of(more)
    await room.say(RUTH, f"APPROVED {room.request_id(more)} - one hour", card["ts"], channel=ALERTS)
    await outcome(room, card, f"{room.request_id(card)} now ends at .* UTC")
    (moved,) = room.events("request-extended")
    assert room.request_id(card) == moved["subject"]
    assert 8 == await replicas(room)

    room.advance(hours=2, minutes=1)
    await room.command(PIA, "/ops", "help")
    await room.hears(PIA, "Here is what you may do")
    assert [] == room.events("time-over")
    room.advance(hours=1)

    back = await undo_asked(room, card)
    assert "8 → 3" in text_of(back)
    await outcome(room, card, "was asked for 3h, which is over")
    assert 1 == len(room.events("time-over"))


async def test_nobody_alone_makes_it_last_longer(room: Room) -> None:
    card = await scaled(room)
    more = await extended(room, card)
    await room.say(OMAR, f"APPROVED {room.request_id(more)}", card["ts"], channel=ALERTS)
    await outcome(room, card, "Only O3 Approver may approve scale")

    room.advance(hours=2, minutes=1)

    await outcome(room, card, "was asked for 2h, which is over")
    await room.say(RUTH, f"APPROVED {room.request_id(more)} - too late", card["ts"], channel=ALERTS)
    await outcome(room, card, f"{room.request_id(more)}.*is void.*is over already")
    assert [] == room.events("request-extended")


async def test_of_two_extensions_of_the_same_end_one_is_void(room: Room) -> None:
    card = await scaled(room)
    one = await extended(room, card)
    await room.command(PIA, "/ops", f"extend {room.request_id(card)} 3h because we wait for a delivery")
    await outcome(room, card, "Longer by.*3h.*we wait for a delivery")
    three = await outcome(room, card, "we wait for a delivery")
    await room.say(RUTH, f"APPROVED {room.request_id(one)} - one hour", card["ts"], channel=ALERTS)
    await outcome(room, card, f"{room.request_id(card)} now ends at .* UTC")

    # The other is looked at again, with the end that is there now: a new revision, to be approved anew.
    again = await outcome(room, card, f"{room.request_id(three)}.*looked at again and is now revision 2")
    assert 1 == len(room.events("request-extended"))
    assert room.request_id(three) in text_of(again)


async def test_an_extension_that_is_undone_is_told_what_to_undo(room: Room) -> None:
    card = await scaled(room)
    more = await extended(room, card)
    await room.say(RUTH, f"APPROVED {room.request_id(more)} - one hour", card["ts"], channel=ALERTS)
    await outcome(room, card, f"{room.request_id(card)} now ends at .* UTC")

    await room.command(OMAR, "/ops", f"undo {room.request_id(more)} because I changed my mind")

    await room.hears(OMAR, f"only let .*{room.request_id(card)}.* last longer. To end that now, undo")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("extend 1h because it takes longer", "Write .*extend R-"),
        ("extend R-NOSUCH 1h because it takes longer", "R-NOSUCH"),
        ("extend ID because it takes longer", "how much longer"),
        ("extend ID ever because it takes longer", "`ever` is no time that I know"),
        ("extend ID 30d because it takes longer", "longer than 30 days in all"),
        ("extend ID 1h", "Say why"),
    ],
)
async def test_what_cannot_be_extended_is_told_privately(room: Room, words: str, told: str) -> None:
    card = await scaled(room)
    await room.command(OMAR, "/ops", words.replace("ID", room.request_id(card)))
    await room.hears(OMAR, told)
    assert 1 == waiting(room)


async def test_what_has_no_end_is_not_extended_and_who_may_not_ask_is_told(room: Room) -> None:
    card = await asked(room, "/scale", "auditron-api 8 because it is slow")
    await room.say(RUTH, "APPROVED - for good", card["ts"], channel=ALERTS)
    await outcome(room, card, "is done and was read back")
    await room.command(OMAR, "/ops", f"extend {room.request_id(card)} 1h because it takes longer")
    await room.hears(OMAR, "has no end ahead")
    timed = await asked(room, "/scale", "auditron-worker 4 for 2h because a batch runs")
    await room.say(RUTH, "APPROVED - for the batch", timed["ts"], channel=ALERTS)
    await outcome(room, timed, "is done and was read back")
    await room.command(VERA, "/ops", f"extend {room.request_id(timed)} 1h because it takes longer")
    await room.hears(VERA, "Only O2 .* may request scale")
