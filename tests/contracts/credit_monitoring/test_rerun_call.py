"""Telling a URL of an approved rerun: once, to nobody else; an answer is believed as far as it goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from bot.systems.rerun_call import RerunCall
from handlers.errors import DoNotRetry, TryAgainLater
from tests.contracts.credit_monitoring.listener import (
    PATH,
    Answer,
    Listener,
    cut,
    elsewhere,
    endless,
    listening,
    status,
    text,
)

BODY = b'{"run_id": "RUN-20261120-EMA961"}\n'
TOKEN = "token-of-the-rerun-service"
HTML = "<!doctype html><title>Not found</title>"


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async with listening() as listener:
        yield listener


@pytest.fixture
async def call(listener: Listener) -> AsyncIterator[RerunCall]:
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        yield RerunCall(session, listener.url, TOKEN, timeout=1.0, pause=0.01)


async def test_the_approval_is_posted_as_it_stands_with_key_and_token(
    listener: Listener, call: RerunCall
) -> None:
    said = await call.post(BODY, "R-5")

    assert f"{call.host} took the approval (HTTP 202)." == said
    assert [BODY] == listener.bodies
    heard = listener.headers[0]
    assert ("R-5", "application/json", f"Bearer {TOKEN}") == (
        heard["Idempotency-Key"],
        heard["Content-Type"],
        heard["Authorization"],
    )


async def test_no_content_is_an_answer(listener: Listener, call: RerunCall) -> None:
    async def nothing(_: web.Request) -> web.StreamResponse:
        return web.Response(status=204)

    listener.answers = [nothing]

    assert "HTTP 204" in await call.post(BODY, "R-5")


@pytest.mark.parametrize("busy", [status(503), status(429), status(500), cut, text(HTML, "text/html", 502)])
async def test_what_may_pass_is_tried_again_under_the_same_key(
    listener: Listener, call: RerunCall, busy: Answer
) -> None:
    listener.answers = [busy, busy]

    await call.post(BODY, "R-5")

    assert ["R-5"] * 3 == listener.keys
    assert [BODY] * 3 == listener.bodies


@pytest.mark.parametrize("busy", [status(503), cut])
async def test_after_three_tries_it_is_left_for_later(
    listener: Listener, call: RerunCall, busy: Answer
) -> None:
    listener.answers = [busy] * 5

    with pytest.raises(TryAgainLater):
        await call.post(BODY, "R-5")

    assert 3 == len(listener.keys)


async def test_one_that_never_answers_is_not_waited_for(listener: Listener) -> None:
    released = asyncio.Event()

    async def hang(_: web.Request) -> web.StreamResponse:
        await released.wait()
        return web.Response()

    listener.answers = [hang] * 3
    async with aiohttp.ClientSession() as session:
        with pytest.raises(TryAgainLater):
            await RerunCall(session, listener.url, timeout=0.1, pause=0.01).post(BODY, "R-5")
    released.set()

    assert 3 == len(listener.keys)


async def test_one_that_is_not_there_is_tried_later(listener: Listener) -> None:
    async with aiohttp.ClientSession() as session:
        call = RerunCall(session, "http://127.0.0.1:1/", pause=0.01)
        with pytest.raises(TryAgainLater):
            await call.post(BODY, "R-5")


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_nobody_else_is_told(listener: Listener, call: RerunCall, code: int) -> None:
    async with listening() as other:
        listener.answers = [elsewhere(other.url, code)]

        with pytest.raises(DoNotRetry) as caught:
            await call.post(BODY, "R-5")

        assert "redirect" == caught.value.code
        assert [] == other.keys
    assert 1 == len(listener.keys)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (text(HTML, "text/html"), "not-json"),
        (text(HTML, "application/json"), "not-json"),
        (text("", "application/json"), "not-json"),
        (text("[]", "application/json"), "not-json"),
        (text('{"credits": NaN}', "application/json"), "not-json"),
        (endless, "too-long"),
        (text(HTML, "text/html", 404), "refused"),
        (status(401), "refused"),
        (status(409), "refused"),
    ],
)
async def test_an_answer_that_says_no_or_nothing_is_an_error_and_is_not_asked_for_again(
    listener: Listener, call: RerunCall, answer: Answer, code: str
) -> None:
    listener.answers = [answer]

    with pytest.raises(DoNotRetry) as caught:
        await call.post(BODY, "R-5")

    assert code == caught.value.code
    assert 1 == len(listener.keys)


@pytest.mark.parametrize("answer", [status(503), cut, status(404), text(HTML, "text/html")])
async def test_neither_token_nor_path_is_told_in_an_error(
    listener: Listener, call: RerunCall, answer: Answer
) -> None:
    listener.answers = [answer] * 3

    with pytest.raises((DoNotRetry, TryAgainLater)) as caught:
        await call.post(BODY, "R-5")

    assert call.host in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert PATH not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "runs.example",
        "ftp://runs.example/",
        "file:///etc/passwd",
        "https://",
        "https://name:word@runs.example/",
        "https://runs.example/#part",
        "https://[runs.example/",
        "https://runs.example:port/",
    ],
)
async def test_a_url_that_cannot_be_is_refused_at_the_start(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(DoNotRetry) as caught:
            RerunCall(session, url)

    assert "bad-url" == caught.value.code
