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


BEFORE = ("SLACK_BOT_TOKEN_PREVIOUS", "SLACK_SIGNING_SECRET_PREVIOUS", "SLACK_APP_TOKEN_PREVIOUS")


def test_no_secret_of_before_is_assumed() -> None:
    assert ("", "", "") == (*vars(read().secrets.previous).values(),)


@pytest.mark.parametrize("name", BEFORE)
def test_a_previous_secret_is_one_that_differs_and_has_one_after_it(name: str, tmp_path: Path) -> None:
    now, file = {name.removesuffix("_PREVIOUS"): "now"}, tmp_path / "secret"
    file.write_text("before\n")

    for told in ({name: "before"}, {f"{name}_FILE": str(file)}):
        assert (name,) == read(**now, **told).secrets.previous.named
    with pytest.raises(SettingsError, match=f"^{name} is the same as "):
        read(**now, **{name: " now "})
    file.write_text("\n")
    for empty in ({name: ""}, {name: " "}, {f"{name}_FILE": ""}, {f"{name}_FILE": str(file)}):
        with pytest.raises(SettingsError, match=f"^{name} is set and empty"):
            read(**now, **empty)
    with pytest.raises(SettingsError, match=f"^{name}_FILE names a file that cannot be read [^\n]*$"):
        read(**now, **{f"{name}_FILE": str(tmp_path / "none")})


def test_what_verifies_nothing_now_verifies_nothing_from_before() -> None:
    """Or in Socket Mode, which takes no signature, the one before would be taken."""
    socket = {"SLACK_SIGNING_SECRET": "", "SLACK_APP_TOKEN": "xapp-1"}
    with pytest.raises(
        SettingsError, match=r"^SLACK_SIGNING_SECRET_PREVIOUS is set, and SLACK_SIGNING_SECRET is not\."
    ):
        read(**socket, SLACK_SIGNING_SECRET_PREVIOUS="before")


def test_no_secret_is_in_what_is_printed_of_the_settings() -> None:
    secrets = read(SLACK_SIGNING_SECRET_PREVIOUS="before").secrets
    assert "before" not in f"{secrets} {secrets.previous}"


def test_a_secret_that_was_taken_for_the_name_of_its_file_is_not_told() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(NEEDED | {"SLACK_BOT_TOKEN": "", "SLACK_BOT_TOKEN_FILE": "xoxb-1"})
    assert "SLACK_BOT_TOKEN_FILE names a file that cannot be read (FileNotFoundError)." in str(caught.value)
    assert "xoxb-1" not in str(caught.value)
