"""Settings from the environment (fixed names; each can also end in `_FILE` and name a file instead)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from handlers.alerting.sources import ROUTED
from handlers.trimming import KEEP_DAYS, LEAST_KEEP_DAYS

DEFAULT_LISTEN = "127.0.0.1:3000"
DEFAULT_API_URL = "https://slack.com/api/"
INTAKE_BURST = 20_000
"""Alerts that one source may send at once: twice a storm of 10,000."""
SIGNING_SOURCES = ("generic", "grafana")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_PACE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3})?")


class SettingsError(Exception):
    """A setting is missing or cannot be; the message says which and what to do."""


@dataclass(frozen=True)
class Settings:
    """What one replica is told from outside. Secrets never appear in its repr.

    `channel_pace` is in seconds between messages in a channel; what is over is forgotten after `keep_days`.
    `intake_burst` is how many alerts one source may send at once. `practice_clock` names the file that says
    how far practice is ahead; no real workspace has one.
    """

    policies: Path
    host: str
    port: int
    data: Path
    redis_url: str
    api_url: str
    channel_pace: float
    keep_days: int
    pictures: bool
    intake_burst: int
    practice_clock: Path | None
    secrets: Secrets


@dataclass(frozen=True, repr=False)
class Secrets:
    """Tokens and keys. `app_token` set means Socket Mode. `source_tokens` and `source_keys` are those of
    one source of alerts each, by its name. `previous` are Slack's from before they were renewed."""

    bot_token: str
    signing_secret: str
    app_token: str
    intake_token: str
    source_tokens: Mapping[str, str]
    source_keys: Mapping[str, str]
    previous: Previous


@dataclass(frozen=True, repr=False)
class Previous:
    """What was renewed, as it was before; empty where nothing is named. It verifies, and marks nothing."""

    bot_token: str = ""
    signing_secret: str = ""
    app_token: str = ""

    @property
    def named(self) -> tuple[str, ...]:
        """The variables of those that are set."""
        return tuple(f"SLACK_{name.upper()}{_PREVIOUS}" for name, secret in vars(self).items() if secret)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read every setting. Raises SettingsError with all that is wrong, a line each."""
    wrong: list[str] = []

    def value(name: str, default: str = "", *, need: str = "") -> str:
        found = _value(environment, name, wrong) or default
        if need and not found:
            wrong.append(f"{name} is not set. {need}")
        return found

    policies = value("COUNTERSIGN_POLICIES", need=_START_POLICIES)
    app_token = value("SLACK_APP_TOKEN")
    signing_need = "" if app_token else _ON_BASIC_INFORMATION
    tokens, keys = of_sources = (
        _by_source(value, "COUNTERSIGN_INTAKE_TOKEN", ROUTED),
        _by_source(value, "COUNTERSIGN_INTAKE_KEY", SIGNING_SOURCES),
    )
    bot_token = value("SLACK_BOT_TOKEN", need=_ON_OAUTH_PAGE)
    signing_secret = value("SLACK_SIGNING_SECRET", need=signing_need)
    secrets = Secrets(
        bot_token=bot_token,
        signing_secret=signing_secret,
        app_token=app_token,
        intake_token=value("COUNTERSIGN_INTAKE_TOKEN", need="" if any(of_sources) else _START_INTAKE),
        source_tokens=tokens,
        source_keys=keys,
        previous=Previous(
            bot_token=_previous(environment, "SLACK_BOT_TOKEN", bot_token, wrong),
            signing_secret=_previous(environment, "SLACK_SIGNING_SECRET", signing_secret, wrong),
            app_token=_previous(environment, "SLACK_APP_TOKEN", app_token, wrong),
        ),
    )
    host, _, port = value("COUNTERSIGN_LISTEN", DEFAULT_LISTEN).rpartition(":")
    if not port.isdigit() or int(port) > 65535:
        wrong.append(f"COUNTERSIGN_LISTEN must be host:port, such as {DEFAULT_LISTEN}.")
        port = "0"
    data = value("COUNTERSIGN_DATA", "data")
    pace = value("COUNTERSIGN_CHANNEL_PACE", "1")
    if not _PACE.fullmatch(pace):
        wrong.append("COUNTERSIGN_CHANNEL_PACE is in seconds between messages in a channel, such as 0.5.")
    keep_days = value("COUNTERSIGN_KEEP_DAYS", str(KEEP_DAYS))
    if not keep_days.isdecimal() or int(keep_days) < LEAST_KEEP_DAYS:
        wrong.append(f"COUNTERSIGN_KEEP_DAYS is a number of days, {LEAST_KEEP_DAYS} at least.")
    pictures = value("COUNTERSIGN_PICTURES", "on")
    if pictures not in ("on", "off"):
        wrong.append("COUNTERSIGN_PICTURES is `on`, or `off` for alerts without pictures of their metrics.")
    burst = value("COUNTERSIGN_INTAKE_BURST", str(INTAKE_BURST))
    if not burst.isdecimal() or not 0 < int(burst) <= 10_000_000:
        wrong.append(f"COUNTERSIGN_INTAKE_BURST is a number of alerts, such as {INTAKE_BURST}.")
        burst = "1"
    api_url = value("COUNTERSIGN_SLACK_API_URL", DEFAULT_API_URL)
    practice_clock = value("COUNTERSIGN_PRACTICE_CLOCK")
    if practice_clock and urlsplit(api_url).hostname not in _LOOPBACK:
        wrong.append("COUNTERSIGN_PRACTICE_CLOCK is for a practice Slack on this machine. Take it away.")
    if wrong:
        raise SettingsError("\n".join(wrong))
    return Settings(
        policies=Path(policies),
        host=host,
        port=int(port),
        data=Path(data),
        redis_url=value("REDIS_URL"),
        api_url=api_url,
        channel_pace=float(pace),
        keep_days=int(keep_days),
        pictures=pictures == "on",
        intake_burst=int(burst),
        practice_clock=Path(practice_clock) if practice_clock else None,
        secrets=secrets,
    )


def read_slack(environment: Mapping[str, str]) -> tuple[str, str]:
    """The bot token and the address of Slack's API, for what needs nothing else. Raises SettingsError."""
    wrong: list[str] = []
    token = _value(environment, "SLACK_BOT_TOKEN", wrong)
    if not token:
        wrong.append(f"SLACK_BOT_TOKEN is not set. {_ON_OAUTH_PAGE}")
    url = _value(environment, "COUNTERSIGN_SLACK_API_URL", wrong) or DEFAULT_API_URL
    if wrong:
        raise SettingsError("\n".join(wrong))
    return token, url


def read_setting(environment: Mapping[str, str], name: str, default: str = "") -> str:
    """One setting alone, for a command that needs few. Raises SettingsError."""
    wrong: list[str] = []
    found = _value(environment, name, wrong) or default
    if wrong:
        raise SettingsError("\n".join(wrong))
    return found


def _by_source(value: Callable[[str], str], name: str, sources: Iterable[str]) -> dict[str, str]:
    """The variables of single sources that are set: `NAME_RUN_RECORD` for `run-record`."""
    found = {one: value(f"{name}_{one.upper().replace('-', '_')}") for one in sources}
    return {source: secret for source, secret in found.items() if secret}


def _previous(environment: Mapping[str, str], name: str, now: str, wrong: list[str]) -> str:
    """The secret before this one. A slip is told: nobody would notice that it verifies nothing, or stays."""
    before = f"{name}{_PREVIOUS}"
    if before not in environment and f"{before}_FILE" not in environment:
        return ""
    known = len(wrong)
    found = _value(environment, before, wrong)
    if len(wrong) > known:
        return ""
    if not found:
        wrong.append(f"{before} is set and empty. {_GIVE_OR_TAKE_OUT}")
    elif found == now:
        wrong.append(f"{before} is the same as {name}. {_GIVE_OR_TAKE_OUT}")
    elif not now:
        wrong.append(f"{before} is set, and {name} is not. Set both, or take it out.")
    return found


_PREVIOUS = "_PREVIOUS"
_GIVE_OR_TAKE_OUT = "Give it the secret from before it was renewed, or take it out."
_START_INTAKE = "Make one up (32 random characters) and give it to the senders of alerts."
_ON_OAUTH_PAGE = (
    "It is under OAuth & Permissions in the app's settings in Slack (xoxb-…); "
    "`countersign manifest` prints what an app is made from."
)
_ON_BASIC_INFORMATION = (
    "It is under Basic Information in the app's settings in Slack. "
    "Socket Mode needs none, nor a public address: set SLACK_APP_TOKEN instead (xapp-…, made there too)."
)
_START_POLICIES = (
    "Copy the folder policies/rules of this project, put your own ids in, and name it here;"
    " `countersign check DIR` tells what is missing."
)


def _value(environment: Mapping[str, str], name: str, wrong: list[str]) -> str:
    """A variable, or the content of the file that `NAME_FILE` names."""
    plain, file = environment.get(name, ""), environment.get(f"{name}_FILE", "")
    if plain and file:
        wrong.append(f"{name} and {name}_FILE are both set. Keep one.")
    if not file:
        return plain.strip()
    try:
        return Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        # Not what it holds: that is the secret itself, where somebody mistook the one variable for the other.
        wrong.append(f"{name}_FILE names a file that cannot be read ({type(error).__name__}).")
        return ""
