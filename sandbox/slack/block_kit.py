"""Block Kit as rules: every block and element with Slack's lengths (docs.slack.dev/reference/block-kit)."""

from __future__ import annotations

from sandbox.slack.block_schema import (
    Among,
    Anything,
    Flag,
    Many,
    Pattern,
    Rule,
    Shape,
    Str,
    Text,
    Typed,
    Whole,
    fault,
)
from sandbox.slack.shapes import Json

ID = Str(255)
URL = Str(3000)
CONFIRM = Shape(
    {"title": Text(100), "text": Text(300, mrkdwn=True), "confirm": Text(30), "deny": Text(30)},
    {"style": Among(("primary", "danger"))},
)


def _option(*, mrkdwn: bool) -> Rule:
    described: dict[str, Rule] = {"description": Text(75, mrkdwn=mrkdwn), "url": URL}
    return Shape({"text": Text(75, mrkdwn=mrkdwn), "value": Str(150)}, described)


OPTION, RICH_OPTION = _option(mrkdwn=False), _option(mrkdwn=True)
OPTIONS = Many(OPTION, 100)
OPTION_GROUPS = Many(Shape({"label": Text(75), "options": OPTIONS}), 100)

_ANY_ELEMENT: dict[str, Rule] = {"action_id": ID, "confirm": CONFIRM, "focus_on_load": Flag()}
_SELECT: dict[str, Rule] = {**_ANY_ELEMENT, "placeholder": Text(150)}
_RESPONDS: dict[str, Rule] = {**_SELECT, "response_url_enabled": Flag()}
_SEVERAL: dict[str, Rule] = {**_SELECT, "max_selected_items": Whole(1, 100)}
_NAMES = Many(Str(255), 100)


def _needs_options(value: Json, at: str, faults: list[str]) -> None:
    if not value.get("options") and not value.get("option_groups"):
        fault(faults, "must define either `options` or `option_groups`", at)
    if value.get("options") and value.get("option_groups"):
        fault(faults, "must define only one of `options` or `option_groups`", at)


def _input_lengths(value: Json, at: str, faults: list[str]) -> None:
    least, most = value.get("min_length"), value.get("max_length")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        fault(faults, "min_length must be less than or equal to max_length", f"{at}/min_length")


def _needs_image(value: Json, at: str, faults: list[str]) -> None:
    if bool(value.get("image_url")) == bool(value.get("slack_file")):
        fault(faults, "must define either `image_url` or `slack_file`", at)


BUTTON = Shape(
    {"text": Text(75)},
    {
        "action_id": ID,
        "url": URL,
        "value": Str(2000, least=0),
        "style": Among(("primary", "danger")),
        "confirm": CONFIRM,
        "accessibility_label": Str(75),
    },
)


def _one_name(value: Json, at: str, faults: list[str]) -> None:
    if bool(value.get("id")) == bool(value.get("url")):
        fault(faults, "must define either `url` or `id`", at)


SLACK_FILE = Shape({}, {"id": Pattern("^[F][A-Z0-9]{8,}$"), "url": URL}, _one_name)
IMAGE_ELEMENT = Shape({"alt_text": Str(2000)}, {"image_url": URL, "slack_file": SLACK_FILE}, _needs_image)
_STATIC: dict[str, Rule] = {"options": OPTIONS, "option_groups": OPTION_GROUPS}

SELECTS: dict[str, Rule] = {
    "static_select": Shape({}, {**_SELECT, **_STATIC, "initial_option": OPTION}, _needs_options),
    "external_select": Shape({}, {**_SELECT, "initial_option": OPTION, "min_query_length": Whole(0, 100)}),
    "users_select": Shape({}, {**_SELECT, "initial_user": Str(255)}),
    "conversations_select": Shape(
        {},
        {
            **_RESPONDS,
            "initial_conversation": ID,
            "default_to_current_conversation": Flag(),
            "filter": Anything(),
        },
    ),
    "channels_select": Shape({}, {**_RESPONDS, "initial_channel": ID}),
    "multi_static_select": Shape({}, {**_SEVERAL, **_STATIC, "initial_options": OPTIONS}, _needs_options),
    "multi_external_select": Shape(
        {}, {**_SEVERAL, "initial_options": OPTIONS, "min_query_length": Whole(0, 100)}
    ),
    "multi_users_select": Shape({}, {**_SEVERAL, "initial_users": _NAMES}),
    "multi_conversations_select": Shape(
        {},
        {
            **_SEVERAL,
            "initial_conversations": _NAMES,
            "default_to_current_conversation": Flag(),
            "filter": Anything(),
        },
    ),
    "multi_channels_select": Shape({}, {**_SEVERAL, "initial_channels": _NAMES}),
}
PICKERS: dict[str, Rule] = {
    "datepicker": Shape({}, {**_SELECT, "initial_date": Str(10, pattern=r"\d{4}-\d{2}-\d{2}")}),
    "timepicker": Shape(
        {}, {**_SELECT, "initial_time": Str(5, pattern=r"\d{2}:\d{2}"), "timezone": Str(100)}
    ),
    "datetimepicker": Shape({}, {**_ANY_ELEMENT, "initial_date_time": Whole(10**9, 10**10 - 1)}),
    "checkboxes": Shape(
        {"options": Many(RICH_OPTION, 10)}, {**_ANY_ELEMENT, "initial_options": Many(RICH_OPTION, 10)}
    ),
    "radio_buttons": Shape(
        {"options": Many(RICH_OPTION, 10)}, {**_ANY_ELEMENT, "initial_option": RICH_OPTION}
    ),
}
OVERFLOW = Shape({"options": Many(OPTION, 5)}, {"action_id": ID, "confirm": CONFIRM})
_WRITTEN: dict[str, Rule] = {
    "action_id": ID,
    "placeholder": Text(150),
    "focus_on_load": Flag(),
    "dispatch_action_config": Shape(
        {}, {"trigger_actions_on": Many(Among(("on_enter_pressed", "on_character_entered")), 2)}
    ),
}
INPUTS: dict[str, Rule] = {
    "plain_text_input": Shape(
        {},
        {
            **_WRITTEN,
            "initial_value": Str(3000, least=0),
            "multiline": Flag(),
            "min_length": Whole(0, 3000),
            "max_length": Whole(1, 3000),
        },
        _input_lengths,
    ),
    "email_text_input": Shape({}, {**_WRITTEN, "initial_value": Str(3000, least=0)}),
    "url_text_input": Shape({}, {**_WRITTEN, "initial_value": Str(3000, least=0)}),
    "number_input": Shape(
        {"is_decimal_allowed": Flag()},
        {**_WRITTEN, "initial_value": Str(3000), "min_value": Str(100), "max_value": Str(100)},
    ),
    "rich_text_input": Shape({}, {**_WRITTEN, "initial_value": Anything()}),
    "file_input": Shape({}, {"action_id": ID, "filetypes": Many(Str(20), 100), "max_files": Whole(1, 10)}),
}

ACCESSORIES = Typed({"button": BUTTON, "overflow": OVERFLOW, "image": IMAGE_ELEMENT, **SELECTS, **PICKERS})
ACTIONS = Typed({"button": BUTTON, "overflow": OVERFLOW, **SELECTS, **PICKERS})
INPUT_ELEMENTS = Typed({**SELECTS, **PICKERS, **INPUTS})
CONTEXT = Typed(
    {
        "image": IMAGE_ELEMENT,
        "plain_text": Text(3000),
        "mrkdwn": Text(3000, mrkdwn=True),
    }
)


def _section(value: Json, at: str, faults: list[str]) -> None:
    if not value.get("text") and not value.get("fields"):
        fault(faults, "must define either `text` or `fields`", at)


_BLOCK: dict[str, Rule] = {"block_id": ID}
RICH_TEXT = Shape({"elements": Many(Anything(), 1000, least=0)}, _BLOCK)
CELL = Typed(
    {
        "raw_text": Shape({"text": Str(3000, least=0)}),
        "raw_number": Shape({"value": Anything()}, {"text": Str(3000)}),
        "rich_text": RICH_TEXT,
    }
)

BLOCKS: dict[str, Rule] = {
    "section": Shape(
        {},
        {
            **_BLOCK,
            "text": Text(3000, mrkdwn=True),
            "fields": Many(Text(2000, mrkdwn=True), 10),
            "accessory": ACCESSORIES,
            "expand": Flag(),
        },
        _section,
    ),
    "header": Shape({"text": Text(150)}, {**_BLOCK, "level": Whole(1, 6)}),
    "divider": Shape({}, _BLOCK),
    "context": Shape({"elements": Many(CONTEXT, 10)}, _BLOCK),
    "actions": Shape({"elements": Many(ACTIONS, 25)}, _BLOCK),
    "image": Shape(
        {"alt_text": Str(2000)},
        {**_BLOCK, "image_url": URL, "slack_file": SLACK_FILE, "title": Text(2000)},
        _needs_image,
    ),
    "input": Shape(
        {"label": Text(2000), "element": INPUT_ELEMENTS},
        {**_BLOCK, "hint": Text(2000), "optional": Flag(), "dispatch_action": Flag()},
    ),
    "markdown": Shape({"text": Str(12_000)}, _BLOCK),
    "rich_text": RICH_TEXT,
    "table": Shape(
        {"rows": Many(Many(CELL, 20), 100)},
        {**_BLOCK, "column_settings": Many(Anything(), 20, least=0)},
    ),
    "video": Shape(
        {"alt_text": Str(2000), "title": Text(199), "thumbnail_url": URL, "video_url": URL},
        {
            **_BLOCK,
            "author_name": Str(49),
            "description": Text(200),
            "provider_icon_url": URL,
            "provider_name": Str(200),
            "title_url": URL,
        },
    ),
}
BLOCK = Typed(BLOCKS)
VIEW_BLOCK = Typed({kind: rule for kind, rule in BLOCKS.items() if kind not in ("markdown", "table")})

MODAL = Shape(
    {"title": Text(24), "blocks": Many(VIEW_BLOCK, 100, least=0)},
    {
        "submit": Text(24),
        "close": Text(24),
        "private_metadata": Str(3000, least=0),
        "callback_id": Str(255, least=0),
        "external_id": Str(255, least=0),
        "clear_on_close": Flag(),
        "notify_on_close": Flag(),
        "submit_disabled": Flag(),
    },
)
HOME = Shape(
    {"blocks": Many(VIEW_BLOCK, 100, least=0)},
    {
        "private_metadata": Str(3000, least=0),
        "callback_id": Str(255, least=0),
        "external_id": Str(255, least=0),
    },
)
VIEW = Typed({"modal": MODAL, "home": HOME})
