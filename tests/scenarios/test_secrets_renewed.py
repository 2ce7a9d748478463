"""Slack's secrets are renewed: what was marked with the old ones is not the bot's own word any more."""

from __future__ import annotations

from pathlib import Path

from tests.scenarios.opening import ops_room, serving_replica
from tests.scenarios.refusing import release_waits, state
from tests.scenarios.room import IVO, OMAR, RUTH
from tests.scenarios.test_lockdown import locked


async def test_what_waited_is_void_and_a_lockdown_that_was_lifted_holds_again(tmp_path: Path) -> None:
    async with ops_room(tmp_path, replicas=0) as room:
        async with serving_replica(room):
            waiting = await release_waits(room, OMAR)
            await locked(room)
            for who in (RUTH, IVO):
                await room.command(who, "/ops", "lift because the token is revoked")
            await room.sees("The lockdown is lifted")
        room.slack.app.signing_secret = "f" * 32
        room.environment["SLACK_SIGNING_SECRET"] = room.slack.app.signing_secret
        async with serving_replica(room):
            await room.say(RUTH, "APPROVED - looks fine", waiting.thread)
            await room.sees("stopped everything.*a token leaked.*O3 Approver", waiting.thread)
            for who in (RUTH, IVO):
                await room.command(who, "/ops", "lift because the secrets are new")
            await room.sees("The lockdown is lifted.*the secrets are new")
            await room.say(RUTH, "APPROVED - looks fine", waiting.thread)
            await room.sees(f"{waiting.id}.*is void.*own mark", waiting.thread)
            assert "void" == state(room, waiting.id)
