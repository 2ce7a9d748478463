"""Calls to Slack's Web API and what their failures mean for the caller."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import aiohttp
from prometheus_client import Counter
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from handlers.errors import DoNotRetry, OutcomeUnknown, PictureNotReady, TryAgainLater

RATE_LIMITED = Counter("countersign_slack_rate_limited_total", "429s of Slack by method", ["method"])
REPLY_URL = "response_url"
"""The method of an answer to a response_url, which has none."""

_UNSURE = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
)
"""Codes that Slack gives when it does not say whether the call had its effect."""

_PAGES = 10
"""Pages of one list that are read."""


async def told(call: Awaitable[AsyncSlackResponse]) -> dict[str, Any]:
    """Await a call that changes something.

    Raises TryAgainLater when nothing happened, DoNotRetry (with Slack's code) when Slack refused for good,
    OutcomeUnknown when the answer was lost. https://docs.slack.dev/apis/web-api/rate-limits
    """
    try:
        response = await call
    except SlackApiError as error:
        raise _meaning(error) from error
    except aiohttp.ClientConnectorError as error:
        raise TryAgainLater("Slack cannot be reached", after=2) from error
    except (aiohttp.ClientError, TimeoutError, SlackRequestError) as error:
        raise OutcomeUnknown(f"Slack's answer was lost ({type(error).__name__})") from error
    return dict(response.data) if isinstance(response.data, dict) else {}


async def asked(call: Awaitable[AsyncSlackResponse]) -> dict[str, Any]:
    """Await a call that only reads: a lost answer means ask again later."""
    try:
        return await told(call)
    except OutcomeUnknown as lost:
        raise TryAgainLater(str(lost), after=1) from lost


async def pages(
    method: Callable[..., Awaitable[AsyncSlackResponse]], **what: Any
) -> AsyncIterator[dict[str, Any]]:
    """The answers of a method that lists something, page after page."""
    cursor = None
    for _ in range(_PAGES):
        page = await asked(method(**what, cursor=cursor))
        yield page
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return


def _meaning(error: SlackApiError) -> TryAgainLater | DoNotRetry | OutcomeUnknown:
    response = error.response
    status = getattr(response, "status_code", 0)
    body = response.data if isinstance(getattr(response, "data", None), dict) else {}
    code = str(body.get("error", ""))
    if status == 429 or code == "ratelimited":
        RATE_LIMITED.labels(method_of(response)).inc()
        return TryAgainLater("Slack asks for patience", after=retry_after(response.headers))
    if status >= 500 or code in _UNSURE or not code:
        return OutcomeUnknown(f"Slack answered {status} {code}".strip())
    if code == "invalid_blocks" and any("/slack_file" in str(one) for one in body.get("errors", ())):
        return PictureNotReady("Slack does not show the picture", code)
    needed = f" (needs {body['needed']})" if body.get("needed") else ""
    return DoNotRetry(f"Slack refused: {code}{needed}", code)


def method_of(response: Any) -> str:
    """The method that Slack answered, `chat.update`: one of those that the bot calls."""
    return str(getattr(response, "api_url", "")).rstrip("/").rsplit("/", 1)[-1] or "unknown"


def retry_after(headers: Mapping[str, Any]) -> float:
    """Seconds that Slack asks to wait, one when it does not say; header names arrive in any case."""
    named = {str(name).lower(): value for name, value in headers.items()}
    value = named.get("retry-after", "1")
    value = str(value[0] if isinstance(value, list) else value)
    return max(1.0, float(value)) if value.isdigit() else 1.0
