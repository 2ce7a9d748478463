"""A pod's log: lines that a small API server would write, some with what must never reach a chat.

All names, numbers, addresses and secrets in them are invented. Nothing is kept: a log follows from the pod's
uid and the times at which its container began and ended.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sandbox.cluster.paths import truth
from sandbox.cluster.resources import PODS
from sandbox.cluster.shapes import Json
from sandbox.cluster.status import FieldFault, bad_request, invalid
from sandbox.cluster.store import Store, stamp

LINES = 200
"""As many as are kept of one container."""
SECONDS_A_LINE = 7
SECRET_EVERY, SECRET_AT, ADDRESS_AT = 50, 25, 10
COMMON = (
    "INFO  GET /health 200 3ms",
    "INFO  GET /api/v1/status 200 12ms",
    "INFO  POST /api/v1/query 200 184ms",
    "WARN  slow query: 1.8s",
    "ERROR upstream timeout after 5000ms, retrying (1/3)",
    "INFO  job 4711 finished in 2.1s",
)
SENSITIVE: Mapping[str, str] = {
    "auditron": "DEBUG connecting to postgres://auditron:practice-password@postgres:5432/auditron",
    "clinchat-rag": "DEBUG query text: patient Jane Example, MRN 00012345, asks about her lisinopril dose",
    "provability-fabric": "DEBUG ledger request with Authorization: Bearer practice-ledger-token",
}
ADDRESS = "INFO  export for jane.example@patients.example is ready"
FIRST = ("INFO  starting", "INFO  ready")
QUERIES: Mapping[str, tuple[str, str]] = {
    "pg_database_size": ("pg_size_pretty", "412 MB"),
    "pg_stat_activity": ("count", "17"),
}
"""What psql prints as CSV, by what its query asks for."""
LAST = {0: "INFO  done", 1: "FATAL cannot go on"}
"""What a container writes at its end, by exit code."""


@dataclass(frozen=True)
class Line:
    """One line of a log; `at` is in seconds since 1970."""

    at: float
    text: str

    def shown(self, stamped: bool) -> str:
        if not stamped:
            return f"{self.text}\n"
        return f"{stamp(self.at)[:-1]}.{int(self.at % 1 * 1e9):09d}Z {self.text}\n"


@dataclass(frozen=True)
class Wanted:
    """What of a log was asked for."""

    tail: int | None
    most: int | None
    since: float
    stamped: bool
    follows: bool

    def of(self, known: list[Line]) -> list[Line]:
        """Of the lines until now those that were asked for."""
        fresh = [line for line in known if line.at >= self.since]
        return fresh if self.tail is None else fresh[max(0, len(fresh) - self.tail) :]


@dataclass(frozen=True)
class Log:
    """One container's log, which may still grow."""

    pod: Json
    began: float
    ended: float | None
    exit_code: int
    answer: tuple[str, ...] = ()
    """All that it prints, where it was asked something."""

    def lines(self, epoch: float, now: float) -> list[Line]:
        """Every line until now that is still kept; `epoch` is when the cluster was made."""
        until = now if self.ended is None else self.ended + 1  # ends are told in whole seconds
        known = [Line(self.began, text) for text in self.answer or FIRST]
        if self.answer:
            return known
        phase = int(self.pod["metadata"]["uid"][:2], 16) % SECONDS_A_LINE
        newest = int((until - epoch - phase) // SECONDS_A_LINE) + LINES - 1
        for number in range(newest - LINES + 1, newest + 1):
            at = epoch + phase + (number - LINES + 1) * SECONDS_A_LINE
            if self.began < at <= until:
                known.append(Line(at, self._text(number)))
        if self.ended is not None:
            known.append(Line(max(self.ended, known[-1].at), LAST.get(self.exit_code, LAST[1])))
        return known[-LINES:]

    def _text(self, number: int) -> str:
        namespace = self.pod["metadata"]["namespace"]
        if namespace in SENSITIVE and number % SECRET_EVERY == SECRET_AT:
            return SENSITIVE[namespace]
        if namespace in SENSITIVE and number % SECRET_EVERY == ADDRESS_AT:
            return ADDRESS
        # The same pod tells the same story.
        return random.Random(f"{self.pod['metadata']['uid']}{number}").choice(COMMON)  # noqa: S311


def log_of(store: Store, namespace: str, name: str, query: Mapping[str, str]) -> Log:
    """Whose log it is; raises ApiError where the original has none: not started, no such container."""
    pod = store.get(PODS, namespace, name)
    container = _container(pod, query.get("container", ""))
    held: Json = next((each for each in pod["status"]["containerStatuses"] if each["name"] == container), {})
    state, before = held.get("state", {}), held.get("lastState", {})
    if truth(query, "previous") or ("waiting" in state and before):
        if "terminated" not in before:
            raise bad_request(f'previous terminated container "{container}" in pod "{name}" not found')
        state = before
    if reason := state.get("waiting", {}).get("reason", ""):
        because = "trying and failing to pull image" if "Pull" in reason else reason
        raise bad_request(f'container "{container}" in pod "{name}" is waiting to start: {because}')
    if ended := state.get("terminated"):
        code = ended["exitCode"]
        answer = () if code else _answer(pod, container)
        return Log(pod, _seconds(ended["startedAt"]), _seconds(ended["finishedAt"]), code, answer)
    return Log(pod, _seconds(state["running"]["startedAt"]), None, 0)


def wanted(name: str, query: Mapping[str, str], now: float) -> Wanted:
    """The options of a log; raises ApiError for those that the original refuses."""
    tail, most, age = (_number(query, each) for each in ("tailLines", "limitBytes", "sinceSeconds"))
    told = {"sinceSeconds": age, "limitBytes": most}
    faults = [
        FieldFault.invalid(field, value, "must be greater than 0")
        for field, value in told.items()
        if value is not None and value < 1
    ]
    if tail is not None and tail < 0:
        faults.append(FieldFault.invalid("tailLines", tail, "must be greater than or equal to 0"))
    since_time = query.get("sinceTime", "")
    if since_time and age is not None:
        detail = "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified"
        faults.append(FieldFault("[]", "FieldValueForbidden", detail))
    if faults:
        raise invalid("", "PodLogOptions", name, *faults)
    since = _time(since_time) if since_time else now - age if age is not None else 0.0
    return Wanted(tail, most, since, truth(query, "timestamps"), truth(query, "follow"))


def _container(pod: Json, asked: str) -> str:
    names = [each["name"] for each in pod["spec"]["containers"]]
    name = pod["metadata"]["name"]
    if asked and asked not in names:
        raise bad_request(f"container {asked} is not valid for pod {name}")
    if not asked and len(names) > 1:
        listed = " ".join(names)
        raise bad_request(f"a container name must be specified for pod {name}, choose one of: [{listed}]")
    return asked or str(names[0])


def _answer(pod: Json, name: str) -> tuple[str, ...]:
    """What a container that asks the database prints; nothing for any other."""
    (asks,) = (each for each in pod["spec"]["containers"] if each["name"] == name)
    words = " ".join([*(asks.get("command") or []), *(asks.get("args") or [])])
    if not words.startswith("psql "):
        return ()
    return next((answer for asked, answer in QUERIES.items() if asked in words), ())


def _number(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name, "")
    if text and not text.removeprefix("-").isdigit():
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return int(text) if text else None


def _time(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError as unreadable:
        raise bad_request(f'parsing time "{text}" as "2006-01-02T15:04:05Z07:00"') from unreadable


def _seconds(told: str) -> float:
    return datetime.fromisoformat(told).timestamp()
