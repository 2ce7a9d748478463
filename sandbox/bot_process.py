"""The bot as a process of its own: started, watched, killed on request, ended at the end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import aiohttp

from sandbox.slack.errors import RefusedAct
from sandbox.slack.shapes import Json

REPOSITORY = Path(__file__).parent.parent
READY_SECONDS = 60.0
GRACE_SECONDS = 10.0
LAST_LINES = 20
POLL_SECONDS = 0.1


class BotEnded(RefusedAct):
    """The bot went away, or never got ready; `last_lines` are the end of its log."""

    def __init__(self, sentence: str, last_lines: str) -> None:
        super().__init__("bot_ended", sentence, last_lines=last_lines)
        self.last_lines = last_lines


class BotProcess:
    """`command`, run in the repository with its output in `log`; `on_change` hears of every start and end."""

    def __init__(
        self,
        environment: Mapping[str, str],
        ready_url: str,
        log: Path,
        on_change: Callable[[], None],
        command: Sequence[str] = (sys.executable, "-m", "bot", "serve"),
    ) -> None:
        self._environment, self._ready_url, self._log = dict(environment), ready_url, log
        self._on_change, self._command = on_change, tuple(command)
        self._process: asyncio.subprocess.Process | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._ready = False
        self._wanted = False
        self._changed = asyncio.Event()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    def state(self) -> Json:
        process = self._process
        return {
            "running": self.running,
            "ready": self.running and self._ready,
            "pid": process.pid if process and self.running else None,
            "exit_status": process.returncode if process else None,
        }

    async def start(self) -> None:
        """Start the bot and wait until it is ready; nothing when it runs. Raises BotEnded."""
        if self.running:
            return
        self._wanted, self._ready = True, False
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                cwd=REPOSITORY,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                # Its own session: Ctrl-C reaches the sandbox alone, which then ends the bot in good order.
                start_new_session=True,
            )
        self._tell()
        self._watcher = asyncio.create_task(self._watch(self._process))
        await self._until_ready(self._process)
        self._ready = True
        self._tell()

    async def kill(self) -> None:
        """SIGKILL, as a crash: the bot gets no chance to tidy up."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """Ask the bot to end, and make it end after a while; then whatever it left in its session."""
        await self._end(signal.SIGTERM)
        if self._process is not None:
            _signal_session(self._process.pid, signal.SIGKILL)
        if self._watcher:
            await asyncio.gather(self._watcher, return_exceptions=True)

    async def ended_by_itself(self) -> None:
        """Return once the bot has ended although nobody wanted it to."""
        while not (self._wanted and self._ready and not self.running):
            self._changed.clear()
            await self._changed.wait()

    def forget_end(self) -> None:
        """The end has been told; wait for the next one."""
        self._wanted = False

    def last_lines(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        return "\n".join(lines[-LAST_LINES:])

    def _tell(self) -> None:
        self._changed.set()
        self._on_change()

    async def _end(self, how: signal.Signals) -> None:
        self._wanted = False
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(how)
        try:
            await asyncio.wait_for(process.wait(), GRACE_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        await process.wait()
        self._tell()

    async def _until_ready(self, process: asyncio.subprocess.Process) -> None:
        deadline = asyncio.get_running_loop().time() + READY_SECONDS
        timeout = aiohttp.ClientTimeout(total=2)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while asyncio.get_running_loop().time() < deadline:
                if process.returncode is not None:
                    self._wanted = False
                    raise BotEnded(f"The bot ended with status {process.returncode}.", self.last_lines())
                if await _answers(session, self._ready_url):
                    return
                await asyncio.sleep(POLL_SECONDS)
        raise BotEnded(f"The bot was not ready after {READY_SECONDS:.0f} seconds.", self.last_lines())


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as response:
            return response.status == 200
    except (aiohttp.ClientError, OSError, TimeoutError):
        return False


def _signal_session(pid: int, how: signal.Signals) -> None:
    try:
        os.killpg(pid, how)
    except ProcessLookupError:
        return
