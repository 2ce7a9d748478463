"""Who may ask where requests run in people's names: from the policies, and from Slack's user groups now."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import SystemClock
from bot.settings import read_slack
from bot.slack.directory import SlackDirectory
from bot.systems.kubernetes.access import Granted
from policies.schema import PolicyBook

TIMEOUT = 10
"""Seconds for a call to Slack."""


@asynccontextmanager
async def slack_client(token: str, url: str) -> AsyncIterator[AsyncWebClient]:
    """A client that tries nothing twice."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT)) as session:
        yield AsyncWebClient(token, base_url=url, session=session, timeout=TIMEOUT, retry_handlers=[])


async def who_may_ask(
    book: PolicyBook, systems: Iterable[Granted], environment: Mapping[str, str]
) -> frozenset[str]:
    """The ids of everybody who has a role that may ask, where requests run in people's names.

    Slack is asked only for members of user groups. Raises SettingsError without a token, TryAgainLater or
    DoNotRetry when Slack does not say.
    """
    roles = {
        book.roles[name] for system in systems for role in system.asking for name in book.counting_as(role)
    }
    users = {user for role in roles for user in role.users}
    groups = sorted({group for role in roles for group in role.groups})
    if groups:
        async with slack_client(*read_slack(environment)) as client:
            directory = SlackDirectory(client, SystemClock(), book.workspace, book.enterprise or "")
            for group in groups:
                users |= await directory.members(group)
    return frozenset(users)
