"""The practice credit monitor: its folder in the real monitor's layout, and new runs on demand.

Layout, below one root: `runs/CREDIT_MONITORING/ledger.jsonl` (one record a line),
`runs/CREDIT_MONITORING/<UTC date>/run_<Run_ID>.json` with a `.sha256` beside it (bare hex, no newline),
`config/` with policy and baselines. `runs/QUARANTINE/` and `cases/` are the bot's to make.
Like the real one it says «Quarantined» and moves nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.credit_scenarios import PATTERNS, POLICY, SCENARIOS, Scenario
from sandbox.slack.errors import RefusedAct
from sandbox.slack.shapes import Json

POST_SECONDS = 10.0
STORM, STORM_AT_ONCE = 300, 20
"""Alerts of a storm, and how many of them are told at the same time."""


class CreditMonitor:
    """Writes runs below `root` and posts grave ones to the bot's `/alerts/run-record`."""

    def __init__(
        self,
        root: Path,
        *,
        intake_url: str | None = None,
        intake_token: str = "",
        now: Callable[[], float] = time.time,
        chance: random.Random | None = None,
    ) -> None:
        self.root = root
        self.intake_url, self.intake_token = intake_url, intake_token
        self._now = now
        self._chance = chance or random.Random()  # noqa: S311  practice data, not secrets
        self._given: set[str] = set()

    def prepare(self, days: int = 5) -> int:
        """Make the folder with `days` of ordinary runs, unless it is there; returns how many it wrote."""
        if (self._dated / "ledger.jsonl").exists():
            return 0
        (self.root / "config").mkdir(parents=True, exist_ok=True)
        _write(self.root / "config" / "sintraprime-policy.json", _pretty(POLICY))
        _write(self.root / "config" / "credit-baselines.json", _pretty(self._baselines()))
        written = 0
        for ago in range(days, 0, -1):
            morning = datetime.fromtimestamp(self._now(), UTC).replace(
                hour=9, minute=0, second=0
            ) - timedelta(days=ago)
            for scenario in SCENARIOS.values():
                at = morning + timedelta(
                    seconds=self._chance.randrange(3600), milliseconds=self._chance.randrange(1000)
                )
                self.write_run(self.record(scenario.id, "SEV4", at))
                written += 1
        return written

    def record(self, scenario_id: str, severity: str, at: datetime, run_id: str = "") -> Json:
        """A run record as the monitor writes it; raises RefusedAct for an unknown scenario or severity."""
        if scenario_id not in SCENARIOS or severity not in PATTERNS:
            raise RefusedAct("invalid_arguments", f"The monitor knows no {severity} run of {scenario_id}.")
        scenario, pattern = SCENARIOS[scenario_id], PATTERNS[severity]
        variance = pattern.variance
        if severity == "SEV4":
            variance = self._chance.uniform(0.82, 1.18)
        credits_total = round(scenario.baseline * variance)
        variance = credits_total / scenario.baseline
        summary = f"Variance: {variance:.2f}× | Misconfig likelihood: {pattern.likelihood}"
        if pattern.flags:
            summary += f" | Misconfig signals: {', '.join(pattern.flags)}"
        record: Json = {
            "Run_ID": run_id or self._new_run_id(scenario, at),
            "Timestamp": _time_text(at),
            "Scenario_Name": scenario.name,
            "Scenario_ID": scenario.id,
            "Job_Type": scenario.job_type,
            "Status": pattern.status,
            "Credits_Total": credits_total,
            "Baseline_Expected_Credits": scenario.baseline,
            "Variance_Multiplier": variance,
            "Severity": severity,
            "Misconfig_Likelihood": pattern.likelihood,
            "Risk_Flags": list(pattern.flags),
        }
        if pattern.flags:
            record |= {"retry_count": self._chance.randrange(6, 12), "has_max_items_config": False}
        return record | {"Risk_Summary": summary}

    def write_run(self, record: Json) -> Path:
        """Write the record, its sidecar and its ledger line; returns the record's file."""
        folder = self._dated / str(record["Timestamp"])[:10]
        folder.mkdir(parents=True, exist_ok=True)
        data = _pretty(record)
        path = folder / f"run_{record['Run_ID']}.json"
        _write(path, data)
        _write(path.with_name(f"{path.name}.sha256"), hashlib.sha256(data).hexdigest().encode())
        with (self._dated / "ledger.jsonl").open("ab") as ledger:
            ledger.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        return path

    async def alert(self, scenario: str | None = None, severity: str | None = None) -> Json:
        """A new run now, written and posted to the bot; raises RefusedAct when the bot cannot be reached."""
        record = self.record(
            scenario or "EMAIL_SEND_001", severity or "SEV0", datetime.fromtimestamp(self._now(), UTC)
        )
        self.write_run(record)
        return {"run_id": record["Run_ID"], "status": await self.post(record)}

    async def storm(self) -> Json:
        """Hundreds of small variances at once, told to the bot and not kept: how many, how many it took.

        Raises RefusedAct when the bot cannot be reached.
        """
        now = datetime.fromtimestamp(self._now(), UTC)
        scenarios = list(SCENARIOS)
        first = 1000 * self._chance.randrange(10, 1000)
        records = [
            self.record(
                scenarios[number % len(scenarios)], "SEV3", now, f"RUN-{now:%Y%m%d}-STM{first + number}"
            )
            for number in range(STORM)
        ]
        taken = 0
        for some in (records[start : start + STORM_AT_ONCE] for start in range(0, STORM, STORM_AT_ONCE)):
            taken += sum(status == 202 for status in await asyncio.gather(*map(self.post, some)))
        return {"sent": STORM, "taken": taken}

    async def post(self, record: Json) -> int:
        """Post a record to the bot's intake; the answer's HTTP status."""
        run_id = record["Run_ID"]
        if self.intake_url is None:
            raise RefusedAct("no_intake", "The monitor was not told where the bot listens.", run_id=run_id)
        headers = {"Authorization": f"Bearer {self.intake_token}"}
        timeout = aiohttp.ClientTimeout(total=POST_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(self.intake_url, json=record, headers=headers) as response,
            ):
                return response.status
        except (aiohttp.ClientError, OSError, TimeoutError):
            sentence = "The bot cannot be reached. The run is on the disk all the same."
            raise RefusedAct("bot_unreachable", sentence, run_id=run_id) from None

    def state(self) -> Json:
        """What lies in the folder now: each run where it is, newest first, and every case."""
        runs = sorted(self._runs(), key=lambda run: str(run["timestamp"]), reverse=True)
        cases = [_read(path) for path in sorted((self.root / "cases").glob("*.json"), reverse=True)]
        return {"root": str(self.root), "runs": runs, "cases": [case for case in cases if case]}

    def _runs(self) -> Iterator[Json]:
        ledger = {str(record["Run_ID"]): record for record in self._ledger()}
        places: dict[str, list[Path]] = {run_id: [] for run_id in ledger}
        for path in [*self._dated.glob("*/run_*"), *(self.root / "runs" / "QUARANTINE").glob("*/run_*")]:
            run_id = path.name.removeprefix("run_").split(".", 1)[0]
            places.setdefault(run_id, []).append(path)
        for run_id, paths in places.items():
            record = ledger.get(run_id, {})
            companion = next((path for path in paths if path.name.endswith(".companion.json")), None)
            files = sorted(path for path in paths if path != companion)
            home = files[0].parent if files else companion.parent if companion else self._dated
            run: Json = {
                "run_id": run_id,
                "severity": record.get("Severity", ""),
                "scenario": record.get("Scenario_ID", ""),
                "timestamp": record.get("Timestamp", ""),
                "where": home.relative_to(self.root).as_posix(),
                "files": [_described(path) for path in files],
            }
            if companion:
                run["companion"] = _read(companion)
            yield run

    def _ledger(self) -> Iterator[Json]:
        path = self._dated / "ledger.jsonl"
        if path.exists():
            for line in path.read_text().splitlines():
                yield json.loads(line)

    def _new_run_id(self, scenario: Scenario, at: datetime) -> str:
        written = {path.stem.removeprefix("run_") for path in self.root.glob("runs/*/*/run_*.json")}
        while True:
            run_id = f"RUN-{at:%Y%m%d}-{scenario.id[:3]}{self._chance.randrange(100, 1000)}"
            if run_id not in written | self._given:
                self._given.add(run_id)
                return run_id

    def _baselines(self) -> Json:
        at = _time_text(datetime.fromtimestamp(self._now(), UTC))
        baselines = [
            {
                "scenario_id": each.id,
                "median_credits": each.baseline,
                "calculated_at": at,
                "sample_size": 28,
                "last_updated": at,
            }
            for each in SCENARIOS.values()
        ]
        return {"version": "1.0.0", "updated_at": at, "baselines": baselines}

    @property
    def _dated(self) -> Path:
        return self.root / "runs" / "CREDIT_MONITORING"


def _time_text(at: datetime) -> str:
    """A time in UTC as the real monitor writes it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _pretty(data: Json) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=2).encode()


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {"unreadable": path.name}


def _described(path: Path) -> Json:
    """A file's size, and whether its digest is the one in its sidecar (None for a file without one)."""
    sidecar = path.with_name(f"{path.name}.sha256")
    matches: bool | None = None
    try:
        data = path.read_bytes()
        if sidecar.exists():
            matches = hashlib.sha256(data).hexdigest() == sidecar.read_text().strip()
    except OSError:
        # The bot moved it between our two looks; the next look sees it in its new place.
        data = b""
    return {"name": path.name, "bytes": len(data), "sha256_ok": matches}
