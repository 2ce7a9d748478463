"""Approvers hear of a request privately, with a link, and hear when it no longer waits."""

from __future__ import annotations

from tests.scenarios.refusing import release_waits
from tests.scenarios.room import IVO, OMAR, PIA, RUTH, Json, Room, text_of


def notes(room: Room, who: str) -> list[Json]:
    """What the bot wrote to one person directly."""
    im = room.slack.workspace.open_im(who)
    return [one for one in room.slack.messages(im.id) if one.get("bot_id")]


async def test_each_approver_who_may_act_gets_a_note_with_a_link_and_others_get_none(room: Room) -> None:
    waiting = await release_waits(room, OMAR)

    def noted() -> Json | None:
        return next((one for one in notes(room, IVO) if "Release a run" in text_of(one)), None)

    told = text_of(await room.until(noted, "a note for Ivo"))
    assert "You may approve Release a run from quarantine" in told
    assert "Because: false positive" in told
    assert f"p{waiting.card['ts'].replace('.', '')}" in told
    assert [] == notes(room, OMAR) + notes(room, PIA)


async def test_a_note_is_set_right_when_the_request_no_longer_waits(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await room.until(lambda: [one for one in notes(room, IVO) if waiting.id or one], "a note for Ivo")
    await room.say(RUTH, "DENIED - not now", waiting.thread)

    def over() -> bool:
        told = [text_of(one) for one in notes(room, IVO)]
        return any(f"{waiting.id} release" in one and "denied" in one for one in told)

    await room.until(over, "the note to say that it is denied")
    assert not [one for one in notes(room, IVO) if "You may approve Release a run" in text_of(one)]
