"""The shape of an act: what is no text where a text belongs is told before anybody works with it."""

from __future__ import annotations

from typing import Any

from sandbox.slack.errors import MalformedAct
from sandbox.slack.shapes import Json

_TEXTS = (
    "as", "do", "channel", "text", "ts", "thread_ts", "from_channel", "from_ts", "command", "action_id",
    "block_id", "view_id", "ephemeral", "callback_id",
)  # fmt: skip
_ENTERED = "a text, a number, a list of texts or an object"


def demand_shape(act: Json) -> None:
    """Raises MalformedAct with the part that is wrong, and what belongs there."""
    for name in _TEXTS:
        if not isinstance(act.get(name), str | None):
            raise MalformedAct(f"`{name}` must be a text.")
    blocks = act.get("blocks")
    if blocks and not (isinstance(blocks, list) and all(isinstance(one, dict) for one in blocks)):
        raise MalformedAct("`blocks` must be a list of objects.")
    for name in ("selected", "value"):
        if not _may_be_entered(act.get(name)):
            raise MalformedAct(f"`{name}` must be {_ENTERED}.")
    _demand_values(act.get("values") or {})


def _demand_values(values: Any) -> None:
    """What a form holds: by block_id, then by action_id."""
    if not isinstance(values, dict) or not all(isinstance(one, dict) for one in values.values()):
        raise MalformedAct("`values` must be an object of objects: by block_id, then by action_id.")
    for block_id, entered in values.items():
        for action_id, value in entered.items():
            if not _may_be_entered(value):
                raise MalformedAct(f"`values.{block_id}.{action_id}` must be {_ENTERED}.")


def _may_be_entered(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(one, str) for one in value)
    return isinstance(value, str | int | dict | None)
