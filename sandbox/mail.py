"""A practice mail server with one inbox: real SMTP, where one signs in after STARTTLS."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import ssl
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from sandbox.panel import Json, PracticePanel

SHOWN = 20
"""Messages on the page, the newest first."""
_FAULTS = {"patience": "Ask for patience (451)", "refuse": "Refuse every address (550)"}
_ANSWERS = {"patience": "451 try again later", "refuse": "550 nobody of that name here"}


class PracticeMail(PracticePanel):
    """The server. What it took is in `messages`, the oldest first."""

    id = "mail"
    title = "Mail"
    faults = _FAULTS

    def __init__(self, tls: ssl.SSLContext, security: str = "starttls") -> None:
        """`security` is `starttls`, or `tls` from the first byte on, where nobody need sign in."""
        super().__init__()
        self.username, self.password = "countersign", secrets.token_urlsafe(18)
        self.messages: list[EmailMessage] = []
        self.port = 0
        self._tls, self._security = tls, security
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        implicit = self._tls if self._security == "tls" else None
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._speaker, "localhost", 0, ssl=implicit)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"smtp://localhost:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()

    def sections(self) -> list[Json]:
        newest = list(enumerate(self.messages))[: -SHOWN - 1 : -1]
        rows = [self._row(number, message) for number, message in newest]
        return [{"title": "Inbox", "columns": ["subject"], "rows": rows, "empty": "No mail yet."}]

    def reset(self) -> None:
        """Nobody has written yet."""
        self.messages.clear()
        super().reset()

    def _row(self, number: int, message: EmailMessage) -> Json:
        body = f"To {message['To']}\n{_read(message)}"
        return self.row("inbox", str(number), {"text": str(message["Subject"])}, body=body)

    def _speaker(self) -> SMTP:
        if self._security == "tls":
            return SMTP(self, hostname="localhost")
        return SMTP(
            self,
            hostname="localhost",
            tls_context=self._tls,
            require_starttls=True,
            auth_required=True,
            authenticator=self._signed_in,
        )

    def _signed_in(self, _: Any, __: Any, ___: Any, method: str, given: LoginPassword) -> AuthResult:
        named = hmac.compare_digest(given.login, self.username.encode())
        right = hmac.compare_digest(given.password, self.password.encode())
        return AuthResult(success=named and right, handled=False)

    # -- what aiosmtpd calls

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        """One address of a message."""
        for fault, answer in _ANSWERS.items():
            if self.has_fault(fault):
                return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """The message itself."""
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        self.on_change()
        return "250 taken"


def _read(message: EmailMessage) -> str:
    """The text as a mail reader shows it."""
    body = message.get_body(preferencelist=("plain",))
    return str(body.get_content()).strip() if body is not None else ""
