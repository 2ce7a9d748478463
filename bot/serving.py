"""The HTTP server of a replica, from its first moment: what comes is recorded."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import aiohttp
from aiohttp import web

from bot.giving_way import Ways
from bot.inbox import Inbox, Unreadable
from bot.metrics import Exposition
from bot.parts import Parts
from bot.redaction.redactor import Redactor
from bot.slack.messenger import SlackMessenger
from bot.standing_by import Health
from bot.web.alerts import Intake
from bot.web.senders import Allowance, SenderSecrets
from bot.web.server import Routes, make_server
from handlers.alerting.sources import ROUTED


@asynccontextmanager
async def served(parts: Parts, inbox: Inbox, ways: Ways, health: Health) -> AsyncIterator[str]:
    secrets = parts.settings.secrets

    async def say_not_recorded(url: str, text: str) -> None:
        if SlackMessenger(parts.slack, parts.session, "").is_slacks(url):
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                await parts.session.post(url, json={"text": text}, allow_redirects=False)

    routes = Routes(
        inbox=inbox,
        clock=parts.clock,
        signing_secrets=(secrets.signing_secret, secrets.previous.signing_secret),
        intake=Intake(
            secrets=SenderSecrets(secrets.intake_token, secrets.source_tokens, secrets.source_keys),
            sources={name: partial(source.read, parts.book) for name, source in ROUTED.items()},
            record=inbox.take_alert,
            clock=parts.clock,
            allowance=Allowance(parts.settings.intake_burst),
            after_people=ways.after_people,
            redactor=Redactor(),
        ),
        readiness=health.against,
        metrics=Exposition(parts.store, parts.clock, parts.book, health.may_claim).text,
        unreadable=Unreadable,
        say_not_recorded=say_not_recorded,
    )
    # Nobody who sends here compresses; a small body that grows large would be work for strangers.
    runner = web.AppRunner(make_server(routes), access_log=None, handle_signals=False, auto_decompress=False)
    await runner.setup()
    try:
        site = web.TCPSite(runner, parts.settings.host, parts.settings.port)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
