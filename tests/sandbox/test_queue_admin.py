"""AUDITRON's practice admin API: the queue pauses, resumes and is cleaned, keys are revoked once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox.queue_admin import FIRST_COUNTS, PracticeQueueAdmin


@pytest.fixture
async def admin() -> AsyncIterator[PracticeQueueAdmin]:
    practice = PracticeQueueAdmin("right")
    await practice.start()
    yield practice
    await practice.stop()


@pytest.fixture
async def client(admin: PracticeQueueAdmin) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": "Bearer right"}
    async with aiohttp.ClientSession(admin.url, headers=headers) as session:
        yield session


async def asked(client: aiohttp.ClientSession, path: str) -> Any:
    async with client.get(path) as response:
        assert 200 == response.status
        return await response.json()


async def test_the_queue_pauses_and_resumes(client: aiohttp.ClientSession) -> None:
    for verb, paused in (("pause", True), ("pause", True), ("resume", False)):
        async with client.post(f"/api/admin/queue/{verb}") as response:
            assert 200 == response.status
        assert paused is (await asked(client, "/api/admin/queue/stats"))["paused"]


async def test_cleaning_removes_what_is_done_and_nothing_else(client: aiohttp.ClientSession) -> None:
    async with client.post("/api/admin/queue/clean") as response:
        assert 200 == response.status
    stats = await asked(client, "/api/admin/queue/stats")

    assert (0, 0) == (stats["completed"], stats["failed"])
    assert FIRST_COUNTS["waiting"] == stats["waiting"]


async def test_a_key_is_revoked_and_stays_known(client: aiohttp.ClientSession) -> None:
    async with client.post("/api/admin/api-keys/key-acme-1/revoke", json={"reason": "leaked"}) as response:
        assert 200 == response.status

    assert (await asked(client, "/api/admin/api-keys/key-acme-1"))["active"] is False
    assert [False, True] == [key["active"] for key in (await asked(client, "/api/admin/api-keys"))["keys"]]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/admin/queue/pause", {"force": True}, 400),
        ("/api/admin/queue/drop", None, 404),
        ("/api/admin/api-keys/nobody/revoke", None, 404),
        ("/api/admin/api-keys/key-acme-1/revoke", {"reason": 1}, 400),
    ],
)
async def test_what_is_not_understood_is_refused_in_json(
    client: aiohttp.ClientSession, path: str, body: object, status: int
) -> None:
    async with client.post(path, json=body) as response:
        assert (status, "application/json") == (response.status, response.content_type)


async def test_detailed_health_needs_the_token(admin: PracticeQueueAdmin) -> None:
    async with aiohttp.ClientSession(admin.url) as stranger:
        async with stranger.get("/health") as response:
            assert 200 == response.status
        async with stranger.get("/health/detailed") as response:
            assert 401 == response.status


async def test_the_panel_shows_the_queue_and_the_keys(
    client: aiohttp.ClientSession, admin: PracticeQueueAdmin
) -> None:
    before = admin.panel()["sections"][0]["rows"][0]
    async with client.post("/api/admin/queue/pause") as response:
        assert response.ok
    queue, keys = admin.panel()["sections"]

    assert {"text": "paused", "tone": "warning"} == queue["rows"][0]["cells"][1]
    assert queue["rows"][0]["changed"] > before["changed"]
    assert ["key-acme-1", "key-globex-2"] == [row["id"] for row in keys["rows"]]
