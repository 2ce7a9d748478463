"""One trace from the alert's arrival to the last message it caused, and log lines that name it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.scenarios.opening import ops_room, start_replica
from tests.scenarios.otlp import Collector, Seen, collector
from tests.scenarios.room import OMAR, RUTH, Room


@asynccontextmanager
async def traced_room(folder: Path, replicas: int = 1) -> AsyncIterator[tuple[Room, Collector]]:
    async with collector() as told:
        also = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": told.endpoint,
            "OTEL_EXPORTER_OTLP_HEADERS": "x-tenant=ops%20room",
        }
        async with ops_room(folder, also=also, replicas=replicas) as room:
            yield room, told


def of_trace(told: Collector, trace: str) -> list[Seen]:
    return [span for span in told.spans if span.trace == trace]


def names(spans: Sequence[Seen]) -> set[str]:
    return {span.name for span in spans}


async def test_an_alert_is_one_trace_from_its_arrival_to_slack(tmp_path: Path) -> None:
    async with traced_room(tmp_path) as (room, told):
        await room.contained()
        wanted = {
            "record alerts", "handle alerts", "handle due", "send post", "send update",
            "messenger.send", "systems.credit-monitoring.files.quarantine",
        }  # fmt: skip

        def whole() -> list[Seen]:
            traces = {span.trace for span in told.named("record alerts")}
            return [span for trace in traces for span in of_trace(told, trace)]

        def told_whole() -> list[Seen]:
            """A span is told at its end, so those within it come before it."""
            spans = whole()
            parents = {span.parent for span in spans if span.name != "record alerts"}
            return spans if wanted <= names(spans) and parents <= {span.id for span in spans} else []

        spans = await room.until(told_whole, "the trace", patience=30)
        (begun,) = [span for span in spans if span.name == "record alerts"]
        assert "" == begun.parent
        handled = next(span for span in spans if span.name == "handle alerts")
        assert begun.id == handled.parent
        assert handled.attributes["alert"].startswith("A-")
        assert "ops room" == told.headers[0]["x-tenant"]


async def test_one_trace_spans_replicas(tmp_path: Path) -> None:
    async with traced_room(tmp_path) as (room, told), start_replica(room):
        for _ in range(8):
            await room.contained()

        def shared() -> bool:
            traces = {span.trace for span in told.named("record alerts")}
            return any(len({one.replica for one in of_trace(told, trace)}) == 2 for trace in traces)

        await room.until(shared, "a trace of two replicas", patience=30)


async def test_a_click_and_what_it_runs_are_one_trace(tmp_path: Path) -> None:
    async with traced_room(tmp_path) as (room, told):
        record, root = await room.contained()
        await room.resolved(record, root)
        card = await room.release_asked(record, root)
        await room.say(RUTH, f"APPROVED {room.request_id(card)} - read", root["ts"])
        await room.sees("is done and was read back: release", root["ts"])

        def released() -> list[Seen]:
            return told.named("systems.credit-monitoring.files.release")

        (effect, *_) = await room.until(released, "the effect's span", patience=30)
        await room.until(
            lambda: "record people" in names(of_trace(told, effect.trace)), "its cause", patience=30
        )
        about = {span.attributes.get("request") for span in of_trace(told, effect.trace)}
        assert room.request_id(card) in about


async def test_spans_carry_nothing_that_people_wrote(tmp_path: Path) -> None:
    async with traced_room(tmp_path) as (room, told):
        await room.contained()
        await room.command(OMAR, "/ops", "credit-monitoring nonsense because my-secret-reason")
        await room.until(lambda: told.named("record people"), "the spans", patience=30)
        said = " ".join(value for span in told.spans for value in (span.name, *span.attributes.values()))
        assert "my-secret-reason" not in said


async def test_a_collector_that_is_away_costs_nothing(tmp_path: Path) -> None:
    async with traced_room(tmp_path) as (room, told):
        told.refuse = True
        _, root = await room.contained()
        await room.say(OMAR, "ACK - O2 Omar investigating", root["ts"])
        await room.until(lambda: room.events("alert-acknowledged"), "the acknowledgement")


def test_without_an_endpoint_nothing_of_it_is_imported() -> None:
    code = (
        f"import asyncio, re, sys, bot.app\nNOT_WANTED = {NOT_WANTED!r}\n"
        "from bot.tracing.opening import tracing_for\n"
        "async def main():\n"
        "    async with tracing_for({}, 'r') as tracing:\n"
        "        with tracing.span('x', item='y'): assert tracing.parent() == ''\n"
        "asyncio.run(main())\n"
        "print([name for name in sys.modules if re.match(NOT_WANTED, name)])\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "[]" == told.stdout.strip()


ROOT = Path(__file__).parents[2]
NOT_WANTED = r"opentelemetry\.(exporter|proto|sdk\.trace)|google\.protobuf|matplotlib|numpy"
"""The Redis client imports the rest of OpenTelemetry by itself where it is installed."""
