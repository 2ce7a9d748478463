"""From a URL to a working store, over every kind of server that an operator may have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from bot.store import Client, RedisStore, StoreConfigError, connect, durability
from handlers.errors import StoreUnavailable
from handlers.work import Commit, Verdict
from sandbox.kept_port import kept_port
from tests.contracts.store.conftest import opened
from tests.contracts.store.make import NOW, StillClock, entry, item, message, request
from tests.contracts.store.servers import Server, run_redis, run_sentinel, run_tls, run_valkey

_PASSWORD = "p@ss/word:#?"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with run_redis(tmp_path_factory.mktemp("plain")) as server:
        yield server


async def try_out(url: str, workspace: str, clock: StillClock) -> None:
    """Record, commit and read over a URL."""
    async with opened(url, workspace, clock) as store:
        assert await store.record(item("e1"), ["1"], NOW)
        commit = Commit(
            "c",
            put={request("R-1"): "{}"},
            audit=(entry(),),
            deliver=(message("s"),),
            consume=item("e1"),
        )
        assert await store.commit(commit) == Verdict.COMMITTED
        assert 1 == (await store.read([request("R-1")]))[request("R-1")].version
        assert await store.next_sending(NOW, 30, []) is not None


async def test_tls_with_an_authority_of_ones_own(tmp_path: Path, workspace: str, clock: StillClock) -> None:
    with run_tls(tmp_path) as (server, authority):
        await try_out(f"{server.url}?ssl_ca_certs={quote(str(authority))}", workspace, clock)


async def test_a_server_whose_authority_is_unknown_is_not_talked_to(
    tmp_path: Path, workspace: str, clock: StillClock
) -> None:
    with run_tls(tmp_path) as (server, _), pytest.raises(StoreUnavailable):
        await try_out(server.url, workspace, clock)


async def test_sentinel_names_the_server(
    plain: Server, tmp_path: Path, workspace: str, clock: StillClock
) -> None:
    with run_sentinel(tmp_path, plain, "countersign") as url:
        await try_out(url, workspace, clock)
        with pytest.raises(StoreUnavailable):
            await try_out(url.replace("/countersign", "/another"), workspace, clock)


async def test_one_sentinel_of_several_that_answers_is_enough(
    plain: Server, tmp_path: Path, workspace: str, clock: StillClock
) -> None:
    with run_sentinel(tmp_path, plain, "countersign") as url, kept_port() as silent:
        await try_out(url.replace("//", f"//127.0.0.1:{silent},"), workspace, clock)


async def test_a_password_of_any_letters(tmp_path: Path, workspace: str, clock: StillClock) -> None:
    with run_valkey(tmp_path) as server:
        with server.plain() as node:
            node.config_set("requirepass", _PASSWORD)
        await try_out(f"redis://:{quote(_PASSWORD, safe='')}@127.0.0.1:{server.port}/3", workspace, clock)
        await try_out(
            f"redis://default:{quote(_PASSWORD, safe='')}@127.0.0.1:{server.port}", workspace, clock
        )
        with pytest.raises(StoreUnavailable):
            await try_out(server.url, workspace, clock)


async def test_a_server_that_is_away_makes_the_store_unavailable(workspace: str, clock: StillClock) -> None:
    with kept_port() as silent:
        for scheme in ("redis", "redis+cluster"):
            with pytest.raises(StoreUnavailable):
                await try_out(f"{scheme}://127.0.0.1:{silent}", workspace, clock)
        with pytest.raises(StoreUnavailable):
            await try_out(f"redis+sentinel://127.0.0.1:{silent}/countersign", workspace, clock)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:6379",
        "http://localhost",
        "redis://",
        "redis://:hunter2@",
        "redis://host:port",
        "redis://host:70000",
        "redis://host:0",
        "redis://one,two",
        "redis://host/zero",
        "redis://host/-1",
        "redis://host?ssl_cert_reqs=none",
        "rediss://host?ssl_cert_reqs=none",
        "rediss://host?ssl_check_hostname=false",
        "redis://host?ssl_ca_certs=/x",
        "unix://relative/path",
        "unix://",
        "unix:///socket?db=x",
        "redis+sentinel://host:26379",
        "redis+sentinel://host:26379/",
        "redis+sentinel://host/service/three",
        "redis+cluster://host/1",
        "redis+cluster://host,,host",
        "redis://[::1",
        "redis://:hunter2#@host",
        "redis://host?hunter2@host",
        "redis://host:6379#hunter2",
    ],
)
def test_a_url_that_is_not_understood_is_refused_with_the_forms_that_are(url: str) -> None:
    with pytest.raises(StoreConfigError, match=r"redis\+sentinel://host:port") as refusal:
        connect(url)
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize("workspace", ["", "a}b", "{", "a b", "x" * 65])
async def test_a_workspace_that_would_break_the_hash_tag_is_refused(
    workspace: str, clock: StillClock
) -> None:
    client = connect("redis://localhost")
    with pytest.raises(ValueError, match="workspace"):
        RedisStore(client, workspace, "one", clock)
    await client.aclose()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Server]:
    """A server of this test alone."""
    with run_valkey(tmp_path) as server:
        yield server


async def warnings_of(url: str) -> list[str]:
    client: Client = connect(url)
    try:
        return await durability(client)
    finally:
        await client.aclose()


async def test_a_durable_server_is_not_warned_about(server: Server) -> None:
    assert [] == await warnings_of(server.url)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("appendonly", "no"), ("appendfsync", "everysec"), ("maxmemory-policy", "allkeys-lru")],
)
async def test_each_setting_that_could_lose_something_is_named_with_its_mend(
    setting: str, value: str, own: Server
) -> None:
    with own.plain() as node:
        node.config_set(setting, value)
    [warning] = await warnings_of(own.url)
    assert f"{setting} is '{value}'" in warning
    assert f"set `{setting} " in warning


async def test_a_server_that_hides_its_settings_is_warned_about(own: Server) -> None:
    with own.plain() as node:
        node.acl_setuser(
            "clerk", enabled=True, nopass=True, keys=["*"], categories=["+@all"], commands=["-config"]
        )
    [warning] = await warnings_of(own.url.replace("//", "//clerk:any@"))
    assert "`appendfsync always`" in warning


async def test_a_server_that_is_away_cannot_promise_anything() -> None:
    with kept_port() as silent, pytest.raises(StoreUnavailable):
        await warnings_of(f"redis://127.0.0.1:{silent}")
