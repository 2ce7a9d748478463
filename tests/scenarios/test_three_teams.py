"""Three teams in one cluster: each has its own namespace, channel, operators and approvers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.opening import ops_room
from tests.scenarios.room import ALERTS, CRITICAL, IVO, OMAR, PIA, RUTH, Room, text_of
from tests.scenarios.workloads import deployment

REVIEW = "C0REVIEW"

TEAM_ROLES = f"""
  auditron-operators: {{title: AUDITRON operator, users: [{OMAR}]}}
  auditron-approvers: {{title: AUDITRON approver, users: [{IVO}]}}
  clinchat-operators: {{title: ClinChat operator, users: [{PIA}]}}
  clinchat-approvers: {{title: ClinChat approver, users: [{RUTH}]}}
"""
CHANNELS = {"auditron": "#ops-alerts", "clinchat-rag": "#ops-review", "provability-fabric": "#ops-critical"}
TEAMS = {"auditron": "auditron", "clinchat-rag": "clinchat"}


def three_teams(policies: Path) -> None:
    """Every team's policy in its own file: that is all it takes."""
    roles = policies / "roles.yaml"
    roles.write_text(roles.read_text().rstrip() + "\n" + TEAM_ROLES)
    for system, team in TEAMS.items():
        file = policies / "systems" / f"{system}.yaml"
        text = file.read_text().replace("request: [o2]", f"request: [{team}-operators]")
        text = text.replace("approve: {roles: [o3]", f"approve: {{roles: [{team}-approvers]")
        file.write_text(text.replace('channel: "#ops-alerts"', f'channel: "{CHANNELS[system]}"'))


@pytest.fixture
async def teams(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path, edit=three_teams) as opened:
        yield opened


async def test_a_card_comes_to_the_teams_own_channel_and_its_own_people_approve(teams: Room) -> None:
    room = teams
    await room.command(OMAR, "/scale", "auditron-api 5 because queue backlog", channel=CRITICAL)
    card = await room.sees("auditron-api.*waiting for approval", channel=ALERTS)
    await room.say(RUTH, "APPROVED - looks fine", card["ts"], channel=ALERTS)
    await room.sees("Only AUDITRON approver may approve scale", card["ts"], channel=ALERTS)
    await room.say(IVO, "APPROVED - looks fine", card["ts"], channel=ALERTS)
    await room.sees("is done and was read back", card["ts"], channel=ALERTS)
    assert 5 == (await deployment(room, "auditron", "auditron-api"))["spec"]["replicas"]


async def test_nobody_asks_for_something_of_another_team(teams: Room) -> None:
    room = teams
    await room.command(PIA, "/scale", "auditron-api 5 because I can")
    await room.hears(PIA, "Only AUDITRON operator may request scale")
    assert [] == room.from_bot(channel=ALERTS)


async def test_a_name_that_two_teams_share_is_the_one_of_the_channel(teams: Room) -> None:
    room = teams
    await room.command(PIA, "/scale", "otel-collector 2 because traces are late", channel=REVIEW)
    card = await room.sees("otel-collector.*waiting for approval", channel=REVIEW)
    assert "clinchat-rag scale" in text_of(card)
    await room.command(PIA, "/scale", "otel-collector 2 because traces are late", channel=CRITICAL)
    await room.hears(PIA, "More than one system has that")


async def test_pending_shows_each_team_its_own(teams: Room) -> None:
    room = teams
    await room.command(OMAR, "/scale", "auditron-api 5 because queue backlog")
    await room.sees("auditron-api.*waiting for approval", channel=ALERTS)
    await room.command(IVO, "/ops", "pending auditron")
    await room.hears(IVO, "You may approve.*scale auditron-api")
    await room.command(RUTH, "/ops", "pending auditron")
    told = text_of(await room.hears(RUTH, "Open requests|Nothing waits"))
    assert "You may approve" not in told
