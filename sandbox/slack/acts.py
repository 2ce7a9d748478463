"""What a person does in Slack's client: write, edit, delete, forward, command, click, submit."""

from __future__ import annotations

import copy
import re
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.slack.act_shapes import demand_shape
from sandbox.slack.channel import Channel
from sandbox.slack.errors import RefusedAct, SlackError
from sandbox.slack.interactions import Interactions
from sandbox.slack.limits import ALL_BLOCKS_MOST, TEXT_MOST, check_blocks
from sandbox.slack.people import BOT_ID, BOT_USER, PARTNER_TEAM, User
from sandbox.slack.shapes import Json
from sandbox.slack.text import typed
from sandbox.slack.views import Views
from sandbox.slack.workspace import Workspace

_TOO_LONG = f"That message is too long: {ALL_BLOCKS_MOST:,} characters fit. Send it in parts."
_COMMAND = re.compile(r"/[a-z][a-z0-9_-]*", re.IGNORECASE)


class Acts:
    """Carries out acts; raises RefusedAct for what Slack's client would not let the person do, and
    MalformedAct for what it could not even send."""

    def __init__(self, workspace: Workspace, views: Views, interactions: Interactions) -> None:
        self._workspace, self._views, self._interactions = workspace, views, interactions
        self._acts: dict[str, Callable[[User, Json], Awaitable[Json]]] = {
            "message": self._message,
            "edit": self._edit,
            "delete": self._delete,
            "forward": self._forward,
            "command": self._command,
            "click": self._click,
            "submit": self._submit,
            "close": self._close,
            "shortcut": self._shortcut,
            "dismiss": self._dismiss,
            "home": self._home,
        }

    async def do(self, wanted: Json) -> Json:
        """Carry out `{"as": user, "do": act, …}` of the control API."""
        demand_shape(wanted)
        user = self._workspace.users.get(wanted.get("as", ""))
        act = self._acts.get(wanted.get("do", ""))
        if user is None or act is None:
            raise RefusedAct(
                "invalid_arguments", f"Nobody can do that: as={wanted.get('as')} do={wanted.get('do')}."
            )
        if user.id == BOT_USER:
            raise RefusedAct("not_allowed", "The app speaks through the Web API only.")
        if user.deleted:
            raise RefusedAct("account_inactive", f"{user.real_name} is deactivated and cannot do anything.")
        return await act(user, wanted)

    # -- words

    async def _message(self, user: User, act: Json) -> Json:
        channel = self._place(user, act)
        text, thread_ts = str(act.get("text") or ""), act.get("thread_ts")
        if not user.is_bot and (command := _COMMAND.match(text)):
            if thread_ts:
                raise _no_command_in_thread(command[0])
            raise RefusedAct("is_command", f"{command[0]} is a slash command, not a message.")
        if not text.strip() and not act.get("blocks") and not act.get("files"):
            raise RefusedAct("no_text", "There is nothing to send.")
        content = self._words(user, text, act.get("blocks"))
        if act.get("files"):
            content |= {"subtype": "file_share", "files": [self._file(user)], "upload": False}
        message = self._workspace.post(
            channel, content, thread_ts=thread_ts, broadcast=bool(act.get("broadcast"))
        )
        return {"ts": message["ts"]}

    async def _edit(self, user: User, act: Json) -> Json:
        channel, message = self._own(user, act)
        words = self._words(user, str(act.get("text") or ""), act.get("blocks"))
        changes = {name: words.get(name) for name in ("text", "blocks")}
        self._workspace.edit(channel, message, changes, user.id)
        return {"ts": message["ts"]}

    async def _delete(self, user: User, act: Json) -> Json:
        channel, message = self._own(user, act)
        self._workspace.delete(channel, message)
        return {"ts": message["ts"]}

    async def _forward(self, user: User, act: Json) -> Json:
        """Share a message: its words arrive as an attachment, not as the person's own."""
        channel = self._place(user, act)
        source = self._place(user, {"channel": act.get("from_channel")})
        shared = self._message_at(source, act.get("from_ts"))
        who = self._workspace.users.get(shared.get("user", ""))
        link = f"https://practice.slack.com/archives/{source.id}/p{shared['ts'].replace('.', '')}"
        attachment = {
            "ts": shared["ts"],
            "author_id": shared.get("user", ""),
            "author_subname": who.real_name if who else "",
            "author_name": who.real_name if who else "",
            "channel_id": source.id,
            "channel_team": "T0PRACTICE",
            "is_msg_unfurl": True,
            "is_share": True,
            "message_blocks": [
                {
                    "team": "T0PRACTICE",
                    "channel": source.id,
                    "ts": shared["ts"],
                    "message": {"blocks": shared.get("blocks", [])},
                }
            ],
            "from_url": link,
            "original_url": link,
            "fallback": f"[{shared['ts']}] {shared.get('text', '')}",
            "text": shared.get("text", ""),
            "mrkdwn_in": ["text"],
            "id": 1,
        }
        content = self._words(user, str(act.get("text") or ""), None) | {
            "attachments": [copy.deepcopy(attachment)]
        }
        if not act.get("text"):
            content.pop("blocks", None)
        message = self._workspace.post(channel, content, thread_ts=act.get("thread_ts"))
        return {"ts": message["ts"]}

    # -- the app

    async def _command(self, user: User, act: Json) -> Json:
        command = str(act.get("command") or "")
        if act.get("thread_ts"):
            raise _no_command_in_thread(command)
        channel = self._place(user, act)
        return await self._interactions.command(user, channel, command, str(act.get("text") or ""))

    async def _click(self, user: User, act: Json) -> Json:
        action_id, block_id = str(act.get("action_id") or ""), act.get("block_id")
        value: Any = act.get("selected", act.get("value"))
        if act.get("view_id"):
            view = self._view(user, act)
            return await self._interactions.click_view(
                user, view, action_id, block_id, value, act.get("values") or {}
            )
        if act.get("ephemeral"):
            ephemeral = self._whispered(user, act)
            return await self._interactions.click_ephemeral(user, ephemeral, action_id, block_id, value)
        channel = self._seen(user, act)
        message = self._message_at(channel, act.get("ts"))
        if message.get("bot_id") != BOT_ID:
            raise RefusedAct("no_such_element", "That message is not from the app.")
        return await self._interactions.click_message(user, channel, message, action_id, block_id, value)

    async def _submit(self, user: User, act: Json) -> Json:
        view = self._view(user, act)
        if view is not self._views.stacks[user.id][-1]:
            raise RefusedAct("not_on_top", "Another modal lies on top of that one.")
        return await self._interactions.submit(user, view, act.get("values") or {})

    async def _close(self, user: User, act: Json) -> Json:
        return await self._interactions.close(user, self._view(user, act))

    async def _shortcut(self, user: User, act: Json) -> Json:
        channel = self._seen(user, act)
        message = self._message_at(channel, act.get("ts"))
        return await self._interactions.shortcut(user, channel, message, str(act.get("callback_id") or ""))

    async def _dismiss(self, user: User, act: Json) -> Json:
        self._workspace.drop_whisper(self._whispered(user, act))
        return {}

    async def _home(self, user: User, act: Json) -> Json:
        """Open the app's Home tab."""
        if not self._interactions.app.home_tab:
            raise RefusedAct("not_enabled", "This app has no Home tab.")
        channel = self._workspace.open_im(user.id)
        event: Json = {"type": "app_home_opened", "user": user.id, "channel": channel.id, "tab": "home"}
        if home := self._views.homes.get(user.id):
            event["view"] = self._views.as_read(home)
        self._workspace.tell(event, "app_home_opened")
        return {"channel": channel.id}

    # -- what is needed for all of these

    def _words(self, user: User, text: str, blocks: list[Json] | None) -> Json:
        if len(text) > TEXT_MOST:
            raise RefusedAct("msg_too_long", _TOO_LONG)
        if user.is_bot:
            content: Json = {"user": user.id, "bot_id": user.bot_id, "app_id": user.app_id, "text": text}
            return content | ({"blocks": check_blocks(blocks)} if blocks else {})
        composed = typed(text, self._workspace.names())
        try:
            checked = check_blocks(blocks or composed.blocks)
        except SlackError as refused:
            if refused.code != "msg_blocks_too_long":
                raise
            raise RefusedAct("msg_too_long", _TOO_LONG) from refused
        content = {
            "user": user.id,
            "client_msg_id": str(uuid.uuid4()),
            "text": composed.text,
            "blocks": checked,
        }
        if user.is_stranger:
            profile = {
                "real_name": user.real_name,
                "display_name": user.handle,
                "name": user.handle,
                "team": PARTNER_TEAM,
            }
            content |= {
                "team": PARTNER_TEAM,
                "user_team": PARTNER_TEAM,
                "source_team": PARTNER_TEAM,
                "user_profile": profile,
            }
        return content

    def _file(self, user: User) -> Json:
        file_id = self._workspace.new_id("F")
        return {
            "id": file_id,
            "created": int(self._workspace.clock.wall()),
            "name": "evidence.txt",
            "title": "evidence.txt",
            "mimetype": "text/plain",
            "filetype": "text",
            "user": user.id,
            "mode": "hosted",
            "size": 42,
            "url_private": f"https://files.slack.com/files-pri/T0PRACTICE-{file_id}/evidence.txt",
        }

    def _seen(self, user: User, act: Json) -> Channel:
        channel = self._workspace.channel_named(str(act.get("channel") or ""))
        if channel is None:
            raise RefusedAct("channel_not_found", "There is no such channel.")
        if user.id not in channel.members:
            raise RefusedAct("not_in_channel", f"{user.real_name} is not in #{channel.name}.")
        return channel

    def _place(self, user: User, act: Json) -> Channel:
        channel = self._seen(user, act)
        if channel.is_archived:
            raise RefusedAct("is_archived", f"#{channel.name} has been archived.")
        return channel

    def _message_at(self, channel: Channel, ts: object) -> Json:
        message = channel.find(str(ts))
        if message is None:
            raise RefusedAct("message_not_found", "That message is gone.")
        return message

    def _own(self, user: User, act: Json) -> tuple[Channel, Json]:
        channel = self._place(user, act)
        message = self._message_at(channel, act.get("ts"))
        if message.get("user") != user.id:
            raise RefusedAct("cant_update_message", "Only the author can change a message.")
        return channel, message

    def _view(self, user: User, act: Json) -> Json:
        view = self._views.find(act.get("view_id"))
        if view is None or self._views.owner(view) != user.id:
            raise RefusedAct("not_found", "That window is not open.")
        return view

    def _whispered(self, user: User, act: Json) -> Json:
        ephemeral = self._workspace.ephemerals.get(str(act.get("ephemeral")))
        if ephemeral is None or ephemeral["user"] != user.id:
            raise RefusedAct("message_not_found", "That message is gone.")
        return ephemeral


def _no_command_in_thread(command: str) -> RefusedAct:
    return RefusedAct("not_in_thread", f"{command} is not supported in threads. Sorry!")
