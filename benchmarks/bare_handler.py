"""The least that keeps a command before it says so: `python -m benchmarks.bare_handler REDIS_URL`.

One aiohttp handler: the signature, one script (seen before? append), 200. Nobody ever works on what it keeps.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import sys
import time
from urllib.parse import parse_qsl

from aiohttp import web
from redis.asyncio import Redis

from benchmarks.load import PATH, SIGNING_SECRET
from benchmarks.serving import serve

SEEN = "seen:"
_RECORD = """
if redis.call('SET', KEYS[1], '1', 'NX', 'PX', 90000000) then
  redis.call('XADD', KEYS[2], '*', 'body', ARGV[1])
end
return 1
"""


async def main(redis_url: str) -> None:
    client: Redis = Redis.from_url(redis_url)
    record = client.register_script(_RECORD)

    async def command(request: web.Request) -> web.Response:
        body = await request.read()
        stamp = request.headers["X-Slack-Request-Timestamp"]
        base = b"v0:" + stamp.encode() + b":" + body
        wanted = "v0=" + hmac.new(SIGNING_SECRET.encode(), base, hashlib.sha256).hexdigest()
        fresh = abs(time.time() - int(stamp)) < 300
        if not fresh or not hmac.compare_digest(wanted, request.headers["X-Slack-Signature"]):
            return web.Response(status=401)
        trigger = dict(parse_qsl(body.decode()))["trigger_id"]
        await record(keys=[SEEN + trigger, "inbox"], args=[body])
        return web.Response()

    app = web.Application()
    app.router.add_post(PATH, command)
    await serve(app)
    await client.aclose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
