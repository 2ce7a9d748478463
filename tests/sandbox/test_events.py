"""What the app hears of, and in which shape (docs.slack.dev/reference/events)."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.administration import change_user, set_group_members
from sandbox.slack.people import User
from sandbox.slack.server import PracticeSlack
from tests.sandbox.endpoint import Endpoint
from tests.sandbox.wanted import refused


async def _heard(
    slack: PracticeSlack, app: Endpoint, person: str, do: str, **fields: Any
) -> list[dict[str, Any]]:
    """The events that one act caused."""
    before = len(app.received)
    await slack.act(person, do, **fields)
    await slack.settled()
    return [each.event for each in app.received[before:]]


async def test_one_mention_arrives_as_two_events_with_the_same_ts(
    slack: PracticeSlack, app: Endpoint
) -> None:
    events = await _heard(slack, app, "U02OMAR", "message", channel="C0CRITICAL", text="@countersign status")
    assert ["app_mention", "message"] == sorted(each["type"] for each in events)
    assert 1 == len({each["ts"] for each in events})
    assert 2 == len({each.payload["event_id"] for each in app.received})


async def test_typed_text_is_escaped_and_the_bots_name_becomes_its_id(
    slack: PracticeSlack, app: Endpoint
) -> None:
    events = await _heard(
        slack, app, "U02OMAR", "message", channel="C0CRITICAL", text="@countersign a<b & <!channel>"
    )
    assert {"<@U0COUNTER> a&lt;b &amp; &lt;!channel&gt;"} == {each["text"] for each in events}


async def test_other_names_become_their_ids_too(slack: PracticeSlack, app: Endpoint) -> None:
    text = "@ruth @oncall-o3 @here #ops-alerts https://example.org/?a=1&b=2, mail@ruth"
    events = await _heard(slack, app, "U02OMAR", "message", channel="C0CRITICAL", text=text)
    expected = [
        "<@U03RUTH>",
        "<!subteam^S03ONCALL|@oncall-o3>",
        "<!here>",
        "<#C0ALERTS|>",
        "<https://example.org/?a=1&amp;b=2>,",
        "mail@ruth",
    ]
    assert expected == events[0]["text"].split(" ")


async def test_a_quote_is_a_quote_in_the_rich_text(slack: PracticeSlack, app: Endpoint) -> None:
    events = await _heard(
        slack, app, "U02OMAR", "message", channel="C0CRITICAL", text="> APPROVED - fine\nreally?"
    )
    kinds = [each["type"] for each in events[0]["blocks"][0]["elements"]]
    assert ["rich_text_quote", "rich_text_section"] == kinds
    assert "&gt; APPROVED - fine\nreally?" == events[0]["text"]


async def test_an_edit_arrives_as_message_changed(slack: PracticeSlack, app: Endpoint) -> None:
    ts = (await slack.act("U02OMAR", "message", channel="C0CRITICAL", text="one"))["ts"]
    (event,) = [
        each
        for each in await _heard(slack, app, "U02OMAR", "edit", channel="C0CRITICAL", ts=ts, text="two")
        if "subtype" in each
    ]
    assert "message_changed" == event["subtype"]
    assert ("one", "two") == (event["previous_message"]["text"], event["message"]["text"])
    assert "U02OMAR" == event["message"]["edited"]["user"]
    assert ts == event["message"]["ts"] != event["ts"]


async def test_an_edit_that_adds_a_mention_sends_an_app_mention_marked_as_edited(
    slack: PracticeSlack, app: Endpoint
) -> None:
    ts = (await slack.act("U02OMAR", "message", channel="C0CRITICAL", text="status"))["ts"]
    await slack.settled()
    events = await _heard(
        slack, app, "U02OMAR", "edit", channel="C0CRITICAL", ts=ts, text="@countersign status"
    )
    (mention,) = [each for each in events if each["type"] == "app_mention"]
    assert "U02OMAR" == mention["edited"]["user"]
    assert ts == mention["ts"]


async def test_a_deletion_arrives_as_message_deleted(slack: PracticeSlack, app: Endpoint) -> None:
    ts = (await slack.act("U02OMAR", "message", channel="C0CRITICAL", text="APPROVED"))["ts"]
    await slack.settled()
    (event,) = await _heard(slack, app, "U02OMAR", "delete", channel="C0CRITICAL", ts=ts)
    assert ("message_deleted", ts, "APPROVED") == (
        event["subtype"],
        event["deleted_ts"],
        event["previous_message"]["text"],
    )


async def test_a_deleted_parent_leaves_a_tombstone(
    slack: PracticeSlack, app: Endpoint, client: AsyncWebClient
) -> None:
    root = (await slack.act("U02OMAR", "message", channel="C0CRITICAL", text="root"))["ts"]
    await slack.act("U03RUTH", "message", channel="C0CRITICAL", text="reply", thread_ts=root)
    await slack.settled()
    (event,) = await _heard(slack, app, "U02OMAR", "delete", channel="C0CRITICAL", ts=root)
    assert ("message_changed", "tombstone") == (event["subtype"], event["message"]["subtype"])
    replies = await client.conversations_replies(channel="C0CRITICAL", ts=root)
    assert ["This message was deleted.", "reply"] == [each["text"] for each in replies["messages"]]


async def test_the_bots_own_message_comes_back_as_an_event(
    slack: PracticeSlack, app: Endpoint, client: AsyncWebClient
) -> None:
    await client.chat_postMessage(channel="C0CRITICAL", text="I am <@U0COUNTER>")
    await slack.settled()
    (event,) = app.events()
    assert ("B0COUNTER", "U0COUNTER") == (event["bot_id"], event["user"])


async def test_the_bots_own_update_comes_back_as_message_changed(
    slack: PracticeSlack, app: Endpoint, client: AsyncWebClient
) -> None:
    ts = (await client.chat_postMessage(channel="C0CRITICAL", text="one"))["ts"]
    await client.chat_update(channel="C0CRITICAL", ts=ts, text="two")
    await slack.settled()
    assert ["message_changed"] == [each["subtype"] for each in app.events() if "subtype" in each]


async def test_another_bots_message_carries_its_bot_id(slack: PracticeSlack, app: Endpoint) -> None:
    events = await _heard(
        slack, app, "U0MONITOR", "message", channel="C0CRITICAL", text="<@U0COUNTER> APPROVED"
    )
    assert {"B0MONITOR"} == {each["bot_id"] for each in events}
    assert ["app_mention", "message"] == sorted(each["type"] for each in events)


async def test_a_reply_that_also_goes_to_the_channel_is_a_thread_broadcast(
    slack: PracticeSlack, app: Endpoint
) -> None:
    root = (await slack.act("U02OMAR", "message", channel="C0CRITICAL", text="root"))["ts"]
    await slack.settled()
    (event,) = await _heard(
        slack,
        app,
        "U03RUTH",
        "message",
        channel="C0CRITICAL",
        text="APPROVED",
        thread_ts=root,
        broadcast=True,
    )
    assert ("thread_broadcast", root, root) == (event["subtype"], event["thread_ts"], event["root"]["ts"])


async def test_a_message_with_a_file_is_a_file_share(slack: PracticeSlack, app: Endpoint) -> None:
    (event,) = await _heard(
        slack, app, "U03RUTH", "message", channel="C0CRITICAL", text="APPROVED", files=True
    )
    assert "file_share" == event["subtype"]
    assert "evidence.txt" == event["files"][0]["name"]


async def test_a_forwarded_message_is_an_attachment_not_the_persons_words(
    slack: PracticeSlack, app: Endpoint
) -> None:
    ts = (await slack.act("U03RUTH", "message", channel="C0CRITICAL", text="APPROVED"))["ts"]
    await slack.settled()
    (event,) = await _heard(
        slack, app, "U02OMAR", "forward", channel="C0CRITICAL", from_channel="C0CRITICAL", from_ts=ts
    )
    assert ("", True, "APPROVED") == (
        event["text"],
        event["attachments"][0]["is_share"],
        event["attachments"][0]["text"],
    )


async def test_people_from_slack_connect_carry_their_team(slack: PracticeSlack, app: Endpoint) -> None:
    (event,) = await _heard(slack, app, "W0STRANGE", "message", channel="C0CRITICAL", text="hello")
    assert ("T0PARTNER", "T0PARTNER") == (event["user_team"], event["source_team"])
    assert app.received[0].payload["is_ext_shared_channel"]


async def test_where_the_bot_is_no_member_it_hears_nothing(slack: PracticeSlack, app: Endpoint) -> None:
    assert [] == await _heard(slack, app, "U02OMAR", "message", channel="C0RANDOM", text="@countersign hi")


@pytest.mark.parametrize(
    ("scope", "left"), [("channels:history", ["app_mention"]), ("app_mentions:read", ["message"])]
)
async def test_without_the_scope_the_event_does_not_come(
    slack: PracticeSlack, app: Endpoint, scope: str, left: list[str]
) -> None:
    slack.app.scopes.discard(scope)
    events = await _heard(slack, app, "U02OMAR", "message", channel="C0CRITICAL", text="@countersign hi")
    assert left == [each["type"] for each in events]


async def test_an_event_the_app_is_not_subscribed_to_does_not_come(
    slack: PracticeSlack, app: Endpoint
) -> None:
    slack.app.events.discard("message.channels")
    assert [] == await _heard(slack, app, "U02OMAR", "message", channel="C0CRITICAL", text="hi")


async def test_a_direct_message_is_message_im_and_no_mention(
    slack: PracticeSlack, app: Endpoint, client: AsyncWebClient
) -> None:
    im = (await client.conversations_open(users="U02OMAR"))["channel"]["id"]
    (event,) = await _heard(slack, app, "U02OMAR", "message", channel=im, text="@countersign help")
    assert ("message", "im") == (event["type"], event["channel_type"])


async def test_a_changed_group_is_told_with_who_came_and_who_went(
    slack: PracticeSlack, app: Endpoint
) -> None:
    set_group_members(slack.workspace, slack.workspace.groups["S03APPROVERS"], ["U03RUTH", "U0NOOR"])
    await slack.settled()
    (event,) = app.events("subteam_members_changed")
    assert ("S03APPROVERS", ["U0NOOR"], ["U03IVO"]) == (
        event["subteam_id"],
        event["added_users"],
        event["removed_users"],
    )


async def test_subteam_updated_cuts_its_list_at_500(slack: PracticeSlack, app: Endpoint) -> None:
    crowd = [User(f"U9{number:04d}", f"n{number}", f"N {number}") for number in range(600)]
    slack.workspace.users |= {each.id: each for each in crowd}
    set_group_members(slack.workspace, slack.workspace.groups["S01VIEWERS"], [each.id for each in crowd])
    await slack.settled()
    (event,) = app.events("subteam_updated")
    assert (500, 600) == (len(event["subteam"]["users"]), event["subteam"]["user_count"])


async def test_a_deactivated_person_is_told_and_leaves_the_groups(
    slack: PracticeSlack, app: Endpoint
) -> None:
    change_user(slack.workspace, slack.workspace.users["U03IVO"], {"deleted": True})
    await slack.settled()
    (event,) = app.events("user_change")
    assert ("U03IVO", True) == (event["user"]["id"], event["user"]["deleted"])
    assert ["U03RUTH"] == slack.workspace.groups["S03APPROVERS"].users
    said = await refused(slack.act("U03IVO", "message", channel="C0CRITICAL", text="APPROVED"))
    assert "account_inactive" == said.code


async def test_people_write_only_where_they_are(slack: PracticeSlack) -> None:
    said = await refused(slack.act("U0GUEST", "message", channel="C0ALERTS", text="hi"))
    assert ("not_in_channel", "Gus Guest is not in #ops-alerts.") == (said.code, said.sentence)


async def test_only_the_author_edits_a_message(slack: PracticeSlack) -> None:
    ts = (await slack.act("U02OMAR", "message", channel="C0CRITICAL", text="mine"))["ts"]
    assert (
        "cant_update_message"
        == (await refused(slack.act("U03RUTH", "edit", channel="C0CRITICAL", ts=ts, text="yours"))).code
    )
