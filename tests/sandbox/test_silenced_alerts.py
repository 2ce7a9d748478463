"""The practice Alertmanager sends nothing that a silence hides, and sends it once the silence is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import aiohttp
from aiohttp import web

from sandbox.alertmanager import PracticeAlertmanager
from sandbox.monitoring import PracticeMonitoring
from tests.monitoring.servers import until_told

TOKEN = "bearer-of-the-practice"


async def answered(practice: PracticeMonitoring, answer: str) -> None:
    """Wait until the row of AUDITRON's rule shows this."""

    async def shown() -> bool:
        cells = practice.panel()["sections"][0]["rows"][0]["cells"]
        return bool(cells[3]["text"] == answer)

    await until_told(shown, answer)


async def test_what_is_silenced_is_sent_when_the_silence_is_over() -> None:
    arrived: list[str] = []

    async def intake(request: web.Request) -> web.Response:
        arrived.append((await request.json())["alerts"][0]["labels"]["alertname"])
        return web.Response(text="taken")

    app = web.Application()
    app.router.add_post("/", intake)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    async with PracticeAlertmanager(TOKEN) as manager:
        await silence(manager)
        practice = PracticeMonitoring(f"http://{host}:{port}/", "unused", manager)
        practice.fault("auditron", on=True)
        await answered(practice, "silenced, not sent")
        assert [] == arrived
        (kept,) = manager.kept.values()
        kept.ends = datetime.now(UTC)
        await answered(practice, "200 recorded")
        assert ["QueueBacklog"] == arrived
    await runner.cleanup()


async def silence(manager: PracticeAlertmanager) -> None:
    """AUDITRON's alerts are hidden for an hour."""
    now = datetime.now(UTC)
    body = {
        "matchers": [{"name": "namespace", "value": "auditron", "isRegex": False, "isEqual": True}],
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(hours=1)).isoformat(),
        "createdBy": "somebody",
        "comment": "by hand",
    }
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{manager.url}/api/v2/silences", json=body) as response,
    ):
        assert 200 == response.status
