"""api.test, auth.test, apps.connections.open, blocks.validate, reactions.add."""

from __future__ import annotations

from sandbox.slack.arguments import required
from sandbox.slack.errors import SlackError
from sandbox.slack.limits import block_faults, view_faults
from sandbox.slack.people import APP_ID, BOT_ID, BOT_NAME, BOT_USER, TEAM
from sandbox.slack.shapes import Json
from sandbox.slack.web_api import Api, Method


def api_test(api: Api, args: Json) -> Json:
    """api.test gives its arguments back, and fails when asked to."""
    given = {name: value for name, value in args.items() if name != "token"}
    if given.get("error"):
        raise SlackError(str(given["error"]), extra={"args": given})
    return {"args": given}


def auth_test(api: Api, args: Json) -> Json:
    return {
        "url": "https://practice.slack.com/",
        "team": "Practice",
        "user": BOT_NAME,
        "team_id": TEAM,
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def connections_open(api: Api, args: Json) -> Json:
    """apps.connections.open: a WebSocket address that is good for one connection."""
    base = api.base_url().replace("http", "ws", 1)
    return {"url": f"{base}/link/?ticket={api.sockets.issue_ticket()}&app_id={APP_ID}"}


def validate_blocks(api: Api, args: Json) -> Json:
    """blocks.validate: exactly one of `blocks`, `message`, `view`."""
    given = [name for name in ("blocks", "message", "view") if args.get(name) is not None]
    if len(given) != 1:
        raise SlackError("invalid_arguments", "must define exactly one of `blocks`, `view` or `message`")
    if given == ["view"]:
        faults = (
            view_faults(args["view"])
            if isinstance(args["view"], dict)
            else ["must be an object [json-pointer:/view]"]
        )
    else:
        blocks = args["blocks"] if given == ["blocks"] else (args["message"] or {}).get("blocks", [])
        faults = block_faults(blocks if isinstance(blocks, list) else [], at="")
    if faults:
        raise SlackError(f"invalid_{given[0]}", extra={"errors": [_as_error(each) for each in faults]})
    return {}


def add_reaction(api: Api, args: Json) -> Json:
    channel = api.channel(required(args, "channel"))
    name = required(args, "name").strip(":")
    message = channel.find(required(args, "timestamp"))
    if message is None:
        raise SlackError("message_not_found")
    if BOT_USER not in channel.members:
        raise SlackError("not_in_channel")
    reactions = message.setdefault("reactions", [])
    reaction = next((each for each in reactions if each["name"] == name), None)
    if reaction is None:
        reaction = {"name": name, "users": [], "count": 0}
        reactions.append(reaction)
    if BOT_USER in reaction["users"]:
        raise SlackError("already_reacted")
    reaction["users"].append(BOT_USER)
    reaction["count"] += 1
    api.workspace.log.append("message_changed", channel=channel.id, message=message)
    return {}


def _as_error(words: str) -> Json:
    message, _, pointer = words.partition(" [json-pointer:")
    return {"pointer": pointer.removesuffix("]"), "code": "failed_constraint", "message": message}


METHODS = {
    "api.test": Method(api_test, caller="nobody"),
    "auth.test": Method(auth_test, caller="any"),
    "apps.connections.open": Method(connections_open, caller="app"),
    "blocks.validate": Method(validate_blocks),
    "reactions.add": Method(add_reaction, ("reactions:write",)),
}
