"""What the wiring of a replica hands on from one step to the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sealing import HmacSealer
from bot.settings import Settings
from bot.tracing.port import Tracing
from bot.workers import Tuning
from handlers.ports.clock import Clock
from policies.schema import PolicyBook

Wrap = Callable[[str, Any], Any]
"""Sees every port by name before the handlers do; the chaos tests count and stop calls with it."""


@dataclass(frozen=True)
class Parts:
    """What the wiring has gathered before Slack is asked who the bot is."""

    settings: Settings
    environment: Mapping[str, str]
    book: PolicyBook
    store: Any
    clock: Clock
    tuning: Tuning
    slack: AsyncWebClient
    session: aiohttp.ClientSession
    wrap: Wrap
    tracing: Tracing
    name: str
    """Of this replica, among all that there ever were."""


def sealer_of(settings: Settings) -> HmacSealer:
    """Marks with the secrets of now; verifies with each pair of what they are and were before.

    Secrets that were renewed one after the other leave marks of an old one beside a new one.
    """
    now, before = settings.secrets, settings.secrets.previous
    pair = (now.bot_token, now.signing_secret or now.app_token)
    firsts = filter(None, (pair[0], before.bot_token))
    seconds = filter(None, (pair[1], before.signing_secret, before.app_token))
    return HmacSealer(*pair, earlier=[one for one in product(firsts, seconds) if one != pair])
