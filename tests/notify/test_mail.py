"""Mail through a real SMTP server: STARTTLS, TLS, sign-in, refusals for now and for good."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from bot.notify import mail
from handlers.errors import DoNotRetry, TryAgainLater
from handlers.ports.notifying import News, Notice
from sandbox.mail import PracticeMail
from tests.notify.conftest import Certified
from tests.scenarios.virtual import VirtualClock

AT = datetime(2026, 11, 21, 3, tzinfo=UTC)
TOLD = Notice(
    "A-1/1/2/waits", "A-1", News.WAITS, "clinchat-rag", "Sev-1 Down", "Nobody answers.", "critical", AT,
    "https://practice.slack.com/archives/C1/p1", ("ops@example.com", "sec@example.com"),
)  # fmt: skip


@asynccontextmanager
async def server(certified: Certified, security: str) -> AsyncIterator[tuple[PracticeMail, dict[str, str]]]:
    """A mail server, and the settings of policy for it; by STARTTLS one signs in."""
    async with PracticeMail(certified.context, security) as box:
        place = {"host": "localhost", "port": str(box.port), "ca_file": certified.ca_file}
        signed = {"username": box.username, "password": box.password} if security == "starttls" else {}
        yield box, place | signed | {"security": security, "sender": "bot@example.com"}


async def send(settings: dict[str, str], told: Notice = TOLD) -> None:
    async with mail.opened(settings, VirtualClock()) as post:
        await post.tell(told)


async def test_mail_goes_out_by_starttls_after_signing_in(certified: Certified) -> None:
    async with server(certified, "starttls") as (box, settings):
        await send(settings)

    (message,) = box.messages
    assert ("[clinchat-rag] Sev-1 Down", "ops@example.com, sec@example.com") == (
        message["Subject"],
        message["To"],
    )
    assert "Nobody answers.\n\nhttps://practice.slack.com/archives/C1/p1" in str(
        message.get_payload()
    ).replace("\r", "")


async def test_mail_goes_out_by_tls(certified: Certified) -> None:
    async with server(certified, "tls") as (box, settings):
        await send(settings)

    assert 1 == len(box.messages)


async def test_a_repeat_has_the_same_message_id_and_other_news_another(certified: Certified) -> None:
    over = Notice(**{**TOLD.__dict__, "id": "A-1/1/2/over", "news": News.OVER})
    async with server(certified, "tls") as (box, settings):
        for told in (TOLD, TOLD, over):
            await send(settings, told)

    first, again, last = (one["Message-ID"] for one in box.messages)
    assert first == again != last
    assert 1 == len({one["References"] for one in box.messages})


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    certified: Certified, security: str
) -> None:
    async with server(certified, security) as (box, settings):
        settings.pop("ca_file")
        with pytest.raises(TryAgainLater):
            await send(settings)

    assert [] == box.messages


async def test_a_wrong_password_is_refused_for_good(certified: Certified) -> None:
    async with server(certified, "starttls") as (_, settings):
        with pytest.raises(DoNotRetry, match=r"refused it \(535\)") as refused:
            await send(settings | {"password": "guessed-password"})

    assert "guessed-password" not in str(refused.value)


@pytest.mark.parametrize(
    ("fault", "code", "raised"), [("patience", "451", TryAgainLater), ("refuse", "550", DoNotRetry)]
)
async def test_what_the_server_refuses_now_is_tried_again_and_for_good_is_not(
    certified: Certified, fault: str, code: str, raised: type[Exception]
) -> None:
    async with server(certified, "tls") as (box, settings):
        box.fault(fault, on=True)
        with pytest.raises(raised, match=code):
            await send(settings)


async def test_a_line_break_in_a_senders_title_makes_no_header(certified: Certified) -> None:
    crafted = Notice(**{**TOLD.__dict__, "title": "Down\r\nBcc: thief@example.com"})
    async with server(certified, "tls") as (box, settings):
        await send(settings, crafted)

    assert box.messages[0]["Bcc"] is None


@pytest.mark.parametrize("wrong", [{"security": "maybe"}, {"port": "smtp"}])
async def test_settings_that_cannot_be_are_refused_at_start(wrong: dict[str, str]) -> None:
    with pytest.raises(DoNotRetry):
        await send({"host": "localhost", "sender": "bot@example.com", **wrong})
