"""conversations.*, users.*, usergroups.*: what the app can read, page by page, and with which scope."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.server import PracticeSlack
from tests.sandbox.wanted import error, refusal


@pytest.fixture
async def thread(client: AsyncWebClient) -> list[str]:
    """The ts of a parent and of five replies."""
    root = (await client.chat_postMessage(channel="C0CRITICAL", text="0"))["ts"]
    replies = [
        (await client.chat_postMessage(channel="C0CRITICAL", text=str(number), thread_ts=root))["ts"]
        for number in range(1, 6)
    ]
    return [root, *replies]


def _texts(response: Any) -> list[str]:
    return [each["text"] for each in response["messages"]]


async def test_replies_begin_with_the_parent_and_are_oldest_first(
    client: AsyncWebClient, thread: list[str]
) -> None:
    assert list("012345") == _texts(await client.conversations_replies(channel="C0CRITICAL", ts=thread[0]))


async def test_every_page_of_replies_begins_with_the_parent(
    client: AsyncWebClient, thread: list[str]
) -> None:
    first = await client.conversations_replies(channel="C0CRITICAL", ts=thread[0], limit=3)
    assert (list("0123"), True) == (_texts(first), first["has_more"])
    cursor = first["response_metadata"]["next_cursor"]
    second = await client.conversations_replies(channel="C0CRITICAL", ts=thread[0], limit=3, cursor=cursor)
    assert (list("045"), False) == (_texts(second), second["has_more"])


@pytest.mark.parametrize(("inclusive", "expected"), [(True, "0234"), (False, "03")])
async def test_bounds_are_outside_unless_inclusive(
    client: AsyncWebClient, thread: list[str], inclusive: bool, expected: str
) -> None:
    bounds: dict[str, Any] = {"oldest": thread[2], "latest": thread[4], "inclusive": inclusive}
    assert list(expected) == _texts(
        await client.conversations_replies(channel="C0CRITICAL", ts=thread[0], **bounds)
    )


async def test_the_ts_of_a_reply_gives_that_reply_alone(client: AsyncWebClient, thread: list[str]) -> None:
    assert ["3"] == _texts(await client.conversations_replies(channel="C0CRITICAL", ts=thread[3]))


async def test_a_message_without_replies_is_a_thread_of_one(client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel="C0CRITICAL", text="alone"))["ts"]
    assert ["alone"] == _texts(await client.conversations_replies(channel="C0CRITICAL", ts=ts))
    assert "thread_not_found" == await error(
        client.conversations_replies(channel="C0CRITICAL", ts="1.000001")
    )


async def test_history_is_newest_first_and_leaves_replies_out(
    client: AsyncWebClient, thread: list[str]
) -> None:
    await client.chat_postMessage(channel="C0CRITICAL", text="later")
    await client.chat_postMessage(
        channel="C0CRITICAL", text="both", thread_ts=thread[0], reply_broadcast=True
    )
    assert ["both", "later", "0"] == _texts(await client.conversations_history(channel="C0CRITICAL"))


async def test_history_comes_in_pages(client: AsyncWebClient) -> None:
    for number in range(5):
        await client.chat_postMessage(channel="C0CRITICAL", text=str(number))
    first = await client.conversations_history(channel="C0CRITICAL", limit=2)
    assert list("43") == _texts(first)
    cursor = first["response_metadata"]["next_cursor"]
    assert list("21") == _texts(
        await client.conversations_history(channel="C0CRITICAL", limit=2, cursor=cursor)
    )
    wrong = client.conversations_history(channel="C0CRITICAL", cursor="bm9wZQ==")
    assert "invalid_cursor" == await error(wrong)


async def test_metadata_comes_only_when_asked_for(client: AsyncWebClient) -> None:
    metadata = {"event_type": "outbox", "event_payload": {"id": "M-1"}}
    ts = (await client.chat_postMessage(channel="C0CRITICAL", text="x", metadata=metadata))["ts"]
    bare = await client.conversations_replies(channel="C0CRITICAL", ts=ts)
    full = await client.conversations_replies(channel="C0CRITICAL", ts=ts, include_all_metadata=True)
    history = await client.conversations_history(channel="C0CRITICAL", include_all_metadata=True)
    assert "metadata" not in bare["messages"][0]
    assert [metadata, metadata] == [full["messages"][0]["metadata"], history["messages"][0]["metadata"]]


async def test_reading_needs_membership_and_scope(client: AsyncWebClient, slack: PracticeSlack) -> None:
    assert "not_in_channel" == await error(client.conversations_history(channel="C0RANDOM"))
    assert "channel_not_found" == await error(client.conversations_history(channel="C0NOWHERE"))
    slack.app.scopes.discard("channels:history")
    body = await refusal(client.conversations_history(channel="C0CRITICAL"))
    assert ("missing_scope", "channels:history") == (body["error"], body["needed"])
    assert "chat:write" in body["provided"].split(",")


async def test_channels_are_listed_in_pages(client: AsyncWebClient) -> None:
    first = await client.conversations_list(limit=4)
    cursor = first["response_metadata"]["next_cursor"]
    second = await client.conversations_list(limit=4, cursor=cursor)
    names = [each["name"] for each in [*first["channels"], *second["channels"]]]
    assert [
        "ops-critical",
        "ops-alerts",
        "ops-review",
        "ops-monitoring",
        "security-incidents",
        "random",
    ] == names
    assert "" == second["response_metadata"]["next_cursor"]


async def test_a_channel_says_whether_it_is_shared_and_the_bot_in_it(client: AsyncWebClient) -> None:
    channel = (await client.conversations_info(channel="C0RANDOM"))["channel"]
    assert (True, False) == (channel["is_ext_shared"], channel["is_member"])


async def test_joining_makes_the_bot_a_member(client: AsyncWebClient) -> None:
    assert (await client.conversations_join(channel="C0RANDOM"))["channel"]["is_member"]
    assert "U0COUNTER" in (await client.conversations_members(channel="C0RANDOM"))["members"]
    assert "already_in_channel" == (await client.conversations_join(channel="C0RANDOM"))["warning"]


@pytest.mark.parametrize(
    ("user", "flags"),
    [
        ("U02OMAR", {"deleted": False, "is_bot": False, "is_restricted": False, "team_id": "T0PRACTICE"}),
        ("U0GUEST", {"is_restricted": True, "is_ultra_restricted": True}),
        ("W0STRANGE", {"is_stranger": True, "team_id": "T0PARTNER"}),
        ("U0MONITOR", {"is_bot": True}),
    ],
)
async def test_users_info_says_what_somebody_is(
    client: AsyncWebClient, user: str, flags: dict[str, Any]
) -> None:
    told = (await client.users_info(user=user))["user"]
    assert flags == {name: told[name] for name in flags}


async def test_an_unknown_person_is_not_found(client: AsyncWebClient) -> None:
    assert "user_not_found" == await error(client.users_info(user="U0NOBODY"))


async def test_strangers_are_not_in_the_list_of_members(client: AsyncWebClient) -> None:
    first = await client.users_list(limit=5)
    second = await client.users_list(limit=5, cursor=first["response_metadata"]["next_cursor"])
    ids = [each["id"] for each in [*first["members"], *second["members"]]]
    assert (9, False) == (len(ids), "W0STRANGE" in ids)


async def test_groups_and_their_members(client: AsyncWebClient, slack: PracticeSlack) -> None:
    handles = [each["handle"] for each in (await client.usergroups_list())["usergroups"]]
    assert ["o1", "o2", "o3", "oncall-o3", "eng-lead"] == handles
    assert ["U03RUTH", "U03IVO"] == (await client.usergroups_users_list(usergroup="S03APPROVERS"))["users"]
    assert "no_such_subteam" == await error(client.usergroups_users_list(usergroup="S0NONE"))
    slack.api.paid_plan = False
    assert "paid_teams_only" == await error(client.usergroups_list())


async def test_bots_info_knows_the_app(client: AsyncWebClient) -> None:
    bot = (await client.bots_info(bot="B0COUNTER"))["bot"]
    assert ("A0COUNTER", "U0COUNTER") == (bot["app_id"], bot["user_id"])
    assert "bot_not_found" == await error(client.bots_info(bot="B0NONE"))


async def test_a_reaction_once(client: AsyncWebClient, slack: PracticeSlack) -> None:
    ts = (await client.chat_postMessage(channel="C0CRITICAL", text="x"))["ts"]
    await client.reactions_add(channel="C0CRITICAL", timestamp=ts, name="eyes")
    again = client.reactions_add(channel="C0CRITICAL", timestamp=ts, name="eyes")
    assert "already_reacted" == await error(again)


# -- the front door


async def test_auth_test_tells_who_the_app_is_and_its_scopes(client: AsyncWebClient) -> None:
    told = await client.auth_test()
    assert ("T0PRACTICE", "U0COUNTER", "B0COUNTER") == (told["team_id"], told["user_id"], told["bot_id"])
    assert "chat:write" in told.headers["x-oauth-scopes"].split(",")


async def test_tokens_are_checked(slack: PracticeSlack, session: aiohttp.ClientSession) -> None:
    def with_token(token: str | None) -> AsyncWebClient:
        return AsyncWebClient(token=token, base_url=slack.api_url, session=session)

    assert "not_authed" == await error(with_token(None).auth_test())
    assert "invalid_auth" == await error(with_token("xoxb-wrong").auth_test())
    app_token = with_token(slack.app.app_token)
    assert "not_allowed_token_type" == await error(app_token.users_info(user="U02OMAR"))
    assert (await app_token.apps_connections_open(app_token=slack.app.app_token))["url"].startswith("ws://")


async def test_an_unknown_method_is_named(client: AsyncWebClient) -> None:
    body = await refusal(client.api_call("chat.shout"))
    assert ("unknown_method", "chat.shout") == (body["error"], body["req_method"])


async def test_a_json_body_means_nothing_to_a_method_that_reads(client: AsyncWebClient) -> None:
    call = client.api_call("conversations.info", json={"channel": "C0CRITICAL"})
    assert "invalid_arguments" == await error(call)


async def test_arguments_come_as_query_form_or_json(
    slack: PracticeSlack, session: aiohttp.ClientSession
) -> None:
    url, headers = f"{slack.api_url}chat.postMessage", {"Authorization": f"Bearer {slack.app.bot_token}"}
    call = {"channel": "C0CRITICAL", "text": "hi"}
    for answer in (
        session.post(url, headers=headers, params=call),
        session.post(url, headers=headers, data=call),
        session.post(url, headers=headers, json=call),
    ):
        async with answer as response:
            assert (await response.json())["ok"]
    async with session.post(url, headers=headers, data=b"x", params={}) as response:
        assert "invalid_post_type" == (await response.json())["error"]
    assert 3 == len(slack.messages("C0CRITICAL"))
