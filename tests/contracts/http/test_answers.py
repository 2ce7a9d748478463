"""What the adapter makes of answers: success, refusal, trouble, nonsense and silence."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bot.clock import SystemClock
from bot.systems.http.answers import LONGEST, TooLong
from bot.systems.http.api import JsonApi
from bot.systems.http.opening import opened
from handlers.actions.http.ports import Call
from handlers.errors import CountersignError, DoNotRetry, OutcomeUnknown, TargetChanged, TryAgainLater
from sandbox.ledger import PracticeLedger
from tests.contracts.http.conftest import BRISK, TOKEN

ACTIVE = "/capability-tokens?status=active"
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def revoke(*ids: str, key: str = "R-1", repeatable: bool = True) -> Call:
    return Call("POST", "/capability-tokens/revoke", {"token_ids": list(ids)}, key, repeatable)


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[tuple[JsonApi, list[web.Request]]]:
    """An API of which every request gets this answer, and the requests that came."""
    came: list[web.Request] = []

    async def noted(request: web.Request) -> web.StreamResponse:
        await request.read()
        came.append(request)
        return await answer(request)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", noted)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        settings = {"url": f"http://{host}:{port}/base/", "token": TOKEN}
        async with opened(settings, SystemClock(), BRISK) as api:
            yield api, came
    finally:
        await runner.cleanup()


def always(status: int, **more: object) -> Answer:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"ok": True}, status=status, **more)  # type: ignore[arg-type]

    return answer


async def test_a_list_is_read_and_a_change_is_made(api: JsonApi, ledger: PracticeLedger) -> None:
    assert 5 == len((await api.get(ACTIVE))["tokens"])
    assert 200 == await api.send(revoke("token123"))
    assert "token123" not in ledger.active()
    assert [("POST", "/capability-tokens/revoke", "R-1")] == ledger.calls


async def test_the_path_keeps_the_base_and_its_encoding() -> None:
    async with answering(always(200)) as (api, came):
        await api.get("/keys/a%2Fb?since=2026-01-31T12%3A00%3A00Z")

    assert "/base/keys/a%2Fb?since=2026-01-31T12%3A00%3A00Z" == came[0].raw_path
    assert f"Bearer {TOKEN}" == came[0].headers["Authorization"]
    assert "identity" == came[0].headers["Accept-Encoding"]


@pytest.mark.parametrize(
    ("status", "get", "send", "sent"),
    [
        (301, DoNotRetry, OutcomeUnknown, 1),
        (307, DoNotRetry, OutcomeUnknown, 1),
        (400, DoNotRetry, DoNotRetry, 1),
        (401, DoNotRetry, DoNotRetry, 1),
        (403, DoNotRetry, DoNotRetry, 1),
        (404, DoNotRetry, DoNotRetry, 1),
        (409, DoNotRetry, OutcomeUnknown, 1),
        (412, DoNotRetry, TargetChanged, 1),
        (428, DoNotRetry, DoNotRetry, 1),
        (422, DoNotRetry, DoNotRetry, 1),
        (425, TryAgainLater, TryAgainLater, 3),
        (429, TryAgainLater, TryAgainLater, 3),
        (500, TryAgainLater, OutcomeUnknown, 3),
        (503, TryAgainLater, OutcomeUnknown, 3),
    ],
)
async def test_a_status_means_what_to_do_next(
    status: int, get: type[CountersignError], send: type[CountersignError], sent: int
) -> None:
    async with answering(always(status, headers={"Location": "http://elsewhere.invalid/"})) as (api, came):
        with pytest.raises(get) as looked:
            await api.get(ACTIVE)
        asked = len(came)
        with pytest.raises(send) as changed:
            await api.send(revoke("token123"))

    assert (sent, sent) == (asked, len(came) - asked)
    assert (get, send) == (type(looked.value), type(changed.value))
    assert str(status) in str(changed.value)


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
async def test_what_is_not_repeatable_is_sent_once_when_it_may_have_arrived(status: int) -> None:
    async with answering(always(status)) as (api, came):
        with pytest.raises(OutcomeUnknown):
            await api.send(revoke("token123", repeatable=False))

    assert 1 == len(came)


async def test_what_was_not_acted_upon_is_sent_again_even_so() -> None:
    async with answering(always(429)) as (api, came):
        with pytest.raises(TryAgainLater):
            await api.send(revoke("token123", repeatable=False))

    assert 3 == len(came)


async def test_a_refusal_after_a_lost_attempt_is_no_refusal() -> None:
    statuses = iter((502, 404))

    async def answer(request: web.Request) -> web.Response:
        return web.json_response({}, status=next(statuses))

    async with answering(answer) as (api, _):
        with pytest.raises(OutcomeUnknown, match="earlier attempt may have arrived"):
            await api.send(revoke("token123"))


async def test_trouble_that_passes_is_not_told() -> None:
    statuses = iter((503, 500, 200))

    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"tokens": []}, status=next(statuses))

    async with answering(answer) as (api, _):
        assert {"tokens": []} == await api.get(ACTIVE)


async def test_a_busy_api_is_left_alone_as_long_as_it_asks() -> None:
    async with answering(always(429, headers={"Retry-After": "120"})) as (api, came):
        with pytest.raises(TryAgainLater) as caught:
            await api.get(ACTIVE)

    assert (1, 120.0) == (len(came), caught.value.after)


@pytest.mark.parametrize(
    ("body", "kind", "headers"),
    [
        (b"<html>404</html>", "text/html", {}),
        (b'{"tokens": []}', "text/plain", {}),
        (b"{'tokens': []}", "application/json", {}),
        (b'{"tokens": NaN}', "application/json", {}),
        (b'{"tokens": [\xff]}', "application/json", {}),
        (b"[" * 100_000, "application/json", {}),
        (b"9" * 5_000, "application/json", {}),
        (b'{"n": 1e999}', "application/json", {}),
        (b'{"n": "\\ud800"}', "application/json", {}),
        (b"", "application/json", {}),
        (b"\x1f\x8b\x08", "application/json", {"Content-Encoding": "gzip"}),
    ],
)
async def test_what_is_not_the_promised_json_is_an_error(
    body: bytes, kind: str, headers: dict[str, str]
) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=body, content_type=kind, headers=headers)

    async with answering(answer) as (api, came):
        with pytest.raises(DoNotRetry):
            await api.get(ACTIVE)

    assert 1 == len(came)


async def test_an_answer_without_end_is_cut_off_early(api: JsonApi, ledger: PracticeLedger) -> None:
    ledger.fault("huge", True)
    with pytest.raises(TooLong, match="1024 KiB"):
        await api.get(ACTIVE)

    assert 200 == await api.send(revoke("token123"))


async def test_an_answer_that_says_that_it_is_too_long_is_not_read() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=b" " * (LONGEST + 1), content_type="application/json")

    async with answering(answer) as (api, _):
        with pytest.raises(TooLong):
            await api.get(ACTIVE)


async def test_a_token_that_comes_back_is_hidden() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"you": request.headers["Authorization"]})

    async with answering(answer) as (api, _):
        assert {"you": "Bearer •••"} == await api.get("/whoami")


@pytest.mark.parametrize("fault", ["html", "expired", "elsewhere", "hang", "huge"])
async def test_no_error_tells_address_or_token(api: JsonApi, ledger: PracticeLedger, fault: str) -> None:
    ledger.fault(fault, True)
    with pytest.raises(CountersignError) as caught:
        await api.get(ACTIVE)

    told = f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"
    assert TOKEN not in told
    assert ledger.url.removeprefix("http://") not in told


async def test_silence_is_trouble_for_a_look_and_unsure_for_a_change(
    api: JsonApi, ledger: PracticeLedger
) -> None:
    ledger.fault("hang", True)
    with pytest.raises(TryAgainLater, match="in time"):
        await api.get(ACTIVE)
    with pytest.raises(OutcomeUnknown, match="in time"):
        await api.send(revoke("token123"))


async def test_a_cut_line_after_a_change_is_asked_again_with_the_same_key(
    api: JsonApi, ledger: PracticeLedger
) -> None:
    ledger.fault("cut", True)
    with pytest.raises(OutcomeUnknown, match="lost"):
        await api.send(revoke("token123"))

    assert {"R-1"} == {key for _, _, key in ledger.calls}
    assert 3 == len(ledger.calls)
    ledger.calls.clear()
    with pytest.raises(OutcomeUnknown):
        await api.send(revoke("token456", key="R-2", repeatable=False))
    assert 1 == len(ledger.calls)


async def test_an_api_that_is_not_there_was_sent_nothing(api: JsonApi, ledger: PracticeLedger) -> None:
    await ledger.stop()
    with pytest.raises(TryAgainLater, match="cannot be reached"):
        await api.get(ACTIVE)
    with pytest.raises(TryAgainLater, match="cannot be reached"):
        await api.send(revoke("token123", repeatable=False))


@pytest.mark.parametrize(
    "url",
    [
        "ledger:3000",
        "ftp://ledger",
        "https://",
        "https://user:secret@ledger",
        "https://ledger?x=1",
        "https://ledger#x",
        "https://ledger:99999",
        "/ledger",
        "",
    ],
)
async def test_an_address_that_cannot_be_one_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(DoNotRetry, match="setting `url`") as caught:
        async with opened({"url": url}, SystemClock()):
            pass

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "tökén"])
async def test_a_token_that_cannot_be_one_is_refused_at_the_start(token: str) -> None:
    with pytest.raises(DoNotRetry, match="setting `token`") as caught:
        async with opened({"url": "http://127.0.0.1:1", "token": token}, SystemClock()):
            pass

    assert token not in str(caught.value)
