"""A bare slack-bolt app as its guide shows it: `python -m benchmarks.bare_bolt SLACK_URL [HOW]`.

Nothing is kept: what it acknowledged is gone when it stops. HOW is one of

- `default`: default settings, the answer within the acknowledgement: the least that Bolt can do
- `before-response`: the same with `process_before_response`
- `respond`: default settings, `ack()` and then `respond(…)`, as most bots do
"""

from __future__ import annotations

import asyncio
import sys

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from benchmarks.load import BOT_TOKEN, PATH, SIGNING_SECRET
from benchmarks.serving import serve

TEXT = "Nothing is waiting here."


async def main(slack: str, how: str = "default") -> None:
    app = AsyncApp(
        token=BOT_TOKEN,
        signing_secret=SIGNING_SECRET,
        client=AsyncWebClient(BOT_TOKEN, base_url=f"{slack}/api/"),
        process_before_response=how == "before-response",
    )
    if how == "respond":
        app.command("/ops")(_respond)
    else:
        app.command("/ops")(_acknowledge)
    await serve(app.web_app(PATH))


async def _acknowledge(ack: AsyncAck) -> None:
    await ack(TEXT)


async def _respond(ack: AsyncAck, respond: AsyncRespond) -> None:
    await ack()
    await respond(TEXT)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
