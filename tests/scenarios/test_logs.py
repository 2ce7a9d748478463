"""Logs are read from Slack, and what must not be seen is in nothing that Slack or anybody else gets.

Rows AU-05, AU-21, AU-24, AU-31, CC-24, CC-36, CC-40, CC-67, PF-25, PF-27, PF-38, PF-48, PF-53.
"""

from __future__ import annotations

import json

import pytest

from tests.scenarios.room import ALERTS, OMAR, VERA, Room, text_of
from tests.scenarios.test_long_readings import handed, text_in

SECRETS = ("practice-password", "practice-ledger-token", "Jane Example", "00012345", "lisinopril")
"""What the pods of the practice cluster write into their logs."""


def everything_told(room: Room, said: str, *files: str) -> str:
    """All that Slack was ever told or given, the audit record, and what the process has said."""
    slack = [entry.data for entry in room.slack.log.since(0)]
    shown = [text_of(one) for one in (*room.slack.messages(ALERTS), *room.ephemerals())]
    return "\n".join((*slack, *files, *shown, json.dumps(room.record()), said))


async def test_a_viewer_reads_the_newest_lines_and_hears_how_much_is_hidden(
    room: Room, capfd: pytest.CaptureFixture[str]
) -> None:
    await room.command(VERA, "/ops", "auditron logs auditron-api tail=2000")
    await room.hears(VERA, "600 lines of auditron-api, from 3 containers.*12 × password")
    await room.command(VERA, "/ops", "auditron logs auditron-api grep=POSTGRES tail=2")
    told = text_of(await room.hears(VERA, "2 lines of auditron-api.*2 × password"))
    assert "postgres://auditron:[password hidden]@postgres:5432/auditron" in told

    (file,) = (await handed(room, VERA))["files"]
    lines = await text_in(file)
    assert 600 == len(lines.splitlines())
    leaks = [one for one in SECRETS if one in everything_told(room, "".join(capfd.readouterr()), lines)]
    assert [] == leaks


ANSWERS = (
    ("auditron logs auditron-api grep=heap", "No line of auditron-api fits"),
    ("auditron logs auditron-worker tail=5", "5 lines of auditron-worker"),
    (
        "auditron logs app=auditron-api container=api since=5m tail=3",
        "3 lines of app=auditron-api, container api",
    ),
    ("provability-fabric logs retrieval-gateway 100", "100 lines of retrieval-gateway"),
    ("provability-fabric logs egress-firewall since=1h grep=ERROR", "lines of egress-firewall"),
    ("provability-fabric logs sidecar-watcher since=1h grep=capability", "No line of sidecar-watcher fits"),
    ("auditron logs auditron-api previous=yes", "has not been restarted"),
    ("auditron logs auditron-api container=nope", "has a container nope"),
    ("auditron logs other-api", "It lists: auditron-api"),
    ("auditron logs", "name a deployment or a pod"),
    ("auditron logs label=app=auditron-worker tail=3", "3 lines of app=auditron-worker"),
    ("auditron logs auditron-api app=auditron-api", "one of them"),
    ("auditron logs auditron-api tail=5000", "from 1 to 2000"),
    ("auditron logs auditron-api since=30d", "a week at most"),
    ("auditron logs ../../secrets", "write the name of a deployment or a pod"),
)


async def test_what_is_asked_for_is_answered(room: Room) -> None:
    for words, told in ANSWERS:
        await room.command(VERA, "/ops", words)
        await room.hears(VERA, told)


async def test_where_patients_are_lines_are_counted_and_looking_takes_another_role(
    room: Room, capfd: pytest.CaptureFixture[str]
) -> None:
    await room.command(VERA, "/ops", "clinchat-rag logs clinchat-rag-api")
    await room.hears(VERA, "may look at logs of clinchat-rag.*CC-51")
    await room.command(OMAR, "/ops", "clinchat-rag logs clinchat-rag-api tail=50 grep=patient")
    told = text_of(await room.hears(OMAR, "lines of clinchat-rag-api.*counted and not shown"))
    where = "All of them, in the log system (index clinchat-rag-*)"
    assert f"<https://logs.clinchat-rag.example.com|{where}>" in told

    assert "does not work here" in told
    assert all(word in told for word in ("ERROR", "WARN", "INFO", "DEBUG", "time-outs"))
    leaks = [one for one in SECRETS if one in everything_told(room, "".join(capfd.readouterr()))]
    assert [] == leaks
