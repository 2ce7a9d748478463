"""The real Prometheus and Alertmanager of Debian's packages, on loopback, and a target for them to scrape.

Each is a child of the test and ends with it. Prometheus looks every fifth of a second, so that what a test
changes is soon an alert; nothing here sleeps for a fixed time.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from aiohttp import web

from sandbox.kept_port import kept_port

DEADLINE = 60.0
"""Seconds that a server may take to be ready, or a rule to fire, on a busy machine."""

Json = dict[str, Any]


def program(name: str) -> str:
    """The path of a program. Raises FileNotFoundError when it is not installed."""
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"`make tools` installs {name}")
    return found


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
    name: str, options: Sequence[str], folder: Path, given: int | None
) -> AsyncIterator[MonitoringServer]:
    """A server process that is ready; ended with the context."""
    log = folder / "server.log"
    with contextlib.nullcontext(given) if given else kept_port() as port:
        url = f"http://127.0.0.1:{port}"
        where = (f"--web.listen-address=127.0.0.1:{port}", f"--web.external-url={url}", "--log.level=warn")
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                program(name), *options, *where, cwd=folder, stdout=output, stderr=output
            )
        try:
            await _until_ready(process, f"{url}/-/ready", log)
            yield MonitoringServer(url, log)
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
    folder: Path, target: str, *, rules: str = "", alertmanager: str = "", port: int | None = None
) -> AsyncIterator[MonitoringServer]:
    """Prometheus, scraping `target` (host:port), with the text of a rules file; it tells an Alertmanager.

    `port` is one that somebody was told of and keeps.
    """
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
    options = (
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=data",
        "--rules.alert.resend-delay=1s",
    )
    async with _served("prometheus", options, folder, port) as server:
        yield server


@asynccontextmanager
async def alertmanager(
    folder: Path, config: str, *, port: int | None = None
) -> AsyncIterator[MonitoringServer]:
    """Alertmanager with the text of its configuration file; it binds its one port and no other.

    `port` as for `prometheus`.
    """
    _written(folder, {"alertmanager.yml": config})
    options = (
        "--config.file=alertmanager.yml",
        "--storage.path=data",
        "--cluster.listen-address=",
    )
    async with _served("prometheus-alertmanager", options, folder, port) as server:
        yield server
