"""files.*: an upload is announced, made, and completed, which shares it in a conversation.

https://docs.slack.dev/reference/methods/files.completeUploadExternal
"""

from __future__ import annotations

from sandbox.slack.app_words import author
from sandbox.slack.arguments import required, whole
from sandbox.slack.channel import Channel
from sandbox.slack.errors import SlackError
from sandbox.slack.files import FILE_BYTES_MOST, File
from sandbox.slack.limits import check_text
from sandbox.slack.people import BOT_USER
from sandbox.slack.shapes import Json
from sandbox.slack.web_api import Api, Method

NAME_MOST = 255


def get_upload_url(api: Api, args: Json) -> Json:
    """files.getUploadURLExternal: where the bytes go, and the id to complete them by."""
    name = required(args, "filename")
    required(args, "length")
    length = whole(args, "length", 0, FILE_BYTES_MOST + 1)
    if not length:
        raise SlackError("invalid_arguments", "must be greater than 0 [json-pointer:/length]")
    if length > FILE_BYTES_MOST:
        raise SlackError("file_upload_size_restricted")
    if len(name) > NAME_MOST or "/" in name:
        raise SlackError("invalid_arguments", "invalid filename [json-pointer:/filename]")
    file = api.files.announce(name, length)
    return {"upload_url": f"{api.base_url()}/upload/v1/{file.ticket}", "file_id": file.id}


def complete_upload(api: Api, args: Json) -> Json:
    """files.completeUploadExternal: once for each file; without a channel the file stays private."""
    listed = _listed(api, args)
    comment = str(args.get("initial_comment") or "")
    check_text(comment)
    channel = _where(api, str(args["channel_id"])) if args.get("channel_id") else None
    if args.get("thread_ts") and channel is None:
        raise SlackError("invalid_arguments", "thread_ts needs a channel [json-pointer:/thread_ts]")
    told = [file.to_slack(api.base_url(), title) for file, title in listed]
    if channel is not None:
        content = {"text": comment, "subtype": "file_share", "files": told, "upload": True}
        thread_ts = str(args["thread_ts"]) if args.get("thread_ts") else None
        api.workspace.post(channel, {**author(), **content}, thread_ts=thread_ts)
    for file, _ in listed:
        api.files.complete(file)
    return {"files": told}


def _listed(api: Api, args: Json) -> list[tuple[File, str]]:
    """The files that are named, each uploaded and not yet completed, with their titles."""
    files = args.get("files")
    if not isinstance(files, list) or not files or not all(isinstance(each, dict) for each in files):
        raise SlackError("invalid_arguments", "missing required field: files")
    listed = []
    for each in files:
        file = api.files.find(str(each.get("id")))
        if file is None or file.content is None or file.shared:
            raise SlackError("file_not_found")
        listed.append((file, str(each.get("title") or file.name)))
    return listed


def _where(api: Api, given: str) -> Channel:
    """Only a conversation's id, never a name or a person, and only where the app is a member."""
    channel = api.channel(given)
    if channel.is_archived:
        raise SlackError("is_archived")
    if BOT_USER not in channel.members:
        raise SlackError("channel_not_found" if channel.is_private else "not_in_channel")
    return channel


WRITE = ("files:write",)
METHODS = {
    "files.getUploadURLExternal": Method(get_upload_url, WRITE),
    "files.completeUploadExternal": Method(complete_upload, WRITE),
}
