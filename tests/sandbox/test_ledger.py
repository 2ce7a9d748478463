"""The practice ledger answers as the runbook says, and as strictly as a careful original."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from sandbox.ledger import PracticeLedger
from sandbox.practice_api import FAULTS, HUGE

REVOKE = "/capability-tokens/revoke"
TWO = {"token_ids": ["token123", "token456"]}


@pytest.fixture
async def ledger() -> AsyncIterator[PracticeLedger]:
    practice = PracticeLedger("right")
    await practice.start()
    yield practice
    await practice.stop()


@pytest.fixture
async def client(ledger: PracticeLedger) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": "Bearer right"}
    async with aiohttp.ClientSession(ledger.url, headers=headers) as session:
        yield session


async def test_active_tokens_are_listed_with_their_owners(client: aiohttp.ClientSession) -> None:
    async with client.get("/capability-tokens?status=active") as response:
        tokens = (await response.json())["tokens"]

    assert ("token123", "agent-billing") == (tokens[0]["token_id"], tokens[0]["owner"])
    assert {"active"} == {token["status"] for token in tokens}


async def test_revoked_tokens_are_gone_from_the_list(
    client: aiohttp.ClientSession, ledger: PracticeLedger
) -> None:
    async with client.post(REVOKE, json=TWO) as response:
        assert 200 == response.status

    assert ["token789", "token-ci-7", "token-oncall"] == ledger.active()
    async with client.get("/capability-tokens?status=revoked") as response:
        assert ["token123", "token456"] == [one["token_id"] for one in (await response.json())["tokens"]]


async def test_the_same_key_gets_the_same_answer_and_no_second_effect(
    client: aiohttp.ClientSession, ledger: PracticeLedger
) -> None:
    key = {"Idempotency-Key": "R-1"}
    for _ in range(2):
        async with client.post(REVOKE, json=TWO, headers=key) as response:
            assert {"revoked": TWO["token_ids"]} == await response.json()
    async with client.post(REVOKE, json={"token_ids": ["token789"]}, headers=key) as response:
        assert 422 == response.status

    assert "token789" in ledger.active()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"token_ids": []}, 400),
        ({"token_ids": "token123"}, 400),
        ({"token_ids": [1]}, 400),
        ({"tokens": ["token123"]}, 400),
        ({"token_ids": ["token123"], "force": True}, 400),
        ({"token_ids": ["token123", "nobody"]}, 404),
        ({"token_ids": ["x" * 70_000]}, 413),
        ([], 400),
    ],
)
async def test_what_is_not_understood_is_refused_in_json_and_changes_nothing(
    client: aiohttp.ClientSession, ledger: PracticeLedger, body: object, status: int
) -> None:
    async with client.post(REVOKE, json=body) as response:
        assert (status, "application/json") == (response.status, response.content_type)
        assert "error" in await response.json()

    assert 5 == len(ledger.active())


async def test_another_method_path_or_media_type_is_refused_in_json(client: aiohttp.ClientSession) -> None:
    for method, path, data, status in (
        ("GET", REVOKE, None, 405),
        ("GET", "/nothing", None, 404),
        ("POST", REVOKE, b"token_ids=token123", 415),
    ):
        async with client.request(method, path, data=data) as response:
            assert (status, "application/json") == (response.status, response.content_type)


@pytest.mark.parametrize("token", ["", "Bearer wrong", "Basic right", "right"])
async def test_without_the_token_only_health_answers(ledger: PracticeLedger, token: str) -> None:
    headers = {"Authorization": token} if token else {}
    async with aiohttp.ClientSession(ledger.url, headers=headers) as stranger:
        async with stranger.get("/capability-tokens") as response:
            assert 401 == response.status
            assert response.headers["WWW-Authenticate"].startswith("Bearer")
        async with stranger.get("/health") as response:
            assert "ok" == (await response.json())["status"]


async def test_receipts_and_certificates_since_a_moment(client: aiohttp.ClientSession) -> None:
    since = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    async with client.get("/receipts", params={"since": since}) as response:
        assert 3 == len((await response.json())["receipts"])
    async with client.get("/egress-certificates", params={"since": since}) as response:
        assert ["cert-220", "cert-219"] == [
            one["certificate_id"] for one in (await response.json())["certificates"]
        ]
    async with client.get("/receipts", params={"since": "yesterday"}) as response:
        assert 400 == response.status


async def test_a_row_of_the_panel_changes_when_its_token_does(
    client: aiohttp.ClientSession, ledger: PracticeLedger
) -> None:
    told: list[int] = []
    ledger.on_change = lambda: told.append(1)
    before = {row["id"]: row for row in ledger.panel()["sections"][0]["rows"]}
    async with client.post(REVOKE, json=TWO) as response:
        assert response.ok
    after = {row["id"]: row for row in ledger.panel()["sections"][0]["rows"]}

    assert told
    assert after["token123"]["changed"] > before["token123"]["changed"]
    assert "revoked" == after["token123"]["cells"][-1]["text"]
    assert before["token789"] == after["token789"]


async def test_a_reset_brings_everything_back(client: aiohttp.ClientSession, ledger: PracticeLedger) -> None:
    async with client.post(REVOKE, json=TWO, headers={"Idempotency-Key": "R-1"}):
        pass
    ledger.fault("html", True)
    ledger.reset()

    assert 5 == len(ledger.active())
    assert not any(fault["on"] for fault in ledger.panel()["faults"])
    assert [] == ledger.calls


async def test_every_fault_is_what_its_label_says(
    client: aiohttp.ClientSession, ledger: PracticeLedger
) -> None:
    assert set(FAULTS) < {fault["id"] for fault in ledger.panel()["faults"]}
    for fault, status, kind in (
        ("html", 404, "text/html"),
        ("expired", 401, "application/json"),
        ("elsewhere", 307, "application/octet-stream"),
    ):
        ledger.fault(fault, True)
        async with client.get("/capability-tokens", allow_redirects=False) as response:
            assert (status, kind) == (response.status, response.content_type)
        ledger.fault(fault, False)
    with pytest.raises(KeyError):
        ledger.fault("fire", True)


async def test_a_late_change_shows_after_some_looks(
    client: aiohttp.ClientSession, ledger: PracticeLedger
) -> None:
    ledger.fault("late", True)
    async with client.post(REVOKE, json=TWO) as response:
        assert response.ok
    counts = []
    for _ in range(3):
        async with client.get("/capability-tokens?status=active") as response:
            counts.append(len((await response.json())["tokens"]))

    assert [5, 5, 3] == counts


async def test_a_paged_list_says_that_it_goes_on(
    client: aiohttp.ClientSession, ledger: PracticeLedger
) -> None:
    async with client.get("/capability-tokens") as response:
        assert (await response.json())["next"] is None
    ledger.fault("pages", True)
    async with client.get("/capability-tokens") as response:
        page = await response.json()

    assert (2, "page-2") == (len(page["tokens"]), page["next"])


async def test_a_ledger_that_changes_nothing_says_200(
    client: aiohttp.ClientSession, ledger: PracticeLedger
) -> None:
    ledger.fault("no-effect", True)
    async with client.post(REVOKE, json=TWO) as response:
        assert 200 == response.status

    assert 5 == len(ledger.active())


async def test_a_line_that_is_cut_is_cut_after_the_change(
    client: aiohttp.ClientSession, ledger: PracticeLedger
) -> None:
    ledger.fault("cut", True)
    with pytest.raises(aiohttp.ClientError):
        async with client.post(REVOKE, json=TWO):
            pass

    assert 3 == len(ledger.active())


async def test_an_answer_without_end_begins_well(
    client: aiohttp.ClientSession, ledger: PracticeLedger
) -> None:
    ledger.fault("huge", True)
    async with client.get("/capability-tokens") as response:
        assert b'{"tokens": [{"token_id"' == await response.content.readexactly(23)
    assert 300 * 1024 * 1024 == HUGE


async def test_what_hangs_answers_once_it_is_healed(
    client: aiohttp.ClientSession, ledger: PracticeLedger
) -> None:
    ledger.fault("hang", True)
    impatient = aiohttp.ClientTimeout(total=0.2)
    with pytest.raises(TimeoutError):
        async with client.get("/health", timeout=impatient):
            pass
    ledger.fault("hang", False)
    async with client.get("/health") as response:
        assert 200 == response.status
