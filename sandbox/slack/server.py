"""The practice Slack as a server: one workspace, one app, one page."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Self

from aiohttp import web

from sandbox.slack.acts import Acts
from sandbox.slack.app_config import AppConfig
from sandbox.slack.app_words import AppWords
from sandbox.slack.arguments import decode_structured
from sandbox.slack.clock import Clock
from sandbox.slack.control import Control
from sandbox.slack.delivery import Delivery
from sandbox.slack.errors import SlackError
from sandbox.slack.faults import Faults
from sandbox.slack.files import Files
from sandbox.slack.http_transport import HttpTransport, verify_url
from sandbox.slack.interactions import Interactions
from sandbox.slack.log import EventLog
from sandbox.slack.methods import METHODS
from sandbox.slack.people import practice_seed
from sandbox.slack.rates import Rates
from sandbox.slack.shapes import Json
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.views import Views
from sandbox.slack.web_api import Api, WebApi
from sandbox.slack.workspace import Workspace

PAGE = Path(__file__).parent.parent / "page"
BODY_MOST = 2_000_000


class PracticeSlack:
    """One running practice Slack.

        async with PracticeSlack(request_url="http://127.0.0.1:3000/slack/events") as slack:
            await slack.act("U02OMAR", "message", channel="C0CRITICAL", text="@countersign status")

    `rate_factor` scales Slack's rate limits, None switches them off. `clock.advance` skips waits.
    Socket Mode begins by itself once the app connects with the app token.
    """

    def __init__(
        self,
        *,
        bot_token: str | None = None,
        signing_secret: str | None = None,
        app_token: str | None = None,
        request_url: str | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        rate_factor: float | None = 1.0,
        clock: Clock | None = None,
        chance: random.Random | None = None,
        page: Path = PAGE,
    ) -> None:
        self.app = AppConfig()
        self.app.bot_token = bot_token or self.app.bot_token
        self.app.signing_secret = signing_secret or self.app.signing_secret
        self.app.app_token = app_token or self.app.app_token
        self.clock = clock or Clock()
        self.log = EventLog()
        self.workspace = Workspace(practice_seed(int(self.clock.wall())), self.clock, self.log)
        self.faults = Faults(self.log)
        self.rates = Rates(self.clock, rate_factor)
        self.files = Files(self.workspace.new_id, self.clock)
        self.sockets = SocketMode(self._app_changed, chance)
        self.http = HttpTransport(self.app, self.clock, request_url)
        self.delivery = Delivery(
            self.app, self.workspace, self.faults, self.http, self.sockets, self._app_changed
        )
        self.views = Views(self.workspace, self.files)
        self.words = AppWords(self.workspace, self.files)
        self.interactions = Interactions(
            self.app, self.workspace, self.delivery, self.views, self.words, lambda: self.url
        )
        self.api = Api(
            self.app,
            self.workspace,
            self.views,
            self.interactions,
            self.sockets,
            self.faults,
            self.rates,
            self.files,
            lambda: self.url,
        )
        self.web_api = WebApi(self.api, METHODS)
        self.acts = Acts(self.workspace, self.views, self.interactions)
        self.control = Control(
            self.workspace, self.views, self.acts, self.delivery, self.sockets, self.faults, self.web_api
        )
        self._host, self._port, self._page = host, port, page
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where the server listens, without a slash at the end."""
        host = "127.0.0.1" if self._host in ("0.0.0.0", "") else self._host  # noqa: S104  compared, not bound
        return f"http://{host}:{self._port}"

    @property
    def api_url(self) -> str:
        """The base of the Web API, for COUNTERSIGN_SLACK_API_URL or slack_sdk's `base_url`."""
        return f"{self.url}/api/"

    @property
    def request_url(self) -> str | None:
        """Where events, commands and interactions go in HTTP mode."""
        return self.http.request_url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        self.http.request_url = url
        self._app_changed()

    async def start(self) -> None:
        """Begin to listen; afterwards `url` is true."""
        self.control.loopback_only = self._host in ("127.0.0.1", "localhost", "::1")
        self._runner = web.AppRunner(self._routes(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """End every stream and connection, then stop to listen."""
        self.log.close()
        await self.sockets.close()
        await self.delivery.close()
        if self._runner:
            await self._runner.cleanup()
        await self.http.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # -- shorthand for tests

    async def act(self, person: str, do: str, **fields: object) -> Json:
        """As POST /practice/act, within this process; raises RefusedAct and SlackError."""
        return {"ok": True} | await self.acts.do({"as": person, "do": do, **fields})

    async def verify(self) -> bool:
        """Slack's url_verification handshake with the request URL."""
        return await verify_url(self.http, self.app, "practice-challenge")

    async def settled(self) -> None:
        """Wait until every event has been delivered or given up; a retry still to come is not."""
        await self.delivery.settled()

    def messages(self, channel: str) -> list[Json]:
        """All messages of a channel by id or name, oldest first, deleted ones included."""
        found = self.workspace.channel_named(channel)
        if found is None:
            raise KeyError(channel)
        return list(found.messages.values())

    # -- serving

    def _routes(self) -> web.Application:
        app = web.Application(client_max_size=BODY_MOST)
        app.router.add_routes(self.control.routes())
        app.router.add_route("*", "/api/{method}", self.web_api.handle)
        app.router.add_get("/link/", self.sockets.handle)
        app.router.add_routes(self.files.routes())
        for kind in ("commands", "actions"):
            app.router.add_post(f"/{kind}/{{rest:.+}}", self._respond)
        app.router.add_get("/", self._index)
        if self._page.is_dir():
            app.router.add_static("/", self._page)
        return app

    async def _index(self, request: web.Request) -> web.StreamResponse:
        index = self._page / "index.html"
        return (
            web.FileResponse(index)
            if index.is_file()
            else web.Response(text="The practice Slack is running.")
        )

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        """A response_url: the app answers an interaction later."""
        try:
            url = self.interactions.response_urls.use(request.path)
            form = (
                await request.post() if request.content_type == "application/x-www-form-urlencoded" else None
            )
            data = decode_structured({"payload": form["payload"]} if form else await request.json())
            self.words.respond(url, data)
        except SlackError as refused:
            return web.json_response(
                {"ok": False, "error": refused.code, **refused.extra}, status=max(400, refused.status)
            )
        except ValueError:
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
        return web.json_response({"ok": True})

    def _app_changed(self) -> None:
        self.control.tell_app()
