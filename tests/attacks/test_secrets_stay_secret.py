"""A whole run with every kind of failure, in the real process: no secret is in what anybody can read."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from sandbox.kept_port import kept_port
from tests.scenarios.edge import post, post_command
from tests.scenarios.opening import RULES, ops_room
from tests.scenarios.room import INTAKE_TOKEN, OMAR, RUTH, Room, text_of

REDIS_PASSWORD = "the-password-of-the-store"
SERVE = (sys.executable, "-m", "bot", "serve")
RENEWED = {"SLACK_BOT_TOKEN_PREVIOUS": "xoxb-of-before", "SLACK_SIGNING_SECRET_PREVIOUS": "0f" * 16}
TOKENS = ("LEDGER_TOKEN", "AUDITRON_ADMIN_TOKEN", *RENEWED)


@dataclass
class Serving:
    """A bot of its own, and what it has said."""

    url: str
    process: Process
    log: Path

    def said(self) -> str:
        """Everything on its standard output and error."""
        return self.log.read_text(errors="replace")

    def arguments(self) -> str:
        """Its command line, which every user of the machine can read."""
        return Path(f"/proc/{self.process.pid}/cmdline").read_text()


@asynccontextmanager
async def served(room: Room, folder: Path, **environment: str) -> AsyncIterator[Serving]:
    """`countersign serve` as a process; ended in good order."""
    log = folder / "bot.log"
    with kept_port() as port, log.open("wb") as sink:
        given = {"PATH": os.environ["PATH"], "COUNTERSIGN_LISTEN": f"127.0.0.1:{port}"}
        process = await asyncio.create_subprocess_exec(
            *SERVE,
            env=room.environment | given | environment,
            cwd=RULES.parents[1],
            stdout=sink,
            stderr=STDOUT,
        )
        try:
            yield Serving(f"http://127.0.0.1:{port}", process, log)
        finally:
            process.terminate()
            await process.wait()


async def answers(url: str) -> list[str]:
    """What the bot tells whoever asks without any right."""
    told: list[str] = []
    async with aiohttp.ClientSession() as session:
        for path in ("/healthz", "/readyz", "/metrics", "/", "/slack/events"):
            async with session.get(f"{url}{path}") as response:
                told.append(await response.text())
    return told


async def ready(url: str) -> bool:
    """Whether it works."""
    try:
        async with aiohttp.ClientSession() as session, session.get(f"{url}/readyz") as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


def secrets_of(room: Room) -> list[str]:
    """Whatever nobody may read."""
    named = [room.environment[name] for name in TOKENS if name in room.environment]
    app = room.slack.app
    return [app.bot_token, app.signing_secret, app.app_token, INTAKE_TOKEN, *named]


async def much_fails(room: Room) -> list[str]:
    """Refusals, faults of Slack, a folder that is away, a store that dies; returns what callers were told."""
    told = [str(await post(room, b"{}", {})), str(await post(room, b"{not json"))]
    told += [str(await room.post_record({"Run_ID": "x"})), str(await room.post_record({}, token="wrong"))]
    record, root = await room.contained()
    faults = room.slack.faults
    faults.add({"kind": "http", "method": "chat.postMessage", "times": 1})
    faults.add({"kind": "cut", "method": "chat.postMessage", "times": 1})
    faults.add({"kind": "error", "method": "users.info", "error": "invalid_auth", "times": 1})
    faults.add({"kind": "rate_limited", "method": "chat.postEphemeral", "times": 1})
    await room.say(OMAR, "@countersign release because I say so", root["ts"])
    await room.say(RUTH, "APPROVED - what?", root["ts"])
    await post_command(room, OMAR, "/release", f"{record['Run_ID']} because forged", trigger="0.0.forged")
    folder = room.monitor.root
    away = folder.rename(folder.with_name("away"))
    await room.command(OMAR, "/release", f"{record['Run_ID']} because it is away")
    await room.until(lambda: room.events("slack-refused") or room.events("answer-refused"), "a refusal")
    away.rename(folder)
    room.server.kill()
    told.append(str(await room.post_record(record)))
    told.append(json.dumps(await room.command(OMAR, "/ops", "help")))
    await asyncio.to_thread(room.server.restart)
    return told


async def test_no_secret_is_in_what_anybody_can_read(tmp_path: Path) -> None:
    async with ops_room(tmp_path, replicas=0, also=RENEWED) as room, served(room, tmp_path) as bot:
        room.served_by(bot.url)
        while not await ready(bot.url):
            assert bot.process.returncode is None, bot.said()
            await asyncio.sleep(0.05)
        told = await much_fails(room)
        told += await answers(bot.url)
        told += [text_of(one) for one in (*room.slack.messages("C0CRITICAL"), *room.ephemerals())]
        told += [json.dumps(one) for one in room.record()]
        told += [bot.said(), bot.arguments()]
        assert "not recorded" in bot.said()
        leaks = [secret for secret in secrets_of(room) if any(secret in one for one in told)]
        assert [] == leaks
        assert "hooks.slack.com" not in bot.said()
        assert "response_url" not in bot.said()


async def test_a_store_that_is_not_reached_is_named_without_its_password(tmp_path: Path) -> None:
    with kept_port() as silent:
        async with ops_room(tmp_path, replicas=0) as room:
            url = f"redis://bot:{REDIS_PASSWORD}@127.0.0.1:{silent}/0"
            async with served(room, tmp_path, REDIS_URL=url) as bot:
                while "store" not in bot.said():
                    assert bot.process.returncode is None, bot.said()
                    await asyncio.sleep(0.05)
                assert REDIS_PASSWORD not in bot.said()
                assert [] == [one for one in await answers(bot.url) if REDIS_PASSWORD in one]


async def test_a_bot_that_cannot_start_says_why_without_its_secrets(tmp_path: Path) -> None:
    async with ops_room(tmp_path, replicas=0, also=RENEWED) as room:
        same = {"SLACK_BOT_TOKEN_PREVIOUS": room.slack.app.bot_token}
        for broken in (
            same,
            {"REDIS_URL": f"http://x:{REDIS_PASSWORD}@y/"},
            {"COUNTERSIGN_LISTEN": "nowhere"},
        ):
            variables = {"PATH": os.environ["PATH"], **room.environment, **broken}
            process = await asyncio.create_subprocess_exec(
                *SERVE, env=variables, cwd=RULES.parents[1], stdout=PIPE, stderr=STDOUT
            )
            said, _ = await process.communicate()
            assert process.returncode
            assert [] == [one for one in (*secrets_of(room), REDIS_PASSWORD) if one in said.decode()]
