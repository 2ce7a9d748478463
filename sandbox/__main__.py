"""`python -m sandbox`: the practice Slack with its page, the practice credit monitor, and the bot."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.bot_process import REPOSITORY, BotEnded, BotProcess
from sandbox.credits import CreditMonitor
from sandbox.data_folder import FolderRefused, backups, data_folder, kept_clock, was_used
from sandbox.kept_port import kept_port
from sandbox.monitoring import PracticeMonitoring
from sandbox.slack.server import PracticeSlack
from sandbox.store_process import StoreProcess
from sandbox.systems import VARIABLES, PracticeSystems, practice_systems

POLICIES = REPOSITORY / "policies" / "rules"
OURS = ("SLACK_", "COUNTERSIGN_", "REDIS_URL", "CREDIT_MONITORING_ROOT", *VARIABLES)
"""Variables of a real installation, which practice must never touch."""
_KEPT = """\
· kept: what the bot did, and what it waits for. Not kept: the messages (earlier threads are not in the page),
  the practice cluster and the ledger"""


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    host: str
    port: int
    data: Path | None
    policies: Path
    socket_mode: bool


def main(argv: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C; the exit status: 0, or 1 when folder, page or bot could not be used."""
    options = _options(argv)
    try:
        with data_folder(options.data) as data:
            return asyncio.run(_practice(options, data))
    except FolderRefused as refused:
        _say(f"✗ {refused}")
        return 1


async def _practice(options: Options, data: Path) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop.set)
    slack = PracticeSlack(host=options.host, port=options.port, clock=kept_clock(data / "clock"))
    slack.control.opening.begin()
    try:
        await slack.start()
    except OSError as error:
        where = f"{options.host}, port {options.port},"
        _say(f"✗ {where} cannot be used ({error.strerror}). Try --port 0 for a free one.")
        return 1
    async with practice_systems(data, slack.clock.now) as systems:
        for panel in systems.panels:
            slack.control.panels.append(panel)
        with kept_port() as port:
            return await _with_systems(options, slack, systems, data, port, stop)


async def _with_systems(
    options: Options,
    slack: PracticeSlack,
    systems: PracticeSystems,
    data: Path,
    bot_port: int,
    stop: asyncio.Event,
) -> int:
    """Install the app and run the bot beside the practice systems; Slack stops in the end."""
    bot_url = f"http://127.0.0.1:{bot_port}"
    intake_token = secrets.token_urlsafe(24)
    monitor = CreditMonitor(
        data / "credit-monitoring",
        intake_url=f"{bot_url}/alerts/run-record",
        intake_token=intake_token,
        now=slack.clock.wall,
    )
    manager = systems.alertmanager
    slack.control.panels.append(
        PracticeMonitoring(f"{bot_url}/alerts/alertmanager", intake_token, manager, slack.clock.now)
    )
    for told in systems.outside:
        slack.control.panels.append(told)
    written = monitor.prepare()
    _say(f"· practice Slack listens at {slack.url}")
    _say(f"· credit monitor: {written or 'earlier'} runs in {monitor.root}")
    if was_used(data):
        _say(_KEPT)
    if not options.socket_mode:
        slack.request_url = f"{bot_url}/slack/events"
    environment = _environment(options, slack, data, bot_port, intake_token) | systems.environment
    if not await _install_app(slack, environment, options):
        await slack.stop()
        return 1
    bot = BotProcess(
        environment,
        f"{bot_url}/readyz",
        data / "bot.log",
        slack.control.tell_app,
    )
    store = StoreProcess(data / "bot" / "valkey.sock", slack.control.tell_app)
    slack.control.credits, slack.control.bot, slack.control.store = monitor, bot, store
    try:
        return await _run(slack, bot, data, stop)
    finally:
        _say("· ending the bot")
        # A frozen store would hold the bot's end up; one that a killed bot left behind would stay for ever.
        await store.mend()
        await bot.stop()
        await store.end()
        await slack.stop()


async def _install_app(slack: PracticeSlack, environment: dict[str, str], options: Options) -> bool:
    """Install the app from the bot's own manifest, as one would at Slack: no scope more than it asks for."""
    mode = ("--socket-mode",) if options.socket_mode else ()
    asked = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "manifest", *mode),
        cwd=REPOSITORY,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    manifest, complaints = await asked.communicate()
    if asked.returncode:
        _say(f"✗ The bot has no manifest for these policies:\n{_indented(complaints.decode().rstrip())}")
        return False
    slack.app.adopt_manifest(json.loads(manifest))
    return True


async def _run(slack: PracticeSlack, bot: BotProcess, data: Path, stop: asyncio.Event) -> int:
    _say(f"· the bot starts; its log is {data / 'bot.log'}")
    stopped = asyncio.create_task(stop.wait())
    starting = asyncio.create_task(bot.start())
    await asyncio.wait([stopped, starting], return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        return 0
    if isinstance(failed := starting.exception(), BotEnded):
        _say(f"✗ {failed.sentence} Its last lines:\n{_indented(failed.last_lines)}")
        return 1
    starting.result()
    slack.control.opening.end()
    _say("✓ the bot is ready")
    _say(_box("Countersign practice workspace", f"Open  {slack.url}", "Stop  Ctrl-C"))
    while not stop.is_set():
        gone = asyncio.create_task(bot.ended_by_itself())
        await asyncio.wait([stopped, gone], return_when=asyncio.FIRST_COMPLETED)
        if gone.done():
            _say(f"✗ The bot ended by itself with status {bot.state()['exit_status']}. Its last lines:")
            _say(_indented(bot.last_lines()))
            _say("  The page stays; start the bot again there, or stop with Ctrl-C.")
            bot.forget_end()
        else:
            gone.cancel()
    return 0


def _environment(
    options: Options, slack: PracticeSlack, data: Path, bot_port: int, intake_token: str
) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    evidence = data / "evidence"
    evidence.mkdir(mode=0o700, parents=True, exist_ok=True)
    environment |= {
        "SLACK_BOT_TOKEN": slack.app.bot_token,
        "SLACK_SIGNING_SECRET": slack.app.signing_secret,
        "COUNTERSIGN_SLACK_API_URL": slack.api_url,
        "COUNTERSIGN_POLICIES": str(options.policies),
        "COUNTERSIGN_LISTEN": f"127.0.0.1:{bot_port}",
        "COUNTERSIGN_PUBLIC_URL": f"http://localhost:{bot_port}",
        "COUNTERSIGN_DATA": str(data / "bot"),
        "COUNTERSIGN_PRACTICE_CLOCK": str(data / "clock"),
        "COUNTERSIGN_INTAKE_TOKEN": intake_token,
        "CREDIT_MONITORING_ROOT": str(data / "credit-monitoring"),
        "COUNTERSIGN_EVIDENCE": str(evidence),
        **backups(data),
        "PYTHONUNBUFFERED": "1",
    }
    if options.socket_mode:
        environment["SLACK_APP_TOKEN"] = slack.app.app_token
    return environment


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError("write a number from 0 to 65535")
    return int(text)


def _options(argv: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(
        prog="countersign sandbox", description="A Slack workspace to practise in."
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: this machine only)"
    )
    parser.add_argument(
        "--port", type=_port, default=8700, help="the page's port; 0 takes a free one (default: 8700)"
    )
    parser.add_argument(
        "--data", type=Path, help="folder that is kept (default: one that is removed at the end)"
    )
    parser.add_argument(
        "--policies", type=Path, default=POLICIES, help="policy folder (default: the practice rules)"
    )
    parser.add_argument(
        "--socket-mode", action="store_true", help="connect the bot over WebSockets, not HTTP"
    )
    given = parser.parse_args(argv)
    return Options(given.host, given.port, given.data, given.policies, given.socket_mode)


def _box(*lines: str) -> str:
    width = max(len(line) for line in lines) + 4
    inner = "\n".join(f"│  {line:<{width - 4}}  │" for line in lines)
    return f"╭{'─' * width}╮\n{inner}\n╰{'─' * width}╯"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in (text or "(nothing)").splitlines())


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
