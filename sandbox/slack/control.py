"""The control API of the practice Slack, under /practice/: what the page and the tests see and do.

It is not Slack's. Requests from other web sites are refused, because whoever may call it may act as anybody.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

from sandbox.slack.acts import Acts
from sandbox.slack.administration import change_user, set_archived, set_group_members, set_membership
from sandbox.slack.channel import Channel
from sandbox.slack.delivery import Delivery
from sandbox.slack.errors import RefusedAct, SlackError
from sandbox.slack.faults import Faults
from sandbox.slack.neighbours import BotProcess, Credits, StoreProcess
from sandbox.slack.opening import Opening
from sandbox.slack.panels import Panels
from sandbox.slack.people import ROLES, TEAM
from sandbox.slack.shapes import Json
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.views import Views
from sandbox.slack.web_api import WebApi
from sandbox.slack.workspace import Workspace

HEARTBEAT_SECONDS = 15.0
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Control:
    """Routes of the control API. `credits`, `bot`, `store`, `panels` are there when the sandbox runs them."""

    def __init__(
        self,
        workspace: Workspace,
        views: Views,
        acts: Acts,
        delivery: Delivery,
        sockets: SocketMode,
        faults: Faults,
        web_api: WebApi,
    ) -> None:
        self._workspace, self._views, self._acts, self._delivery = workspace, views, acts, delivery
        self._sockets, self._faults, self._web_api = sockets, faults, web_api
        self.credits: Credits | None = None
        self.bot: BotProcess | None = None
        self.store: StoreProcess | None = None
        self.panels = Panels(workspace.log)
        self.opening = Opening(workspace.log)
        self.loopback_only = True

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/practice/state", self._guarded(self._state)),
            web.get("/practice/stream", self._guarded(self._stream)),
            web.get("/practice/calls", self._guarded(self._calls)),
            web.post("/practice/act", self._guarded(self._answered(self._acts.do))),
            web.post("/practice/fault", self._guarded(self._answered(self._fault))),
            web.post("/practice/admin", self._guarded(self._answered(self._admin))),
            web.post("/practice/clock", self._guarded(self._answered(self._clock))),
            web.post("/practice/socket", self._guarded(self._answered(self._socket))),
            web.get("/practice/credits", self._guarded(self._credits)),
            web.get("/practice/panels", self._guarded(self._panels)),
            web.post("/practice/panel", self._guarded(self._answered(self.panels.do))),
            web.post("/practice/credits/alert", self._guarded(self._answered(self._alert))),
            web.post("/practice/credits/storm", self._guarded(self._answered(self._storm))),
            web.post("/practice/bot", self._guarded(self._answered(self._bot))),
            web.post("/practice/store", self._guarded(self._answered(self._store))),
        ]

    def state(self) -> Json:
        """All that a page needs to start from; `seq` says where in the stream it stands."""
        workspace, app = self._workspace, self._delivery.app
        return {
            "seq": workspace.log.seq,
            "run": workspace.log.run,
            "team": {"id": TEAM, "name": "Practice", "domain": "practice"},
            "users": [each.to_slack() | {"role": ROLES.get(each.id)} for each in workspace.users.values()],
            "groups": [each.to_slack(include_users=True) for each in workspace.groups.values()],
            "channels": [workspace.channel_state(each) for each in workspace.channels.values()],
            "messages": {each.id: list(each.messages.values()) for each in workspace.channels.values()},
            "ephemerals": list(workspace.ephemerals.values()),
            "views": self._views.stacks,
            "homes": self._views.homes,
            "commands": [vars(each) for each in app.commands],
            "shortcuts": [{"callback_id": callback_id, "name": name} for callback_id, name in app.shortcuts],
            "faults": self._faults.state(),
            "clock": self._clock_state(),
            "app": self._app_state(),
        }

    def tell_app(self) -> None:
        """Log how the app is doing now: connected how, and whether its process lives."""
        self._workspace.log.append("app", app=self._app_state())

    def _clock_state(self) -> Json:
        clock = self._workspace.clock
        return {"ahead": clock.ahead, "moves": clock.keep is not None}

    def _app_state(self) -> Json:
        return self._delivery.state() | {
            "starting": self.opening.awaited,
            "bot": self.bot.state() if self.bot else None,
            "store": self.store.state() if self.store else None,
        }

    # -- reading

    async def _state(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(self.state())

    async def _calls(self, request: web.Request) -> web.StreamResponse:
        since = int(request.query.get("since", "0"))
        return web.json_response([each.to_json() for each in self._web_api.calls if each.n > since])

    async def _credits(self, request: web.Request) -> web.StreamResponse:
        if self.credits is None:
            return web.json_response({"runs": [], "cases": []})
        return web.json_response(await asyncio.to_thread(self.credits.state))

    async def _panels(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(self.panels.state())

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        log = self._workspace.log
        after = int(request.headers.get("Last-Event-ID") or request.query.get("since") or log.seq)
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        await response.prepare(request)
        if not log.reaches_back_to(after) or after > log.seq:
            # Another run of the server, or too long away: the page has to read the state anew.
            await response.write(f'data: {{"seq": {log.seq}, "type": "reset"}}\n\n'.encode())
            after = log.seq
        await response.write(b": welcome\n\n")
        try:
            async for entry in log.follow(after, HEARTBEAT_SECONDS):
                words = f"id: {entry.seq}\ndata: {entry.data}\n\n" if entry else ": still here\n\n"
                await response.write(words.encode())
        except ConnectionError:
            pass
        return response

    # -- doing

    async def _fault(self, wanted: Json) -> Json:
        if clear := wanted.get("clear"):
            self._faults.clear(None if clear is True else str(clear))
            return {}
        fault = self._faults.add(wanted)
        if fault.kind == "down":
            await self._sockets.close()
        return {"id": fault.id}

    async def _admin(self, wanted: Json) -> Json:
        workspace = self._workspace
        match wanted.get("do"):
            case "group_members":
                group = workspace.groups.get(wanted.get("group", ""))
                if group is None or not set(wanted.get("users", [])) <= set(workspace.users):
                    raise RefusedAct("no_such_subteam", "There is no such group, or no such person.")
                set_group_members(workspace, group, list(wanted["users"]))
            case "user":
                user = workspace.users.get(wanted.get("user", ""))
                if user is None:
                    raise RefusedAct("user_not_found", "There is no such person.")
                change_user(workspace, user, wanted.get("set") or {})
            case "archive" | "unarchive" as verb:
                set_archived(workspace, self._channel(wanted), archived=verb == "archive")
            case "member":
                user = workspace.users.get(wanted.get("user", ""))
                if user is None:
                    raise RefusedAct("user_not_found", "There is no such person.")
                set_membership(workspace, self._channel(wanted), user, member=bool(wanted.get("in")))
            case other:
                raise RefusedAct("invalid_arguments", f"No such administration: {other}.")
        return {}

    async def _clock(self, wanted: Json) -> Json:
        """`{"skip": seconds}` lets time be over, for the app too. With `{"advance": seconds}` only what waits
        here comes at once: retries, deadlines, limits and expiries; stamps stay true.
        """
        clock = self._workspace.clock
        if "skip" in wanted:
            try:
                clock.skip(float(wanted["skip"]))
            except (TypeError, ValueError) as error:
                raise RefusedAct("no_such_skip", "So much time cannot be skipped here.") from error
            self._workspace.log.append("clock", clock=self._clock_state())
        else:
            clock.advance(float(wanted.get("advance", 0)))
        return {"elapsed": clock.elapsed()}

    async def _socket(self, wanted: Json) -> Json:
        match wanted.get("do"):
            case "ghost":
                self._sockets.haunt()
            case "exorcise":
                self._sockets.exorcise()
            case "disconnect":
                await self._sockets.ask_to_leave(str(wanted.get("reason") or "refresh_requested"))
            case "drop":
                await self._sockets.close()
            case other:
                raise RefusedAct("invalid_arguments", f"Nothing to do with a socket: {other}.")
        return {"connections": len(self._sockets.connections)}

    async def _alert(self, wanted: Json) -> Json:
        if self.credits is None:
            raise RefusedAct("no_monitor", "No practice credit monitor runs here.")
        return await self.credits.alert(wanted.get("scenario"), wanted.get("severity"))

    async def _storm(self, _: Json) -> Json:
        if self.credits is None:
            raise RefusedAct("no_monitor", "No practice credit monitor runs here.")
        return await self.credits.storm()

    async def _bot(self, wanted: Json) -> Json:
        if self.bot is None:
            raise RefusedAct("no_bot", "The bot does not belong to this practice Slack.")
        match wanted.get("do"):
            case "kill":
                await self.bot.kill()
            case "start":
                await self.bot.start()
            case other:
                raise RefusedAct("invalid_arguments", f"A bot cannot be told to {other}.")
        return {"bot": self.bot.state()}

    async def _store(self, wanted: Json) -> Json:
        if self.store is None:
            raise RefusedAct("no_store", "The bot's store does not belong to this practice Slack.")
        match wanted.get("do"):
            case "cut":
                await self.store.cut()
            case "mend":
                await self.store.mend()
            case other:
                raise RefusedAct("invalid_arguments", f"A store cannot be told to {other}.")
        return {"store": self.store.state()}

    def _channel(self, wanted: Json) -> Channel:
        channel = self._workspace.channel_named(str(wanted.get("channel") or ""))
        if channel is None:
            raise RefusedAct("channel_not_found", "There is no such channel.")
        return channel

    # -- the frame

    def _answered(
        self, work: Callable[[Json], Awaitable[Json]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Read JSON, do the work, answer `{ok, …}`; a refusal is an answer, not a failure."""

        async def handle(request: web.Request) -> web.StreamResponse:
            if request.content_type != "application/json":
                return web.json_response({"ok": False, "error": "json_please"}, status=415)
            try:
                wanted = await request.json()
            except json.JSONDecodeError:
                return web.json_response({"ok": False, "error": "invalid_json"}, status=400)
            try:
                if not isinstance(wanted, dict):
                    raise RefusedAct("invalid_arguments", "A JSON object, please.")
                await self.opening.waited_for(request.path)
                if self._faults.on("down") and request.path == "/practice/act":
                    raise RefusedAct("slack_is_down", "Slack cannot be reached.")
                return web.json_response({"ok": True} | await work(wanted))
            except RefusedAct as refused:
                return web.json_response(refused.told, status=refused.status)
            except SlackError as refused:
                body = {"ok": False, "error": refused.code, "message": refused.code, **refused.extra}
                return web.json_response(body)

        return handle

    def _guarded(
        self, handle: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Only for this page and for programs: no other site, no name that was bent to this address."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            origin, host = request.headers.get("Origin"), request.headers.get("Host", "")
            foreign = origin is not None and urlsplit(origin).netloc != host
            bent = self.loopback_only and urlsplit(f"//{host}").hostname not in _LOOPBACK
            if foreign or bent:
                return web.json_response({"ok": False, "error": "forbidden"}, status=403)
            return await handle(request)

        return guarded
