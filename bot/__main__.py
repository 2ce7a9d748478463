"""The command line: `countersign serve | sandbox | check | explain | explain-alert | init | doctor |
manifest | evidence`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.cli.alerts import explain_alert
from bot.cli.init import QUESTIONS, init
from bot.cli.policies import FAULTY, OK, check, explain
from bot.policy_folder import read_book
from bot.settings import Settings, SettingsError, read_setting, read_settings
from policies.faults import PolicyFaults

_NO_FOLDER = (
    "Which policies? Name their folder, set COUNTERSIGN_POLICIES, or run this in the folder itself. "
    "policies/rules of this project is one to copy."
)
_READER_GONE = 128 + signal.SIGPIPE
"""The status by which a shell tells that a command wrote into a pipe that nobody read any more."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, 2 when the caller has something to mend, or 1 when `doctor`
    misses something or `evidence verify` finds something that is not as it was. Where nobody reads the rest
    (`… | head -1`) it ends without a word, with the status that a shell knows for it."""
    words = sys.argv[1:] if argv is None else list(argv)
    if words[:1] == ["sandbox"]:
        # The sandbox knows nothing of the bot and is not imported by it: it is a program of its own.
        return os.execv(sys.executable, [sys.executable, "-m", "sandbox", *words[1:]])  # noqa: S606
    try:
        return _run_and_say(words)
    except BrokenPipeError:
        if words[:1] == ["serve"]:
            raise
        # What is still buffered would be complained of at the very end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _READER_GONE


def _run_and_say(words: Sequence[str]) -> int:
    """Run one command and hand all that it said to whoever reads it. Raises BrokenPipeError."""
    try:
        return _run(_parser().parse_args(words))
    except SettingsError as wrong:
        return _say_faults(str(wrong))
    finally:
        sys.stdout.flush()


def _run(options: argparse.Namespace) -> int:
    match options.command:
        case "serve":
            return _serve(activate=options.activate)
        case "check":
            return check(_folder(options.folder))
        case "explain":
            return explain(_folder(options.policies), options.user, " ".join(options.words), options.roles)
        case "explain-alert":
            return explain_alert(_folder(options.policies), options.source, options.labels)
        case "init":
            given = {one.flag: getattr(options, one.flag.replace("-", "_")) for one in QUESTIONS}
            return init(_folder(options.folder), given, input if sys.stdin.isatty() else None)
        case "doctor":
            return _doctor(options.policies)
        case "evidence":
            return _verify(Path(options.folder), options.head)
        case "manifest" if options.rbac:
            return _rbac(_folder(options.policies), options.account, options.context)
        case _:
            return _manifest(_folder(options.policies), socket_mode=options.socket_mode)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="countersign", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="run the bot (HTTP; Socket Mode when SLACK_APP_TOKEN is set)")
    serve.add_argument("--activate", action="store_true", help="make this replica's policies the active ones")
    commands.add_parser("sandbox", help="a practice Slack with a page, and the bot in it")
    checks = commands.add_parser("check", help="validate a policy folder")
    checks.add_argument("folder", nargs="?", help="default: COUNTERSIGN_POLICIES")
    explains = commands.add_parser("explain", help="the decision on a command, rule by rule")
    explains.add_argument("--user", required=True, help="Slack member id (U… or W…)")
    explains.add_argument(
        "--roles", action="append", help="a role to assume, instead of those that policy gives"
    )
    explains.add_argument("--policies", help="default: COUNTERSIGN_POLICIES")
    explains.add_argument("words", nargs="+", help='such as "credit-monitoring release RUN-…"')
    alerts = commands.add_parser("explain-alert", help="what policy makes of an alert's labels")
    alerts.add_argument("--source", default="alertmanager", help="default: alertmanager")
    alerts.add_argument("--policies", help="default: COUNTERSIGN_POLICIES")
    alerts.add_argument("labels", nargs="+", help="such as alertname=ApiDown namespace=auditron")
    begins = commands.add_parser("init", help="write the policy file of one more HTTP system")
    begins.add_argument("folder", nargs="?", help="default: COUNTERSIGN_POLICIES")
    for question in QUESTIONS:
        begins.add_argument(f"--{question.flag}", help=question.ask)
    doctor = commands.add_parser("doctor", help="what serve will need, and how to mend what is missing")
    doctor.add_argument("--policies", help="default: COUNTERSIGN_POLICIES")
    evidence = commands.add_parser("evidence", help="what was saved as evidence").add_subparsers(
        required=True
    )
    verify = evidence.add_parser("verify", help="whether every file still is what was entered")
    verify.add_argument("folder", help="the folder of evidence, or of backups; it is only read")
    verify.add_argument("--head", default="", help="SHA-256 of the manifest's last line, as noted elsewhere")
    manifest = commands.add_parser("manifest", help="what these policies need: of Slack, or of a cluster")
    manifest.add_argument(
        "--socket-mode", action="store_true", help="the Slack app manifest without addresses"
    )
    manifest.add_argument(
        "--rbac", action="store_true", help="the cluster's objects instead, for kubectl apply"
    )
    manifest.add_argument("--account", default="countersign/countersign", help="with --rbac: NAMESPACE/NAME")
    manifest.add_argument("--context", default="", help="with --rbac: of the systems that name this context")
    manifest.add_argument("--policies", help="default: COUNTERSIGN_POLICIES")
    return parser


def _folder(given: str | None) -> Path:
    """The folder that was named, or the one the command runs in. Raises SettingsError where that is none."""
    named = given or read_setting(os.environ, "COUNTERSIGN_POLICIES")
    if not named and not Path("roles.yaml").is_file():
        raise SettingsError(_NO_FOLDER)
    return Path(named or ".")


def _manifest(folder: Path, *, socket_mode: bool) -> int:
    from bot.manifest import manifest

    try:
        book = read_book(folder)
    except PolicyFaults as faults:
        return _say_faults(str(faults))
    url = read_setting(os.environ, "COUNTERSIGN_PUBLIC_URL", "http://localhost:3000")
    print(json.dumps(manifest(book, url, socket_mode=socket_mode), indent=2))
    return OK


def _doctor(policies: str | None) -> int:
    from bot.cli.doctor import doctor

    folder = policies or read_setting(os.environ, "COUNTERSIGN_POLICIES")
    environment = {name: value for name, value in os.environ.items() if name != "COUNTERSIGN_POLICIES_FILE"}
    return doctor({**environment, "COUNTERSIGN_POLICIES": folder}, Path(folder or "."))


def _verify(folder: Path, head: str) -> int:
    from bot.cli.evidence import verify

    return verify(folder, head)


def _rbac(folder: Path, account: str, context: str) -> int:
    from bot.cli.rbac import rbac

    return rbac(folder, account, context, os.environ)


def _say_faults(text: str) -> int:
    print(text, file=sys.stderr)
    return FAULTY


def _serve(*, activate: bool) -> int:
    # Imported here: the other commands need neither Slack's libraries nor a store.
    import uvloop

    from bot.logs import configure_logs
    from bot.standing_by import NotOurWorkspace
    from bot.store.errors import StoreConfigError
    from handlers.errors import DoNotRetry

    configure_logs()
    try:
        settings = read_settings(os.environ)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve_until_signal(settings, activate=activate))
    except (SettingsError, PolicyFaults, StoreConfigError, NotOurWorkspace, DoNotRetry) as error:
        return _say_faults(str(error))
    return OK


async def _serve_until_signal(settings: Settings, *, activate: bool) -> None:
    loop = asyncio.get_running_loop()
    serving = asyncio.ensure_future(_serve_for_ever(settings, activate=activate))
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, serving.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await serving


_GARBAGE = (5_000, 20, 20)
"""How many objects more there are before garbage is looked for: hardly anything here is freed that way."""


async def _serve_for_ever(settings: Settings, *, activate: bool) -> None:
    from bot.app import replica
    from bot.workers import CHANNEL_PACE, Tuning

    pace = replace(CHANNEL_PACE, every=settings.channel_pace)
    # Practice time is meant to differ from that of the store's machine.
    drift = None if settings.practice_clock else Tuning.drift
    tuning = Tuning(pace=pace, keep_days=settings.keep_days, drift=drift)
    async with replica(settings, os.environ, tuning=tuning, activate=activate) as running:
        # What is there now stays: looking through all of it for garbage held everybody up for 80 ms, often.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_GARBAGE)
        await running.until_a_loop_ends()


if __name__ == "__main__":
    sys.exit(main())
