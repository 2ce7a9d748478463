"""Opens the namespace that a policy file names."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import structlog

from bot.ending import end_tasks
from bot.systems.kubernetes import impersonation
from bot.systems.kubernetes.connection import CALL_SECONDS, Connection
from bot.systems.kubernetes.namespace import NO_GATES, ROLLOUT_WAIT, Gates, Namespace
from bot.systems.kubernetes.node_settings import node_rules
from bot.systems.records import Records
from handlers.actions.kubernetes.logs_ports import LogSystem
from handlers.actions.kubernetes.vocabulary import LISTED_IN, LOGS_ALSO, is_label
from handlers.errors import DoNotRetry
from handlers.ports.clock import Clock
from policies.cluster import NOTHING_LISTED, ClusterRules
from policies.fields import parse_duration

NOT_A_NAME = (
    "The settings namespace, deployments and logs_also: {name} cannot be the name of anything in a cluster."
)

EVIDENCE = "COUNTERSIGN_EVIDENCE"

NOT_RAW_LOGS = (
    "The setting raw_logs is `redacted` (lines are shown without secrets) or `never` (they are only counted)."
)

NOT_A_LOG_SYSTEM = (
    "The setting log_system is the address of the log system, such as https://logs.example.com."
)

ANSWER_WAIT = "answer_wait"
_LONGEST_ANSWER = 60.0
"""Seconds: a look at a target never takes longer, whatever its action may."""
NOT_A_WAIT = "The setting answer_wait is a duration from 1s to 60s."

log = structlog.get_logger(__name__)


@asynccontextmanager
async def opened(
    settings: Mapping[str, str],
    clock: Clock,
    environment: Mapping[str, str],
    rules: ClusterRules = NOTHING_LISTED,
    records: Records | None = None,
    gates: Gates = NO_GATES,
) -> AsyncIterator[Namespace]:
    """A namespace that connects by itself, off the path of readiness: a cluster that is away, or whose
    credentials are wrong, must not keep alerts and other systems waiting. Every use of it says so instead.
    Raises DoNotRetry for a setting that cannot be.
    """
    for name in (settings["namespace"], *listed(settings), *listed(settings, LOGS_ALSO)):
        if not is_label(name):
            raise DoNotRetry(NOT_A_NAME.format(name=name[:80]), "bad-setting")
    connection = Connection(
        environment,
        settings.get("context", ""),
        seconds=answer_wait(settings),
        impersonate=impersonation.is_on(settings),
    )
    warming = asyncio.ensure_future(_warm(connection, settings["namespace"]))
    try:
        namespace = Namespace(
            connection,
            settings["namespace"],
            clock.now,
            listed=listed(settings),
            rollout_wait=_seconds(settings, "rollout_wait", ROLLOUT_WAIT),
            raw_logs=_raw_logs(settings),
            logs_also=listed(settings, LOGS_ALSO),
            rules=rules,
            node_rules=node_rules(settings),
            evidence=_evidence(settings, environment),
            backups=environment,
            records=records,
            gates=gates,
            log_system=_log_system(settings),
        )
        try:
            yield namespace
        finally:
            namespace.evidence.close()
            namespace.backups.close()
    finally:
        await end_tasks([warming])
        await connection.close()


def listed(settings: Mapping[str, str], setting: str = LISTED_IN) -> tuple[str, ...]:
    """The deployments of a setting: names with commas between them; all of them when it is empty."""
    return tuple(name.strip() for name in settings.get(setting, "").split(",") if name.strip())


def _evidence(settings: Mapping[str, str], environment: Mapping[str, str]) -> Path | None:
    """The system's own folder for evidence, else the one for all systems."""
    named = settings.get("evidence_folder", "") or environment.get(EVIDENCE, "").strip()
    return Path(named) if named else None


def _log_system(settings: Mapping[str, str]) -> LogSystem | None:
    """Where all logs are collected. Raises DoNotRetry for what is no address of the web."""
    url = settings.get("log_system", "")
    if url and not re.fullmatch(r"https?://[^\s<>|]+", url):
        raise DoNotRetry(NOT_A_LOG_SYSTEM, "bad-setting")
    return LogSystem(url, settings.get("log_index", "")) if url else None


def _raw_logs(settings: Mapping[str, str]) -> bool:
    """Whether lines of logs may be shown. Another word than the two is no reason to show them."""
    written = settings.get("raw_logs", "redacted")
    if written not in ("redacted", "never"):
        raise DoNotRetry(NOT_RAW_LOGS, "bad-setting")
    return written == "redacted"


def answer_wait(settings: Mapping[str, str]) -> float:
    """Seconds that one answer of the cluster is waited for. Raises DoNotRetry (`bad-setting`)."""
    seconds = _seconds(settings, ANSWER_WAIT, CALL_SECONDS)
    if not 1 <= seconds <= _LONGEST_ANSWER:
        raise DoNotRetry(NOT_A_WAIT, "bad-setting")
    return seconds


def _seconds(settings: Mapping[str, str], name: str, usual: float) -> float:
    written = settings.get(name)
    if written is None:
        return usual
    try:
        length = parse_duration(written)
    except ValueError as no:
        raise DoNotRetry(f"The setting {name}: {no}", "bad-setting") from no
    if isinstance(length, timedelta):
        return length.total_seconds()
    raise DoNotRetry(f"The setting {name} is no duration.", "bad-setting")


async def _warm(connection: Connection, namespace: str) -> None:
    try:
        await connection.open()
    except DoNotRetry as no:
        log.warning("cluster", namespace=namespace, why=str(no))
