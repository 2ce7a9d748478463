"""A Slack that answers at once and remembers only how often: `python -m benchmarks.slack_sink`.

The practice Slack of `sandbox/` checks every block of every message and shows them on a page, which costs
more than the bot itself: beside a server under load it would be what is measured. This one speaks the same
protocol for what a slash command needs: who the bot is, who a person is, who is in a group, an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from benchmarks.load import PEOPLE
from benchmarks.serving import serve

ANSWERED = "/answered"


class Sink:
    """Counts each command's answers by its response_url."""

    def __init__(self) -> None:
        self._answers: dict[str, int] = {}
        self._calls = 0

    async def answer(self, request: web.Request) -> web.Response:
        """A response_url."""
        await request.read()
        self._answers[request.path] = self._answers.get(request.path, 0) + 1
        return web.json_response({"ok": True})

    async def tell(self, _: web.Request) -> web.Response:
        """How many commands were answered, and how many of them more than once."""
        twice = sum(1 for count in self._answers.values() if count > 1)
        return web.json_response({"answered": len(self._answers), "twice": twice})

    async def call(self, request: web.Request) -> web.Response:
        """A method of the Web API."""
        form = {**request.query, **await request.post()}
        method = request.match_info["method"]
        self._calls += 1
        return web.json_response({"ok": True, **self._result(method, form)})

    def _result(self, method: str, form: Mapping[str, Any]) -> dict[str, Any]:
        match method:
            case "auth.test":
                return {"team_id": "T0PRACTICE", "user_id": "U0COUNTER", "bot_id": "B0COUNTER"}
            case "users.info":
                return {"user": {"id": form["user"], "team_id": "T0PRACTICE", "real_name": "Some One"}}
            case "usergroups.users.list":
                return {"users": list(PEOPLE)}
            case _:
                ts = f"1700000000.{self._calls:06d}"
                return {"channel": form.get("channel", "C0BENCH00"), "ts": ts, "message_ts": ts}


async def main() -> None:
    sink = Sink()
    app = web.Application()
    app.router.add_post("/commands/{trigger}", sink.answer)
    app.router.add_route("*", "/api/{method}", sink.call)
    app.router.add_get(ANSWERED, sink.tell)
    await serve(app)


if __name__ == "__main__":
    asyncio.run(main())
