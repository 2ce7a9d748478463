"""A secret's value, old or new, is in nothing that Slack, log, command line or store hold (AU-43)."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.attacks.test_secrets_stay_secret import Serving, ready, served
from tests.scenarios.opening import ops_room
from tests.scenarios.room import ALERTS, IVO, OMAR, RUTH, Room
from tests.scenarios.workloads import cluster_says

SECRETS = {"auditron": "auditron-secrets", "provability-fabric": "receipt-signing-key"}


def stored(client: Any) -> Iterator[bytes]:
    """Everything that the store holds."""
    for key in client.scan_iter():
        yield key
        match client.type(key).decode():
            case "string":
                yield client.get(key)
            case "hash":
                yield from (part for pair in client.hgetall(key).items() for part in pair)
            case "list":
                yield from client.lrange(key, 0, -1)
            case "set":
                yield from client.smembers(key)
            case "zset":
                yield from client.zrange(key, 0, -1)
            case "stream":
                entries = (entry for _, entry in client.xrange(key))
                yield from (part for entry in entries for pair in entry.items() for part in pair)
            case "none":
                continue  # it has gone since it was listed
            case other:
                raise AssertionError(f"a key of type {other} is not looked into")


async def values_of(room: Room) -> set[str]:
    """Every value as it is now, in the clear and as the API carries it, line by line."""
    found: set[str] = set()
    for namespace, name in SECRETS.items():
        data = (await cluster_says(room, f"/api/v1/namespaces/{namespace}/secrets/{name}"))["data"]
        for value in data.values():
            found |= {value, *base64.b64decode(value).decode().splitlines()}
    return {value for value in found if value and "-----" not in value}


async def done(room: Room, who: str, words: str, channel: str) -> None:
    """Asked for, approved and done."""
    known = {one["ts"] for one in room.from_bot(channel=channel)}
    await room.command(who, "/ops", f"{words} because it leaked")
    card = await room.new_card(known, channel)
    await room.say(RUTH, "APPROVED - make it anew", card["ts"], channel=channel)
    await room.sees("is done and was read back", card["ts"], channel=channel)


async def reached(room: Room, bot: Serving) -> None:
    room.served_by(bot.url)
    while not await ready(bot.url):
        assert bot.process.returncode is None, bot.said()
        await asyncio.sleep(0.05)


async def test_neither_the_old_nor_the_new_value_is_anywhere(tmp_path: Path) -> None:
    async with ops_room(tmp_path, replicas=0) as room, served(room, tmp_path) as bot:
        await reached(room, bot)
        before = await values_of(room)
        await done(room, OMAR, "auditron rotate-secret auditron-secrets jwt-secret", ALERTS)
        await done(room, IVO, "provability-fabric backup-secrets", "C0CRITICAL")
        await done(room, OMAR, "provability-fabric rotate-secret receipt-signing-key key.pem", "C0CRITICAL")
        values = before | await values_of(room)
        with room.server.plain() as client:
            held = b"\n".join(stored(client)).decode(errors="replace")
        slack = "\n".join(entry.data for entry in room.slack.log.since(0))
        told = {"Slack": slack, "the log": bot.said(), "the command line": bot.arguments(), "the store": held}

    assert before < values
    assert "rotate-secret" in slack
    assert "rotate-secret" in held
    assert [] == [(where, value) for where, text in told.items() for value in values if value in text]
