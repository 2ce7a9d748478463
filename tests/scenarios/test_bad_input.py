"""Bad requests, bad files, a bad store: a clear answer, nothing half done, nothing lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.store.keys import Keys
from handlers.work import Queue
from sandbox.slack.signing import signed_headers
from tests.scenarios.edge import FORM, JSON, post
from tests.scenarios.opening import BRISK, RULES, ops_room, start_replica
from tests.scenarios.refusing import assert_untouched, disk, release_waits, settled_release
from tests.scenarios.room import INTAKE_TOKEN, OMAR, RUTH, Json, Room, text_of


@pytest.fixture
async def http_room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path) as opened:
        yield opened


def recorded(room: Room) -> list[Json]:
    """What was recorded beside the bot's own first look at the groups."""
    return [entry for entry in room.record() if entry["event"] != "group-first-seen"]


async def only_told_as_unplaced(room: Room) -> None:
    """The fault of a sender who has the token is told in the channel for it; nothing else comes of it."""
    await room.until(lambda: room.events("alerts-unplaced"), "the refusal to be told")
    assert ["alerts-unplaced"] == [entry["event"] for entry in recorded(room)]


async def test_what_slack_did_not_sign_is_refused(http_room: Room) -> None:
    room, body = http_room, b'{"type":"event_callback","event_id":"E1","event":{"type":"message"}}'
    now = room.clock.now().timestamp()
    secret = room.slack.app.signing_secret
    for headers in ({}, signed_headers("wrong", now, body), signed_headers(secret, now - 360, body)):
        assert 401 == (await post(room, body, headers))[0]
    assert [] == recorded(room)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{not json", JSON, 400),
        (b"[" * 5000 + b"]" * 5000, JSON, 400),
        (b'{"a":' * 100 + b"1" + b"}" * 100, JSON, 400),
        (b"payload=%7Bnot", FORM, 400),
        (b"{}", JSON, 400),
        (b"<xml/>", "text/xml", 400),
        (b"x" * 1_100_000, JSON, 413),
    ],
)
async def test_a_signed_body_that_cannot_be_read_is_refused(
    http_room: Room, body: bytes, kind: str, status: int
) -> None:
    assert status == (await post(http_room, body, kind=kind))[0]
    assert [] == recorded(http_room)


async def test_an_unknown_route_is_not_found(http_room: Room) -> None:
    assert 404 == (await post(http_room, b"{}", path="/slack/other"))[0]


async def test_the_same_bytes_twice_have_one_effect(http_room: Room) -> None:
    room = http_room
    waiting = await release_waits(room, OMAR)
    event = {
        "type": "message", "user": RUTH, "text": "DENIED - not yet", "channel": "C0CRITICAL",
        "ts": await room.say(RUTH, "DENIED - not yet", waiting.thread), "thread_ts": waiting.thread,
    }  # fmt: skip
    outer = {"type": "event_callback", "team_id": "T0PRACTICE", "event_id": "Ev0SAME", "event": event}
    body = json.dumps(outer).encode()
    headers = signed_headers(room.slack.app.signing_secret, room.clock.now().timestamp(), body)
    for _ in range(3):
        assert 200 == (await post(room, body, headers))[0]
    await room.sees(f"denied.*{waiting.id}", waiting.thread)
    assert 1 == len(room.events("request-denied"))
    assert [] == room.events("answer-refused")


async def test_alerts_need_the_token(http_room: Room) -> None:
    made = http_room.monitor.record("EMAIL_SEND_001", "SEV0", http_room.clock.now())
    assert 401 == (await http_room.post_record(made, token="wrong"))[0]
    assert 401 == (await http_room.post_record(made, token=""))[0]
    assert 401 == (await post(http_room, b"{}", {}, kind=JSON, path="/alerts/run-record"))[0]
    assert [] == recorded(http_room)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"<html><body>hello</body></html>", "text/html", 415),
        (b"<html><body>hello</body></html>", JSON, 422),
        (b'{"Credits_Total": NaN}', JSON, 422),
        (b"{}", JSON, 422),
    ],
)
async def test_an_alert_that_is_none_is_refused(http_room: Room, body: bytes, kind: str, status: int) -> None:
    headers = {"Authorization": f"Bearer {INTAKE_TOKEN}"}
    assert status == (await post(http_room, body, headers, kind=kind, path="/alerts/run-record"))[0]
    await only_told_as_unplaced(http_room)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"Run_ID": None}, "Run_ID"),
        ({"Run_ID": "RUN-../../etc"}, "Run_ID"),
        ({"Severity": "SEV99"}, "SEV99"),
        ({"Credits_Total": float("nan")}, "no JSON"),
        ({"Credits_Total": -1}, "Credits_Total"),
    ],
)
async def test_a_faulty_alert_is_refused_with_its_fault(
    http_room: Room, change: dict[str, Any], why: str
) -> None:
    made = http_room.monitor.record("EMAIL_SEND_001", "SEV0", http_room.clock.now()) | change
    status, text = await http_room.post_record(made)
    assert 422 == status
    assert why in text
    await only_told_as_unplaced(http_room)


async def test_markup_in_an_alert_is_shown_as_plain_text(room: Room) -> None:
    record = await room.alert("SEV0", Scenario_Name="<!channel> <script>*bold*</script>")
    shown = await room.sees(rf"{record['Run_ID']}")
    read_as_markup = [shown["text"], *(part for part in _parts(shown["blocks"]) if "mrkdwn" in part)]
    for part in read_as_markup:
        assert "<!channel>" not in str(part)
        assert "<script>" not in str(part)


def _parts(blocks: list[Json]) -> list[str]:
    """The text objects of blocks, as JSON; plain text is shown by Slack as it is."""
    texts = [field for block in blocks for field in (*block.get("fields", ()), block.get("text"))]
    inner = [one for block in blocks for one in block.get("elements", ())]
    return [json.dumps(one) for one in (*texts, *inner) if one]


async def test_the_same_alert_twice_is_one_thread(room: Room) -> None:
    record, _ = await room.contained()
    assert 202 == (await room.post_record(record))[0]
    assert '"new": false' in (await room.post_record(record))[1]
    assert 1 == len([one for one in room.events("alert-firing") if one["detail"].get("about")])


async def test_a_record_that_claims_quarantine_is_told_as_what_it_was(room: Room) -> None:
    record, root = await room.contained()
    assert "Quarantined" == record["Status"]
    assert "The record said Quarantined, but its files lay in" in text_of(root)


async def test_what_containment_has_put_right_is_no_open_trouble(room: Room) -> None:
    _, root = await room.contained()
    assert "❌" not in text_of(root)


async def test_release_waits_for_a_sidecar_that_is_missing_wrong_or_elsewhere(room: Room) -> None:
    record, root = await room.contained()
    await room.resolved(record, root)
    folder = room.monitor.root / room.where(record["Run_ID"])
    (folder / f"run_{record['Run_ID']}.json.sha256").unlink()
    before = disk(room)
    card = await room.release_asked(record, root)
    assert "cannot be approved yet. Not met" in text_of(card)
    await room.say(RUTH, "APPROVED - looks fine", root["ts"])
    await room.sees("cannot be approved yet. Not met.*See to it", root["ts"])
    assert before == disk(room)
    assert 1 == len(room.events("answer-refused"))


@pytest.mark.parametrize("fault", ["wrong", "half-moved"])
async def test_release_waits_for_files_that_do_not_fit(room: Room, fault: str) -> None:
    record, root = await room.contained()
    await room.resolved(record, root)
    sidecar = room.monitor.root / room.where(record["Run_ID"]) / f"run_{record['Run_ID']}.json.sha256"
    if fault == "wrong":
        sidecar.write_text("0" * 64)
    else:
        (companion,) = room.monitor.root.glob(f"runs/CREDIT_MONITORING/*/run_{record['Run_ID']}.*json")
        sidecar.rename(companion.parent / sidecar.name)
    before = disk(room)
    assert "cannot be approved yet. Not met" in text_of(await room.release_asked(record, root))
    await room.say(RUTH, "APPROVED - looks fine", root["ts"])
    await room.sees("Not met.*See to it", root["ts"])
    assert before == disk(room)


async def test_a_token_without_a_scope_is_said_and_nothing_is_done(room: Room) -> None:
    record, _ = await room.contained()
    before = disk(room)
    room.advance(minutes=6)  # what was read at the start is forgotten
    room.slack.faults.add({"kind": "missing_scope", "scope": "usergroups:read"})
    await room.command(OMAR, "/release", f"{record['Run_ID']} because false positive")
    await room.hears(OMAR, "missing_scope.*usergroups:read.*Nothing happened.*countersign manifest")
    assert before == disk(room)
    assert ["missing_scope"] == [entry["detail"]["code"] for entry in room.events("slack-refused")]


class _Odd:
    """A Slack whose answers to a look at a thread nobody expects."""

    def __init__(self, messenger: Any) -> None:
        self._messenger = messenger
        self.tried = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._messenger, name)

    async def read_back(self, *_: str) -> Any:
        self.tried += 1
        raise ValueError("an answer of another form")


async def test_who_said_what_cannot_be_handled_is_told_so(tmp_path: Path) -> None:
    odd: list[_Odd] = []

    def wrap(name: str, port: Any) -> Any:
        if name != "messenger":
            return port
        odd.append(_Odd(port))
        return odd[-1]

    def tried(times: int) -> bool:
        return times <= sum(one.tried for one in odd)

    async with ops_room(tmp_path, wrap=wrap) as room:
        _, root = await room.contained()
        await room.say(OMAR, "ACK - O2 Omar", root["ts"])
        for tries in range(1, 5):
            await room.until(partial(tried, tries), "another try")
            room.advance(minutes=1)
        await room.hears(OMAR, "something unexpected happened, 5 times", root["ts"])
        await room.until(lambda: room.events("item-parked"), "the words to be set aside")


async def readiness(room: Room, url: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/readyz") as response:
        return response.status


async def test_a_bot_whose_store_is_away_at_start_waits_for_it(tmp_path: Path) -> None:
    async with ops_room(tmp_path, replicas=0) as room:
        room.server.kill()
        async with start_replica(room) as replica:
            room.intake = replica.url
            assert 503 == await readiness(room, replica.url)
            made = room.monitor.record("EMAIL_SEND_001", "SEV0", room.clock.now())
            assert 503 == (await room.post_record(made))[0]
            room.server.restart()
            await room.until(replica.health.may_claim, "readiness")
            assert 200 == await readiness(room, replica.url)
            await room.contained()


async def test_a_store_lost_in_the_middle_is_said_and_nothing_is_lost(http_room: Room) -> None:
    room = http_room
    waiting = await settled_release(room)
    room.server.kill()
    answer = await room.command(OMAR, "/ops", f"cancel {waiting.id}")
    assert not answer["ok"]
    assert 503 == answer["status"]
    await room.hears(OMAR, "I cannot tell whether I recorded this")
    room.server.restart()
    await room.until(room.replicas[0].health.may_claim, "readiness")
    assert_untouched(room, waiting)
    await room.say(RUTH, "APPROVED - false positive", waiting.thread)
    await room.sees(f"{waiting.id}.*is done and was read back", waiting.thread)


async def test_what_a_store_did_not_answer_in_time_is_not_said_to_be_undone(tmp_path: Path) -> None:
    # The bot's patience ends well before Slack's, on a crowded machine, too.
    async with ops_room(tmp_path, tuning=replace(BRISK, patience=6.0, inline=5.0)) as room:
        waiting = await settled_release(room)
        room.server.process.send_signal(signal.SIGSTOP)
        try:
            answer = await room.command(OMAR, "/ops", f"cancel {waiting.id}")
        finally:
            room.server.process.send_signal(signal.SIGCONT)
        assert 503 == answer["status"]
        await room.hears(OMAR, "I cannot tell whether I recorded this")
        assert [] == [one for one in room.ephemerals(OMAR) if "nothing was done" in text_of(one)]


async def test_a_full_store_takes_nothing_and_recovers(http_room: Room) -> None:
    room = http_room
    waiting = await settled_release(room)
    with room.server.plain() as client:
        client.config_set("maxmemory", "1")
        made = room.monitor.record("EMAIL_SEND_001", "SEV0", room.clock.now())
        status, text = await room.post_record(made)
        answer = await room.command(OMAR, "/ops", f"cancel {waiting.id}")
        client.config_set("maxmemory", "0")
    assert (503, "not recorded; try again\n") == (status, text)
    assert 503 == answer["status"]
    await room.hears(OMAR, "I could not record this, so nothing was done")
    assert_untouched(room, waiting)
    await room.until(room.replicas[0].health.may_claim, "readiness")
    await room.command(OMAR, "/ops", f"cancel {waiting.id}")
    await room.sees(f"cancelled.*{waiting.id}", waiting.thread)


async def test_a_key_of_another_type_is_said_and_recovers(http_room: Room) -> None:
    room = http_room
    waiting = await release_waits(room, OMAR)
    key = Keys("T0PRACTICE").queue(Queue.PEOPLE).visible
    with room.server.plain() as client:
        client.delete(key)
        client.set(key, "somebody else's")
        answer = await room.command(OMAR, "/ops", f"cancel {waiting.id}")
        client.delete(key)
    assert 503 == answer["status"]
    await room.hears(OMAR, "I could not record this, so nothing was done")
    assert_untouched(room, waiting)
    await room.command(OMAR, "/ops", f"cancel {waiting.id}")
    await room.sees(f"cancelled.*{waiting.id}", waiting.thread)


def countersign(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line with nothing but this environment."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        env={"PATH": os.environ["PATH"], **environment},
        cwd=RULES.parents[1], capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def serving(folder: Path, **more: str) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": "xoxb-x", "SLACK_SIGNING_SECRET": "x", "COUNTERSIGN_INTAKE_TOKEN": "x",
        "COUNTERSIGN_DATA": str(folder / "data"), **more,
    }  # fmt: skip


def test_a_policy_with_a_typo_is_refused_with_file_and_line(tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    shutil.copytree(RULES, folder)
    file = folder / "systems" / "credit-monitoring.yaml"
    lines = file.read_text().splitlines()
    at = next(number for number, line in enumerate(lines, 1) if "title: Release a run" in line)
    file.write_text(file.read_text().replace("title: Release a run", "titel: Release a run"))
    for run in (
        countersign("check", str(folder)),
        countersign("serve", **serving(tmp_path, COUNTERSIGN_POLICIES=str(folder))),
    ):
        assert 2 == run.returncode
        assert f"credit-monitoring.yaml:{at}" in run.stdout + run.stderr
        assert "titel" in run.stdout + run.stderr


def test_without_policies_the_bot_says_how_to_start(tmp_path: Path) -> None:
    run = countersign("serve", **serving(tmp_path))
    assert 2 == run.returncode
    assert "COUNTERSIGN_POLICIES is not set. Copy the folder policies/rules" in run.stderr
