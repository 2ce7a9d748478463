"""Words in an alert's thread beside ACK: snooze, assign, severity, resolve; an ACK that nothing follows."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

from tests.scenarios.bodies import notice, notification, post
from tests.scenarios.hanging import Around
from tests.scenarios.opening import ops_room
from tests.scenarios.room import ALERTS, COUNTER, IVO, NOOR, OMAR, OTHER_BOT, PIA, RUTH, Json, Room, text_of


async def quiet(room: Room) -> None:
    """All that was said has been heard: the bot answers somebody who asks now."""
    await room.command(PIA, "/ops", "help")
    await room.hears(PIA, "Here is what you may do")


def called(room: Room, thread: str) -> int:
    """How often the on-call group was called because nobody answered."""
    said = [text_of(one) for one in room.from_bot(thread)]
    return len([one for one in said if "S03ONCALL" in one and "Nobody has acknowledged" in one])


def private_notes(room: Room, who: str) -> list[Json]:
    """What the bot wrote to somebody in their direct conversation."""
    channels = [one for one in room.slack.workspace.channels.values() if one.im_user == who]
    return [m for one in channels for m in one.messages.values() if m.get("user") == COUNTER]


async def test_an_acknowledgement_that_nothing_follows_runs_out_and_it_fires_again(
    room: Room,
) -> None:
    _, root = await room.contained()
    await room.say(OMAR, "ACK - on it", root["ts"])
    await room.sees("acknowledged as O2.*It holds until", root["ts"])
    room.advance(hours=4, seconds=5)
    await room.sees("Nothing was done since <@U02OMAR> acknowledged.*It fires again", root["ts"])
    await room.sees(r"Nobody has it yet\. Answer before.*ran out: nothing followed")
    before = called(room, root["ts"])
    room.advance(minutes=15, seconds=5)
    await room.sees("Nobody has acknowledged", root["ts"])
    await room.until(lambda: called(room, root["ts"]) == before + 1, "the first rung of the new clock")
    await room.say(PIA, "ACK - now I", root["ts"])
    await room.sees("<@U02PIA> acknowledged as O2", root["ts"])


async def test_an_acknowledgement_holds_while_something_is_done(room: Room) -> None:
    record, root = await room.contained()
    await room.say(OMAR, "ACK - on it", root["ts"])
    await room.sees("acknowledged as O2", root["ts"])
    room.advance(hours=3)
    await room.release_asked(record, root)
    room.advance(hours=1, seconds=5)
    await quiet(room)
    room.advance(hours=2)
    await quiet(room)
    assert [] == [one for one in room.from_bot(root["ts"]) if "Nothing was done since" in text_of(one)]


async def test_a_snooze_holds_the_escalation_and_the_clock_goes_on_afterwards(room: Room) -> None:
    _, root = await room.contained()
    room.advance(minutes=10)
    await room.say(OMAR, "@countersign snooze 30m because the batch ends at noon", root["ts"])
    await room.sees(
        "<@U02OMAR> snoozed this as O2.*the batch ends at noon.*Held back meanwhile: step 2", root["ts"]
    )
    await room.sees("The clock is held until")
    room.advance(minutes=29)
    await quiet(room)
    assert 0 == called(room, root["ts"])
    room.advance(minutes=1, seconds=5)
    await room.sees("The snooze is over and the clock goes on", root["ts"])
    room.advance(minutes=4)
    await quiet(room)
    assert 0 == called(room, root["ts"])
    room.advance(minutes=1, seconds=5)
    await room.sees("Nobody has acknowledged.*within 15 minutes", root["ts"])
    (entry,) = room.events("alert-snoozed")
    assert ("the batch ends at noon", [2, 3]) == (entry["detail"]["why"], entry["detail"]["held"])


async def test_a_snooze_is_bounded_by_policy_in_all(room: Room) -> None:
    _, root = await room.contained()
    await room.say(OMAR, "@countersign snooze 400d because I like it quiet", root["ts"])
    await room.hears(OMAR, "no time that I know|snoozed for 1h in all, and 1h of that is left")
    await room.say(OMAR, "@countersign snooze 45m because of lunch", root["ts"])
    await room.sees("snoozed this as O2.*of lunch", root["ts"])
    room.advance(minutes=45, seconds=5)
    await room.sees("The snooze is over", root["ts"])
    await room.say(OMAR, "@countersign snooze 30m because of dessert", root["ts"])
    await room.hears(OMAR, "snoozed for 1h in all, and 15m of that is left.*thread.snooze")
    assert 1 == len(room.events("alert-snoozed"))


async def test_a_snooze_asked_for_from_the_cards_menu_opens_a_form(room: Room) -> None:
    _, root = await room.contained()
    root = await room.sees("Nobody has it yet")
    (menu,) = [
        e for block in root["blocks"] for e in block.get("elements", ()) if e.get("type") == "overflow"
    ]
    value = next(one["value"] for one in menu["options"] if one["value"].startswith("snooze"))
    await room.slack.act(
        OMAR, "click", channel="C0CRITICAL", ts=root["ts"], action_id=menu["action_id"], value=value
    )
    await room.submit(OMAR, value="20m", because="the on-call is on the train")
    await room.sees("<@U02OMAR> snoozed this as O2.*on the train", root["ts"])


async def test_an_alert_is_given_to_a_member_who_is_told_privately_and_the_clock_runs_on(room: Room) -> None:
    _, root = await room.contained()
    await room.say(OMAR, f"@countersign assign <@{PIA}>", root["ts"])
    await room.sees("<@U02OMAR> gave this alert to <@U02PIA>. The clock runs on", root["ts"])
    await room.sees("Nobody has it yet.*given to <@U02PIA>")
    await room.until(lambda: private_notes(room, PIA), "the private note")
    assert "Open its thread" in text_of(private_notes(room, PIA)[-1])
    room.advance(minutes=15, seconds=5)
    await room.sees("Nobody has acknowledged.*within 15 minutes", root["ts"])


async def test_an_alert_is_given_to_nobody_who_does_not_count_or_has_no_part(room: Room) -> None:
    _, root = await room.contained()
    for who, why in ((OTHER_BOT, "bots never count"), (NOOR, "no policy gives them a part")):
        await room.say(OMAR, f"@countersign assign <@{who}>", root["ts"])
        await room.hears(OMAR, f"cannot take it: {why}")
    await room.say(OMAR, "@countersign assign everybody", root["ts"])
    await room.hears(OMAR, "Name one person")
    assert [] == private_notes(room, NOOR)


async def test_a_lower_severity_takes_a_role_and_a_reason(room: Room) -> None:
    _, root = await room.contained()
    await room.say(OMAR, "@countersign severity SEV1 because the flags are wrong", root["ts"])
    await room.hears(OMAR, "Only O3 Approver may lower the severity.*thread.lower_severity")
    await room.say(OMAR, "@countersign severity SEV9 because it is worse", root["ts"])
    await room.hears(OMAR, "SEV9 is no severity of Credit monitoring. It has SEV0, SEV1, SEV2, SEV3, SEV4")
    await room.say(OMAR, "@countersign severity", root["ts"])
    await room.hears(OMAR, "Which severity. Credit monitoring has SEV0")
    await room.say(RUTH, "@countersign severity SEV1", root["ts"])
    await room.hears(RUTH, "Say why")
    assert "Nobody has it yet" in text_of(await room.sees("SEV0 ·"))
    await room.say(RUTH, "@countersign severity sev1 because the flags are wrong", root["ts"])
    await room.sees(
        "<@U03RUTH> made this SEV1 as O3.*it was SEV0.*the flags are wrong.*begins now", root["ts"]
    )
    card = await room.sees("SEV1 ·.*Nobody has it yet")
    assert root["ts"] == card["ts"]
    room.advance(minutes=31)
    await quiet(room)
    assert 0 == called(room, root["ts"])
    room.advance(minutes=30)
    await room.sees("Nobody has acknowledged this SEV1 within one hour", root["ts"])


async def test_raising_an_acknowledged_alert_makes_it_fire_again(room: Room) -> None:
    record = await room.alert("SEV1")
    root = await room.sees(rf"{record['Run_ID']}.*is open \(status Open\)", channel=ALERTS)
    await room.say(OMAR, "ACK - on it", root["ts"], channel=ALERTS)
    await room.sees("acknowledged as O2", root["ts"], channel=ALERTS)
    await room.say(
        OMAR, "@countersign severity SEV0 because it reads personal data", root["ts"], channel=ALERTS
    )
    await room.sees("made this SEV0 as O2.*Its clock begins now", root["ts"], channel=ALERTS)
    await room.sees("SEV0.*O3 assesses within 15 minutes", root["ts"], channel=ALERTS)
    await room.sees("SEV0 ·.*Nobody has it yet", channel=ALERTS)
    room.advance(minutes=15, seconds=5)
    await room.sees("Nobody has acknowledged this SEV0 within 15 minutes", root["ts"], channel=ALERTS)


async def test_an_alert_with_a_case_is_resolved_with_its_case(room: Room) -> None:
    _, root = await room.contained()
    await room.say(RUTH, "@countersign resolve because it is over", root["ts"])
    told = text_of(await room.hears(RUTH, "has the case.*Mention me in its thread with `resolve-case`"))
    assert "@countersign" not in told  # the workspace may call the bot something else
    assert [] == room.events("alert-resolved")


async def test_what_a_person_resolves_while_its_sender_fires_says_so_and_stays_resolved(room: Room) -> None:
    record = await room.alert("SEV2")
    review = next(one.id for one in room.slack.workspace.channels.values() if one.name == "ops-review")
    root = await room.sees(record["Run_ID"], channel=review)
    await room.say(OMAR, "@countersign resolve because it is nothing", root["ts"], channel=review)
    await room.hears(OMAR, "Only O3 Approver may resolve an alert")
    await room.say(RUTH, "@countersign resolve because it is nothing", root["ts"], channel=review)
    await room.sees(
        "<@U03RUTH> resolved this as O3: it is nothing.*has not said that it is over", root["ts"], review
    )
    await room.post_record({**record, "Credits_Total": 4712.0})
    card = await room.sees("Told again by its sender, so far: 1", channel=review)
    assert re.search("Resolved by <@U03RUTH>.*only counted", text_of(card))


async def test_a_word_counts_in_a_thread_of_which_the_store_has_not_heard_yet(tmp_path: Path) -> None:
    async def never(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    def wrap(name: str, port: Any) -> Any:
        return Around(port, "sent", never) if name == "store" else port

    async with ops_room(tmp_path, wrap=wrap) as room:
        record = await room.alert("SEV1")
        root = await room.sees(record["Run_ID"], channel=ALERTS)
        await room.say(OMAR, "@countersign resolve because it is nothing", root["ts"], channel=ALERTS)
        await room.hears(OMAR, "Only O3 Approver may resolve an alert")


async def test_the_status_of_a_thread_tells_how_its_clock_stands(room: Room) -> None:
    _, root = await room.contained()
    await room.say(IVO, "@countersign status", root["ts"])
    await room.hears(IVO, "firing.*Nobody has it yet. Answer before")


async def test_a_word_of_an_alert_works_as_a_command_with_its_id(room: Room) -> None:
    _, root = await room.contained()
    found = re.search(r"`(A-[0-9A-Z]+)`", text_of(root))
    assert found is not None
    await room.command(OMAR, "/ops", f"assign {found[1]} <@{PIA}>")
    await room.sees("gave this alert to <@U02PIA>", root["ts"])
    await room.command(OMAR, "/ops", "snooze 30m because of lunch")
    await room.hears(OMAR, "Which alert")


async def press_at(room: Room, who: str, message: Json, label: str, channel: str = ALERTS) -> None:
    """Somebody presses a button of a message outside the room's first channel."""
    elements = [one for block in message["blocks"] for one in block.get("elements", ())]
    action = next(one["action_id"] for one in elements if one.get("text", {}).get("text") == label)
    await room.slack.act(who, "click", channel=channel, ts=message["ts"], action_id=action)


async def backlog(room: Room) -> Json:
    """Alertmanager tells of AUDITRON's backlog; returns the thread's first message."""
    status, text = await post(room, notification(notice()))
    assert 202 == status, text
    return await room.sees("QueueBacklog.*Nobody has it yet", channel=ALERTS)


async def test_the_runbooks_points_are_ticked_by_people_and_say_by_whom(room: Room) -> None:
    root = await backlog(room)
    assert re.search(
        "from the runbook .AU-41.*☐ 1. Look at what fills the queue.*☐ 2. Scale the workers up", text_of(root)
    )
    await press_at(room, OMAR, root, "Tick the checklist…")
    view = await room.modal(OMAR)
    first = view["blocks"][1]["element"]["options"][0]["value"]
    await room.slack.act(OMAR, "submit", view_id=view["id"], values={"value": {"value": [first]}})
    await room.sees("<@U02OMAR> did: Look at what fills the queue", root["ts"], channel=ALERTS)
    await room.sees("☑ 1. Look at what fills the queue · <@U02OMAR>.*☐ 2.", channel=ALERTS)
    await room.say(PIA, "@countersign undone 1", root["ts"], channel=ALERTS)
    await room.sees("<@U02PIA> says that this is not done", root["ts"], channel=ALERTS)
    await room.say(PIA, "@countersign done 1 2", root["ts"], channel=ALERTS)
    await room.sees("☑ 1.*<@U02PIA>.*☑ 2. Scale the workers up · <@U02PIA>", channel=ALERTS)


async def test_an_action_that_policy_offers_opens_its_ordinary_form_and_says_no_kindly(room: Room) -> None:
    root = await backlog(room)
    await press_at(room, NOOR, root, "Scale a deployment…")
    await room.hears(NOOR, "Only O2 Read Operator or O3 Approver may request scale")
    await press_at(room, OMAR, root, "Scale a deployment…")
    await room.submit(OMAR, deployment="auditron-worker", replicas="4", because="the backlog grows")
    await room.sees("auditron-worker.*waiting for approval", root["ts"], channel=ALERTS)


async def test_two_acknowledgements_at_once_one_wins_and_the_other_is_told(room: Room) -> None:
    _, root = await room.contained()
    words = (room.say(OMAR, "ACK - mine", root["ts"]), room.say(PIA, "ACK - mine", root["ts"]))
    await asyncio.gather(*words)
    won = await room.sees("<@U02(OMAR|PIA)> acknowledged as O2", root["ts"])
    lost = await room.sees("acknowledged this alert .* The clock is already stopped", root["ts"])
    assert won["ts"] != lost["ts"]
    assert 1 == len(room.events("alert-acknowledged"))
