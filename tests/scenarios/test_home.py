"""The Home tab: what waits for me and what nobody has yet, as far as I may see it, fresh while I look."""

from __future__ import annotations

import json

from handlers.alerts.on_call import on_call_by_policy
from tests.chaos.once import quiet
from tests.scenarios.refusing import release_waits
from tests.scenarios.room import GUEST, NOOR, OMAR, PIA, RUTH, Room


async def opens_home(room: Room, who: str) -> None:
    """Somebody goes to the app's Home tab."""
    await room.slack.act(who, "home")


def home_of(room: Room, who: str) -> str:
    """What somebody's Home tab shows."""
    view = room.slack.views.homes.get(who)
    return json.dumps(view["blocks"], ensure_ascii=False).replace("\u2060", "") if view else ""


async def at_home(room: Room, who: str, *words: str) -> str:
    """Wait until somebody's Home tab shows all of these."""
    await room.until(
        lambda: home_of(room, who) and all(one in home_of(room, who) for one in words),
        f"{words} at home with {who}, where there is {home_of(room, who)}",
    )
    return home_of(room, who)


async def test_home_shows_my_approvals_and_the_alerts_that_nobody_has(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await opens_home(room, RUTH)
    await at_home(room, RUTH, "You may approve", waiting.id)
    await opens_home(room, OMAR)
    shown = await at_home(room, OMAR, "Your desk")
    assert "You may approve" not in shown


async def test_a_thread_that_slack_has_no_more_is_listed_without_a_link(room: Room) -> None:
    gone = {"kind": "error", "method": "chat.getPermalink", "error": "message_not_found", "times": 100}
    room.slack.faults.add(gone)
    waiting = await release_waits(room, OMAR)
    await opens_home(room, RUTH)
    assert "https://practice.slack.com/archives" not in await at_home(
        room, RUTH, "You may approve", waiting.id
    )


async def test_home_is_fresh_while_somebody_looks_and_an_alert_moves_to_whom_it_is(room: Room) -> None:
    _, root = await room.contained()
    await opens_home(room, OMAR)
    await at_home(room, OMAR, "Alerts that nobody has", "Answer before", "archives/C0CRITICAL")
    await room.say(OMAR, "ACK - on it", root["ts"])
    await room.sees("acknowledged as O2", root["ts"])
    room.advance(seconds=11)
    shown = await at_home(room, OMAR, "Alerts that you have", "The clock is stopped")
    assert "Alerts that nobody has" not in shown
    await room.say(OMAR, f"@countersign assign <@{PIA}>", root["ts"])
    await opens_home(room, PIA)
    await at_home(room, PIA, "Alerts that you have", "given to <@U02PIA>")


async def test_home_of_somebody_without_a_role_tells_nothing(room: Room) -> None:
    record, _ = await room.contained()
    for who, words in ((NOOR, "Policy gives you nothing"), (GUEST, "guests never count")):
        await opens_home(room, who)
        shown = await at_home(room, who, words)
        assert record["Run_ID"] not in shown


async def test_home_costs_nothing_once_nobody_looks_any_more(room: Room) -> None:
    await room.contained()
    await opens_home(room, OMAR)
    await at_home(room, OMAR, "Your desk")
    room.advance(minutes=16)

    def kept() -> bool:
        with room.server.plain() as client:
            return any(b"home/" in key for key in client.scan_iter(match="*home*", count=10_000))

    await room.until(lambda: not kept(), "the home to be forgotten")
    seen = home_of(room, OMAR)
    await room.alert("SEV1")
    await room.sees("Credit", channel="C0ALERTS")
    room.advance(minutes=1)
    assert seen == home_of(room, OMAR)
    await opens_home(room, OMAR)
    await at_home(room, OMAR, "SEV1 ")


async def test_what_is_published_again_is_only_what_has_changed(room: Room) -> None:
    await room.contained()
    await opens_home(room, OMAR)
    await at_home(room, OMAR, "Your desk")
    room.advance(seconds=11)
    await room.until(lambda: quiet(room), "the home to be as it will be")
    first = room.slack.views.homes[OMAR]["hash"]
    for _ in range(3):
        room.advance(seconds=11)
        await room.command(PIA, "/ops", "help")
        await room.hears(PIA, "Here is what you may do")
        await room.until(lambda: quiet(room), "everything due to be done")
    assert first == room.slack.views.homes[OMAR]["hash"]


async def test_home_shows_who_is_on_call_and_my_own_duty(room: Room) -> None:
    book = room.replicas[0].world.book
    (omars_or_pias,) = on_call_by_policy(book, "auditron", room.clock.now())
    other = PIA if omars_or_pias == OMAR else OMAR
    await opens_home(room, omars_or_pias)
    await at_home(room, omars_or_pias, "Who is on call", f"AUDITRON: <@{omars_or_pias}> · that is you")
    await opens_home(room, other)
    shown = await at_home(room, other, "Who is on call", f"AUDITRON: <@{omars_or_pias}>")
    assert "that is you" not in shown
