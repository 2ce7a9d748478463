"""Who a bot token is, and what it may do. https://docs.slack.dev/reference/methods/auth.test"""

from __future__ import annotations

from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.calls import asked

SCOPES = "x-oauth-scopes"


@dataclass(frozen=True)
class Identity:
    """The token's workspace (and enterprise, or empty), its user, and its scopes."""

    team: str
    enterprise: str
    user: str
    scopes: frozenset[str]


async def identity_of(client: AsyncWebClient) -> Identity:
    """Slack's word on the token. Raises TryAgainLater, or DoNotRetry with Slack's code."""
    headers: dict[str, str] = {}

    async def call() -> AsyncSlackResponse:
        response = await client.auth_test()
        headers.update({str(name).lower(): str(value) for name, value in response.headers.items()})
        return response

    told = await asked(call())
    return Identity(
        team=str(told.get("team_id", "")),
        enterprise=str(told.get("enterprise_id") or ""),
        user=str(told.get("user_id", "")),
        scopes=frozenset(name.strip() for name in headers.get(SCOPES, "").split(",") if name.strip()),
    )
