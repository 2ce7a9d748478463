"""Slack's secrets are renewed: what was marked with the old ones counts for as long as these are named."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from handlers.lockdown import KEY as LOCKDOWN
from sandbox.slack.signing import signed_headers
from tests.attacks.forging import KEYS
from tests.scenarios.edge import post
from tests.scenarios.opening import ops_room, serving_replica
from tests.scenarios.refusing import Waiting, settled_release, state
from tests.scenarios.room import IVO, RUTH, Room
from tests.scenarios.test_lockdown import locked

TOKEN, SIGNING = "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"
NEW = {TOKEN: "xoxb-renewed", SIGNING: "f" * 32}
EACH_AND_BOTH = [(SIGNING,), (TOKEN,), (TOKEN, SIGNING)]


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """No replica serves yet."""
    async with ops_room(tmp_path, replicas=0) as opened:
        yield opened


def renew(room: Room, *names: str) -> None:
    """Slack has new secrets, and so has every replica that starts from now on."""
    room.environment |= {name: NEW[name] for name in names}
    room.slack.app.bot_token = room.environment[TOKEN]
    room.slack.app.signing_secret = room.environment[SIGNING]


def name_previous(room: Room, before: dict[str, str], *names: str) -> None:
    room.environment |= {f"{name}_PREVIOUS": before[name] for name in names}


def forget_previous(room: Room) -> None:
    for name in NEW:
        room.environment.pop(f"{name}_PREVIOUS", None)


async def lifted(room: Room, why: str) -> None:
    for who in (RUTH, IVO):
        await room.command(who, "/ops", f"lift because {why}")
    await room.sees(f"The lockdown is lifted.*{why}")


def lockdown(room: Room) -> str:
    """The lockdown as the store holds it."""
    with room.server.plain() as client:
        return str(client.hget(KEYS.object(LOCKDOWN), "doc"))


async def voided(room: Room, waiting: Waiting) -> None:
    await room.say(RUTH, "APPROVED - looks fine", waiting.thread)
    await room.sees(f"{waiting.id}.*is void.*own mark", waiting.thread)
    assert "void" == state(room, waiting.id)


@pytest.mark.parametrize("names", EACH_AND_BOTH, ids="-".join)
async def test_what_waited_is_void_and_a_lockdown_that_was_lifted_holds_again(
    room: Room, names: tuple[str, ...]
) -> None:
    async with serving_replica(room):
        waiting = await settled_release(room)
        await locked(room)
        await lifted(room, "the token is revoked")
    renew(room, *names)
    async with serving_replica(room):
        await room.say(RUTH, "APPROVED - looks fine", waiting.thread)
        await room.sees("stopped everything.*a token leaked.*O3 Approver", waiting.thread)
        await lifted(room, "the secrets are new")
        await voided(room, waiting)


@pytest.mark.parametrize("names", EACH_AND_BOTH, ids="-".join)
async def test_with_the_previous_ones_named_the_form_of_an_old_card_counts(
    room: Room, names: tuple[str, ...]
) -> None:
    before = dict(room.environment)
    async with serving_replica(room):
        waiting = await settled_release(room)
        await locked(room)
        await lifted(room, "the token is revoked")
        await room.press(RUTH, waiting.card, "Approve…")
        await room.modal(RUTH)
    renew(room, *names)
    name_previous(room, before, *names)
    async with serving_replica(room):
        await room.submit(RUTH, reason="digests compared")
        await room.sees(f"{waiting.id}.*is done and was read back", waiting.thread)


async def test_secrets_that_were_renewed_one_after_the_other_are_all_believed(room: Room) -> None:
    before = dict(room.environment)
    async with serving_replica(room):
        first = await settled_release(room)
    renew(room, SIGNING)
    name_previous(room, before, SIGNING)
    async with serving_replica(room):
        await room.press(RUTH, first.card, "Approve…")
        await room.modal(RUTH)
    renew(room, TOKEN)
    name_previous(room, before, TOKEN)
    async with serving_replica(room):
        await room.submit(RUTH, reason="digests compared")
        await room.sees(f"{first.id}.*is done and was read back", first.thread)


async def test_what_was_marked_with_a_third_secret_is_refused(room: Room) -> None:
    async with serving_replica(room):
        waiting = await settled_release(room)
    renew(room, TOKEN, SIGNING)
    name_previous(room, {TOKEN: "xoxb-of-nobody", SIGNING: "0" * 32}, TOKEN, SIGNING)
    async with serving_replica(room):
        await voided(room, waiting)


async def test_once_the_previous_ones_are_taken_out_only_what_waited_is_void(room: Room) -> None:
    """A lockdown that was lifted is no more than that: its mark was made anew meanwhile."""
    before = dict(room.environment)
    async with serving_replica(room):
        waiting = await settled_release(room)
        await locked(room)
        await lifted(room, "the token is revoked")
        kept = lockdown(room)
    renew(room, TOKEN, SIGNING)
    name_previous(room, before, TOKEN, SIGNING)
    async with serving_replica(room):
        await room.until(lambda: lockdown(room) != kept, "the lockdown's new mark")
    forget_previous(room)
    async with serving_replica(room):
        await voided(room, waiting)


async def test_slack_may_sign_with_the_previous_secret_for_as_long_as_it_is_named(room: Room) -> None:
    before, body = dict(room.environment), b'{"type":"url_verification","challenge":"c"}'

    async def answer(secret: str) -> int:
        signed = signed_headers(secret, room.clock.now().timestamp(), body)
        return (await post(room, body, signed))[0]

    renew(room, SIGNING)
    async with serving_replica(room):
        assert [200, 401] == [await answer(NEW[SIGNING]), await answer(before[SIGNING])]
    name_previous(room, before, SIGNING)
    async with serving_replica(room):
        told = [await answer(secret) for secret in (NEW[SIGNING], before[SIGNING], "0" * 32, "")]
        assert [200, 200, 401, 401] == told


async def test_replicas_that_name_each_others_secrets_work_side_by_side(room: Room) -> None:
    """So secrets are renewed without a stop: the new ones are named first, and then exchanged."""
    before = dict(room.environment)
    name_previous(room, NEW, SIGNING)
    async with serving_replica(room) as old:
        waiting = await settled_release(room)
        renew(room, SIGNING)
        name_previous(room, before, SIGNING)
        async with serving_replica(room):
            await room.press(RUTH, waiting.card, "Approve…")
            await room.modal(RUTH)
            room.served_by(old.url)
            await room.submit(RUTH, reason="digests compared")
            await room.sees(f"{waiting.id}.*is done and was read back", waiting.thread)
