"""What the app says as itself: posted by a method, answered to a command, or sent to a response_url."""

from __future__ import annotations

from sandbox.slack.channel import Channel
from sandbox.slack.errors import SlackError
from sandbox.slack.files import Files
from sandbox.slack.limits import check_blocks, check_metadata, check_text
from sandbox.slack.people import APP_ID, BOT_ID, BOT_NAME, BOT_USER, TEAM
from sandbox.slack.shapes import Json
from sandbox.slack.tickets import ResponseUrl
from sandbox.slack.workspace import Workspace


def content_of(args: Json, files: Files, *, update: bool = False) -> Json:
    """Text, blocks, attachments and metadata of a call, checked; raises as chat.postMessage does."""
    text = args.get("text")
    if args.get("markdown_text") is not None:
        if text or args.get("blocks"):
            raise SlackError("markdown_text_conflict")
        if len(str(args["markdown_text"])) > 12_000:
            raise SlackError("msg_too_long")
        text = args["markdown_text"]
    if not text and not args.get("blocks") and not args.get("attachments"):
        raise SlackError("no_text")
    content: Json = {"text": str(text or "")}
    check_text(content["text"], update=update)
    if args.get("blocks") is not None:
        content["blocks"] = check_blocks(args["blocks"], files)
    if args.get("attachments") is not None:
        if not isinstance(args["attachments"], list):
            raise SlackError("invalid_attachments")
        content["attachments"] = args["attachments"]
    if args.get("metadata") is not None:
        content["metadata"] = check_metadata(args["metadata"])
    return content


def author() -> Json:
    """The app as the author of a message."""
    profile = {
        "id": BOT_ID,
        "app_id": APP_ID,
        "name": BOT_NAME,
        "deleted": False,
        "updated": 0,
        "team_id": TEAM,
    }
    return {"user": BOT_USER, "bot_id": BOT_ID, "app_id": APP_ID, "bot_profile": profile}


class AppWords:
    """Puts the app's words into the workspace."""

    def __init__(self, workspace: Workspace, files: Files) -> None:
        self._workspace, self._files = workspace, files

    def say(
        self, channel: Channel, user: str, data: Json, *, in_channel: bool, thread_ts: str | None = None
    ) -> None:
        """A message for all, or an ephemeral for `user`; raises SlackError for what Slack refuses."""
        content = content_of(data, self._files)
        if in_channel:
            self._workspace.post(channel, {**author(), **content}, thread_ts=thread_ts)
        else:
            self._workspace.whisper(channel, user, {"blocks": [], **author(), **content}, thread_ts)

    def respond(self, url: ResponseUrl, data: Json) -> None:
        """Carry out what was posted to a response_url."""
        channel = self._workspace.channels[url.channel]
        replaces = data.get("replace_original") is True
        if url.ephemeral and url.ts and (data.get("delete_original") or replaces):
            ephemeral = self._workspace.ephemerals.get(url.ts)
            if ephemeral and data.get("delete_original"):
                self._workspace.drop_whisper(ephemeral)
            elif ephemeral:
                self._workspace.change_whisper(ephemeral, content_of(data, self._files))
            return
        if url.ts and not url.ephemeral and (data.get("delete_original") or replaces):
            message = channel.find(url.ts)
            if message is None:
                raise SlackError("message_not_found", status=404)
            if data.get("delete_original"):
                self._workspace.delete(channel, message)
            else:
                self._workspace.edit(channel, message, content_of(data, self._files), BOT_USER)
            return
        in_channel = data.get("response_type") == "in_channel"
        thread_ts = data.get("thread_ts") or (url.thread_ts if url.ts else None)
        self.say(channel, url.user, data, in_channel=in_channel, thread_ts=thread_ts)
