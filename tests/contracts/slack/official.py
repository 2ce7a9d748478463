"""Slack's own word on a call: the types of `@slack/web-api` and the length checks of `slack_sdk.models`.

The schemas are made by `make schemas`.
"""

from __future__ import annotations

import json
import os
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

SCHEMAS = Path(__file__).parents[3] / "build" / "slack-schemas"
NUMBERS = frozenset({"limit", "length"})
SWITCHES = frozenset({"inclusive", "include_all_metadata", "unfurl_links", "unfurl_media"})


def check_call(method: str, arguments: dict[str, Any]) -> None:
    """Raises ValidationError or SlackObjectFormationError when Slack's own packages refuse the call."""
    _validator(method).validate(_as_typed(arguments))
    for block in Block.parse_all(arguments.get("blocks") or []):
        block.validate_json()
    if "view" in arguments:
        View(**arguments["view"]).validate_json()


@cache
def _validator(method: str) -> jsonschema.Draft7Validator:
    """Without schemas this fails; only a machine without node, outside CI, skips, and says so."""
    path = SCHEMAS / f"{method}.json"
    if not SCHEMAS.exists():
        if not os.environ.get("CI") and shutil.which("npm") is None:
            pytest.skip(
                "no schemas of Slack's calls: they are made by `make schemas`, which needs node and npm"
            )
        pytest.fail("no schemas of Slack's calls: run `make schemas`")
    assert path.exists(), f"the bot calls {method}; add it to generate.mjs"
    return jsonschema.Draft7Validator(json.loads(path.read_text()))


def _as_typed(arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments as TypeScript has them: a form turns numbers and booleans into text."""
    typed = dict(arguments)
    for name, value in arguments.items():
        if name in NUMBERS:
            typed[name] = int(value)
        if name in SWITCHES:
            typed[name] = value in (True, "1", "true", "True")
    return typed
