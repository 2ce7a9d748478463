"""The bot as a process: started, killed, ended, and honest about a bot that cannot start."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.__main__ import main
from sandbox.bot_process import BotProcess
from sandbox.data_folder import data_folder
from sandbox.slack.server import PracticeSlack
from tests.sandbox.wanted import refused

READY = """
import http.server, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *args): pass
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ready)
print("listening", flush=True)
server.serve_forever()
"""


@pytest.fixture
async def bot(tmp_path: Path, unused_tcp_port: int) -> AsyncIterator[BotProcess]:
    process = BotProcess(
        os.environ,
        f"http://127.0.0.1:{unused_tcp_port}/readyz",
        tmp_path / "bot.log",
        lambda: None,
        (sys.executable, "-c", READY, str(unused_tcp_port)),
    )
    yield process
    await process.stop()


async def test_a_started_bot_is_ready_and_its_words_are_in_the_log(bot: BotProcess) -> None:
    await bot.start()
    assert (True, True) == (bot.state()["running"], bot.state()["ready"])
    assert "listening" == bot.last_lines()


async def test_a_killed_bot_is_gone_at_once_and_can_be_started_again(bot: BotProcess) -> None:
    await bot.start()
    first = bot.state()["pid"]
    await bot.kill()
    assert (False, -9) == (bot.state()["running"], bot.state()["exit_status"])
    await bot.start()
    assert bot.state()["ready"]
    assert first != bot.state()["pid"]


async def test_a_bot_that_ends_by_itself_is_noticed(bot: BotProcess) -> None:
    await bot.start()
    noticed = asyncio.create_task(bot.ended_by_itself())
    os.kill(bot.state()["pid"], 15)
    await asyncio.wait_for(noticed, 10)
    assert not bot.running


async def test_a_bot_that_cannot_start_says_why(tmp_path: Path) -> None:
    script = "import sys; print('no policies', file=sys.stderr); sys.exit(2)"
    bot = BotProcess(
        os.environ, "http://127.0.0.1:9/", tmp_path / "bot.log", lambda: None, (sys.executable, "-c", script)
    )
    said = await refused(bot.start())
    assert ("The bot ended with status 2.", "no policies") == (said.sentence, said.extra["last_lines"])


async def test_the_page_kills_and_starts_it(
    bot: BotProcess, slack: PracticeSlack, session: aiohttp.ClientSession
) -> None:
    slack.control.bot = bot
    states: list[dict[str, Any]] = []
    for do in ("start", "kill"):
        async with session.post(f"{slack.url}/practice/bot", json={"do": do}) as response:
            states.append((await response.json())["bot"])
    assert [True, False] == [each["running"] for each in states]


def test_a_taken_port_is_said_with_a_way_out(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, unused_tcp_port_factory: Any
) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        status = main(["--port", str(taken.getsockname()[1]), "--data", str(tmp_path)])
    assert 1 == status
    assert "Try --port 0 for a free one." in capsys.readouterr().out


def test_a_folder_has_one_sandbox_at_a_time(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with data_folder(tmp_path):
        assert 1 == main(["--port", "0", "--data", str(tmp_path)])
    assert f"Another sandbox uses {tmp_path}." in capsys.readouterr().out
    with data_folder(tmp_path):
        pass


def test_a_folder_that_cannot_be_one_is_said_with_a_way_out(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "a-file"
    file.touch()
    assert 1 == main(["--port", "0", "--data", str(file)])
    assert "Name another folder with --data, or none." in capsys.readouterr().out


def test_a_port_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--port", "99999"])
    assert "write a number from 0 to 65535" in capsys.readouterr().err
