"""chat.*: the app's words in channels, threads and for one person's eyes."""

from __future__ import annotations

from sandbox.slack.app_words import author, content_of
from sandbox.slack.arguments import flag, required
from sandbox.slack.channel import Channel
from sandbox.slack.errors import SlackError
from sandbox.slack.people import BOT_USER
from sandbox.slack.shapes import Json
from sandbox.slack.web_api import Api, Method


def post_message(api: Api, args: Json) -> Json:
    """chat.postMessage. It knows no idempotency: the same call twice makes two messages."""
    channel = _destination(api, required(args, "channel"))
    content = content_of(args, api.files)
    _need_place(api, channel, public_scope=True)
    api.rates.check_channel("chat.postMessage", channel.id)
    thread_ts = args.get("thread_ts")
    message = api.workspace.post(
        channel,
        {**author(), **content},
        thread_ts=str(thread_ts) if thread_ts else None,
        broadcast=flag(args, "reply_broadcast"),
    )
    return {"channel": channel.id, "ts": message["ts"], "message": api.workspace.as_read(message)}


def update(api: Api, args: Json) -> Json:
    """chat.update: only by id, only the app's own, and what is left out stays as it was."""
    channel = api.channel(required(args, "channel"))
    ts = required(args, "ts")
    changes: Json = content_of(args, api.files, update=True)
    message = channel.find(ts)
    if message is None:
        raise SlackError("message_not_found")
    if channel.is_archived:
        raise SlackError("is_archived")
    if message.get("user") != BOT_USER:
        raise SlackError("cant_update_message")
    if "text" not in args and "markdown_text" not in args:
        del changes["text"]
    if args.get("metadata") == {}:
        changes["metadata"] = None
    for name in ("blocks", "attachments"):
        if args.get(name) == []:
            changes[name] = None
    api.workspace.edit(channel, message, changes, BOT_USER)
    told = api.workspace.as_read(message)
    return {"channel": channel.id, "ts": ts, "text": message["text"], "message": told}


def delete(api: Api, args: Json) -> Json:
    channel = api.channel(required(args, "channel"))
    ts = required(args, "ts")
    message = channel.find(ts)
    if message is None:
        raise SlackError("message_not_found")
    if message.get("user") != BOT_USER:
        raise SlackError("cant_delete_message")
    api.workspace.delete(channel, message)
    return {"channel": channel.id, "ts": ts}


def post_ephemeral(api: Api, args: Json) -> Json:
    """chat.postEphemeral: nobody can read it back, not even the app."""
    channel = _destination(api, required(args, "channel"))
    user = required(args, "user")
    content = content_of(args, api.files)
    if "metadata" in content:
        del content["metadata"]
    _need_place(api, channel, public_scope=False)
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    thread_ts = args.get("thread_ts")
    ephemeral = api.workspace.whisper(
        channel, user, {"blocks": [], **author(), **content}, str(thread_ts) if thread_ts else None
    )
    return {"message_ts": ephemeral["ts"]}


def get_permalink(api: Api, args: Json) -> Json:
    channel = api.channel(required(args, "channel"))
    ts = required(args, "message_ts")
    message = channel.find(ts)
    if message is None:
        raise SlackError("message_not_found")
    link = f"https://practice.slack.com/archives/{channel.id}/p{ts.replace('.', '')}"
    if message.get("thread_ts", ts) != ts:
        link += f"?thread_ts={message['thread_ts']}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def _destination(api: Api, given: str) -> Channel:
    """Where chat.post* may go: an id, `name`, `#name`, or a person, whose direct conversation it opens."""
    if given in api.workspace.users:
        return api.workspace.open_im(given)
    return api.channel(given, by_name=True)


def _need_place(api: Api, channel: Channel, *, public_scope: bool) -> None:
    if channel.is_archived:
        raise SlackError("is_archived")
    if BOT_USER in channel.members:
        return
    if channel.is_private:
        raise SlackError("channel_not_found")
    if not (public_scope and "chat:write.public" in api.scopes):
        raise SlackError("not_in_channel")


WRITE = ("chat:write",)
METHODS = {
    "chat.postMessage": Method(post_message, WRITE),
    "chat.update": Method(update, WRITE),
    "chat.delete": Method(delete, WRITE),
    "chat.postEphemeral": Method(post_ephemeral, WRITE),
    "chat.getPermalink": Method(get_permalink, takes_json=False),
}
