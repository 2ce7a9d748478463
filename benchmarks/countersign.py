"""Countersign itself, as its operators run it: `python -m bot serve`, a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.load import BOT_TOKEN, SIGNING_SECRET
from benchmarks.processes import REPOSITORY, Running, answers, child, until
from bot.store.keys import Keys
from handlers.work import Queue
from sandbox.certificate import serving_certificate
from sandbox.kept_port import kept_port
from sandbox.slack.people import TEAM

INTAKE_TOKEN = "benchmark-intake-token"
NOWHERE = "http://127.0.0.1:9"
"""The address of systems that the measured way never asks."""
RULES = REPOSITORY / "policies" / "rules"
_KEYS = Keys(TEAM)
BACKLOG = (_KEYS.queue(Queue.PEOPLE).bodies, _KEYS.outbox_deliveries)
"""Where what people said waits to be handled, and what they are told waits to be sent."""


def seen(trigger: str) -> str:
    """The key that tells that a command was recorded."""
    return _KEYS.seen(f"trigger/{trigger}")


def _nobody_outside(folder: Path) -> dict[str, str]:
    """PagerDuty, mail and text messages as policy names them, where nobody listens."""
    authority = folder / "nobody.pem"
    authority.write_bytes(serving_certificate("localhost")[1])
    return {
        "PAGERDUTY_EVENTS_URL": NOWHERE.replace("http", "https"),
        "PAGERDUTY_ROUTING_KEY": "never-sent",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": "9",
        "SMTP_USERNAME": "nobody",
        "SMTP_PASSWORD": "never-sent",
        "TEXT_GATEWAY_URL": NOWHERE,
        "TEXT_GATEWAY_SECRET": "never-sent",
        "OUTSIDE_CA_PATH": str(authority),
    }


@contextmanager
def countersign(
    core: int, redis_url: str, slack_api: str, folder: Path, policies: Path = RULES, **more: str
) -> Iterator[Running]:
    """The bot, once it is ready. `more` are further environment variables. Raises DidNotStart."""
    monitor = folder / "monitor"
    monitor.mkdir(exist_ok=True)
    environment = {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "COUNTERSIGN_SLACK_API_URL": slack_api,
        "COUNTERSIGN_POLICIES": str(policies),
        "COUNTERSIGN_INTAKE_TOKEN": INTAKE_TOKEN,
        "COUNTERSIGN_DATA": str(folder),
        "PROMETHEUS_URL": "http://127.0.0.1:9",
        "CREDIT_MONITORING_ROOT": str(monitor),
        "ALERTMANAGER_URL": NOWHERE,
        "ALERTMANAGER_TOKEN": "never-sent",
        "AUDITRON_ADMIN_URL": NOWHERE,
        "AUDITRON_ADMIN_TOKEN": "never-sent",
        "LEDGER_URL": NOWHERE,
        "LEDGER_TOKEN": "never-sent",
        **_nobody_outside(folder),
        "REDIS_URL": redis_url,
    } | more
    log = folder / "countersign.log"
    command = [sys.executable, "-m", "bot", "serve"]
    with kept_port() as port:
        environment["COUNTERSIGN_LISTEN"] = f"127.0.0.1:{port}"
        with child(command, core, log, environment) as process:
            until(lambda: answers(port, "/readyz"), process, log)
            yield Running(f"http://127.0.0.1:{port}", process.pid)
