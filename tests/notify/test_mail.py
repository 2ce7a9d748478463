"""Mail through a real SMTP server: STARTTLS, TLS, sign-in, refusals for now and for good."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from bot.notify import mail
from handlers.errors import DoNotRetry, TryAgainLater
from handlers.ports import News, Notice
from tests.notify.certificates import server_context
from tests.scenarios.virtual import VirtualClock

AT = datetime(2026, 11, 21, 3, tzinfo=UTC)
TOLD = Notice(
    "A-1/1/2/waits", "A-1", News.WAITS, "clinchat-rag", "Sev-1 Down", "Nobody answers.", "critical", AT,
    "https://practice.slack.com/archives/C1/p1", ("ops@example.com", "sec@example.com"),
)  # fmt: skip


class Box:
    """What the server took; `refuse` is its answer to every recipient instead."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.refuse = ""

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.messages.append(message_from_bytes(envelope.content))
        return "250 taken"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("localhost", 0))
        return int(found.getsockname()[1])


@contextmanager
def server(box: Box, certificate: Path, security: str) -> Iterator[dict[str, str]]:
    """A mail server, and the settings of policy for it."""
    context = server_context(certificate)

    def who(_: Any, __: Any, ___: Any, method: str, given: LoginPassword) -> AuthResult:
        right = (given.login, given.password) == (b"countersign", b"mail-password")
        return AuthResult(success=right, handled=False)

    more: dict[str, Any] = {"ssl_context": context} if security == "tls" else {}
    if security == "starttls":
        more = {"tls_context": context, "require_starttls": True, "authenticator": who, "auth_required": True}
    controller = Controller(box, hostname="localhost", port=free_port(), **more)
    controller.start()
    try:
        place = {"host": "localhost", "port": str(controller.port), "ca_file": str(certificate)}
        yield place | {"security": security, "sender": "bot@example.com"}
    finally:
        controller.stop(no_assert=True)


SIGNED_IN = {"username": "countersign", "password": "mail-password"}


@pytest.fixture
def box() -> Box:
    return Box()


async def send(settings: dict[str, str], told: Notice = TOLD) -> None:
    async with mail.opened(settings, VirtualClock()) as post:
        await post.tell(told)


async def test_mail_goes_out_by_starttls_after_signing_in(box: Box, certificate: Path) -> None:
    with server(box, certificate, "starttls") as settings:
        await send(settings | SIGNED_IN)

    (message,) = box.messages
    assert ("[clinchat-rag] Sev-1 Down", "ops@example.com, sec@example.com") == (
        message["Subject"],
        message["To"],
    )
    assert "Nobody answers.\n\nhttps://practice.slack.com/archives/C1/p1" in str(
        message.get_payload()
    ).replace("\r", "")


async def test_mail_goes_out_by_tls(box: Box, certificate: Path) -> None:
    with server(box, certificate, "tls") as settings:
        await send(settings)

    assert 1 == len(box.messages)


async def test_a_repeat_has_the_same_message_id_and_other_news_another(box: Box, certificate: Path) -> None:
    over = Notice(**{**TOLD.__dict__, "id": "A-1/1/2/over", "news": News.OVER})
    with server(box, certificate, "tls") as settings:
        for told in (TOLD, TOLD, over):
            await send(settings, told)

    first, again, last = (one["Message-ID"] for one in box.messages)
    assert first == again != last
    assert 1 == len({one["References"] for one in box.messages})


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    box: Box, certificate: Path, security: str
) -> None:
    with server(box, certificate, security) as settings:
        settings.pop("ca_file")
        with pytest.raises(TryAgainLater):
            await send(settings | (SIGNED_IN if security == "starttls" else {}))

    assert [] == box.messages


async def test_a_wrong_password_is_refused_for_good(box: Box, certificate: Path) -> None:
    guessed = SIGNED_IN | {"password": "guessed-password"}
    told = pytest.raises(DoNotRetry, match=r"refused it \(535\)")
    with server(box, certificate, "starttls") as settings, told as refused:
        await send(settings | guessed)

    assert "guessed-password" not in str(refused.value)


@pytest.mark.parametrize(
    ("answer", "raised"), [("451 try later", TryAgainLater), ("550 nobody here", DoNotRetry)]
)
async def test_what_the_server_refuses_now_is_tried_again_and_for_good_is_not(
    box: Box, certificate: Path, answer: str, raised: type[Exception]
) -> None:
    box.refuse = answer
    with server(box, certificate, "tls") as settings, pytest.raises(raised, match=answer[:3]):
        await send(settings)


async def test_a_line_break_in_a_senders_title_makes_no_header(box: Box, certificate: Path) -> None:
    crafted = Notice(**{**TOLD.__dict__, "title": "Down\r\nBcc: thief@example.com"})
    with server(box, certificate, "tls") as settings:
        await send(settings, crafted)

    assert box.messages[0]["Bcc"] is None


@pytest.mark.parametrize("wrong", [{"security": "maybe"}, {"port": "smtp"}])
async def test_settings_that_cannot_be_are_refused_at_start(certificate: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(DoNotRetry):
        await send({"host": "localhost", "sender": "bot@example.com", **wrong})
