"""What Slack refuses in a message or a view, before anything happens."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from typing import Any

from sandbox.slack.block_kit import BLOCK, VIEW
from sandbox.slack.block_schema import Many, fault
from sandbox.slack.errors import SlackError
from sandbox.slack.files import Files
from sandbox.slack.shapes import Json

BLOCKS_A_MESSAGE = 50
TEXT_MOST = 40_000
MARKDOWN_MOST = 12_000
UPDATE_TEXT_MOST = 4_000
"""Bytes of a text in chat.update (docs.slack.dev/reference/methods/chat.update, msg_too_long)."""
ALL_BLOCKS_MOST = 13_200
"""Characters of all blocks together; undocumented, measured in slackapi/bolt-js issue 2509."""
VIEW_BYTES_MOST = 250_000
METADATA_BYTES_MOST = 16_000
"""Bytes of metadata.event_payload as JSON; Slack names the refusal metadata_too_large."""


def check_text(text: str, *, update: bool = False) -> None:
    """Raises msg_too_long."""
    if update and len(text.encode()) > UPDATE_TEXT_MOST:
        raise SlackError("msg_too_long")
    if len(text) > TEXT_MOST:
        raise SlackError("msg_too_long")


def check_blocks(blocks: object, files: Files | None = None) -> list[Json]:
    """The blocks of a message with ids filled in; raises invalid_blocks(_format), msg_blocks_too_long.

    Without `files` nobody looks at the files that they name.
    """
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    faults = block_faults(blocks) or (files.faults(blocks) if files else [])
    if faults:
        raise SlackError("invalid_blocks", *faults, extra={"errors": faults})
    if sum(len(text) for text in _texts(blocks)) > ALL_BLOCKS_MOST:
        raise SlackError("msg_blocks_too_long")
    return _with_ids(blocks)


def block_faults(blocks: list[Any], at: str = "/blocks") -> list[str]:
    """All that is wrong with the blocks of a message, in Slack's words."""
    faults: list[str] = []
    Many(BLOCK, BLOCKS_A_MESSAGE, least=0).check(blocks, at, faults)
    kinds = [each.get("type") for each in blocks if isinstance(each, dict)]
    markdown = [
        each.get("text") for each in blocks if isinstance(each, dict) and each.get("type") == "markdown"
    ]
    if sum(len(text) for text in markdown if isinstance(text, str)) > MARKDOWN_MOST:
        fault(faults, f"must be less than {MARKDOWN_MOST + 1} characters in all markdown blocks", at)
    if kinds.count("table") > 1:
        faults.append("only_one_table_allowed")
    _unique_ids(blocks, at, faults)
    return faults


def check_view(view: object, files: Files | None = None) -> Json:
    """A view, with ids filled in; raises invalid_arguments or view_too_large.

    Without `files` nobody looks at the files that it names.
    """
    if not isinstance(view, dict):
        raise SlackError("invalid_arguments", "must be an object [json-pointer:/view]")
    if len(json.dumps(view).encode()) > VIEW_BYTES_MOST:
        raise SlackError("view_too_large")
    faults = view_faults(view) or (files.faults(view["blocks"], "/view/blocks") if files else [])
    if faults:
        raise SlackError("invalid_arguments", *faults)
    return {**view, "blocks": _with_ids(view["blocks"])}


def view_faults(view: Json) -> list[str]:
    """All that is wrong with a view, in Slack's words."""
    faults: list[str] = []
    VIEW.check(view, "/view", faults)
    blocks = view.get("blocks")
    if not isinstance(blocks, list):
        return faults
    _unique_ids(blocks, "/view/blocks", faults)
    has_input = any(isinstance(each, dict) and each.get("type") == "input" for each in blocks)
    if has_input and view.get("type") == "modal" and not view.get("submit"):
        fault(faults, "must define `submit` to use an `input` block in modals", "/view/submit")
    return faults


def check_metadata(metadata: object) -> Json:
    """Message metadata: an event_type and an event_payload that is an object."""
    if not isinstance(metadata, dict):
        raise SlackError("invalid_metadata_format")
    payload = metadata.get("event_payload")
    if (
        not isinstance(metadata.get("event_type"), str)
        or not metadata["event_type"]
        or not isinstance(payload, dict)
    ):
        raise SlackError("invalid_metadata_format")
    if len(json.dumps(payload).encode()) > METADATA_BYTES_MOST:
        raise SlackError("metadata_too_large")
    return metadata


def elements_of(block: Json) -> list[Json]:
    """The interactive elements of one block."""
    return [each for each in _parts(block) if "action_id" in each]


def _parts(block: Json) -> list[Json]:
    inner = block.get("elements")
    found = [*(inner if isinstance(inner, list) else []), block.get("accessory"), block.get("element")]
    return [each for each in found if isinstance(each, dict)]


def _unique_ids(blocks: list[Any], at: str, faults: list[str]) -> None:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        if not isinstance(block, dict):
            continue
        block_id = block.get("block_id")
        if isinstance(block_id, str):
            if block_id in seen:
                fault(faults, f'`block_id`: "{block_id}" already exists', f"{at}/{index}/block_id")
            seen.add(block_id)
        actions = [each["action_id"] for each in elements_of(block)]
        for action in dict.fromkeys(each for each in actions if actions.count(each) > 1):
            fault(faults, f'`action_id`: "{action}" already exists in this block', f"{at}/{index}")


def _texts(node: object) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _texts(each)
    elif isinstance(node, dict):
        for name, each in node.items():
            if name == "text" and isinstance(each, str):
                yield each
            else:
                yield from _texts(each)


_INTERACTIVE = ("button", "overflow", "select", "picker", "input", "checkboxes", "radio_buttons")


def _with_ids(blocks: list[Json]) -> list[Json]:
    """Copies with block_id and action_id where the app left them out, as Slack fills them in."""
    taken = {block.get("block_id") for block in blocks}
    filled: list[Json] = json.loads(json.dumps(blocks))
    for block in filled:
        while not block.get("block_id"):
            made = secrets.token_urlsafe(4)[:5]
            if made not in taken:
                block["block_id"] = made
        for element in _parts(block):
            if str(element.get("type", "")).endswith(_INTERACTIVE):
                element.setdefault("action_id", secrets.token_urlsafe(4)[:5])
    return filled
