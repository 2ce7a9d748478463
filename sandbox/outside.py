"""Who is told outside Slack: the practice PagerDuty, mail and text messages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.certificate import serving_certificate
from sandbox.mail import PracticeMail
from sandbox.pagerduty import PracticePagerDuty
from sandbox.text_gateway import PracticeTextGateway


@dataclass(frozen=True)
class PracticeOutside:
    """The running services, and the environment that names them."""

    pagerduty: PracticePagerDuty
    mail: PracticeMail
    texts: PracticeTextGateway
    environment: dict[str, str]


@asynccontextmanager
async def practice_outside(folder: Path) -> AsyncIterator[PracticeOutside]:
    """All three, for as long as the context lasts; `folder` keeps who vouches for them."""
    tls, authority = serving_certificate("localhost")
    ca_file = folder / "practice-ca.pem"
    ca_file.write_bytes(authority)
    async with AsyncExitStack() as stack:
        pagerduty = await stack.enter_async_context(PracticePagerDuty(tls))
        mail = await stack.enter_async_context(PracticeMail(tls))
        texts = await stack.enter_async_context(PracticeTextGateway())
        environment = {
            "PAGERDUTY_EVENTS_URL": pagerduty.url,
            "PAGERDUTY_ROUTING_KEY": pagerduty.routing_key,
            "SMTP_HOST": "localhost",
            "SMTP_PORT": str(mail.port),
            "SMTP_USERNAME": mail.username,
            "SMTP_PASSWORD": mail.password,
            "TEXT_GATEWAY_URL": texts.url,
            "TEXT_GATEWAY_SECRET": texts.secret,
            "OUTSIDE_CA_PATH": str(ca_file),
        }
        yield PracticeOutside(pagerduty, mail, texts, environment)
