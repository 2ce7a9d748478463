"""users.*, usergroups.*, bots.*: who somebody is and where they belong."""

from __future__ import annotations

from sandbox.slack.arguments import flag, required, whole
from sandbox.slack.errors import SlackError
from sandbox.slack.people import Group
from sandbox.slack.shapes import Json
from sandbox.slack.web_api import Api, Method


def user_info(api: Api, args: Json) -> Json:
    user = api.workspace.users.get(required(args, "user"))
    if user is None:
        raise SlackError("user_not_found")
    return {"user": user.to_slack()}


def user_list(api: Api, args: Json) -> Json:
    """users.list: the team's own members; a stranger from Slack Connect is not among them."""
    everyone = [each for each in api.workspace.users.values() if not each.is_stranger]
    limit = whole(args, "limit", len(everyone) or 1, 1000)
    try:
        start = int(args.get("cursor") or 0)
    except ValueError:
        raise SlackError("invalid_cursor") from None
    following = str(start + limit) if start + limit < len(everyone) else ""
    return {
        "members": [each.to_slack() for each in everyone[start : start + limit]],
        "cache_ts": int(api.workspace.clock.wall()),
        "response_metadata": {"next_cursor": following},
    }


def group_list(api: Api, args: Json) -> Json:
    _need_paid_plan(api)
    groups = [
        each for each in api.workspace.groups.values() if each.is_enabled or flag(args, "include_disabled")
    ]
    told = [each.to_slack(include_users=flag(args, "include_users")) for each in groups]
    if not flag(args, "include_count"):
        for each in told:
            del each["user_count"]
    return {"usergroups": told}


def group_users(api: Api, args: Json) -> Json:
    _need_paid_plan(api)
    group: Group | None = api.workspace.groups.get(required(args, "usergroup"))
    if group is None or not (group.is_enabled or flag(args, "include_disabled")):
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}


def bot_info(api: Api, args: Json) -> Json:
    bot = next((each for each in api.workspace.users.values() if each.bot_id == required(args, "bot")), None)
    if bot is None:
        raise SlackError("bot_not_found")
    told: Json = {
        "id": bot.bot_id,
        "deleted": bot.deleted,
        "name": bot.handle,
        "updated": bot.updated,
        "app_id": bot.app_id,
        "user_id": bot.id,
        "icons": {},
    }
    return {"bot": told}


def _need_paid_plan(api: Api) -> None:
    """User groups belong to paid plans (docs.slack.dev/reference/methods/usergroups.list)."""
    if not api.paid_plan:
        raise SlackError("paid_teams_only")


METHODS = {
    "users.info": Method(user_info, ("users:read",), takes_json=False),
    "users.list": Method(user_list, ("users:read",), takes_json=False),
    "usergroups.list": Method(group_list, ("usergroups:read",), takes_json=False),
    "usergroups.users.list": Method(group_users, ("usergroups:read",), takes_json=False),
    "bots.info": Method(bot_info, ("users:read",), takes_json=False),
}
