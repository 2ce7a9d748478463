"""E-mail by SMTP, with TLS from the first byte or by STARTTLS; in the clear only where policy says so."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib

from handlers.errors import DoNotRetry, OutcomeUnknown, TryAgainLater
from handlers.ports.clock import Clock
from handlers.ports.notifying import Notice

SECONDS = 8.0
_SECURITY = {"starttls": 587, "tls": 465, "none": 25}
"""How a connection is secured, and the port that is usual for it."""


class Mail:
    """Sends one message for each notice: a repeat has the same Message-ID, news of one alert one thread."""

    def __init__(self, settings: Mapping[str, str], clock: Clock) -> None:
        self._clock = clock
        self._security = settings.get("security", "starttls")
        if self._security not in _SECURITY:
            raise DoNotRetry(f"`security` of mail is one of {', '.join(_SECURITY)}", "bad-security")
        self._host = settings["host"]
        port = settings.get("port", str(_SECURITY[self._security]))
        if not port.isdigit():
            raise DoNotRetry("`port` of mail is a number", "bad-port")
        self._port = int(port)
        self._sender = settings["sender"]
        self._username, self._password = settings.get("username"), settings.get("password")
        self._trust = ssl.create_default_context(cafile=settings.get("ca_file"))

    async def tell(self, notice: Notice) -> None:
        """See `Notifier.tell`."""
        try:
            await aiosmtplib.send(
                self._message(notice),
                hostname=self._host,
                port=self._port,
                username=self._username,
                password=self._password,
                use_tls=self._security == "tls",
                start_tls=self._security == "starttls",
                tls_context=None if self._security == "none" else self._trust,
                timeout=SECONDS,
            )
        except (aiosmtplib.SMTPConnectError, aiosmtplib.SMTPConnectTimeoutError) as error:
            raise TryAgainLater(f"the mail server cannot be reached ({type(error).__name__})") from error
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [one.code for one in error.recipients]
            self._refused(max(codes, default=550), error)
        except aiosmtplib.SMTPResponseException as error:
            self._refused(error.code, error)
        except aiosmtplib.SMTPServerDisconnected as error:
            raise OutcomeUnknown("the mail server hung up") from error
        except (aiosmtplib.SMTPException, OSError, ssl.SSLError) as error:
            raise TryAgainLater(f"the mail was not sent ({type(error).__name__})") from error

    def _refused(self, code: int, error: Exception) -> None:
        """4xx is for now, 5xx for good (RFC 5321, 4.2.1)."""
        if 400 <= code < 500:
            raise TryAgainLater(f"the mail server asks for patience ({code})") from error
        raise DoNotRetry(f"the mail server refused it ({code})", f"smtp-{code}") from error

    def _message(self, notice: Notice) -> EmailMessage:
        message = EmailMessage()
        domain = self._sender.rpartition("@")[2] or "countersign"
        message["Subject"] = " ".join(f"[{notice.system}] {notice.title}".split())[:200]
        message["From"] = self._sender
        message["To"] = ", ".join(notice.to)
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = f"<{notice.id.replace('/', '.')}@{domain}>"
        message["References"] = f"<{notice.subject}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(f"{notice.words}\n\n{notice.link}\n".strip() + "\n")
        return message


@asynccontextmanager
async def opened(settings: Mapping[str, str], clock: Clock) -> AsyncIterator[Mail]:
    """A mail server. Raises DoNotRetry for settings that cannot be."""
    try:
        mail = Mail(settings, clock)
    except OSError as error:
        raise DoNotRetry(f"`ca_file` of mail cannot be read ({type(error).__name__})", "bad-ca") from error
    yield mail
