"""What an API answers is kept as it came, with what it holds told beside it (PF-51)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from aiohttp import web

from bot.systems.http.records import RecordsOfApi
from handlers.errors import DoNotRetry
from policies.routes import Parameter, ReadingRoute, Routes
from tests.contracts.http.conftest import TOKEN
from tests.contracts.http.test_answers import answering

DAY = timedelta(days=1)
ROUTES = Routes(
    readings={
        "receipts": ReadingRoute(
            title="Receipts",
            takes={"since": Parameter(type="ago")},
            send="GET /receipts?since=$since",
            each="receipts",
            id="id",
            more="next",
            show={"Tenant": "tenant"},
        )
    }
)


async def kept(body: bytes, kind: str = "application/json") -> tuple[bytes, tuple[str, ...], str]:
    """What is kept of an answer, what is told of it, and what was asked."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=body, content_type=kind)

    async with answering(answer) as (api, came):
        found = await RecordsOfApi(api, ROUTES).fetch("receipts", DAY)
        return found.body, found.remarks, came[0].path_qs


async def test_the_bytes_are_kept_as_they_came_and_the_rows_counted() -> None:
    raw = b'{ "receipts": [{"id": 1, "tenant":"acme"},\n{"id": 2, "tenant":"acme"}] }'

    body, remarks, asked = await kept(raw)

    assert raw == body
    assert ("Receipts: 2 rows.",) == remarks
    assert asked.startswith("/base/receipts?since=20")


async def test_a_list_that_goes_on_elsewhere_is_said_to_be_a_part() -> None:
    _, remarks, _ = await kept(b'{"receipts": [{"id": 1}], "next": "page-2"}')

    assert "this is a part of it" in remarks[1]


async def test_an_odd_answer_is_kept_with_what_is_odd_about_it() -> None:
    body, remarks, _ = await kept(b'{"rows": []}')

    assert b'{"rows": []}' == body
    assert "receipts" in remarks[0]


async def test_the_bot_s_own_token_is_not_kept() -> None:
    body, remarks, _ = await kept(json.dumps({"receipts": [], "you": f"Bearer {TOKEN}"}).encode())

    assert TOKEN.encode() not in body
    assert "the bot's own token, which was taken out" in remarks[-1]


@pytest.mark.parametrize(("body", "kind"), [(b"<html>", "text/html"), (b"{", "application/json")])
async def test_what_is_no_json_is_no_evidence(body: bytes, kind: str) -> None:
    with pytest.raises(DoNotRetry):
        await kept(body, kind)
