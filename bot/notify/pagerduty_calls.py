"""PagerDuty's own client, which blocks: its calls run in threads; failures become those of the ports."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import pagerduty

from handlers.errors import DoNotRetry, OutcomeUnknown, TryAgainLater

SECONDS = 8
"""Of one call; the client waits no longer, so its thread ends soon after whoever asked has gone."""
_ODD = "what answered is not PagerDuty, or speaks another form"
_T = TypeVar("_T")


def options(settings: Mapping[str, str]) -> dict[str, Any]:
    """How the client reaches PagerDuty: `url` for other service regions, `ca_file` behind a proxy.

    Raises DoNotRetry for what cannot be.
    """
    url = settings.get("url")
    if url is not None and not url.startswith("https://"):
        raise DoNotRetry("PagerDuty's `url` must be an https address", "bad-url")
    if "ca_file" not in settings:
        return {"base_url": url}
    try:
        return {"base_url": url, "verify": ssl.create_default_context(cafile=settings["ca_file"])}
    except OSError as error:
        raise DoNotRetry("PagerDuty's `ca_file` cannot be read", "bad-ca") from error


def patient(client: pagerduty.ApiClient) -> None:
    """No retries inside the client: the queue of due work is patient enough, and a thread must end."""
    client.timeout = SECONDS
    client.max_network_attempts = 0
    client.retry = {429: 1}
    client.sleep_timer = 0.2


async def call(work: Callable[[], _T]) -> _T:
    """Run a call of the client in a thread.

    Raises DoNotRetry when PagerDuty refuses it for good, TryAgainLater when it is busy, OutcomeUnknown when
    no answer came, or one that is not PagerDuty's.
    """
    try:
        return await asyncio.to_thread(work)
    except pagerduty.HttpError as error:
        status = error.response.status_code if error.response is not None else 0
        if status == 429 or status >= 500:
            raise TryAgainLater(f"PagerDuty answered {status}", after=30.0) from None
        if 200 <= status < 300:
            raise OutcomeUnknown(_ODD) from None
        raise DoNotRetry(f"PagerDuty refused it ({status})", f"http-{status}") from None
    except pagerduty.Error as error:
        raise OutcomeUnknown(f"PagerDuty did not answer ({type(error).__name__})") from None
    # What is said of on-calls is taken apart within the call; another form of it is no answer either.
    except (pagerduty.UrlError, ValueError, TypeError, AttributeError, LookupError):
        raise OutcomeUnknown(_ODD) from None
