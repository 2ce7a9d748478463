"""What Slack's settings pages hold about the one installed app: tokens, scopes, events, commands."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from sandbox.slack.shapes import Json

SCOPES = frozenset(
    {
        "app_mentions:read",
        "channels:history",
        "channels:join",
        "channels:read",
        "chat:write",
        "chat:write.public",
        "commands",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "reactions:write",
        "usergroups:read",
        "users:read",
    }
)

EVENTS = frozenset(
    {
        "app_home_opened",
        "app_mention",
        "channel_archive",
        "channel_unarchive",
        "member_joined_channel",
        "member_left_channel",
        "message.channels",
        "message.groups",
        "message.im",
        "subteam_members_changed",
        "subteam_updated",
        "user_change",
    }
)


@dataclass(frozen=True)
class Command:
    command: str
    description: str
    usage_hint: str


COMMANDS = (
    Command("/ops", "Ask Countersign to act on a system", "<system> <action> [values] because <reason>"),
    Command("/scale", "Scale a deployment", "<deployment> <replicas> because <reason>"),
    Command("/restart", "Restart a deployment", "<deployment> because <reason>"),
    Command("/rollback", "Roll a deployment back", "<deployment> [revision] because <reason>"),
    Command("/revoke", "Revoke capability tokens", "<token ids> because <reason>"),
    Command("/release", "Release a quarantined run", "<run id> because <reason>"),
    Command("/rerun", "Ask for a rerun of a run", "<run id> because <reason>"),
    Command("/incident", "Open or show an incident", "[open <title>]"),
    Command("/oncall", "Who is on call", "[system]"),
)

SHORTCUTS = (("countersign_status", "Show what is pending here"),)


@dataclass
class AppConfig:
    """The app as its settings pages have it. Tokens are made up when none are given."""

    bot_token: str = field(default_factory=lambda: f"xoxb-{secrets.token_hex(20)}")
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    app_token: str = field(default_factory=lambda: f"xapp-1-A0COUNTER-{secrets.token_hex(20)}")
    verification_token: str = field(default_factory=lambda: secrets.token_hex(12))
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    events: set[str] = field(default_factory=lambda: set(EVENTS))
    commands: tuple[Command, ...] = COMMANDS
    shortcuts: tuple[tuple[str, str], ...] = SHORTCUTS
    home_tab: bool = True

    def adopt_manifest(self, manifest: Json) -> None:
        """Take scopes, events, commands and shortcuts from an app manifest, as Slack does."""
        features, settings = manifest.get("features", {}), manifest.get("settings", {})
        self.home_tab = bool(features.get("app_home", {}).get("home_tab_enabled"))
        self.scopes = set(manifest.get("oauth_config", {}).get("scopes", {}).get("bot", []))
        self.events = set(settings.get("event_subscriptions", {}).get("bot_events", []))
        self.commands = tuple(
            Command(each["command"], each.get("description", ""), each.get("usage_hint", ""))
            for each in features.get("slash_commands", [])
        )
        self.shortcuts = tuple((each["callback_id"], each["name"]) for each in features.get("shortcuts", []))
