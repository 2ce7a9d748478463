"""For all tests: Hypothesis asserts no time, and what is logged is logged as the bot does."""

from __future__ import annotations

from hypothesis import settings

from bot.logs import configure_logs

settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

configure_logs()
