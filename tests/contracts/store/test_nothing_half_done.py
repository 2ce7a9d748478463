"""Redis does not roll back: whatever refuses a script must do so before its first write."""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from bot.store import RedisStore, connect
from bot.store.engine import COMMIT, Engine
from bot.store.keys import Keys
from bot.store.redis_store import PATIENCE
from bot.store.writing import commit_call
from handlers.errors import StoreUnavailable
from handlers.work import Commit, Queue, Verdict
from tests.contracts.store.conftest import opened
from tests.contracts.store.make import StillClock, entry, message, request
from tests.contracts.store.operations import OPERATIONS, READERS, WRITERS, full_commit
from tests.contracts.store.servers import Server, run_valkey
from tests.contracts.store.test_along import LEASES

_KEY = re.compile(r"\{cs:[^}]+\}:\S+")


@pytest.fixture
def node(server: Server) -> Iterator[redis.Redis]:
    """The server itself, to break things in it and to look."""
    with server.plain() as client:
        yield client


def everything(node: redis.Redis, workspace: str) -> dict[bytes, Any]:
    """Every key of a workspace with its serialised value."""
    return {key: node.dump(key) for key in node.scan_iter(f"{{cs:{workspace}}}:*", count=1000)}


async def commands_of(node: redis.Redis, act: Callable[[], Awaitable[Any]]) -> list[dict[str, Any]]:
    """The commands that the server runs meanwhile, those inside scripts too."""
    with node.monitor() as monitor:  # type: ignore[no-untyped-call]
        await act()
        node.echo("that was all")
        return list(itertools.takewhile(lambda told: "that was all" not in told["command"], monitor.listen()))


def keys_in(command: dict[str, Any]) -> set[str]:
    """The store's keys among the words of a command."""
    return set(_KEY.findall(command["command"]))


@pytest.fixture
async def engine(server: Server) -> AsyncIterator[Engine]:
    """Runs scripts with whatever keys and arguments."""
    client = connect(server.url)
    yield Engine(client, PATIENCE)
    await client.aclose()


@contextmanager
def setting(node: redis.Redis, name: str, value: str, back: str) -> Iterator[None]:
    """A server setting, for a while."""
    node.config_set(name, value)
    try:
        yield
    finally:
        node.config_set(name, back)


@pytest.mark.parametrize("name", OPERATIONS)
async def test_a_key_of_the_wrong_type_stops_everything(
    name: str, server: Server, node: redis.Redis, workspace: str, clock: StillClock
) -> None:
    """For every key that the operation touches, one after the other."""
    operation = OPERATIONS[name]
    async with opened(server.url, workspace, clock) as store:
        state = await operation.prepare(store)
        commands = await commands_of(node, lambda: operation.act(store, state))
    used = [one for one in commands if not one["command"].upper().startswith("EVAL")]
    names = {key.split(":", 2)[2] for command in used for key in keys_in(command)}
    assert names
    for number, key in enumerate(sorted(key for key in names if not key.startswith("proof:"))):
        place = f"{workspace}-{number}"
        async with opened(server.url, place, clock, leases=LEASES) as store:
            state = await operation.prepare(store)
            node.delete(f"{{cs:{place}}}:{key}")
            node.rpush(f"{{cs:{place}}}:{key}", "no other key is a list")
            before = everything(node, place)
            with pytest.raises(StoreUnavailable):
                await operation.act(store, state)
            assert before == everything(node, place), key


async def test_a_proof_of_the_wrong_type_stops_a_commit(
    node: redis.Redis, workspace: str, engine: Engine
) -> None:
    names = Keys(workspace)
    keys, arguments = commit_call(names, Commit("c", put={request("R-1"): "{}"}), "nonce", 0)
    node.rpush(names.proof("nonce"), "no proof is a list")
    before = everything(node, workspace)
    with pytest.raises(StoreUnavailable):
        await engine.run(COMMIT, keys, arguments)
    assert before == everything(node, workspace)


async def test_scripts_name_every_key_that_they_touch(
    server: Server, node: redis.Redis, workspace: str, clock: StillClock
) -> None:
    for number, operation in enumerate(OPERATIONS.values()):
        async with opened(server.url, f"{workspace}-{number}", clock, leases=LEASES) as store:
            state = await operation.prepare(store)
            declared: set[str] = set()
            for command in await commands_of(node, lambda: operation.act(store, state)):  # noqa: B023
                if command["client_type"] == "lua":
                    assert keys_in(command) <= declared
                else:
                    declared |= keys_in(command)


@pytest.mark.parametrize("name", WRITERS)
async def test_a_full_server_writes_nothing(
    name: str, node: redis.Redis, workspace: str, store: RedisStore
) -> None:
    operation = OPERATIONS[name]
    state = await operation.prepare(store)
    before = everything(node, workspace)
    with setting(node, "maxmemory", "1", "0"):
        with pytest.raises(StoreUnavailable):
            await operation.act(store, state)
        assert before == everything(node, workspace)
    await operation.act(store, state)
    assert before != everything(node, workspace)


@pytest.mark.parametrize("name", READERS)
async def test_a_full_server_can_still_be_read(name: str, node: redis.Redis, store: RedisStore) -> None:
    operation = OPERATIONS[name]
    state = await operation.prepare(store)
    with setting(node, "maxmemory", "1", "0"):
        assert await operation.act(store, state)


async def test_a_server_that_fills_up_in_the_middle_of_a_commit_writes_all_or_nothing(
    node: redis.Redis, workspace: str, store: RedisStore
) -> None:
    committed = 0
    for spare in range(0, 400_000, 20_000):
        keys = [request(f"R-{spare}-{n}") for n in range(4)]
        commit = Commit("c", put=dict.fromkeys(keys, "x" * 50_000), audit=(entry(),))
        before = everything(node, workspace)
        with setting(node, "maxmemory", str(node.info("memory")["used_memory"] + spare), "0"):
            try:
                await store.commit(commit)
            except StoreUnavailable:
                assert before == everything(node, workspace)
                continue
        committed += 1
        assert {1} == {stored.version for stored in (await store.read(keys)).values()}
        assert node.xlen(f"{{cs:{workspace}}}:audit") == committed


@pytest.mark.parametrize("name", WRITERS)
async def test_a_server_without_its_replicas_writes_nothing(
    name: str, node: redis.Redis, workspace: str, store: RedisStore
) -> None:
    operation = OPERATIONS[name]
    state = await operation.prepare(store)
    before = everything(node, workspace)
    with setting(node, "min-replicas-to-write", "1", "0"), pytest.raises(StoreUnavailable):
        await operation.act(store, state)
    assert before == everything(node, workspace)


@pytest.fixture
async def copy(
    tmp_path: Path, workspace: str, clock: StillClock
) -> AsyncIterator[tuple[RedisStore, redis.Redis]]:
    """A store on a server of this test alone."""
    with run_valkey(tmp_path) as server, server.plain() as node:
        async with opened(server.url, workspace, clock) as store:
            yield store, node


@pytest.mark.parametrize("name", WRITERS)
async def test_a_server_that_became_a_replica_writes_nothing(
    name: str, workspace: str, copy: tuple[RedisStore, redis.Redis]
) -> None:
    store, node = copy
    state = await OPERATIONS[name].prepare(store)
    before = everything(node, workspace)
    node.replicaof("127.0.0.1", "1")
    with pytest.raises(StoreUnavailable):
        await OPERATIONS[name].act(store, state)
    assert before == everything(node, workspace)


@pytest.mark.parametrize("command", ["SET", "HSET", "HDEL", "ZADD", "ZREM", "SADD", "SREM", "XADD", "TYPE"])
async def test_a_user_who_may_not_use_a_command_writes_nothing(
    command: str, server: Server, node: redis.Redis, workspace: str, store: RedisStore, clock: StillClock
) -> None:
    claimed = await OPERATIONS["commit"].prepare(store)
    node.acl_setuser(
        workspace,
        enabled=True,
        passwords=["+secret"],
        keys=["*"],
        categories=["+@all"],
        commands=[f"-{command.lower()}"],
    )
    before = everything(node, workspace)
    url = server.url.replace("//", f"//{workspace}:secret@")
    async with opened(url, workspace, clock) as clerk:
        with pytest.raises(StoreUnavailable):
            await clerk.commit(full_commit(claimed))
    assert before == everything(node, workspace)
    assert await store.commit(full_commit(claimed)) == Verdict.COMMITTED


async def test_values_that_somebody_spoilt_stop_a_commit(
    node: redis.Redis, workspace: str, store: RedisStore
) -> None:
    claimed = await OPERATIONS["commit"].prepare(store)
    names = Keys(workspace)
    spoilt = (
        (names.object(request("R-1")), "v", "many"),
        (names.object(request("R-1")), "v", "9007199254740993"),
        (names.object(request("R-1")), "v", "-1"),
        (names.queue(Queue.PEOPLE).claims, claimed.item.id, "nonsense"),
    )
    for key, field, value in spoilt:
        good = node.hget(key, field)
        node.hset(key, field, value)
        before = everything(node, workspace)
        with pytest.raises(StoreUnavailable):
            await store.commit(full_commit(claimed))
        assert before == everything(node, workspace), value
        node.hset(key, field, good)
    node.set(names.outbox_counter, "1.5")
    with pytest.raises(StoreUnavailable):
        await store.commit(full_commit(claimed))
    node.delete(names.outbox_counter)
    assert await store.commit(full_commit(claimed)) == Verdict.COMMITTED


async def test_an_audit_stream_at_its_end_takes_no_commit(
    node: redis.Redis, workspace: str, store: RedisStore
) -> None:
    node.xadd(Keys(workspace).audit, {"entry": "{}"}, id="18446744073709551615-0")
    before = everything(node, workspace)
    with pytest.raises(StoreUnavailable):
        await store.commit(Commit("c", put={request("R-1"): "{}"}, audit=(entry(),)))
    assert before == everything(node, workspace)


async def test_audit_numbers_go_on_after_entries_were_deleted_from_outside(
    node: redis.Redis, workspace: str, store: RedisStore
) -> None:
    for _ in range(3):
        await store.commit(Commit("c", audit=(entry(),)))
    node.xtrim(Keys(workspace).audit, maxlen=0, approximate=False)
    await store.commit(Commit("c", audit=(entry(),)))
    assert [b"4-0"] == [id_ for id_, _ in node.xrange(Keys(workspace).audit) or []]


@pytest.mark.parametrize("change", ["a key less", "a key more", "an argument less", "an argument more"])
async def test_a_call_with_the_wrong_number_of_parts_writes_nothing(
    change: str, node: redis.Redis, workspace: str, engine: Engine
) -> None:
    names = Keys(workspace)
    commit = Commit("c", put={request("R-1"): "{}"}, deliver=(message("s"),), audit=(entry(),))
    keys, arguments = commit_call(names, commit, "nonce", 0)
    match change:
        case "a key less":
            keys.pop()
        case "a key more":
            keys.append(names.once("t"))
        case "an argument less":
            arguments.pop()
        case _:
            arguments.append("more")
    before = everything(node, workspace)
    with pytest.raises(StoreUnavailable):
        await engine.run(COMMIT, keys, arguments)
    assert before == everything(node, workspace)
