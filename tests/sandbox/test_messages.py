"""chat.*: what the app can post, change and take back, and what Slack refuses."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.server import PracticeSlack
from tests.sandbox.wanted import error, refusal, section


@pytest.mark.parametrize("name", ["C0CRITICAL", "#ops-critical", "ops-critical"])
async def test_a_channel_is_named_by_id_or_by_name(client: AsyncWebClient, name: str) -> None:
    assert "C0CRITICAL" == (await client.chat_postMessage(channel=name, text="hi"))["channel"]


async def test_an_update_needs_the_channels_id(client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel="#ops-critical", text="hi"))["ts"]
    assert "channel_not_found" == await error(client.chat_update(channel="#ops-critical", ts=ts, text="x"))
    assert "x" == (await client.chat_update(channel="C0CRITICAL", ts=ts, text="x"))["text"]


async def test_the_same_call_twice_makes_two_messages(client: AsyncWebClient, slack: PracticeSlack) -> None:
    call: dict[str, Any] = {
        "channel": "C0CRITICAL",
        "text": "hi",
        "metadata": {"event_type": "o", "event_payload": {"id": "1"}},
    }
    assert (await client.chat_postMessage(**call))["ts"] != (await client.chat_postMessage(**call))["ts"]
    assert 2 == len(slack.messages("C0CRITICAL"))


async def test_an_unknown_channel_is_not_found(client: AsyncWebClient) -> None:
    assert "channel_not_found" == await error(client.chat_postMessage(channel="C0NOWHERE", text="hi"))


async def test_a_channel_without_the_bot_needs_the_scope_for_public_channels(
    client: AsyncWebClient, slack: PracticeSlack
) -> None:
    await client.chat_postMessage(channel="C0RANDOM", text="hi")
    slack.app.scopes.discard("chat:write.public")
    assert "not_in_channel" == await error(client.chat_postMessage(channel="C0RANDOM", text="hi"))


async def test_a_private_channel_without_the_bot_is_not_found(
    client: AsyncWebClient, slack: PracticeSlack
) -> None:
    slack.workspace.channels["C0RANDOM"].is_private = True
    assert "channel_not_found" == await error(client.chat_postMessage(channel="C0RANDOM", text="hi"))


async def test_an_archived_channel_takes_nothing(client: AsyncWebClient, slack: PracticeSlack) -> None:
    slack.workspace.channels["C0ALERTS"].is_archived = True
    assert "is_archived" == await error(client.chat_postMessage(channel="C0ALERTS", text="hi"))


async def test_nothing_to_say_is_no_text(client: AsyncWebClient) -> None:
    assert "no_text" == await error(client.api_call("chat.postMessage", json={"channel": "C0CRITICAL"}))


async def test_without_a_channel_the_argument_is_missing(client: AsyncWebClient) -> None:
    body = await refusal(client.api_call("chat.postMessage", json={"text": "hi"}))
    assert ["[ERROR] missing required field: channel"] == body["response_metadata"]["messages"]


async def test_text_has_at_most_40000_characters(client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel="C0CRITICAL", text="x" * 40_000)
    assert "msg_too_long" == await error(client.chat_postMessage(channel="C0CRITICAL", text="x" * 40_001))


async def test_markdown_text_has_at_most_12000_characters_and_stands_alone(client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel="C0CRITICAL", markdown_text="x" * 12_000)
    assert "msg_too_long" == await error(
        client.chat_postMessage(channel="C0CRITICAL", markdown_text="x" * 12_001)
    )
    both = client.chat_postMessage(channel="C0CRITICAL", markdown_text="x", text="y")
    assert "markdown_text_conflict" == await error(both)


async def test_the_text_of_an_update_has_at_most_4000_bytes(client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel="C0CRITICAL", text="hi"))["ts"]
    await client.chat_update(channel="C0CRITICAL", ts=ts, text="x" * 4000)
    assert "msg_too_long" == await error(client.chat_update(channel="C0CRITICAL", ts=ts, text="–" * 1334))


async def test_a_thread_must_exist(client: AsyncWebClient) -> None:
    call = client.chat_postMessage(channel="C0CRITICAL", text="hi", thread_ts="1.000001")
    assert "thread_not_found" == await error(call)


async def test_an_answer_to_a_reply_lands_in_the_same_thread(client: AsyncWebClient) -> None:
    root = (await client.chat_postMessage(channel="C0CRITICAL", text="root"))["ts"]
    reply = (await client.chat_postMessage(channel="C0CRITICAL", text="reply", thread_ts=root))["ts"]
    answer = await client.chat_postMessage(channel="C0CRITICAL", text="answer", thread_ts=reply)
    assert root == answer["message"]["thread_ts"]


async def test_a_parent_counts_its_replies(client: AsyncWebClient, slack: PracticeSlack) -> None:
    root = (await client.chat_postMessage(channel="C0CRITICAL", text="root"))["ts"]
    await slack.act("U03RUTH", "message", channel="C0CRITICAL", text="one", thread_ts=root)
    last = (await slack.act("U02OMAR", "message", channel="C0CRITICAL", text="two", thread_ts=root))["ts"]
    parent = slack.messages("C0CRITICAL")[0]
    assert (2, ["U03RUTH", "U02OMAR"], last) == (
        parent["reply_count"],
        parent["reply_users"],
        parent["latest_reply"],
    )


async def test_an_update_keeps_the_blocks_that_it_does_not_name(
    client: AsyncWebClient, slack: PracticeSlack
) -> None:
    ts = (await client.chat_postMessage(channel="C0CRITICAL", text="hi", blocks=[section("card")]))["ts"]
    await client.chat_update(channel="C0CRITICAL", ts=ts, text="ho")
    assert ("ho", "card") == (
        slack.messages("C0CRITICAL")[0]["text"],
        slack.messages("C0CRITICAL")[0]["blocks"][0]["text"]["text"],
    )
    await client.chat_update(channel="C0CRITICAL", ts=ts, text="ho", blocks=[])
    assert "blocks" not in slack.messages("C0CRITICAL")[0]


async def test_an_update_is_marked_as_edited(client: AsyncWebClient, slack: PracticeSlack) -> None:
    ts = (await client.chat_postMessage(channel="C0CRITICAL", text="hi"))["ts"]
    updated = await client.chat_update(channel="C0CRITICAL", ts=ts, text="ho")
    assert "U0COUNTER" == updated["message"]["edited"]["user"]


async def test_the_app_changes_and_deletes_only_its_own_messages(
    client: AsyncWebClient, slack: PracticeSlack
) -> None:
    ts = (await slack.act("U02OMAR", "message", channel="C0CRITICAL", text="mine"))["ts"]
    assert "cant_update_message" == await error(client.chat_update(channel="C0CRITICAL", ts=ts, text="x"))
    assert "cant_delete_message" == await error(client.chat_delete(channel="C0CRITICAL", ts=ts))


async def test_a_message_that_is_gone_is_not_found(client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel="C0CRITICAL", text="hi"))["ts"]
    await client.chat_delete(channel="C0CRITICAL", ts=ts)
    assert "message_not_found" == await error(client.chat_update(channel="C0CRITICAL", ts=ts, text="x"))
    assert "message_not_found" == await error(client.chat_delete(channel="C0CRITICAL", ts=ts))
    assert "message_not_found" == await error(client.chat_getPermalink(channel="C0CRITICAL", message_ts=ts))


async def test_an_ephemeral_is_for_one_person_in_the_channel(
    client: AsyncWebClient, slack: PracticeSlack
) -> None:
    await client.chat_postEphemeral(channel="C0CRITICAL", user="U02OMAR", text="psst")
    (ephemeral,) = slack.workspace.ephemerals.values()
    assert ("U02OMAR", "psst") == (ephemeral["user"], ephemeral["text"])
    outside = client.chat_postEphemeral(channel="C0ALERTS", user="U0GUEST", text="psst")
    assert "user_not_in_channel" == await error(outside)
    elsewhere = client.chat_postEphemeral(channel="C0RANDOM", user="U02OMAR", text="psst")
    assert "not_in_channel" == await error(elsewhere)


async def test_an_ephemeral_in_a_thread_without_replies_is_shown_to_nobody(
    client: AsyncWebClient, slack: PracticeSlack
) -> None:
    """As docs.slack.dev/reference/methods/chat.postEphemeral says."""
    root = (await client.chat_postMessage(channel="C0CRITICAL", text="root"))["ts"]
    psst = {"channel": "C0CRITICAL", "user": "U02OMAR", "thread_ts": root}
    assert (await client.chat_postEphemeral(**psst, text="too soon"))["ok"]
    await client.chat_postMessage(channel="C0CRITICAL", text="reply", thread_ts=root)
    await client.chat_postEphemeral(**psst, text="now")
    assert ["now"] == [one["text"] for one in slack.workspace.ephemerals.values()]


async def test_an_ephemeral_cannot_be_read_back_nor_changed(client: AsyncWebClient) -> None:
    root = (await client.chat_postMessage(channel="C0CRITICAL", text="root"))["ts"]
    posted = await client.chat_postEphemeral(
        channel="C0CRITICAL", user="U02OMAR", text="psst", thread_ts=root
    )
    replies = await client.conversations_replies(channel="C0CRITICAL", ts=root)
    history = await client.conversations_history(channel="C0CRITICAL")
    assert ["root"] == [each["text"] for each in replies["messages"]]
    assert ["root"] == [each["text"] for each in history["messages"]]
    change = client.chat_update(channel="C0CRITICAL", ts=posted["message_ts"], text="x")
    assert "message_not_found" == await error(change)


async def test_a_permalink_of_a_reply_names_its_thread(client: AsyncWebClient) -> None:
    root = (await client.chat_postMessage(channel="C0CRITICAL", text="root"))["ts"]
    reply = (await client.chat_postMessage(channel="C0CRITICAL", text="reply", thread_ts=root))["ts"]
    link = (await client.chat_getPermalink(channel="C0CRITICAL", message_ts=reply))["permalink"]
    archive = "https://practice.slack.com/archives/C0CRITICAL"
    assert f"{archive}/p{reply.replace('.', '')}?thread_ts={root}&cid=C0CRITICAL" == link


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("<!channel> fire", ["channel"]),
        ("<@U02OMAR> and <!subteam^S03ONCALL>", ["U02OMAR", "S03ONCALL"]),
        ("&lt;!channel&gt; &lt;@U02OMAR&gt;", []),
        ("@channel @omar", []),
    ],
)
async def test_only_unescaped_mentions_call_somebody(
    client: AsyncWebClient, slack: PracticeSlack, text: str, called: list[str]
) -> None:
    await client.chat_postMessage(channel="C0CRITICAL", text=text)
    assert called == slack.messages("C0CRITICAL")[0]["mentions"]


async def test_mentions_inside_blocks_count_and_plain_text_does_not(
    client: AsyncWebClient, slack: PracticeSlack
) -> None:
    blocks = [section("<!here>"), {"type": "header", "text": {"type": "plain_text", "text": "<!channel>"}}]
    posted = await client.chat_postMessage(channel="C0CRITICAL", text="quiet", blocks=blocks)
    assert ["here"] == slack.messages("C0CRITICAL")[0]["mentions"]
    assert "mentions" not in posted["message"]


async def test_a_message_to_a_person_goes_to_their_direct_conversation(
    client: AsyncWebClient, slack: PracticeSlack
) -> None:
    channel = (await client.chat_postMessage(channel="U02OMAR", text="hi"))["channel"]
    assert channel == (await client.conversations_open(users="U02OMAR"))["channel"]["id"]


async def test_blocks_may_come_as_a_form_field(client: AsyncWebClient, slack: PracticeSlack) -> None:
    form = {"channel": "C0CRITICAL", "text": "x", "blocks": '[{"type": "divider"}]'}
    await client.api_call("chat.postMessage", data=form)
    assert "divider" == slack.messages("C0CRITICAL")[0]["blocks"][0]["type"]
    form["blocks"] = "not json"
    assert "invalid_blocks_format" == await error(client.api_call("chat.postMessage", data=form))
