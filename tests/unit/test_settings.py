"""The pace of messages and the time that things are kept are told from outside, and checked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import PracticeClock, SystemClock
from bot.settings import Settings, SettingsError, read_settings

NEEDED = {
    "COUNTERSIGN_POLICIES": "policies",
    "COUNTERSIGN_INTAKE_TOKEN": "t",
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_SIGNING_SECRET": "s",
}


def read(**more: str) -> Settings:
    return read_settings(NEEDED | more)


def test_without_a_word_it_is_a_second_a_channel_and_ninety_days() -> None:
    assert (1.0, 90) == (read().channel_pace, read().keep_days)


@pytest.mark.parametrize(("told", "expected"), [("0", 0.0), ("0.25", 0.25), ("10", 10.0)])
def test_a_pace_is_read_in_seconds(told: str, expected: float) -> None:
    assert expected == read(COUNTERSIGN_CHANNEL_PACE=told).channel_pace


@pytest.mark.parametrize("told", ["-1", "inf", "nan", "1e3", "fast", "1,5", "1234", "٣"])
def test_a_pace_that_is_no_time_is_refused(told: str) -> None:
    with pytest.raises(SettingsError, match="COUNTERSIGN_CHANNEL_PACE"):
        read(COUNTERSIGN_CHANNEL_PACE=told)


@pytest.mark.parametrize("told", ["6", "0", "-90", "1.5", "ever"])
def test_forgetting_within_a_week_is_refused(told: str) -> None:
    with pytest.raises(SettingsError, match="COUNTERSIGN_KEEP_DAYS is a number of days, 7 at least"):
        read(COUNTERSIGN_KEEP_DAYS=told)


def test_time_is_skipped_for_a_slack_of_this_machine_only(tmp_path: Path) -> None:
    ahead = tmp_path / "clock"
    ahead.write_text("900.0")

    settings = read(
        COUNTERSIGN_PRACTICE_CLOCK=str(ahead), COUNTERSIGN_SLACK_API_URL="http://127.0.0.1:8700/api/"
    )
    skipped = PracticeClock(ahead).now() - SystemClock().now()

    assert ahead == settings.practice_clock
    assert timedelta(minutes=14) < skipped < timedelta(minutes=15)
    for url in ("", "https://slack.com/api/", "https://127.0.0.1.example.com/api/"):
        with pytest.raises(SettingsError, match="COUNTERSIGN_PRACTICE_CLOCK is for a practice Slack"):
            read(COUNTERSIGN_PRACTICE_CLOCK=str(ahead), COUNTERSIGN_SLACK_API_URL=url)


def test_without_a_signing_secret_one_is_told_that_socket_mode_needs_none() -> None:
    with pytest.raises(SettingsError, match=r"^SLACK_SIGNING_SECRET .+ set SLACK_APP_TOKEN instead"):
        read(SLACK_SIGNING_SECRET="")
    assert "" == read(SLACK_SIGNING_SECRET="", SLACK_APP_TOKEN="xapp-1").secrets.signing_secret
