"""Each way to fail, switched on and off, as a client meets it."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from sandbox.cluster import PracticeCluster
from tests.sandbox.cluster.raw import API, Raw, connected

FIVE = {"spec": {"replicas": 5}}


async def test_a_cluster_that_refuses_says_503(cluster: PracticeCluster, raw: Raw) -> None:
    cluster.fault("refuse", True)
    status, body = await raw.get(API)
    assert (503, "ServiceUnavailable") == (status, body["reason"])
    cluster.fault("refuse", False)
    assert 200 == (await raw.get(API))[0]


async def test_a_cluster_that_hangs_answers_nothing_and_then_cuts(cluster: PracticeCluster, raw: Raw) -> None:
    cluster.fault("hang", True)
    asking = asyncio.create_task(raw.patch(FIVE))  # A GET would be sent again by aiohttp itself.
    done, _ = await asyncio.wait([asking], timeout=0.2)
    assert set() == done
    cluster.fault("hang", False)
    with pytest.raises(aiohttp.ClientError):
        await asking
    assert (200, 3) == ((answer := await raw.get(API))[0], answer[1]["spec"]["replicas"])


async def test_a_hanging_cluster_can_be_stopped() -> None:
    other = PracticeCluster(step_seconds=None)
    await other.start()
    async with connected(other) as raw:
        other.fault("hang", True)
        asking = asyncio.create_task(raw.patch(FIVE))
        await asyncio.wait([asking], timeout=0.2)
        await other.stop()
        with pytest.raises(aiohttp.ClientError):
            await asking


async def test_a_conflict_for_ever_spares_reading(cluster: PracticeCluster, raw: Raw) -> None:
    cluster.fault("conflict", True)
    for path in (API, f"{API}/scale"):
        status, body = await raw.patch(FIVE, path=path)
        assert (409, "Conflict") == (status, body["reason"])
    assert (200, 3) == ((answer := await raw.get(API))[0], answer[1]["spec"]["replicas"])


async def test_an_expired_token_is_nobody(cluster: PracticeCluster, raw: Raw) -> None:
    cluster.fault("expired", True)
    status, body = await raw.get(API)
    assert (401, "Unauthorized") == (status, body["reason"])


async def test_an_answer_is_lost_but_the_write_is_not(cluster: PracticeCluster, raw: Raw) -> None:
    cluster.fault("lost", True)
    with pytest.raises(aiohttp.ClientError):
        await raw.patch(FIVE)
    assert (200, 5) == ((answer := await raw.get(API))[0], answer[1]["spec"]["replicas"])


async def test_a_huge_answer_goes_on_for_300_megabytes(cluster: PracticeCluster, raw: Raw) -> None:
    cluster.fault("huge", True)
    size = 0
    async with raw.session.get(API) as response:
        async for chunk in response.content.iter_any():
            size += len(chunk)
    assert size > 300_000_000


async def test_a_huge_answer_ends_when_the_client_has_enough(cluster: PracticeCluster, raw: Raw) -> None:
    cluster.fault("huge", True)
    async with raw.session.get(API) as response:
        await response.content.readexactly(1000)
        response.close()
    cluster.fault("huge", False)
    assert 200 == (await raw.get(API))[0]


async def test_a_fault_that_does_not_exist_is_an_error(cluster: PracticeCluster) -> None:
    with pytest.raises(KeyError):
        cluster.fault("earthquake", True)


async def test_a_reset_switches_faults_off_and_brings_the_first_state_back(
    cluster: PracticeCluster, raw: Raw
) -> None:
    await raw.patch(FIVE)
    uid = (await raw.get(API))[1]["metadata"]["uid"]
    cluster.fault("refuse", True)
    cluster.reset()
    status, body = await raw.get(API)
    assert (200, 3) == (status, body["spec"]["replicas"])
    assert uid != body["metadata"]["uid"]
    assert not any(fault["on"] for fault in cluster.panel()["faults"])
