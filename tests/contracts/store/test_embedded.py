"""The bot's own server: it keeps what it acknowledged, through kills, restarts and second bots."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import pytest
import redis

from bot.store import StoreConfigError, connect, durability
from bot.store.aof import MANIFEST
from bot.store.embedded import EmbeddedServer, embedded
from handlers.work import Commit, Verdict
from tests.contracts.store.conftest import opened
from tests.contracts.store.make import NOW, StillClock, entry, item, request
from tests.contracts.store.servers import DEADLINE


async def eventually(holds: Callable[[], bool]) -> None:
    """Wait for something that will be so soon."""
    async with asyncio.timeout(DEADLINE):
        while not holds():  # noqa: ASYNC110 -- another process brings it about
            await asyncio.sleep(0.01)


def plain(server: EmbeddedServer) -> redis.Redis:
    return redis.Redis.from_url(server.url, decode_responses=True)


def pid_of(server: EmbeddedServer) -> int:
    with plain(server) as client:
        return int(client.info("server")["process_id"])


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def environment_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def cut_off(folder: Path) -> list[bytes]:
    """What was cut off the record in this folder and kept."""
    return [kept.read_bytes() for kept in folder.glob("unfinished-*")]


@contextmanager
def owned_by_another(folder: Path) -> Iterator[Callable[[], None]]:
    """Hold the folder as a bot does; yields what lets it go."""
    folder.mkdir()
    with (folder / "owner.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lambda: fcntl.flock(lock, fcntl.LOCK_UN)


def has_socket_folder(server: EmbeddedServer) -> bool:
    return Path(unquote(server.url.removeprefix("unix://"))).parent.exists()


def folder_for_others_to_read(folder: Path) -> None:
    folder.mkdir(mode=0o755)


def file_instead(path: Path) -> None:
    """Put a file where a folder belongs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("a file")


def answers(server: EmbeddedServer) -> bool:
    try:
        return pid_of(server) > 0
    except redis.ConnectionError:
        return False


async def write(server: EmbeddedServer, name: str) -> None:
    with plain(server) as client:
        client.set(name, name)


def appended(folder: Path) -> Path:
    """The file that the server appends to."""
    [path] = (folder / "appendonlydir").glob("*.incr.aof")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


async def test_it_works_as_a_store_and_makes_every_promise(
    folder: Path, workspace: str, clock: StillClock
) -> None:
    async with embedded(folder) as url:
        client = connect(url)
        assert [] == await durability(client)
        await client.aclose()
        async with opened(url, workspace, clock) as store:
            await store.record(item("e1"), ["1"], NOW)
            commit = Commit("c", put={request("R-1"): "{}"}, audit=(entry(),), consume=item("e1"))
            assert await store.commit(commit) == Verdict.COMMITTED
    async with embedded(folder) as url, opened(url, workspace, clock) as store:
        assert 1 == (await store.read([request("R-1")]))[request("R-1")].version


async def test_its_data_is_its_users_alone_in_a_folder_that_others_may_read(folder: Path) -> None:
    folder_for_others_to_read(folder)
    async with embedded(folder):
        assert [0o600, 0o600] == [mode(folder / MANIFEST), mode(appended(folder))]


async def test_a_folder_that_is_none_is_refused_with_what_to_write(folder: Path) -> None:
    file_instead(folder)
    with pytest.raises(StoreConfigError, match="COUNTERSIGN_DATA"):
        await EmbeddedServer(folder).start()


async def test_a_server_that_cannot_begin_tells_why(folder: Path) -> None:
    file_instead(folder / "appendonlydir")
    with pytest.raises(StoreConfigError, match=r"Its last words: .*directory"):
        await EmbeddedServer(folder).start()


async def test_its_folder_is_its_users_alone_and_it_listens_on_no_port(folder: Path) -> None:
    server = EmbeddedServer(folder)
    await server.start()
    assert [0o700, 0o700] == [mode(folder), mode(folder / "valkey.sock")]
    with plain(server) as client:
        assert {"port": "0"} == client.config_get("port")
    await server.stop()
    assert not (folder / "valkey.sock").exists()


async def test_it_sees_no_secret_of_the_bots_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    server = EmbeddedServer(folder)
    await server.start()
    assert b"xoxb-secret" not in environment_of(pid_of(server))
    await server.stop()


async def test_it_comes_back_with_its_data_when_it_is_killed(folder: Path) -> None:
    server = EmbeddedServer(folder)
    await server.start()
    for round_ in range(3):
        await write(server, f"round-{round_}")
        killed = pid_of(server)
        os.kill(killed, signal.SIGKILL)
        await eventually(lambda: answers(server) and pid_of(server) != killed)  # noqa: B023
    with plain(server) as client:
        assert 3 == client.dbsize()
    await server.stop()


async def test_a_second_bot_uses_the_first_ones_server_and_takes_over(folder: Path) -> None:
    first, second = EmbeddedServer(folder), EmbeddedServer(folder)
    await first.start()
    await second.start()
    assert (True, False) == (first.supervises, second.supervises)
    assert pid_of(first) == pid_of(second)
    await write(second, "by-the-second")
    await first.stop()
    await eventually(lambda: second.supervises and answers(second))
    with plain(second) as client:
        assert "by-the-second" == client.get("by-the-second")
    await second.stop()
    assert not answers(second)


async def test_a_bot_that_starts_while_another_stops_becomes_the_next_owner(folder: Path) -> None:
    """The other one has stopped its server already and holds the folder a moment longer."""
    server = EmbeddedServer(folder)
    with owned_by_another(folder) as release:
        starting = asyncio.create_task(server.start())
        await asyncio.sleep(0.1)
        assert not starting.done()
        release()
        async with asyncio.timeout(DEADLINE):
            await starting
    assert server.supervises
    await server.stop()


async def test_a_second_bot_that_leaves_disturbs_nobody(folder: Path) -> None:
    first, second = EmbeddedServer(folder), EmbeddedServer(folder)
    await first.start()
    await second.start()
    await second.stop()
    assert answers(first)
    await first.stop()


_BOT = """
import asyncio, sys
from pathlib import Path
from urllib.parse import unquote
from bot.store.embedded import embedded

async def main():
    async with embedded(Path(sys.argv[1])):
        print("ready", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
def bot_process(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that runs the server."""
    command = [sys.executable, "-c", _BOT, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "ready\n" == process.stdout.readline()
        yield process
        process.kill()


async def test_a_server_that_outlived_its_bot_is_used_and_stopped_by_the_next(
    folder: Path, bot_process: subprocess.Popen[str]
) -> None:
    server = EmbeddedServer(folder)
    await server.start()
    assert not server.supervises
    orphan = pid_of(server)
    bot_process.kill()
    await eventually(lambda: server.supervises)
    assert pid_of(server) == orphan
    os.kill(orphan, signal.SIGKILL)
    await eventually(lambda: answers(server) and pid_of(server) != orphan)
    await server.stop()
    assert not answers(server)


async def test_an_orphan_is_stopped_with_the_bot_that_adopted_it(
    folder: Path, bot_process: subprocess.Popen[str]
) -> None:
    bot_process.kill()
    bot_process.wait()
    server = EmbeddedServer(folder)
    await server.start()
    assert server.supervises
    await server.stop()
    assert not answers(server)


async def test_a_folder_whose_path_is_too_long_for_a_socket_works(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / ("long" * 30) / "with 'quotes\" and spaces")
    await server.start()
    assert answers(server)
    await server.stop()
    assert not has_socket_folder(server)


async def test_a_last_write_that_was_never_finished_is_cut_off_and_kept(folder: Path) -> None:
    server = EmbeddedServer(folder)
    await server.start()
    await write(server, "acknowledged")
    await server.stop()
    unfinished = b"*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$6\r\nunseen\r\n$3\r\nno"
    whole = appended(folder).read_bytes()
    appended(folder).write_bytes(whole + unfinished)
    await server.start()
    with plain(server) as client:
        assert ["acknowledged"] == client.keys()
    await server.stop()
    assert cut_off(folder) == [unfinished]


@pytest.mark.parametrize("damage", [b"\0" * 64, b"garbage\r\n", b"*1\r\n#3\r\nGET\r\n"])
async def test_a_damaged_record_is_refused_and_not_touched(folder: Path, damage: bytes) -> None:
    server = EmbeddedServer(folder)
    await server.start()
    await write(server, "acknowledged")
    await server.stop()
    damaged = appended(folder).read_bytes() + damage
    appended(folder).write_bytes(damaged)
    with pytest.raises(StoreConfigError, match=r"valkey\.log"):
        await server.start()
    assert appended(folder).read_bytes() == damaged
    assert not server.supervises


async def test_a_record_that_is_gone_is_not_begun_anew(folder: Path) -> None:
    server = EmbeddedServer(folder)
    await server.start()
    await server.stop()
    (folder / MANIFEST).unlink()
    with pytest.raises(StoreConfigError, match="backup"):
        await server.start()


async def test_a_bot_that_stops_as_soon_as_it_has_started_does_not_wait_for_ever(tmp_path: Path) -> None:
    """Each number of turns of the loop is another moment: in a third of them a cancellation is swallowed."""
    for turns in range(3, 18):
        server = EmbeddedServer(tmp_path / str(turns))
        await server.start()
        for _ in range(turns):
            await asyncio.sleep(0)
        stopping = asyncio.ensure_future(server.stop())
        ended, _ = await asyncio.wait(
            {stopping}, timeout=DEADLINE
        )  # a timeout's own cancellation would mend it
        assert {stopping} == ended
        assert not answers(server)


async def test_a_server_that_is_stopped_while_it_is_down_stays_down(folder: Path) -> None:
    server = EmbeddedServer(folder)
    await server.start()
    os.kill(pid_of(server), signal.SIGKILL)
    await server.stop()
    assert not answers(server)
    await server.start()
    assert answers(server)
    await server.stop()
