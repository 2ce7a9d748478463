"""From policy and the settings of a system to its Alertmanager; both are checked before the bot serves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from bot.redaction.redactor import Redactor
from bot.systems.alertmanager import wording as w
from bot.systems.alertmanager.api import AlertmanagerApi
from bot.systems.alertmanager.disclosing import Disclosure
from bot.systems.http.opening import opened as opened_api
from handlers.actions.alertmanager.ports import Bounds
from handlers.errors import DoNotRetry
from handlers.ports.clock import Clock
from policies.silences import carried, graver, kept_audible
from policies.systems import System

URL, TOKEN = "alertmanager_url", "alertmanager_token"


@asynccontextmanager
async def opened(settings: Mapping[str, str], clock: Clock, system: System) -> AsyncIterator[AlertmanagerApi]:
    """The Alertmanager of a system. Raises DoNotRetry for an address or token that cannot be one."""
    bounds = _bounds(system)
    async with opened_api(settings, clock, url=URL, token=TOKEN) as api:
        yield AlertmanagerApi(api, bounds, Disclosure(system, Redactor()))


def _bounds(system: System) -> Bounds:
    """What policy says. Without its rules nothing may be hidden, so nothing is opened."""
    if system.silences is None or system.signals is None:
        raise DoNotRetry(w.NO_RULES, "no-rules")
    return Bounds(
        carried=carried(system.silences),
        audible=kept_audible(system.signals, system.silences),
        grave=graver(system.signals, system.silences),
        longest=system.silences.longest,
    )
