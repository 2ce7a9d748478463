"""What a message cannot hold goes as a file to its reader's direct messages, and to nobody else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.contracts.slack.official import check_call
from tests.scenarios.opening import ops_room
from tests.scenarios.room import OMAR, VERA, Json, Room, text_of
from tests.scenarios.workloads import cluster_says, path_of

MANY = 150


def patient(policies: Path) -> None:
    """A crowded machine's cluster takes its time to list so much."""
    file = policies / "systems" / "auditron.yaml"
    text = file.read_text()
    assert 1 == text.count("  namespace: auditron\n")
    file.write_text(text.replace("  namespace: auditron\n", "  namespace: auditron\n  answer_wait: 20s\n"))


@pytest.fixture(params=["http", "socket"])
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path, socket_mode=request.param == "socket", edit=patient) as opened:
        yield opened


async def many_pods(room: Room) -> None:
    """More pods than a table of Slack's has rows."""
    await cluster_says(room, path_of("auditron", "auditron-worker"), "PATCH", [
        {"op": "replace", "path": "/spec/replicas", "value": MANY}
    ])  # fmt: skip


def direct(room: Room, who: str) -> list[Json]:
    """The messages of somebody's direct conversation with the bot."""
    return list(room.slack.workspace.open_im(who).messages.values())


async def handed(room: Room, who: str) -> Json:
    """Wait until somebody has got a message in their direct conversation."""
    (message,) = await room.until(lambda: direct(room, who), f"a direct message to {who}")
    found: Json = message
    return found


async def text_in(file: Json) -> str:
    async with aiohttp.ClientSession() as session, session.get(file["url_private"]) as response:
        return await response.text()


async def test_a_table_that_is_too_long_is_cut_and_its_reader_gets_all_of_it(room: Room) -> None:
    await many_pods(room)
    await room.command(VERA, "/ops", "auditron pods")
    told = await room.hears(VERA, "154 pods, all ready.")
    shown = len(next(block for block in told["blocks"] if block["type"] == "table")["rows"]) - 1
    more = (
        f"{154 - shown} more rows: all of them are in `auditron-pods.txt`, in your direct messages with me."
    )
    assert more in text_of(told)
    assert "To see less: `/ops auditron pods [deployment] [label] [namespace]`" in text_of(told)
    (file,) = (await handed(room, VERA))["files"]
    assert ("auditron-pods.txt", "154 pods, all ready.") == (file["name"], file["title"])
    lines = (await text_in(file)).splitlines()
    assert 155 == len(lines)
    assert ["Pod", "Ready", "State", "Restarts", "Age", "Node"] == lines[0].split()
    assert MANY == sum(line.startswith("auditron-worker-") for line in lines)


async def test_the_file_goes_to_nobody_else(room: Room) -> None:
    await many_pods(room)
    await room.say(VERA, "@countersign auditron pods")
    await handed(room, VERA)
    assert [] == direct(room, OMAR)
    public = [one for name in room.slack.workspace.channels.values() if not name.im_user
              for one in name.messages.values() if one.get("files")]  # fmt: skip
    assert [] == public


async def test_slack_takes_every_call_of_an_upload(room: Room) -> None:
    await many_pods(room)
    await room.command(VERA, "/ops", "auditron pods")
    await handed(room, VERA)
    calls = [
        one for one in room.slack.web_api.calls if one.method.startswith(("files.", "conversations.open"))
    ]
    for call in calls:
        check_call(call.method, call.args)
    named = [call.method for call in calls]
    assert ["conversations.open", "files.getUploadURLExternal", "files.completeUploadExternal"] == named


async def test_an_upload_that_was_cut_is_made_again(room: Room) -> None:
    await many_pods(room)
    room.slack.faults.add({"kind": "cut", "method": "files.completeUploadExternal", "times": 1})
    await room.command(VERA, "/ops", "auditron pods")
    await room.hears(VERA, "154 pods")
    room.advance(seconds=5)
    assert 1 == len((await handed(room, VERA))["files"])


async def test_without_the_scope_the_reader_is_told_what_is_missing(room: Room) -> None:
    await many_pods(room)
    room.slack.app.scopes.discard("files:write")
    await room.command(VERA, "/ops", "auditron pods")
    told = await handed(room, VERA)
    assert "files" not in told
    assert "Slack did not take the file `auditron-pods.txt`" in text_of(told)
    assert "files:write" in text_of(told)


async def test_what_fits_comes_without_a_file(room: Room) -> None:
    await room.command(VERA, "/ops", "auditron pods")
    told = await room.hears(VERA, "6 pods, all ready.")
    assert "direct messages" not in text_of(told)
    assert [] == [one.method for one in room.slack.web_api.calls if one.method.startswith("files.")]
    assert "files" not in json.dumps(direct(room, VERA))
