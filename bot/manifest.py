"""The Slack app manifest that the loaded policies need, to be pasted at https://api.slack.com/apps.

https://docs.slack.dev/reference/app-manifest
"""

from __future__ import annotations

from typing import Any

from handlers.speaking.shortcuts import SHORTCUTS
from policies.schema import PolicyBook

BOT_SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:write",
    "usergroups:read",
    "users:read",
)
EVENTS = (
    "app_home_opened",
    "app_mention",
    "message.channels",
    "message.groups",
    "subteam_members_changed",
    "subteam_updated",
    "user_change",
)
COMMANDS = {
    "ops": ("Ask for an action, or see what you may do", "<system> <action> … because <reason>"),
    "oncall": ("See who is on call", "[system]"),
    "release": ("Release a quarantined run", "<run id> because <reason>"),
    "rerun": ("Ask for the approval of a rerun", "<run id> because <mitigation>"),
    "restart": ("Restart a deployment", "<deployment> because <reason>"),
    "revoke": ("Revoke tokens", "[<system>] <token> <token> … because <reason>"),
    "rollback": ("Roll a deployment back", "<deployment> [to <revision>] because <reason>"),
    "scale": ("Scale a deployment", "<deployment> <replicas> because <reason>"),
}

_MEANS = {"ops": "", "revoke": "revoke-tokens"}
"""What stands before the typed words, where it is not the command's own name."""


def first_words(book: PolicyBook) -> dict[str, str]:
    """Every slash command, with policy's prefix, and the action that it names; `/ops` names none."""
    words = {command: _MEANS.get(command, command) for command in COMMANDS}
    return {book.slash(command): word for command, word in words.items()}


def manifest(book: PolicyBook, public_url: str, *, socket_mode: bool) -> dict[str, Any]:
    """The manifest as JSON. In Socket Mode no request URL is needed."""
    url = f"{public_url.rstrip('/')}/slack/events"
    at = {} if socket_mode else {"url": url}
    commands = [
        {"command": book.slash(name), "description": does, "usage_hint": hint, "should_escape": True, **at}
        for name, (does, hint) in COMMANDS.items()
    ]
    request_url = {} if socket_mode else {"request_url": url}
    systems = ", ".join(system.title for system in book.systems.values())
    return {
        "display_information": {"name": "Countersign", "description": f"Two people run it: {systems}"[:140]},
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "countersign", "always_online": True},
            "slash_commands": commands,
            "shortcuts": [
                {"name": name, "type": "message", "callback_id": callback, "description": does}
                for callback, (name, does) in SHORTCUTS.items()
            ],
        },
        "oauth_config": {"scopes": {"bot": list(BOT_SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS), **request_url},
            "interactivity": {"is_enabled": True, **request_url},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": False,
        },
    }
