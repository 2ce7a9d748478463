"""The real Prometheus and Alertmanager of Debian's packages, on loopback, and a target for them to scrape.

Each is a child of the test and ends with it. Prometheus looks every fifth of a second, so that what a test
changes is soon an alert; nothing here sleeps for a fixed time.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from aiohttp import web

DEADLINE = 60.0
"""Seconds that a server may take to be ready, or a rule to fire, on a busy machine."""

Json = dict[str, Any]


def program(name: str) -> str:
    """The path of a program. Raises FileNotFoundError when it is not installed."""
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"`make tools` installs {name}")
    return found


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


async def until_told(ask: Callable[[], Awaitable[Any]], what: str, seconds: float = DEADLINE) -> Any:
    """Ask again until the answer is truthy and return it; fail with `what` when it never is."""
    end = asyncio.get_running_loop().time() + seconds
    while not (found := await ask()):
        if asyncio.get_running_loop().time() > end:
            raise AssertionError(f"in vain waited for {what}")
        await asyncio.sleep(0.05)
    return found


class Exporter:
    """A scrape target whose series the test sets: `set("queue_waiting", 140, namespace="auditron")`."""

    def __init__(self) -> None:
        self._series: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}
        self.scrapes = 0
        self.address = ""

    def set(self, name: str, value: float, **labels: str) -> None:
        self._series[name, tuple(sorted(labels.items()))] = value

    def drop(self, name: str, **labels: str) -> None:
        """The series is exposed no longer. Raises KeyError when it was not."""
        del self._series[name, tuple(sorted(labels.items()))]

    async def exposed(self, _: web.Request) -> web.Response:
        self.scrapes += 1
        lines = [f"{name}{_labelled(labels)} {value}" for (name, labels), value in self._series.items()]
        return web.Response(text="\n".join([*lines, ""]))


def _labelled(labels: Sequence[tuple[str, str]]) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels) + "}"


@asynccontextmanager
async def exporter() -> AsyncIterator[Exporter]:
    """A scrape target, for as long as the context lasts."""
    target = Exporter()
    app = web.Application()
    app.router.add_get("/metrics", target.exposed)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        target.address = f"{host}:{port}"
        yield target
    finally:
        await runner.cleanup()


@dataclass(frozen=True)
class MonitoringServer:
    """A running Prometheus or Alertmanager."""

    url: str
    log: Path

    async def get(self, path: str, **query: str) -> Any:
        """The JSON answer of its HTTP API."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.url}{path}", params=query) as response,
        ):
            assert 200 == response.status, await response.text()
            return await response.json()


@asynccontextmanager
async def _served(
    command: Sequence[str], folder: Path, port: int, ready: str
) -> AsyncIterator[MonitoringServer]:
    """A server process that answers `ready` with 200; ended with the context."""
    log = folder / "server.log"
    server = MonitoringServer(f"http://127.0.0.1:{port}", log)
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(*command, cwd=folder, stdout=output, stderr=output)
    try:
        await _until_ready(process, f"{server.url}{ready}", log)
        yield server
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _until_ready(process: asyncio.subprocess.Process, url: str, log: Path) -> None:
    end = asyncio.get_running_loop().time() + DEADLINE
    async with aiohttp.ClientSession() as session:
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                async with session.get(url) as response:
                    if response.status == 200:
                        return
            if process.returncode is not None or asyncio.get_running_loop().time() > end:
                raise AssertionError(f"{url} never answers:\n{_end_of(log)}")
            await asyncio.sleep(0.05)


def _end_of(log: Path) -> str:
    return log.read_text("utf-8", "replace")[-3000:]


def _written(folder: Path, files: Mapping[str, str]) -> None:
    """A new folder with these files."""
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text)


@asynccontextmanager
async def prometheus(
    folder: Path, target: str, *, rules: str = "", alertmanager: str = "", port: int = 0
) -> AsyncIterator[MonitoringServer]:
    """Prometheus, scraping `target` (host:port), with the text of a rules file; it tells an Alertmanager.

    `port` is one that somebody was told of before; 0 takes a free one.
    """
    port = port or free_port()
    config: Json = {
        "global": {"scrape_interval": "200ms", "scrape_timeout": "200ms", "evaluation_interval": "200ms"},
        "scrape_configs": [{"job_name": "practice", "static_configs": [{"targets": [target]}]}],
    }
    if rules:
        config["rule_files"] = ["rules.yml"]
    if alertmanager:
        where = alertmanager.removeprefix("http://")
        config["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": [where]}]}]}
    _written(folder, {"rules.yml": rules, "prometheus.yml": yaml.safe_dump(config)})
    command = (
        program("prometheus"),
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=data",
        f"--web.listen-address=127.0.0.1:{port}",
        f"--web.external-url=http://127.0.0.1:{port}",
        "--rules.alert.resend-delay=1s",
        "--log.level=warn",
    )
    async with _served(command, folder, port, "/-/ready") as server:
        yield server


@asynccontextmanager
async def alertmanager(folder: Path, config: str, *, port: int = 0) -> AsyncIterator[MonitoringServer]:
    """Alertmanager with the text of its configuration file; it binds its one port and no other.

    `port` as for `prometheus`.
    """
    port = port or free_port()
    _written(folder, {"alertmanager.yml": config})
    command = (
        program("prometheus-alertmanager"),
        "--config.file=alertmanager.yml",
        "--storage.path=data",
        f"--web.listen-address=127.0.0.1:{port}",
        f"--web.external-url=http://127.0.0.1:{port}",
        "--cluster.listen-address=",
        "--log.level=warn",
    )
    async with _served(command, folder, port, "/-/ready") as server:
        yield server
