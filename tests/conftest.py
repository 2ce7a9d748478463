"""For all tests: Hypothesis asserts no time; logs and event loop are the bot's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import uvloop
from hypothesis import settings

from bot.logs import configure_logs

settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

configure_logs()


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Asked by pytest-asyncio for every test that is a coroutine."""
    return {"uvloop": uvloop.new_event_loop}
