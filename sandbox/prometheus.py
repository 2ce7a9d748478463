"""The practice Prometheus: ranges of a few series over the real HTTP API, so that one sees pictures at once.

What the credit monitor's ledger holds is told as it is; the other series are made up, the same for the same
moment, and rise towards the end of what is asked for, as they would when an alert has just fired. It reads
selectors and the expressions of the practice policies, and refuses all else as Prometheus refuses what is no
PromQL.

https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from sandbox.panel import Json
from sandbox.practice_api import Handler, PracticeApi

MOST_POINTS = 11_000
"""Prometheus' own bound of one series (`exceeded maximum resolution`)."""
CREDITS = "credit_monitoring_run_credits"
_SELECTOR = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?", re.DOTALL)
_MATCHER = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=|!=|=~|!~)\s*"((?:\\.|[^"\\])*)"\s*(?:,|\Z)')
_RISE_SECONDS = 15 * 60
_PARSE = 'invalid parameter "query": 1:1: parse error'
ValueAt = Callable[[float, float], float | None]
"""The value at a moment, of a range that ends at another."""
Labelled = tuple[Mapping[str, str], ValueAt]


class BadQuery(Exception):
    """What Prometheus answers with 400 `bad_data`."""


@dataclass(frozen=True)
class Made:
    """A made-up series: its usual value, how much it sways, and how high it rises in the end."""

    name: str
    labels: Mapping[str, str]
    usual: float
    sway: float
    height: float

    def at(self, moment: float, end: float) -> float | None:
        """The value at a moment; for a while of every day nobody measured."""
        if 0.42 < moment % 86_400 / 86_400 < 0.43:
            return None
        mark = hashlib.sha256(f"{self.name} {sorted(self.labels.items())} {moment // 60:.0f}".encode())
        noise = int.from_bytes(mark.digest()[:4], "big") / 2**32 - 0.5
        wave = math.sin(moment / 2400 + len(str(self.labels))) * 0.6
        risen = max(0.0, 1 - (end - moment) / _RISE_SECONDS) * self.height
        return max(0.0, self.usual + self.sway * (wave + noise) + risen)


def _pods(system: str, *names: str) -> Iterator[Made]:
    for index, name in enumerate(names):
        rises = 3.4 if index == 0 else 0.4
        yield Made("request_seconds:p95", {"system": system, "pod": name}, 0.35, 0.16, rises)


SERIES = (
    Made("request_errors:ratio", {"system": "clinchat-rag", "service": "api"}, 0.012, 0.012, 0.19),
    *_pods("clinchat-rag", "clinchat-rag-api-2xkpl", "clinchat-rag-api-9hvqm", "clinchat-rag-api-tj4wd"),
    Made("queue_messages", {"system": "auditron", "queue": "audit-jobs"}, 220.0, 160.0, 5200.0),
    Made("attestation_lag_seconds", {"system": "provability-fabric", "job": "ledger"}, 2.4, 1.6, 48.0),
)  # fmt: skip


_ERRORS = 'sum(rate(http_requests_total{namespace="clinchat-rag",status=~"5.."}[5m]))'
_REQUESTS = 'sum(rate(http_requests_total{namespace="clinchat-rag"}[5m]))'
EXPRESSIONS = {
    'histogram_quantile(0.95, sum(rate(http_request_duration_seconds_bucket{namespace="clinchat-rag"}[5m]))'
    " by (le))": Made("request duration, p95", {}, 0.8, 0.3, 3.4),
    f"{_ERRORS} / {_REQUESTS}": Made("request errors", {}, 0.01, 0.01, 0.19),
    'sum(rate(auth_failures_total{namespace="clinchat-rag"}[1m])) * 60': Made(
        "failed sign-ins", {}, 1, 1, 24
    ),
    'up{namespace="clinchat-rag"}': Made("up", {"namespace": "clinchat-rag"}, 1, 0, -1),
}
"""Those of the practice policies, each as it stands there: nothing else of PromQL is understood."""


class PracticePrometheus(PracticeApi):
    """Answers `/api/v1/query_range` without a token, as Prometheus does by itself."""

    id = "prometheus"
    title = "Prometheus"
    open_paths = frozenset({"/api/v1/query_range", "/-/healthy"})

    def __init__(self, monitor: Path) -> None:
        """`monitor` is the credit monitor's folder, which need not be there yet."""
        self._ledger = monitor / "runs" / "CREDIT_MONITORING" / "ledger.jsonl"
        self.asked: list[str] = []
        """The names of the series that were asked for, the newest last."""
        super().__init__(token="", clock=lambda: datetime.now(UTC))

    def routes(self) -> Mapping[tuple[str, str], Handler]:
        return {
            ("GET", "/api/v1/query_range"): self._range,
            ("POST", "/api/v1/query_range"): self._range,
            ("GET", "/-/healthy"): self._healthy,
        }

    def first_state(self) -> None:
        self.asked = []

    def sections(self) -> list[Json]:
        rows = [
            self.row("series", name, {"text": name}, {"text": str(self.asked.count(name))})
            for name in sorted({CREDITS, *(one.name for one in (*SERIES, *EXPRESSIONS.values()))})
        ]
        columns = ["series", "asked for"]
        return [{"title": "Measured series", "columns": columns, "rows": rows, "folded": True}]

    async def _healthy(self, _: web.Request) -> web.Response:
        return web.Response(text="Prometheus Server is Healthy.\n")

    async def _range(self, request: web.Request) -> web.Response:
        given = await request.post() if request.method == "POST" else request.query
        try:
            return web.json_response(self._answer({name: str(value) for name, value in given.items()}))
        except BadQuery as bad:
            told = {"status": "error", "errorType": "bad_data", "error": str(bad)}
            return web.json_response(told, status=400)

    def _answer(self, given: Mapping[str, str]) -> Json:
        start, end, step = (_number(given, name) for name in ("start", "end", "step"))
        if step <= 0:
            raise BadQuery('invalid parameter "step": zero or negative query resolution step widths')
        if end < start:
            raise BadQuery('invalid parameter "end": end timestamp must not be before start time')
        if (end - start) / step > MOST_POINTS:
            raise BadQuery("exceeded maximum resolution of 11,000 points per timeseries")
        name, series = self._asked_for(given.get("query", "").strip())
        self.asked.append(name)
        self.on_change()
        moments = [start + index * step for index in range(int((end - start) / step) + 1)]
        result = []
        for labels, value_at in series:
            told = [(moment, value_at(moment, end)) for moment in moments]
            values = [[moment, f"{value:g}"] for moment, value in told if value is not None]
            if values:
                result.append({"metric": dict(labels), "values": values})
        return {"status": "success", "data": {"resultType": "matrix", "result": result}}

    def _asked_for(self, query: str) -> tuple[str, list[Labelled]]:
        """What is asked for, and its series with their labels. Raises BadQuery."""
        if made := EXPRESSIONS.get(query):
            return made.name, [(made.labels, made.at)]
        name, matchers = _selector(query)
        return name, [
            ({"__name__": name} | dict(labels), value_at)
            for labels, value_at in self._series(name)
            if all(holds(labels.get(label, "")) for label, holds in matchers)
        ]

    def _series(self, name: str) -> Iterator[Labelled]:
        if name == CREDITS:
            yield from self._credits()
        yield from ((one.labels, one.at) for one in SERIES if one.name == name)

    def _credits(self) -> Iterator[Labelled]:
        """What the latest run of each scenario had used."""
        runs: dict[str, list[tuple[float, float]]] = {}
        lines = self._ledger.read_text().splitlines() if self._ledger.exists() else []
        for record in map(json.loads, lines):
            at = datetime.fromisoformat(record["Timestamp"]).timestamp()
            runs.setdefault(record["Scenario_Name"], []).append((at, float(record["Credits_Total"])))
        for scenario, told in sorted(runs.items()):
            told.sort()

            def latest(moment: float, _: float, told: list[tuple[float, float]] = told) -> float | None:
                return next((value for at, value in reversed(told) if at <= moment), None)

            yield {"scenario": scenario}, latest


def _number(given: Mapping[str, str], name: str) -> float:
    try:
        value = float(given[name])
    except (KeyError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        raise BadQuery(f'invalid parameter "{name}": cannot parse "{given.get(name, "")}" to a valid value')
    return value


def _selector(query: str) -> tuple[str, list[tuple[str, Callable[[str], bool]]]]:
    found = _SELECTOR.fullmatch(query.strip())
    if found is None:
        raise BadQuery(f"{_PARSE}: the practice Prometheus reads selectors only: {query[:80]}")
    matchers = []
    rest = found[2] or ""
    while rest.strip():
        one = _MATCHER.match(rest)
        if one is None:
            raise BadQuery(f"{_PARSE}: unexpected character inside braces")
        matchers.append((one[1], _holds(one[2], json.loads(f'"{one[3]}"'))))
        rest = rest[one.end() :]
    return found[1], matchers


def _holds(operator: str, wanted: str) -> Callable[[str], bool]:
    if operator in ("=", "!="):
        return lambda value: (value == wanted) == (operator == "=")
    try:
        form = re.compile(wanted)
    except re.error as error:
        raise BadQuery(f"{_PARSE}: {error}") from None
    return lambda value: bool(form.fullmatch(value)) == (operator == "=~")
