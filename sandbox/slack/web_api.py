"""The Web API's front door: token, scopes, rate limits, faults; then the method; and a list of all calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from sandbox.slack.app_config import AppConfig
from sandbox.slack.arguments import decode_structured, read_arguments
from sandbox.slack.channel import Channel
from sandbox.slack.errors import SlackError
from sandbox.slack.faults import Faults
from sandbox.slack.files import Files
from sandbox.slack.interactions import Interactions
from sandbox.slack.rates import Rates
from sandbox.slack.shapes import Json
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.views import Views
from sandbox.slack.workspace import Workspace


class Api:
    """What methods work on."""

    def __init__(
        self,
        app: AppConfig,
        workspace: Workspace,
        views: Views,
        interactions: Interactions,
        sockets: SocketMode,
        faults: Faults,
        rates: Rates,
        files: Files,
        base_url: Callable[[], str],
    ) -> None:
        self.app, self.workspace, self.views, self.interactions = app, workspace, views, interactions
        self.sockets, self.faults, self.rates = sockets, faults, rates
        self.files, self.base_url = files, base_url
        self.paid_plan = True

    @property
    def scopes(self) -> set[str]:
        return self.app.scopes - self.faults.missing_scopes()

    def need_scope(self, *any_of: str) -> None:
        """Raises missing_scope with `needed` and `provided`, unless the app has one of them."""
        if any_of and not self.scopes & set(any_of):
            words = {"needed": ",".join(any_of), "provided": ",".join(sorted(self.scopes))}
            raise SlackError("missing_scope", extra=words)

    def channel(self, given: str, *, by_name: bool = False) -> Channel:
        """A conversation by id, or by name where a method allows it; raises channel_not_found."""
        channel = self.workspace.channel_named(given) if by_name else self.workspace.channels.get(given)
        if channel is None:
            raise SlackError("channel_not_found")
        return channel


@dataclass(frozen=True)
class Method:
    """One Web API method. `scopes`: one of them is needed; `caller`: whose token it takes."""

    run: Callable[[Api, Json], Json]
    scopes: tuple[str, ...] = ()
    caller: Literal["bot", "app", "any", "nobody"] = "bot"
    takes_json: bool = True


@dataclass(frozen=True)
class Call:
    """One call that the app made, for tests and for the check against the official schemas."""

    n: int
    method: str
    args: Json
    ok: bool
    error: str | None

    def to_json(self) -> Json:
        call: Json = {"n": self.n, "method": self.method, "args": self.args, "ok": self.ok}
        return call | ({"error": self.error} if self.error else {})


class WebApi:
    """Serves `/api/<method>`."""

    def __init__(self, api: Api, methods: dict[str, Method]) -> None:
        self._api, self._methods = api, methods
        self.calls: list[Call] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call, faults included."""
        name = request.match_info["method"]
        faults = self._api.faults
        if faults.on("down"):
            return web.Response(status=503, text="Service Unavailable")
        method = self._methods.get(name)
        args: Json = {}
        try:
            args = await read_arguments(request, takes_json=method is None or method.takes_json)
            token = _token(request, args)
            args = decode_structured(args)
        except SlackError as refused:
            return self._refuse(name, args, refused)
        channels = self._names_of_channel(args)
        if hang := faults.take("hang", name, channels):
            await self._api.workspace.clock.sleep(hang.seconds)
        if broken := faults.take("http", name, channels):
            self._note(name, args, f"http_{broken.status}")
            return web.Response(
                status=broken.status, text="<html><body>Server Error</body></html>", content_type="text/html"
            )
        cut = faults.take("cut", name, channels)
        if cut and not cut.after_effect:
            self._note(name, args, "cut")
            return _cut(request)
        response = self._answer(name, method, args, token, channels)
        return _cut(request) if cut else response

    def _answer(
        self, name: str, method: Method | None, args: Json, token: str | None, channels: set[str]
    ) -> web.Response:
        faults, api = self._api.faults, self._api
        try:
            if slow := faults.take("rate_limited", name, channels):
                raise SlackError("ratelimited", status=429, retry_after=slow.retry_after)
            if wrong := faults.take("error", name, channels):
                raise SlackError(wrong.error)
            if method is None:
                raise SlackError("unknown_method", extra={"req_method": name})
            self._check_token(method, token)
            api.need_scope(*method.scopes)
            api.rates.check_method(name)
            result = method.run(api, args)
        except SlackError as refused:
            return self._refuse(name, args, refused, method)
        self._note(name, args, None)
        return web.json_response({"ok": True, **result}, headers=self._headers(method))

    def _check_token(self, method: Method, token: str | None) -> None:
        if method.caller == "nobody":
            return
        if token is None:
            raise SlackError("not_authed")
        if token not in (self._api.app.bot_token, self._api.app.app_token):
            raise SlackError("invalid_auth")
        kind = "app" if token == self._api.app.app_token else "bot"
        if method.caller not in ("any", kind):
            raise SlackError("not_allowed_token_type")

    def _headers(self, method: Method | None) -> dict[str, str]:
        headers = {"x-oauth-scopes": ",".join(sorted(self._api.scopes))}
        if method and method.scopes:
            headers["x-accepted-oauth-scopes"] = ",".join(method.scopes)
        return headers

    def _refuse(
        self, name: str, args: Json, refused: SlackError, method: Method | None = None
    ) -> web.Response:
        self._note(name, args, refused.code)
        headers = self._headers(method)
        if refused.retry_after is not None:
            headers["Retry-After"] = str(refused.retry_after)
        body = {"ok": False, "error": refused.code, **refused.extra}
        return web.json_response(body, status=refused.status, headers=headers)

    def _note(self, name: str, args: Json, error: str | None) -> None:
        kept = {key: value for key, value in args.items() if key != "token"}
        self.calls.append(Call(len(self.calls) + 1, name, kept, error is None, error))

    def _names_of_channel(self, args: Json) -> set[str]:
        given = args.get("channel")
        if not isinstance(given, str):
            return set()
        channel = self._api.workspace.channel_named(given)
        return {given, channel.id, channel.name} if channel else {given}


def _token(request: web.Request, args: Json) -> str | None:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value:
        return value.strip()
    # In a query string Slack takes no token; in a form it does.
    return None if "token" in request.query else args.get("token")


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
