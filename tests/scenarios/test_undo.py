"""What was done is undone by a request for its way back: the same gates, once, and only as it was left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.scenarios.opening import ops_room
from tests.scenarios.room import ALERTS, CRITICAL, OMAR, PIA, RUTH, VERA, Json, Room, text_of
from tests.scenarios.test_midway import HalfDone
from tests.scenarios.test_rerun import rerun_approved
from tests.scenarios.workloads import asked, cluster_says, deployment, outcome, path_of

UNDO = "Undo…"


async def scaled(room: Room, text: str = "auditron-api 5 because queue backlog") -> Json:
    """Somebody's scaling is done; returns its card."""
    card = await asked(room, "/scale", text)
    await room.say(RUTH, "APPROVED - seen the queue", card["ts"], channel=ALERTS)
    await outcome(room, card, "is done and was read back")
    return card


async def replicas(room: Room, name: str = "auditron-api") -> int:
    return int((await deployment(room, "auditron", name))["spec"]["replicas"])


def buttons(message: Json) -> list[str]:
    """The labels of a message's buttons."""
    blocks = message.get("blocks", [])
    return [one["text"]["text"] for block in blocks for one in block.get("elements", ()) if "value" in one]


def told_undone(room: Room, card: Json) -> list[str]:
    """The ts of every message of a thread that says so."""
    return [one["ts"] for one in room.from_bot(card["ts"], ALERTS) if "Undone by" in text_of(one)]


async def press(room: Room, who: str, message: Json) -> None:
    """Press a message's undo button."""
    at = {"channel": ALERTS, "ts": message["ts"]}
    await room.slack.act(who, "click", **at, action_id="undo")


async def undo_asked(room: Room, card: Json) -> Json:
    """The card of the way back, in the thread of what it undoes."""
    return await outcome(room, card, "This undoes.*waiting for approval|waiting for approval.*This undoes")


async def test_the_button_on_what_was_done_asks_for_its_way_back(room: Room) -> None:
    card = await scaled(room)
    done = await outcome(room, card, "is done and was read back")
    assert [UNDO] == buttons(done)

    await press(room, OMAR, done)
    assert "Complete the command" in str(await room.modal(OMAR))
    await room.submit(OMAR, because="the queue is empty")

    back = await undo_asked(room, card)
    assert f"{room.request_id(card)}>" in text_of(back)
    assert "5 → 3" in text_of(back)
    assert 5 == await replicas(room)
    await room.say(RUTH, f"APPROVED {room.request_id(back)} - seen", card["ts"], channel=ALERTS)

    await outcome(room, card, rf"{room.request_id(back)}` is done and was read back")
    assert 3 == await replicas(room)
    undone = await outcome(
        room, card, rf"{room.request_id(card)}` is done.*Undone by.*{room.request_id(back)}"
    )
    assert done["ts"] == undone["ts"]
    assert [] == buttons(undone)
    await room.sees(rf"Scale a deployment.*done.*Undone by.*{room.request_id(back)}", channel=ALERTS)


async def test_the_words_undo_because_do_it_too(room: Room) -> None:
    card = await scaled(room)
    await room.say(PIA, "undo because the queue is empty", card["ts"], channel=ALERTS)
    back = await undo_asked(room, card)
    assert "Because: the queue is empty" in text_of(back)
    assert f"<@{PIA}>" in text_of(back)


async def test_conversation_that_begins_with_undo_is_left_alone(room: Room) -> None:
    card = await scaled(room)
    await room.say(OMAR, "undo that if it gets worse, will you?", card["ts"], channel=ALERTS)
    await room.say(OMAR, "undo because it is over", card["ts"], channel=ALERTS)
    back = await undo_asked(room, card)
    assert "Because: it is over" in text_of(back)
    assert 1 == len([one for one in room.from_bot(card["ts"], ALERTS) if "This undoes" in text_of(one)])


async def test_the_menu_of_any_message_in_the_thread_does_it_too(room: Room) -> None:
    card = await scaled(room)
    said = await room.say(PIA, "is it over?", card["ts"], channel=ALERTS)
    await room.slack.act(OMAR, "shortcut", callback_id="shortcut-undo", channel=ALERTS, ts=said)
    await room.submit(OMAR, because="it is over")
    assert "Because: it is over" in text_of(await undo_asked(room, card))


async def test_words_without_a_reason_are_asked_for_it(room: Room) -> None:
    card = await scaled(room)
    await room.say(OMAR, "undo", card["ts"], channel=ALERTS)
    asks = await room.hears(OMAR, "Say why.*undo R-.* because", card["ts"])
    at = {"ephemeral": asks["id"]}
    await room.slack.act(OMAR, "click", **at, action_id="say-again")
    await room.submit(OMAR, because="it is over")
    assert "Because: it is over" in text_of(await undo_asked(room, card))


async def test_who_may_not_ask_for_the_way_back_may_not_undo(room: Room) -> None:
    card = await scaled(room)
    await room.say(VERA, "undo because I want to", card["ts"], channel=ALERTS)
    refused = await outcome(room, card, "Only O2 Read Operator.* may request scale")
    assert "auditron.yaml actions.scale.request (AU-06)" in text_of(refused)
    assert 1 == len(room.events("request-awaiting_approval"))


async def test_it_takes_two_people_to_go_back_too(room: Room) -> None:
    card = await scaled(room)
    await room.say(RUTH, "undo because it was wrong", card["ts"], channel=ALERTS)
    await undo_asked(room, card)
    await room.say(RUTH, "APPROVED - it was wrong", card["ts"], channel=ALERTS)
    await outcome(room, card, "You asked for this yourself, so somebody else approves it")
    assert 5 == await replicas(room)


async def test_what_was_undone_is_not_undone_again(room: Room) -> None:
    card = await scaled(room)
    await room.say(OMAR, "undo because it is over", card["ts"], channel=ALERTS)
    back = await undo_asked(room, card)
    await room.say(RUTH, f"APPROVED {room.request_id(back)}", card["ts"], channel=ALERTS)
    await outcome(room, card, "is done.*Undone by")
    await room.command(OMAR, "/ops", f"undo {room.request_id(card)} because once more")
    await room.hears(OMAR, rf"was undone already, by.*{room.request_id(back)}")
    assert 3 == await replicas(room)


async def test_what_somebody_has_changed_since_is_not_undone(room: Room) -> None:
    card = await scaled(room)
    await cluster_says(room, path_of("auditron", "auditron-api"), "PATCH", {"spec": {"replicas": 8}})
    await room.say(OMAR, "undo because it is over", card["ts"], channel=ALERTS)
    await room.hears(OMAR, "its target has changed since .replicas was left at 5 and is 8.")
    assert 8 == await replicas(room)


async def test_what_has_no_way_back_says_why(room: Room) -> None:
    card = await asked(room, "/restart", "auditron-worker because it leaks")
    await room.say(RUTH, "APPROVED", card["ts"], channel=ALERTS)
    done = await outcome(room, card, "is done and was read back")
    assert [] == buttons(done)
    await room.say(OMAR, "undo because it leaks still", card["ts"], channel=ALERTS)
    await outcome(
        room, card, "has no way back: pods that are gone do not come back.*Rule: only what has a way back"
    )


async def test_what_still_waits_is_cancelled_and_not_undone(room: Room) -> None:
    card = await asked(room, "/scale", "auditron-api 5 because queue backlog")
    await room.command(OMAR, "/ops", f"undo {room.request_id(card)} because I was wrong")
    await room.hears(OMAR, "is not done, so there is nothing to undo")
    await room.command(OMAR, "/ops", "undo R-NOSUCH because I was wrong")
    await room.hears(OMAR, "There is no request `R-NOSUCH` here")


async def test_a_thread_with_nothing_to_undo_says_so(room: Room) -> None:
    card = await asked(room, "/scale", "auditron-api 5 because queue backlog")
    await room.say(OMAR, "undo because I was wrong", card["ts"], channel=ALERTS)
    await outcome(room, card, "Nothing that was done in this thread can be undone")


async def test_a_dangerous_way_back_is_confirmed_by_the_name_of_its_target(room: Room) -> None:
    """Back to nothing (PF-49)."""
    await room.command(OMAR, "/scale", "retrieval-gateway 0 because data exposure")
    typed = {"deployment": "retrieval-gateway", "replicas": "0", "because": "data exposure"}
    await room.submit(OMAR, **typed, confirm="retrieval-gateway")
    card = await room.sees("Scale a deployment.*waiting for approval")
    await room.say(RUTH, "APPROVED - contain it", card["ts"])
    await room.sees("is done and was read back", card["ts"])
    await room.say(OMAR, "undo because it is contained", card["ts"])
    back = await room.sees("This undoes", card["ts"])
    await room.say(RUTH, f"APPROVED {room.request_id(back)}", card["ts"])
    done = await room.sees(rf"{room.request_id(back)}` is done and was read back", card["ts"])

    await room.slack.act(OMAR, "click", channel=CRITICAL, ts=done["ts"], action_id="undo")
    view = await room.modal(OMAR)
    assert f"This is the way back of `{room.request_id(back)}`" in text_of(view)
    assert ["because", "confirm"] == [one["block_id"] for one in view["blocks"] if one["type"] == "input"]
    await room.submit(OMAR, because="exposed again", confirm="auditron-api")
    assert ["confirm"] == list((await room.modal(OMAR))["errors"])
    await room.submit(OMAR, because="exposed again", confirm="retrieval-gateway")
    again = await room.sees("This undoes.*Because: exposed again", card["ts"])
    assert f"{room.request_id(back)}>" in text_of(again)
    assert "3 → 0" in text_of(again)


async def test_where_several_could_be_meant_it_asks_which(room: Room) -> None:
    """A rerun and a release in one alert's thread: each has its way back."""
    record, root, rerun = await rerun_approved(room)
    await room.resolved(record, root)
    card = await room.release_asked(record, root)
    await room.say(RUTH, f"APPROVED {room.request_id(card)} - compared", root["ts"])
    await room.sees(f"{room.request_id(card)}.*is done and was read back", root["ts"])

    await room.say(OMAR, "undo because it was wrong", root["ts"])

    which = await room.hears(OMAR, "Which one do you mean", root["ts"])
    assert {f"{UNDO} {rerun}", f"{UNDO} {room.request_id(card)}"} == set(buttons(which))
    assert [] == [one for one in room.from_bot(root["ts"]) if "This undoes" in text_of(one)]
    await room.press(OMAR, which, f"{UNDO} {rerun}")
    await room.hears(OMAR, "Only O3 Approver may request withdraw-rerun")


async def test_what_stopped_midway_is_undone_as_far_as_it_came(tmp_path: Path) -> None:
    async with ops_room(tmp_path, wrap=once_half_done) as room:
        card = await asked(room, "/scale", "auditron-worker 4 because queue backlog")
        await room.say(RUTH, "APPROVED", card["ts"], channel=ALERTS)
        stopped = await outcome(room, card, "stopped midway: the second step was refused")
        assert [UNDO] == buttons(stopped)
        await room.say(OMAR, "undo because half of it helps nobody", card["ts"], channel=ALERTS)
        back = await undo_asked(room, card)
        assert "4 → 2" in text_of(back)
        await room.say(RUTH, f"APPROVED {room.request_id(back)}", card["ts"], channel=ALERTS)
        # The card of the request says the same, perhaps earlier.
        await room.until(lambda: stopped["ts"] in told_undone(room, card), "the outcome to say it was undone")
        assert 2 == await replicas(room, "auditron-worker")


def once_half_done(name: str, port: Any) -> Any:
    """A cluster whose first scaling has a second step that cannot be made."""
    return OnceHalfDone(port) if name == "systems.auditron" else port


class OnceHalfDone(HalfDone):
    def __init__(self, port: Any) -> None:
        super().__init__(port)
        self._first = True

    async def scale(self, *args: Any) -> Any:
        if self._first:
            self._first = False
            await super().scale(*args)
        return await self._port.scale(*args)
