"""Commands, clicks, shortcuts and modals: payloads, answers and trigger ids."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.server import PracticeSlack
from tests.sandbox.endpoint import Endpoint, answering, payload_of
from tests.sandbox.wanted import (
    CARD,
    actions,
    error,
    modal,
    plain,
    refusal,
    refused,
    section,
    text_input,
)


async def _trigger(slack: PracticeSlack, app: Endpoint, person: str = "U02OMAR") -> str:
    payload = await payload_of(slack, app, person, "command", channel="C0CRITICAL", command="/ops", text="x")
    trigger_id: str = payload["trigger_id"]
    return trigger_id


async def _open(
    slack: PracticeSlack, app: Endpoint, client: AsyncWebClient, view: dict[str, Any]
) -> dict[str, Any]:
    opened: dict[str, Any] = (await client.views_open(trigger_id=await _trigger(slack, app), view=view))[
        "view"
    ]
    return opened


# -- commands


async def test_a_command_carries_who_where_and_what_but_no_thread(
    slack: PracticeSlack, app: Endpoint
) -> None:
    payload = await payload_of(
        slack, app, "U02OMAR", "command", channel="C0CRITICAL", command="/release", text=" RUN-1 "
    )
    names = ("command", "text", "user_id", "channel_id", "team_id")
    assert ["/release", "RUN-1", "U02OMAR", "C0CRITICAL", "T0PRACTICE"] == [payload[name] for name in names]
    assert "thread_ts" not in payload


async def test_commands_do_not_exist_in_threads(slack: PracticeSlack, card: str) -> None:
    act = slack.act("U02OMAR", "command", channel="C0CRITICAL", command="/ops", text="x", thread_ts=card)
    assert "/ops is not supported in threads. Sorry!" == (await refused(act)).sentence
    typed = slack.act("U02OMAR", "message", channel="C0CRITICAL", text="/ops x", thread_ts=card)
    assert "not_in_thread" == (await refused(typed)).code


async def test_an_unknown_command_is_not_sent(slack: PracticeSlack, app: Endpoint) -> None:
    said = await refused(slack.act("U02OMAR", "command", channel="C0CRITICAL", command="/nope", text=""))
    assert ("unknown_command", []) == (said.code, app.received)


async def test_a_strangers_slack_does_not_have_our_commands(slack: PracticeSlack) -> None:
    said = await refused(slack.act("W0STRANGE", "command", channel="C0CRITICAL", command="/ops", text=""))
    assert "not_allowed" == said.code


@pytest.mark.parametrize(
    "answer",
    [
        {"text": "for you"},
        {"body": b'{"text": "for you"}', "content_type": "application/json"},
        {"body": b'{"response_type": "ephemeral", "text": "for you"}', "content_type": "application/json"},
    ],
)
async def test_the_answer_to_a_command_is_for_its_author(
    slack: PracticeSlack, app: Endpoint, answer: dict[str, Any]
) -> None:
    app.answer = answering(**answer)
    await slack.act("U02OMAR", "command", channel="C0CRITICAL", command="/ops", text="")
    (ephemeral,) = slack.workspace.ephemerals.values()
    assert ("U02OMAR", "for you") == (ephemeral["user"], ephemeral["text"])


async def test_an_answer_in_channel_is_for_everybody(slack: PracticeSlack, app: Endpoint) -> None:
    app.answer = answering(
        body=b'{"response_type": "in_channel", "text": "all"}', content_type="application/json"
    )
    await slack.act("U02OMAR", "command", channel="C0CRITICAL", command="/ops", text="")
    assert ["all"] == [each["text"] for each in slack.messages("C0CRITICAL")]


async def test_an_answer_that_slack_refuses_fails_the_command(slack: PracticeSlack, app: Endpoint) -> None:
    app.answer = answering(body=b'{"blocks": [{"type": "wall"}]}', content_type="application/json")
    told = await slack.act("U02OMAR", "command", channel="C0CRITICAL", command="/ops", text="")
    assert (False, "dispatch_failed", "invalid_blocks") == (told["ok"], told["error"], told["why"])


# -- clicks


async def test_a_click_carries_the_message_the_action_and_ways_to_answer(
    slack: PracticeSlack, app: Endpoint, card: str
) -> None:
    payload = await payload_of(
        slack, app, "U03RUTH", "click", channel="C0CRITICAL", ts=card, action_id="approve"
    )
    (action,) = payload["actions"]
    assert ("approve", "b", "R-1", "button") == tuple(
        action[name] for name in ("action_id", "block_id", "value", "type")
    )
    assert ("block_actions", "U03RUTH", card) == (
        payload["type"],
        payload["user"]["id"],
        payload["message"]["ts"],
    )
    assert {"message_ts": card, "channel_id": "C0CRITICAL"}.items() <= payload["container"].items()
    assert payload["response_url"].startswith(f"{slack.url}/actions/")


async def test_the_click_of_a_stranger_names_their_team(
    slack: PracticeSlack, app: Endpoint, card: str
) -> None:
    payload = await payload_of(
        slack, app, "W0STRANGE", "click", channel="C0CRITICAL", ts=card, action_id="approve"
    )
    assert "T0PARTNER" == payload["user"]["team_id"]


async def test_a_button_that_is_gone_cannot_be_pressed(
    slack: PracticeSlack, client: AsyncWebClient, card: str
) -> None:
    await client.chat_update(channel="C0CRITICAL", ts=card, text="done", blocks=[section("done")])
    act = slack.act("U03RUTH", "click", channel="C0CRITICAL", ts=card, action_id="approve")
    assert "no_such_element" == (await refused(act)).code


async def test_the_click_in_an_ephemeral_carries_no_message(
    slack: PracticeSlack, app: Endpoint, client: AsyncWebClient
) -> None:
    posted = await client.chat_postEphemeral(channel="C0CRITICAL", user="U02OMAR", text="x", blocks=CARD)
    payload = await payload_of(
        slack, app, "U02OMAR", "click", ephemeral=posted["message_ts"], action_id="approve"
    )
    assert "message" not in payload
    assert payload["container"]["is_ephemeral"]
    other = slack.act("U03RUTH", "click", ephemeral=posted["message_ts"], action_id="approve")
    assert "message_not_found" == (await refused(other)).code


async def test_a_choice_carries_the_whole_option(
    slack: PracticeSlack, app: Endpoint, client: AsyncWebClient
) -> None:
    options = [{"text": plain("One"), "value": "1"}, {"text": plain("Two"), "value": "2"}]
    menu = actions({"type": "static_select", "action_id": "pick", "options": options})
    ts = (await client.chat_postMessage(channel="C0CRITICAL", text="x", blocks=[menu]))["ts"]
    payload = await payload_of(
        slack, app, "U02OMAR", "click", channel="C0CRITICAL", ts=ts, action_id="pick", selected="2"
    )
    assert options[1] == payload["actions"][0]["selected_option"]
    act = slack.act("U02OMAR", "click", channel="C0CRITICAL", ts=ts, action_id="pick", selected="3")
    assert "no_such_option" == (await refused(act)).code


async def test_a_message_shortcut_carries_the_message(slack: PracticeSlack, app: Endpoint, card: str) -> None:
    payload = await payload_of(
        slack, app, "U02OMAR", "shortcut", channel="C0CRITICAL", ts=card, callback_id="countersign_status"
    )
    assert ("message_action", card) == (payload["type"], payload["message"]["ts"])


# -- trigger ids


async def test_a_trigger_opens_one_modal(slack: PracticeSlack, app: Endpoint, client: AsyncWebClient) -> None:
    trigger_id = await _trigger(slack, app)
    await client.views_open(trigger_id=trigger_id, view=modal(section("x")))
    again = client.views_open(trigger_id=trigger_id, view=modal(section("x")))
    assert "exchanged_trigger_id" == await error(again)


async def test_a_trigger_lives_for_three_seconds(
    slack: PracticeSlack, app: Endpoint, client: AsyncWebClient
) -> None:
    trigger_id = await _trigger(slack, app)
    slack.clock.advance(3.1)
    assert "expired_trigger_id" == await error(
        client.views_open(trigger_id=trigger_id, view=modal(section("x")))
    )


async def test_a_trigger_cannot_be_made_up(client: AsyncWebClient) -> None:
    assert "invalid_trigger_id" == await error(
        client.views_open(trigger_id="1.2.abc", view=modal(section("x")))
    )


# -- views


async def test_a_modal_opens_for_the_person_who_caused_it(
    slack: PracticeSlack, app: Endpoint, client: AsyncWebClient
) -> None:
    view = await _open(slack, app, client, modal(text_input(), private_metadata="A-1"))
    assert [view["id"]] == [each["id"] for each in slack.views.stacks["U02OMAR"]]
    assert ("A-1", "form") == (view["private_metadata"], view["callback_id"])


async def test_a_submitted_modal_brings_its_values_and_closes(
    slack: PracticeSlack, app: Endpoint, client: AsyncWebClient
) -> None:
    options = [{"text": plain("Yes"), "value": "y"}]
    choice = {
        "type": "input",
        "block_id": "sure",
        "label": plain("Sure?"),
        "element": {"type": "radio_buttons", "action_id": "c", "options": options},
    }
    view = await _open(slack, app, client, modal(text_input(), choice))
    values = {"why": {"text": "false positive"}, "sure": {"c": "y"}}
    payload = await payload_of(slack, app, "U02OMAR", "submit", view_id=view["id"], values=values)
    state = payload["view"]["state"]["values"]
    assert "view_submission" == payload["type"]
    assert {"type": "plain_text_input", "value": "false positive"} == state["why"]["text"]
    assert options[0] == state["sure"]["c"]["selected_option"]
    assert [] == slack.views.stacks["U02OMAR"]


async def test_a_required_field_is_asked_for_before_the_app_hears_of_it(
    slack: PracticeSlack, app: Endpoint, client: AsyncWebClient
) -> None:
    view = await _open(slack, app, client, modal(text_input(min_length=5)))
    said = await refused(slack.act("U02OMAR", "submit", view_id=view["id"], values={}))
    assert {"why": "Please complete this required field."} == said.extra["errors"]
    said = await refused(slack.act("U02OMAR", "submit", view_id=view["id"], values={"why": {"text": "abc"}}))
    assert {"why": "Must be at least 5 characters."} == said.extra["errors"]
    assert 1 == len(app.received)


async def test_what_no_form_could_hold_is_told_with_the_part_that_is_wrong(
    slack: PracticeSlack, app: Endpoint, client: AsyncWebClient
) -> None:
    view = await _open(slack, app, client, modal(text_input()))
    form = "`values` must be an object of objects"
    for values, said in (
        (7, form),
        ([{}], form),
        ({"why": "x"}, form),
        ({"why": {"text": 1.5}}, "`values.why.text` must be a text"),
        ({"why": {"text": ["a", None]}}, "`values.why.text` must be a text"),
        ({"why": {"text": {"a": 1}}}, "A plain_text_input takes no dict."),
        ({"why": {"text": ["a"]}}, "A plain_text_input takes no list."),
    ):
        wrong = await refused(slack.act("U02OMAR", "submit", view_id=view["id"], values=values))
        assert (400, True) == (wrong.status, wrong.sentence.startswith(said)), values
    assert [view["id"]] == [one["id"] for one in slack.views.stacks["U02OMAR"]]


async def _submitted_with(
    slack: PracticeSlack, app: Endpoint, client: AsyncWebClient, response: bytes
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the page is told, and the views then open, when the app answers a submission so."""
    view = await _open(slack, app, client, modal(text_input()))
    app.answer = answering(body=response, content_type="application/json")
    told = await slack.act("U02OMAR", "submit", view_id=view["id"], values={"why": {"text": "x"}})
    return told, slack.views.stacks["U02OMAR"]


async def test_errors_are_shown_beside_their_fields(
    slack: PracticeSlack, app: Endpoint, client: AsyncWebClient
) -> None:
    response = b'{"response_action": "errors", "errors": {"why": "Too vague."}}'
    told, stack = await _submitted_with(slack, app, client, response)
    assert (True, {"why": "Too vague."}) == (told["ok"], stack[0]["errors"])


async def test_errors_for_a_field_that_does_not_exist_are_refused(
    slack: PracticeSlack, app: Endpoint, client: AsyncWebClient
) -> None:
    response = b'{"response_action": "errors", "errors": {"other": "?"}}'
    told, stack = await _submitted_with(slack, app, client, response)
    assert (False, 1) == (told["ok"], len(stack))


NEXT = b'{"type": "modal", "title": {"type": "plain_text", "text": "Next"}, "blocks": []}'


@pytest.mark.parametrize(
    ("response", "titles"),
    [
        (b'{"response_action": "update", "view": ' + NEXT + b"}", ["Next"]),
        (b'{"response_action": "push", "view": ' + NEXT + b"}", ["Form", "Next"]),
        (b'{"response_action": "clear"}', []),
        (b"", []),
    ],
)
async def test_a_response_action_changes_what_is_open(
    slack: PracticeSlack, app: Endpoint, client: AsyncWebClient, response: bytes, titles: list[str]
) -> None:
    _, stack = await _submitted_with(slack, app, client, response)
    assert titles == [each["title"]["text"] for each in stack]


async def test_a_submission_that_fails_leaves_the_modal_open(
    slack: PracticeSlack, app: Endpoint, client: AsyncWebClient
) -> None:
    view = await _open(slack, app, client, modal(text_input()))
    app.answer = answering(500)
    told = await slack.act("U02OMAR", "submit", view_id=view["id"], values={"why": {"text": "x"}})
    assert (False, "We had some trouble connecting. Try again?") == (told["ok"], told["message"])
    assert 1 == len(slack.views.stacks["U02OMAR"])


async def test_a_view_is_updated_only_with_its_present_hash(
    slack: PracticeSlack, app: Endpoint, client: AsyncWebClient
) -> None:
    view = await _open(slack, app, client, modal(text_input(), external_id="mine"))
    updated = await client.views_update(view_id=view["id"], hash=view["hash"], view=modal(section("two")))
    assert view["hash"] != updated["view"]["hash"]
    stale = client.views_update(view_id=view["id"], hash=view["hash"], view=modal(section("three")))
    assert "hash_conflict" == await error(stale)
    assert "not_found" == await error(client.views_update(view_id="V0NONE", view=modal(section("x"))))


async def test_three_modals_lie_on_each_other_at_most(
    slack: PracticeSlack, app: Endpoint, client: AsyncWebClient
) -> None:
    await _open(slack, app, client, modal(section("1")))
    for number in ("2", "3"):
        await client.views_push(trigger_id=await _trigger(slack, app), view=modal(section(number)))
    too_many = client.views_push(trigger_id=await _trigger(slack, app), view=modal(section("4")))
    assert "push_limit_reached" == await error(too_many)


async def test_closing_is_told_only_when_asked_for(
    slack: PracticeSlack, app: Endpoint, client: AsyncWebClient
) -> None:
    quiet = await _open(slack, app, client, modal(section("x")))
    await slack.act("U02OMAR", "close", view_id=quiet["id"])
    assert "/ops" == app.received[-1].payload["command"]
    loud = await _open(slack, app, client, modal(section("x"), notify_on_close=True))
    payload = await payload_of(slack, app, "U02OMAR", "close", view_id=loud["id"])
    assert ("view_closed", False) == (payload["type"], payload["is_cleared"])


async def test_a_view_of_250_kilobytes_is_too_large(
    slack: PracticeSlack, app: Endpoint, client: AsyncWebClient
) -> None:
    view = modal(*[section("x" * 3000)] * 90)
    body = await refusal(client.views_open(trigger_id=await _trigger(slack, app), view=view))
    assert "view_too_large" == body["error"]


async def test_the_home_tab_is_published_for_one_person(slack: PracticeSlack, client: AsyncWebClient) -> None:
    await client.views_publish(user_id="U02OMAR", view={"type": "home", "blocks": [section("board")]})
    assert ["U02OMAR"] == list(slack.views.homes)
    unknown = client.views_publish(user_id="U0NONE", view={"type": "home", "blocks": []})
    assert "user_not_found" == await error(unknown)


async def test_an_app_without_a_home_tab_publishes_none(slack: PracticeSlack, client: AsyncWebClient) -> None:
    slack.app.home_tab = False
    published = client.views_publish(user_id="U02OMAR", view={"type": "home", "blocks": []})
    assert "not_enabled" == await error(published)
