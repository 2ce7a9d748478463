"""Block Kit's lengths and shapes: each limit holds at its number and is refused one beyond it."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.models.blocks import ActionsBlock, ButtonElement, HeaderBlock, SectionBlock
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.errors import SlackError
from sandbox.slack.limits import block_faults, check_blocks, check_metadata, view_faults
from tests.sandbox.wanted import actions, button, error, modal, mrkdwn, plain, refusal, section, text_input

Blocks = list[dict[str, Any]]


def _select(**more: Any) -> dict[str, Any]:
    return {"type": "static_select", "action_id": "pick", "options": [_option("a")], **more}


def _option(value: str, text: str = "A") -> dict[str, Any]:
    return {"text": plain(text), "value": value}


def _confirm(**more: str) -> dict[str, Any]:
    words = {"title": "t", "text": "t", "confirm": "c", "deny": "d"} | more
    return {name: plain(text) for name, text in words.items()}


MESSAGE_LIMITS: dict[str, tuple[Any, int]] = {
    "blocks in a message": (lambda n: [{"type": "divider"}] * n, 50),
    "characters in a section": (lambda n: [section("x" * n)], 3000),
    "fields in a section": (lambda n: [{"type": "section", "fields": [mrkdwn("x")] * n}], 10),
    "characters in a field": (lambda n: [{"type": "section", "fields": [mrkdwn("x" * n)]}], 2000),
    "characters in a header": (lambda n: [{"type": "header", "text": plain("x" * n)}], 150),
    "elements in actions": (lambda n: [actions(*[button(f"a{i}") for i in range(n)])], 25),
    "elements in a context": (lambda n: [{"type": "context", "elements": [mrkdwn("x")] * n}], 10),
    "characters on a button": (lambda n: [actions(button(text=plain("x" * n)))], 75),
    "characters in a button's value": (lambda n: [actions(button(value="x" * n))], 2000),
    "characters in a button's url": (lambda n: [actions(button(url="x" * n))], 3000),
    "characters in an action_id": (lambda n: [actions(button("x" * n))], 255),
    "characters in a block_id": (lambda n: [section("x", block_id="x" * n)], 255),
    "options in a select": (lambda n: [actions(_select(options=[_option(str(i)) for i in range(n)]))], 100),
    "characters in an option's text": (lambda n: [actions(_select(options=[_option("a", "x" * n)]))], 75),
    "characters in an option's value": (lambda n: [actions(_select(options=[_option("x" * n)]))], 150),
    "characters in a placeholder": (lambda n: [actions(_select(placeholder=plain("x" * n)))], 150),
    "options in an overflow menu": (
        lambda n: [
            actions({"type": "overflow", "action_id": "o", "options": [_option(str(i)) for i in range(n)]})
        ],
        5,
    ),
    "characters in a confirmation's title": (
        lambda n: [actions(button(confirm=_confirm(title="x" * n)))],
        100,
    ),
    "characters in a confirmation's text": (lambda n: [actions(button(confirm=_confirm(text="x" * n)))], 300),
    "characters in a confirmation's button": (
        lambda n: [actions(button(confirm=_confirm(deny="x" * n)))],
        30,
    ),
    "characters in a markdown block": (lambda n: [{"type": "markdown", "text": "x" * n}], 12_000),
    "characters in all markdown blocks": (
        lambda n: [{"type": "markdown", "text": "x" * (n // 2 + i * (n % 2))} for i in (0, 1)],
        12_000,
    ),
    "characters of an image's alt text": (
        lambda n: [{"type": "image", "image_url": "https://example.org/a.png", "alt_text": "x" * n}],
        2000,
    ),
    "rows of a table": (
        lambda n: [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]] * n}],
        100,
    ),
    "columns of a table": (
        lambda n: [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * n]}],
        20,
    ),
}

VIEW_LIMITS: dict[str, tuple[Any, int]] = {
    "blocks in a view": (lambda n: modal(*[{"type": "divider"}] * n), 100),
    "characters in a view's title": (lambda n: modal(title=plain("x" * n)), 24),
    "characters on submit": (lambda n: modal(submit=plain("x" * n)), 24),
    "characters on close": (lambda n: modal(close=plain("x" * n)), 24),
    "private_metadata": (lambda n: modal(private_metadata="x" * n), 3000),
    "callback_id": (lambda n: modal(callback_id="x" * n), 255),
    "max_length of an input": (lambda n: modal(text_input(max_length=n)), 3000),
    "initial_value of an input": (lambda n: modal(text_input(initial_value="x" * n)), 3000),
    "placeholder of an input": (lambda n: modal(text_input(placeholder=plain("x" * n))), 150),
    "label of an input": (lambda n: modal(text_input() | {"label": plain("x" * n)}), 2000),
    "hint of an input": (lambda n: modal(text_input() | {"hint": plain("x" * n)}), 2000),
}


@pytest.mark.parametrize("what", MESSAGE_LIMITS)
def test_a_message_holds_exactly_so_much(what: str) -> None:
    make, most = MESSAGE_LIMITS[what]
    assert [] == block_faults(make(most))
    assert [] != block_faults(make(most + 1))


@pytest.mark.parametrize("what", VIEW_LIMITS)
def test_a_view_holds_exactly_so_much(what: str) -> None:
    make, most = VIEW_LIMITS[what]
    assert [] == view_faults(make(most))
    assert [] != view_faults(make(most + 1))


WRONG: dict[str, tuple[Blocks, str]] = {
    "an empty text": ([section("")], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    "an unknown block": ([{"type": "wall"}], "unsupported type: wall [json-pointer:/blocks/0/type]"),
    "a block without a type": ([{"text": "x"}], "missing required field: type [json-pointer:/blocks/0]"),
    "a section without words": (
        [{"type": "section"}],
        "must define either `text` or `fields` [json-pointer:/blocks/0]",
    ),
    "a header in mrkdwn": (
        [{"type": "header", "text": mrkdwn("x")}],
        "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
    ),
    "a field that Slack does not know": (
        [section("x", colour="red")],
        "invalid additional property: colour [json-pointer:/blocks/0]",
    ),
    "empty actions": ([actions()], "must have at least 1 item [json-pointer:/blocks/0/elements]"),
    "a style that does not exist": (
        [actions(button(style="loud"))],
        "must be a valid enum value: primary, danger [json-pointer:/blocks/0/elements/0/style]",
    ),
    "an input as an accessory": (
        [section("x", accessory={"type": "plain_text_input", "action_id": "a"})],
        "unsupported type: plain_text_input [json-pointer:/blocks/0/accessory/type]",
    ),
    "two blocks with one block_id": (
        [section("x", block_id="b"), section("y", block_id="b")],
        '`block_id`: "b" already exists [json-pointer:/blocks/1/block_id]',
    ),
    "two elements with one action_id": (
        [actions(button("a"), button("a"))],
        '`action_id`: "a" already exists in this block [json-pointer:/blocks/0]',
    ),
    "two tables": (
        [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}] * 2,
        "only_one_table_allowed",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_slack_says_what_is_wrong_and_where(what: str) -> None:
    blocks, expected = WRONG[what]
    assert [expected] == block_faults(blocks)


def test_a_modal_with_an_input_needs_a_submit_button() -> None:
    view = modal(text_input())
    del view["submit"]
    assert [
        "must define `submit` to use an `input` block in modals [json-pointer:/view/submit]"
    ] == view_faults(view)


def test_blocks_of_13200_characters_in_all_are_too_long() -> None:
    check_blocks([section("x" * 2640)] * 5)
    with pytest.raises(SlackError, match="msg_blocks_too_long"):
        check_blocks([section("x" * 2641)] * 5)


def test_missing_ids_are_filled_in_and_given_ones_kept() -> None:
    first, second = check_blocks(
        [actions({"type": "button", "text": plain("Go")}), section("x", block_id="mine")]
    )
    assert first["block_id"]
    assert first["elements"][0]["action_id"]
    assert "mine" == second["block_id"]


@pytest.mark.parametrize("payload", ["text", None, ["list"], 3])
def test_the_payload_of_metadata_is_an_object(payload: object) -> None:
    with pytest.raises(SlackError, match="invalid_metadata_format"):
        check_metadata({"event_type": "outbox", "event_payload": payload})


def test_metadata_can_be_too_large() -> None:
    with pytest.raises(SlackError, match="metadata_too_large"):
        check_metadata({"event_type": "outbox", "event_payload": {"x": "y" * 16_000}})


def test_what_the_models_of_slack_sdk_let_pass_is_accepted() -> None:
    blocks = [
        HeaderBlock(text="h" * 150),
        SectionBlock(
            text="s" * 3000, accessory=ButtonElement(text="b" * 75, action_id="one", value="v" * 2000)
        ),
        ActionsBlock(elements=[ButtonElement(text="ok", action_id="two", style="primary")]),
    ]
    assert [] == block_faults([each.to_dict() for each in blocks])


async def test_the_refusal_over_the_wire_names_every_fault(client: AsyncWebClient) -> None:
    body = await refusal(
        client.chat_postMessage(channel="C0CRITICAL", text="x", blocks=[section("x" * 3001)])
    )
    words = "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    assert ("invalid_blocks", [words]) == (body["error"], body["errors"])
    assert [f"[ERROR] {words}"] == body["response_metadata"]["messages"]


async def test_a_wrong_view_is_invalid_arguments(client: AsyncWebClient) -> None:
    body = await refusal(client.views_open(trigger_id="1.2.x", view={"type": "modal"}))
    assert "invalid_arguments" == body["error"]
    assert (
        "[ERROR] missing required field: title [json-pointer:/view]" in body["response_metadata"]["messages"]
    )


async def test_blocks_validate_answers_with_pointers(client: AsyncWebClient) -> None:
    assert (await client.api_call("blocks.validate", json={"blocks": [section("fine")]}))["ok"]
    body = await refusal(client.api_call("blocks.validate", json={"blocks": [section("")]}))
    assert ("invalid_blocks", "/0/text/text") == (body["error"], body["errors"][0]["pointer"])
    assert "invalid_arguments" == await error(client.api_call("blocks.validate", json={}))
