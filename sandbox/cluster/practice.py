"""The practice cluster: a Kubernetes API server with three teams in it, on loopback."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from sandbox.certificate import serving_certificate
from sandbox.cluster.access import Access
from sandbox.cluster.access_objects import account_named, grants_of
from sandbox.cluster.controller import DEADLINE_STEPS, Controller
from sandbox.cluster.faults import Faults
from sandbox.cluster.panel import Panel
from sandbox.cluster.seed import seed
from sandbox.cluster.server import ApiServer
from sandbox.cluster.shapes import Json
from sandbox.cluster.store import Picture, Store


@cache
def _first_state() -> Picture:
    """The first state, lived through once a process: it takes a while."""
    store = Store()
    seed(store, Controller(store))
    return store.picture()


class PracticeCluster:
    """One running practice cluster.

        async with PracticeCluster(step_seconds=0) as cluster:
            cluster.write_kubeconfig(path)

    `step_seconds` is how long one step of a rollout takes: 0 finishes every rollout within the write that
    began it, None takes steps only on `tick()`. `deadline_steps` steps without progress stand for a
    Deployment's `progressDeadlineSeconds`. `tls` serves https with a certificate of its own, which the
    kubeconfig carries: kubectl sends its token over TLS only.

    As in the original, an autoscaler takes replicas back between its bounds, ten steps after they left them.
    """

    id = "cluster"

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        step_seconds: float | None = 0.3,
        deadline_steps: int = DEADLINE_STEPS,
        tls: bool = False,
    ) -> None:
        self.on_change: Callable[[], None] = lambda: None
        self._host, self._port = host, port
        self._step, self._deadline = step_seconds, deadline_steps
        self._tls: ssl.SSLContext | None = None
        self._authority = b""
        if tls:
            self._tls, self._authority = serving_certificate(host)
        self._access, self._faults = Access(), Faults()
        self._work = asyncio.Event()
        self._stepping: asyncio.Task[None] | None = None
        self._runner: web.AppRunner | None = None
        self._store, self._panel = Store(), Panel()
        self._server = ApiServer(self._store, self._access, self._faults, self._wrote)
        self._controller = Controller(self._store, self._deadline)
        self._store.restore(_first_state())

    @property
    def url(self) -> str:
        """Where the API server listens, without a slash at the end."""
        return f"{'https' if self._tls else 'http'}://{self._host}:{self._port}"

    @property
    def token(self) -> str:
        """The bearer token of the bot: reads everything, patches Deployments and their Scale."""
        return self._access.tokens["bot"]

    @property
    def tokens(self) -> dict[str, str]:
        """The tokens of all accounts: `bot`, `reader`, `auditron` (one namespace), `admin`."""
        return dict(self._access.tokens)

    async def start(self) -> None:
        """Begin to listen; afterwards `url` is true."""
        self._runner = web.AppRunner(self._server.application(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port, ssl_context=self._tls).start()
        self._port = self._runner.addresses[0][1]
        if self._step:
            self._stepping = asyncio.create_task(self._keep_stepping(self._step))

    async def stop(self) -> None:
        """End every watch and connection, then stop to listen."""
        if self._stepping:
            self._stepping.cancel()
            with suppress(asyncio.CancelledError):
                await self._stepping
        self._faults.clear()
        self._server.end_watches()
        if self._runner:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def tick(self) -> bool:
        """One step of every rollout; False once nothing is left to do."""
        more = self._controller.tick()
        self.on_change()
        return more

    def settle(self) -> None:
        """All steps that are left, at once."""
        self._controller.settle()
        self.on_change()

    def write_kubeconfig(self, path: str | Path, account: str = "bot") -> Path:
        """Write a kubeconfig for one account, readable by its owner only."""
        target = Path(path)
        target.touch(mode=0o600)
        target.chmod(0o600)
        target.write_text(json.dumps(self._kubeconfig(account), indent=2))  # JSON is YAML, too.
        return target

    def admit(self, account: str, documents: Sequence[Json]) -> None:
        """A service account with roles and their bindings, as `kubectl apply` would make them; a name for
        its kubeconfig."""
        self._access.admit(account, account_named(documents))
        self._access.grants.extend(grants_of(documents))

    def panel(self) -> Json:
        """What the sandbox page draws."""
        return {
            "id": self.id,
            "title": "Practice cluster",
            "address": self.url,
            "sections": self._panel.sections(self._store),
            "faults": self._faults.panel(),
        }

    def fault(self, fault: str, on: bool) -> None:
        """Switch a fault on or off (`refuse hang conflict expired lost huge`); raises KeyError."""
        self._faults.switch(fault, on)
        self.on_change()

    def reset(self) -> None:
        """Back to the first state: same tokens, faults off, every object new, watches ended."""
        self._faults.clear()
        self._server.end_watches()
        self._store.clear()
        seed(self._store, self._controller)
        self.on_change()

    def _kubeconfig(self, account: str) -> Json:
        context = {"cluster": "practice", "user": account}
        cluster = {"server": self.url}
        if self._authority:
            cluster["certificate-authority-data"] = base64.b64encode(self._authority).decode()
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "practice",
            "clusters": [{"name": "practice", "cluster": cluster}],
            "users": [{"name": account, "user": {"token": self._access.tokens[account]}}],
            "contexts": [{"name": "practice", "context": context}],
        }

    def _wrote(self) -> None:
        if self._step == 0:
            self._controller.settle()
        self._work.set()
        self.on_change()

    async def _keep_stepping(self, seconds: float) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            await asyncio.sleep(seconds)
            if self.tick():
                self._work.set()
