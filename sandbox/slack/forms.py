"""What a person enters, in the shapes of Slack's payloads; and what Slack's client checks itself."""

from __future__ import annotations

from typing import Any

from sandbox.slack.errors import MalformedAct, RefusedAct
from sandbox.slack.limits import elements_of
from sandbox.slack.shapes import Json

_WRITTEN = ("plain_text_input", "email_text_input", "url_text_input", "number_input")
_PICKED = {
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "multi_users_select": "selected_users",
    "multi_channels_select": "selected_channels",
    "multi_conversations_select": "selected_conversations",
}
_ONE_OPTION = ("static_select", "external_select", "radio_buttons", "overflow")
_OPTIONS = ("checkboxes", "multi_static_select", "multi_external_select")


def state_of(element: Json, value: Any) -> Json:
    """An element's entry in `state.values`; `value` is the text, the option's value, or a list of those."""
    kind = element["type"]
    if not _fits(kind, value):
        raise MalformedAct(f"A {kind} takes no {type(value).__name__}.")
    if kind in _WRITTEN:
        return {"type": kind, "value": value or None}
    if kind == "rich_text_input":
        return {"type": kind, "rich_text_value": value}
    if kind in _PICKED:
        return {"type": kind, _PICKED[kind]: value}
    if kind in _ONE_OPTION:
        return {"type": kind, "selected_option": None if value is None else _option(element, value)}
    if kind in _OPTIONS:
        values = value if isinstance(value, list) else [] if value is None else [value]
        return {"type": kind, "selected_options": [_option(element, each) for each in values]}
    raise RefusedAct("invalid_arguments", f"Nothing can be entered into a {kind}.")


def _fits(kind: str, value: Any) -> bool:
    """Whether a value is of the type that an element holds; nothing always is."""
    if value is None:
        return True
    if kind in _OPTIONS:
        return isinstance(value, str | list)
    if kind.startswith("multi_"):
        return isinstance(value, list)
    if kind == "datetimepicker":
        return isinstance(value, int)
    return isinstance(value, dict if kind == "rich_text_input" else str)


def action_of(element: Json, block_id: str, value: Any, ts: str) -> Json:
    """An entry of `actions` in block_actions."""
    action: Json = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block_id,
        "action_ts": ts,
    }
    if element["type"] == "button":
        kept = {name: element[name] for name in ("text", "value", "style", "url") if name in element}
        return action | kept
    return action | state_of(element, value)


def find_element(blocks: list[Json], action_id: str, block_id: str | None) -> tuple[Json, Json]:
    """The block and the element that a person touched; raises RefusedAct when it is not there."""
    for block in blocks:
        for element in elements_of(block):
            if element["action_id"] == action_id and block_id in (None, block["block_id"]):
                return block, element
    raise RefusedAct("no_such_element", f"There is no element “{action_id}” there (any more).")


def read_form(view: Json, values: Json) -> Json:
    """`state.values` of a submitted view: what was entered, and initial values where nothing was."""
    state: Json = {}
    for block in view["blocks"]:
        if block["type"] not in ("input", "actions", "section"):
            continue
        for element in elements_of(block):
            if element["type"] in ("button", "overflow"):
                continue
            entered = values.get(block["block_id"], {})
            kept = view["state"]["values"].get(block["block_id"], {}).get(element["action_id"])
            if element["action_id"] in entered:
                entry = state_of(element, entered[element["action_id"]])
            else:
                entry = kept or _initial(element)
            state.setdefault(block["block_id"], {})[element["action_id"]] = entry
    return state


def client_errors(view: Json, state: Json) -> dict[str, str]:
    """What Slack's own client refuses to submit: by block_id, the sentence that it shows."""
    errors: dict[str, str] = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        entry = state[block["block_id"]][element["action_id"]]
        given = next((value for name, value in entry.items() if name != "type"), None)
        if not given and not block.get("optional"):
            errors[block["block_id"]] = "Please complete this required field."
        elif given and element["type"] == "plain_text_input":
            least, most = element.get("min_length", 0), element.get("max_length", 3000)
            if len(given) < least:
                errors[block["block_id"]] = f"Must be at least {least} characters."
            elif len(given) > most:
                errors[block["block_id"]] = f"Must be no more than {most} characters."
    return errors


def _option(element: Json, value: Any) -> Json:
    options = list(element.get("options", []))
    for group in element.get("option_groups", []):
        options += group["options"]
    if element["type"].endswith("external_select"):
        return {"text": {"type": "plain_text", "text": str(value)}, "value": value}
    for option in options:
        if option["value"] == value:
            found: Json = option
            return found
    raise RefusedAct("no_such_option", f"There is no option “{value}” there.")


def _initial(element: Json) -> Json:
    kind = element["type"]
    if kind in _WRITTEN:
        return {"type": kind, "value": element.get("initial_value") or None}
    if kind in _ONE_OPTION:
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind in _OPTIONS:
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    if kind in _PICKED:
        name = _PICKED[kind]
        return {"type": kind, name: element.get(name.replace("selected", "initial"))}
    return {"type": kind, "rich_text_value": element.get("initial_value")}
