"""conversations.*: what the app may read of channels and threads."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TypeVar

from sandbox.slack.administration import set_membership
from sandbox.slack.arguments import flag, required, whole
from sandbox.slack.channel import Channel
from sandbox.slack.errors import SlackError
from sandbox.slack.people import BOT_USER
from sandbox.slack.shapes import Json
from sandbox.slack.web_api import Api, Method

T = TypeVar("T")
READ = ("channels:read", "groups:read", "im:read", "mpim:read")
HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")
_PREFIX = {"channel": "channels", "group": "groups", "im": "im"}


def list_channels(api: Api, args: Json) -> Json:
    """conversations.list; `types` is public_channel unless it says otherwise."""
    kinds = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}
    wanted = [each.strip() for each in str(args.get("types") or "public_channel").split(",")]
    if not set(wanted) <= set(kinds):
        raise SlackError("invalid_types")
    for each in wanted:
        api.need_scope(f"{_PREFIX.get(kinds[each], 'mpim')}:read")
    found = [
        channel
        for channel in api.workspace.channels.values()
        if channel.kind in {kinds[each] for each in wanted}
        and not (flag(args, "exclude_archived") and channel.is_archived)
        and (channel.kind == "channel" or BOT_USER in channel.members)
    ]
    page, cursor = _page(found, args, default=100, most=1000)
    return {"channels": [each.to_slack() for each in page], "response_metadata": {"next_cursor": cursor}}


def info(api: Api, args: Json) -> Json:
    channel = _readable(api, args, "read")
    told = channel.to_slack()
    if not flag(args, "include_num_members"):
        told.pop("num_members", None)
    return {"channel": told}


def members(api: Api, args: Json) -> Json:
    channel = _readable(api, args, "read")
    page, cursor = _page(channel.members, args, default=100, most=1000)
    return {"members": list(page), "response_metadata": {"next_cursor": cursor}}


def history(api: Api, args: Json) -> Json:
    """conversations.history: newest first, replies only when they were sent to the channel too."""
    channel = _readable(api, args, "history", inside=True)
    top = [
        each
        for each in channel.living()
        if each.get("thread_ts", each["ts"]) == each["ts"] or each.get("subtype") == "thread_broadcast"
    ]
    found = _between(top, args)[::-1]
    page, cursor = _page(found, args, default=100, most=999)
    return _messages(api, page, cursor, args)


def replies(api: Api, args: Json) -> Json:
    """conversations.replies: the parent first on every page, then replies, oldest first.

    Given the ts of a reply it returns that reply alone, as Slack does.
    """
    channel = _readable(api, args, "history", inside=True)
    ts = required(args, "ts")
    root = next((each for each in channel.living() if each["ts"] == ts), None)
    if root is None:
        raise SlackError("thread_not_found")
    if root.get("thread_ts", ts) != ts:
        return _messages(api, [root], "", args)
    page, cursor = _page(_between(channel.replies(ts), args), args, default=1000, most=1000)
    return _messages(api, [root, *page], cursor, args)


def open_conversation(api: Api, args: Json) -> Json:
    """conversations.open: the direct conversation with one person."""
    if args.get("channel"):
        return {"channel": {"id": api.channel(str(args["channel"])).id}}
    users = [each.strip() for each in required(args, "users").split(",")]
    if any(each not in api.workspace.users for each in users):
        raise SlackError("user_not_found")
    if len(users) != 1:
        raise SlackError("method_not_supported_for_channel_type")
    if api.workspace.users[users[0]].deleted:
        raise SlackError("user_disabled")
    channel = api.workspace.open_im(users[0])
    return {"channel": channel.to_slack() if flag(args, "return_im") else {"id": channel.id}}


def join(api: Api, args: Json) -> Json:
    channel = api.channel(required(args, "channel"))
    if channel.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    already = BOT_USER in channel.members
    set_membership(api.workspace, channel, api.workspace.users[BOT_USER], member=True)
    told: Json = {"channel": channel.to_slack()}
    if already:
        told |= {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
    return told


def _readable(api: Api, args: Json, what: str, *, inside: bool = False) -> Channel:
    channel = api.channel(required(args, "channel"))
    api.need_scope(f"{_PREFIX[channel.kind]}:{what}")
    if BOT_USER not in channel.members:
        if channel.is_private:
            raise SlackError("channel_not_found")
        if inside:
            raise SlackError("not_in_channel")
    return channel


def _between(messages: list[Json], args: Json) -> list[Json]:
    oldest, latest, inclusive = str(args.get("oldest") or "0"), args.get("latest"), flag(args, "inclusive")
    try:
        low, high = _ticks(oldest), _ticks(str(latest)) if latest else None
    except ValueError:
        raise SlackError("invalid_ts_oldest" if latest is None else "invalid_ts_latest") from None

    def inside(ts: str) -> bool:
        at = _ticks(ts)
        after = at >= low if inclusive else at > low
        return after and (high is None or (at <= high if inclusive else at < high))

    return [each for each in messages if inside(each["ts"])]


def _ticks(ts: str) -> int:
    """A timestamp in microseconds; as text, never as a float, or neighbours become equal."""
    seconds, _, micros = ts.partition(".")
    return int(seconds) * 1_000_000 + int(micros.ljust(6, "0")[:6] or 0)


def _page(found: Sequence[T], args: Json, *, default: int, most: int) -> tuple[Sequence[T], str]:
    limit = whole(args, "limit", default, most)
    start = 0
    if cursor := args.get("cursor"):
        try:
            kind, _, number = base64.b64decode(str(cursor), validate=True).decode().partition(":")
            start = int(number)
        except ValueError:
            raise SlackError("invalid_cursor") from None
        if kind != "next":
            raise SlackError("invalid_cursor")
    page = found[start : start + limit]
    more = start + limit < len(found)
    return page, base64.b64encode(f"next:{start + limit}".encode()).decode() if more else ""


def _messages(api: Api, messages: Sequence[Json], cursor: str, args: Json) -> Json:
    metadata = flag(args, "include_all_metadata")
    told: Json = {
        "messages": [api.workspace.as_read(each, metadata=metadata) for each in messages],
        "has_more": bool(cursor),
    }
    if cursor:
        told["response_metadata"] = {"next_cursor": cursor}
    return told


METHODS = {
    "conversations.list": Method(list_channels, READ, takes_json=False),
    "conversations.info": Method(info, READ, takes_json=False),
    "conversations.members": Method(members, READ, takes_json=False),
    "conversations.history": Method(history, HISTORY, takes_json=False),
    "conversations.replies": Method(replies, HISTORY, takes_json=False),
    "conversations.open": Method(
        open_conversation, ("channels:manage", "groups:write", "im:write", "mpim:write")
    ),
    "conversations.join": Method(join, ("channels:join",)),
}
