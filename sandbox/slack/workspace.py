"""The state of the workspace: people, channels, messages. Every change is logged and told to the app."""

from __future__ import annotations

import copy
import itertools
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sandbox.slack.channel import Channel
from sandbox.slack.clock import Clock
from sandbox.slack.errors import SlackError
from sandbox.slack.log import EventLog
from sandbox.slack.people import BOT_USER, TEAM, Group, Seed, User
from sandbox.slack.shapes import Json
from sandbox.slack.text import Names, mentioned_in

_INTERNAL = ("mentions", "deleted")
"""Fields of a message that are the workspace's own."""
_NOT_ON_A_TOMBSTONE = (
    "blocks", "attachments", "files", "metadata", "bot_id", "bot_profile", "app_id", "edited",
)  # fmt: skip
_ON_A_ROOT = ("thread_ts", "reply_count", "reply_users", "reply_users_count", "latest_reply", "is_locked")
_IN_A_MENTION = (
    "user", "bot_id", "text", "ts", "team", "blocks", "attachments", "files", "thread_ts", "parent_user_id",
    "user_team", "source_team", "user_profile", "client_msg_id",
)  # fmt: skip


@dataclass(frozen=True)
class Happening:
    """Something Slack tells the app, if the app is subscribed to it and may see it."""

    event: Json
    subscription: str
    channel: Channel | None = None


class Workspace:
    """All state of one team. `listeners` hear each Happening, in the order in which they came to be."""

    def __init__(self, seed: Seed, clock: Clock, log: EventLog) -> None:
        now = int(clock.wall())
        self.clock, self.log = clock, log
        self.users: dict[str, User] = {each.id: each for each in seed.users}
        self.groups: dict[str, Group] = {each.id: each for each in seed.groups}
        self.channels: dict[str, Channel] = {
            each.id: Channel(each.id, each.name, now, list(each.members), is_shared=each.shared)
            for each in seed.channels
        }
        self.ephemerals: dict[str, Json] = {}
        self.listeners: list[Callable[[Happening], None]] = []
        self._last_ts = 0
        self._ids = itertools.count(1)

    # -- names and numbers

    def new_ts(self) -> str:
        """A message timestamp: the wall clock in microseconds, never the same twice."""
        self._last_ts = max(self._last_ts + 1, int(self.clock.wall() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def new_id(self, prefix: str) -> str:
        """An id as Slack makes them: a letter or two, then capitals and digits."""
        return f"{prefix}0{next(self._ids):04d}{secrets.token_hex(3).upper()}"

    def names(self) -> Names:
        return Names(
            users={each.handle: each.id for each in self.users.values()},
            groups={each.handle: each.id for each in self.groups.values()},
            channels={each.name: each.id for each in self.channels.values() if not each.im_user},
        )

    def channel_named(self, name: str) -> Channel | None:
        """By id, `name` or `#name`."""
        if name in self.channels:
            return self.channels[name]
        plain = name.removeprefix("#")
        return next(
            (each for each in self.channels.values() if each.name == plain and not each.im_user), None
        )

    def open_im(self, user: str) -> Channel:
        """The direct conversation of the app with `user`, made when there is none yet."""
        for channel in self.channels.values():
            if channel.im_user == user:
                return channel
        channel = Channel(
            self.new_id("D"), "", int(self.clock.wall()), [user, BOT_USER], is_private=True, im_user=user
        )
        self.channels[channel.id] = channel
        self.log.append("channel", channel=self.channel_state(channel))
        return channel

    def channel_state(self, channel: Channel) -> Json:
        """A channel as the page needs it: Slack's object with the list of members."""
        return channel.to_slack() | {"members": list(channel.members)}

    # -- messages

    def post(
        self, channel: Channel, content: Json, *, thread_ts: str | None = None, broadcast: bool = False
    ) -> Json:
        """Add a message; `content` names its author and its words. Raises thread_not_found."""
        root = self._root(channel, thread_ts) if thread_ts else None
        ts = self.new_ts()
        message: Json = {"type": "message", **content, "ts": ts, "team": content.get("team", TEAM)}
        message["mentions"] = mentioned_in(message.get("text", ""), message.get("blocks", []))
        if root:
            message |= {"thread_ts": root["ts"], "parent_user_id": root.get("user", "")}
            if broadcast:
                message |= {"subtype": "thread_broadcast", "root": self.as_read(root)}
        channel.messages[ts] = message
        if root:
            self._count_replies(channel, root)
        self.log.append("message", channel=channel.id, message=message)
        self._tell_message(channel, message)
        return message

    def edit(self, channel: Channel, message: Json, changes: Json, editor: str) -> Json:
        """Replace words of a message: message_changed, and app_mention when the app is newly mentioned."""
        before = copy.deepcopy(message)
        for key, value in changes.items():
            if value is None:
                message.pop(key, None)
            else:
                message[key] = value
        message["edited"] = {"user": editor, "ts": self.new_ts()}
        message["mentions"] = mentioned_in(message.get("text", ""), message.get("blocks", []))
        self.log.append("message_changed", channel=channel.id, message=message)
        self._tell_changed(channel, message, before)
        if BOT_USER in message["mentions"] and BOT_USER not in before["mentions"]:
            self._tell_mention(channel, message, edited=True)
        return message

    def delete(self, channel: Channel, message: Json) -> None:
        """Take a message away; one with replies leaves a tombstone behind, as in Slack."""
        before = copy.deepcopy(message)
        message["deleted"] = True
        if message.get("reply_count"):
            for key in _NOT_ON_A_TOMBSTONE:
                message.pop(key, None)
            message |= {
                "subtype": "tombstone",
                "text": "This message was deleted.",
                "user": "USLACKBOT",
                "hidden": True,
            }
            self.log.append("message_deleted", channel=channel.id, message=message)
            self._tell_changed(channel, message, before)
            return
        self.log.append("message_deleted", channel=channel.id, message=message)
        ts = self.new_ts()
        event = {
            "type": "message",
            "subtype": "message_deleted",
            "hidden": True,
            "deleted_ts": before["ts"],
            "previous_message": self.as_read(before),
            "ts": ts,
        }
        self._tell(channel, event)
        if (thread_ts := before.get("thread_ts")) and thread_ts != before["ts"]:
            self._count_replies(channel, channel.messages[thread_ts])

    def whisper(self, channel: Channel, user: str, content: Json, thread_ts: str | None = None) -> Json:
        """Add an ephemeral: only `user` sees it, no method reads it back, no event tells of it.

        In a thread without replies Slack takes it and shows it to nobody.
        https://docs.slack.dev/reference/methods/chat.postEphemeral
        """
        ts = self.new_ts()
        ephemeral: Json = {**content, "id": ts, "ts": ts, "user": user, "channel": channel.id}
        if thread_ts:
            ephemeral["thread_ts"] = thread_ts
            if not (channel.find(thread_ts) or {}).get("reply_count"):
                return ephemeral
        self.ephemerals[ts] = ephemeral
        self.log.append("ephemeral", ephemeral=ephemeral)
        return ephemeral

    def change_whisper(self, ephemeral: Json, content: Json) -> None:
        ephemeral |= content
        self.log.append("ephemeral_changed", ephemeral=ephemeral)

    def drop_whisper(self, ephemeral: Json) -> None:
        del self.ephemerals[ephemeral["id"]]
        self.log.append("ephemeral_deleted", ephemeral=ephemeral)

    @staticmethod
    def as_read(message: Json, *, metadata: bool = False) -> Json:
        """A message as Web API and events give it; metadata only on request."""
        hidden = _INTERNAL if metadata else (*_INTERNAL, "metadata")
        return copy.deepcopy({key: value for key, value in message.items() if key not in hidden})

    # -- what is told to the app

    def tell(self, event: Json, subscription: str, channel: Channel | None = None) -> None:
        event.setdefault("event_ts", self.new_ts())
        for listener in self.listeners:
            listener(Happening(event, subscription, channel))

    def _tell(self, channel: Channel, event: Json) -> None:
        event |= {"channel": channel.id, "event_ts": event["ts"], "channel_type": channel.kind}
        self.tell(
            event,
            {"im": "message.im", "group": "message.groups"}.get(channel.kind, "message.channels"),
            channel,
        )

    def _tell_message(self, channel: Channel, message: Json) -> None:
        self._tell(channel, self.as_read(message))
        if BOT_USER in message["mentions"] and message.get("user") != BOT_USER:
            self._tell_mention(channel, message)

    def _tell_mention(self, channel: Channel, message: Json, *, edited: bool = False) -> None:
        if channel.im_user:
            return
        kept = (*_IN_A_MENTION, "edited") if edited else _IN_A_MENTION
        event = {key: copy.deepcopy(message[key]) for key in kept if key in message}
        event |= {
            "type": "app_mention",
            "channel": channel.id,
            "event_ts": self.new_ts() if edited else message["ts"],
        }
        self.tell(event, "app_mention", channel)

    def _tell_changed(self, channel: Channel, message: Json, before: Json) -> None:
        event = {
            "type": "message",
            "subtype": "message_changed",
            "hidden": True,
            "message": self.as_read(message),
            "previous_message": self.as_read(before),
            "ts": self.new_ts(),
        }
        self._tell(channel, event)

    # -- threads

    def _root(self, channel: Channel, ts: str) -> Json:
        message = channel.messages.get(ts)
        if message is None or (message.get("deleted") and message.get("subtype") != "tombstone"):
            raise SlackError("thread_not_found")
        return channel.messages[message.get("thread_ts", ts)]

    def _count_replies(self, channel: Channel, root: Json) -> None:
        replies = channel.replies(root["ts"])
        if not replies:
            for key in _ON_A_ROOT:
                root.pop(key, None)
        else:
            authors: Iterable[str] = (each.get("user") or each.get("bot_id", "") for each in replies)
            unique = list(dict.fromkeys(authors))
            root |= {
                "thread_ts": root["ts"],
                "reply_count": len(replies),
                "reply_users_count": len(unique),
                "latest_reply": replies[-1]["ts"],
                "reply_users": unique[:5],
                "is_locked": False,
            }
        # The page shows the count; Slack sends the app no event for it.
        self.log.append("message_changed", channel=channel.id, message=root)
