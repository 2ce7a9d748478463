"""Arguments of a Web API call, however they came: query, form or JSON; read with Slack's leniency."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from sandbox.slack.errors import SlackError
from sandbox.slack.shapes import Json

_STRUCTURED = ("blocks", "attachments", "metadata", "view", "message", "files")
_FORMAT_ERRORS = {
    "blocks": "invalid_blocks_format",
    "attachments": "invalid_attachments",
    "metadata": "invalid_metadata_format",
}


async def read_arguments(request: web.Request, *, takes_json: bool) -> Json:
    """Query and body as one object; a JSON body counts only for methods that accept JSON."""
    args: Json = dict(request.query)
    if request.method != "POST":
        return args
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.read() or b"{}")
        except ValueError:
            raise SlackError("invalid_json") from None
        if not isinstance(body, dict):
            raise SlackError("json_not_object")
        return args | body if takes_json else args
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return args | {
            name: value for name, value in (await request.post()).items() if isinstance(value, str)
        }
    if await request.read():
        raise SlackError("invalid_post_type")
    return args


def decode_structured(args: Json) -> Json:
    """Blocks, views and the like as JSON, where they came as strings."""
    decoded = dict(args)
    for name in _STRUCTURED:
        if isinstance(value := decoded.get(name), str):
            if not value:
                del decoded[name]
                continue
            try:
                decoded[name] = json.loads(value)
            except ValueError:
                code = _FORMAT_ERRORS.get(name, "invalid_arguments")
                raise SlackError(code, f"invalid JSON [json-pointer:/{name}]") from None
    return decoded


def required(args: Json, name: str) -> str:
    """A string that must be there; raises invalid_arguments as Slack words it."""
    value = args.get(name)
    if value is None or value == "":
        raise SlackError("invalid_arguments", f"missing required field: {name}")
    return str(value)


def flag(args: Json, name: str, *, default: bool = False) -> bool:
    value: Any = args.get(name, default)
    return value.lower() in ("1", "true") if isinstance(value, str) else bool(value)


def whole(args: Json, name: str, default: int, most: int) -> int:
    """A positive number up to `most`; 0 and absence mean the default."""
    value = args.get(name)
    if value in (None, "", 0, "0"):
        return default
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise SlackError("invalid_arguments", f"must be an integer [json-pointer:/{name}]") from None
    if number < 0:
        raise SlackError("invalid_limit")
    return min(number, most)
