"""How work carries its trace, and how the lines of its log come to name it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, MutableMapping
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog
from structlog.testing import LogCapture

from bot.tracing.carrying import carried, stamped, taken
from bot.tracing.opening import tracing_for
from bot.tracing.port import NoTracing
from bot.tracing.working import bind_commit, traced
from handlers.messages import Card
from handlers.work import Claimed, Commit, Delivery, Entry, Item, Queue, Timer

PARENT = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
NOW = datetime(2026, 11, 21, tzinfo=UTC)
NOWHERE = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}


@pytest.fixture
def lines() -> Iterator[list[MutableMapping[str, Any]]]:
    before, capture = structlog.get_config(), LogCapture()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
    structlog.contextvars.clear_contextvars()
    yield capture.entries
    structlog.contextvars.clear_contextvars()
    structlog.configure(**before)


def claimed(body: str, queue: Queue = Queue.DUE) -> Claimed:
    return Claimed(Item(queue, "i1", body), 1, "t", NOW)


@pytest.mark.parametrize(
    "body", ['{"do":"climb","alert":"A-1"}', '{"a": "}"}', json.dumps({"x": "ü\n" * 90})]
)
def test_a_body_is_what_it_was_once_its_trace_is_taken_off(body: str) -> None:
    carrying = stamped(body, PARENT)
    assert json.loads(body) == {k: v for k, v in json.loads(carrying).items() if k != "_traceparent"}
    assert (body, PARENT) == taken(carrying)
    assert (body, PARENT) == taken(stamped(stamped(body, PARENT), PARENT))


@pytest.mark.parametrize(
    ("body", "parent"), [("{}", PARENT), ("[1]", PARENT), ('{"a":1}', ""), ('{"a":1}', "x")]
)
def test_what_cannot_carry_a_trace_stays_as_it_is(body: str, parent: str) -> None:
    assert (body, "") == taken(stamped(body, parent))


def test_a_senders_own_words_are_no_trace() -> None:
    body = json.dumps({"_traceparent": "00-evil", "x": 1})
    assert (body, "") == taken(body)


def test_timers_and_messages_belong_to_their_cause_and_what_comes_back_to_itself_begins_anew() -> None:
    again, other = Timer("board/C1", NOW, '{"do":"board"}'), Timer("climb", NOW, '{"do":"climb"}')
    message = Delivery(channel="C1", slot="alert/A-1", card=Card(summary="s"))
    commit = Commit("c", arm=(again, other), deliver=(message,), consume=Item(Queue.DUE, "board/C1", "{}"))
    made = carried(commit, PARENT)
    assert (again.body, PARENT) == (made.arm[0].body, taken(made.arm[1].body)[1])
    assert PARENT == made.deliver[0].trace
    assert commit is carried(commit, "")


async def test_a_handler_reads_the_body_without_its_trace_and_its_lines_name_what_it_is_about(
    lines: list[MutableMapping[str, Any]],
) -> None:
    async def handle(one: Claimed) -> str:
        structlog.get_logger().info("working")
        return one.item.body

    body = '{"do":"climb","alert":"A-7XH4E","rung":1}'
    async with tracing_for(NOWHERE, "r1") as tracing:
        assert body == await traced(tracing, handle)(claimed(stamped(body, PARENT)))
    (line,) = lines
    assert ("A-7XH4E", "climb", "i1", "due", "a" * 32) == tuple(
        line[name] for name in ("alert", "do", "item", "queue", "trace")
    )


async def test_lines_name_the_request_that_the_work_turned_out_to_be_about(
    lines: list[MutableMapping[str, Any]],
) -> None:
    entry = Entry(at=NOW, event="request-approved", subject="R-HEMXP", actor="U1")

    async def handle(_: Claimed) -> None:
        bind_commit(NoTracing(), Commit("c", audit=(entry,)))
        structlog.get_logger().info("committed")

    await traced(NoTracing(), handle)(claimed('{"type":"event_callback"}', Queue.PEOPLE))
    (line,) = lines
    assert ("R-HEMXP", "people") == (line["request"], line["queue"])
    assert "trace" not in line


async def test_an_error_is_raised_through_its_span() -> None:
    async def handle(_: Claimed) -> None:
        raise KeyError("x")

    async with tracing_for(NOWHERE, "r1") as tracing:
        with pytest.raises(KeyError):
            await traced(tracing, handle)(claimed("{}"))
        assert "" == tracing.parent()


async def test_a_trace_that_begins_here_is_carried_on() -> None:
    async with tracing_for(NOWHERE, "r1") as tracing:
        with tracing.span("record alerts", item="i1"):
            assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", tracing.parent())


@pytest.mark.parametrize("environment", [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": " "}])
async def test_without_an_endpoint_nothing_is_traced(environment: dict[str, str]) -> None:
    async with tracing_for(environment, "r1") as tracing:
        assert isinstance(tracing, NoTracing)
        with tracing.span("x"):
            assert "" == tracing.parent()
        port = object()
        assert port is tracing.wrap("systems.x", port)
