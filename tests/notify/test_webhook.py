"""A webhook that sends elsewhere, is busy or refuses; what a sender writes stays within one JSON text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.notify import webhook as webhooks
from handlers.errors import DoNotRetry, TryAgainLater
from handlers.ports.notifying import News, Notice
from sandbox.text_gateway import PracticeTextGateway
from tests.scenarios.virtual import VirtualClock

AT = datetime(2026, 11, 21, 3, tzinfo=UTC)


async def tell(hook: PracticeTextGateway, **more: Any) -> None:
    notice = Notice(
        "A-1/1/2/waits", "A-1", News.WAITS, "auditron", "Queue", "Nobody answers.", "critical", AT
    )
    async with webhooks.opened({"url": hook.url, "secret": hook.secret}, VirtualClock()) as told:
        await told.tell(Notice(**{**notice.__dict__, **more}))


async def test_where_a_webhook_sends_us_nobody_goes() -> None:
    async with PracticeTextGateway() as inside, PracticeTextGateway() as hook:
        hook.sends_to = inside.url
        with pytest.raises(DoNotRetry, match="307"):
            await tell(hook)
        assert 0 == inside.asked


@pytest.mark.parametrize(("status", "error"), [(429, TryAgainLater), (503, TryAgainLater), (410, DoNotRetry)])
async def test_busy_is_for_now_and_refused_is_for_good(status: int, error: type[Exception]) -> None:
    async with PracticeTextGateway() as hook:
        hook.status = status
        with pytest.raises(error, match=str(status)):
            await tell(hook)


async def test_a_senders_words_make_neither_fields_nor_headers() -> None:
    nasty = 'x", "news": "over"}\r\nX-Countersign-Signature: v1=0\r\n\r\n\u2028'
    async with PracticeTextGateway() as hook:
        await tell(hook, title=nasty, words=nasty)
    assert [(nasty, nasty, "waits")] == [(one["title"], one["text"], one["news"]) for one in hook.bodies]
