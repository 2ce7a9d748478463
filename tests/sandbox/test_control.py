"""The control API: state, stream, acts, faults, administration, the list of calls; and who may use it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.server import PracticeSlack
from tests.sandbox.endpoint import Endpoint
from tests.sandbox.wanted import error, until

WAIT_SECONDS = 10.0


async def _get(session: aiohttp.ClientSession, slack: PracticeSlack, path: str) -> Any:
    async with session.get(f"{slack.url}/practice/{path}") as response:
        return await response.json()


async def _post(session: aiohttp.ClientSession, slack: PracticeSlack, path: str, body: object) -> Any:
    async with session.post(f"{slack.url}/practice/{path}", json=body) as response:
        return await response.json()


async def _next_events(response: aiohttp.ClientResponse, count: int) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    async with asyncio.timeout(WAIT_SECONDS):
        while len(events) < count:
            line = (await response.content.readline()).decode()
            if line.startswith("data: "):
                events.append(json.loads(line.removeprefix("data: ")))
    return events


async def test_the_state_holds_everybody_and_every_channel(
    slack: PracticeSlack, session: aiohttp.ClientSession
) -> None:
    state = await _get(session, slack, "state")
    assert 10 == len(state["users"])
    assert {"U01VERA": "O1", "U02OMAR": "O2", "U03RUTH": "O3", "U0NOOR": None}.items() <= {
        each["id"]: each["role"] for each in state["users"]
    }.items()
    assert ["C0CRITICAL", "C0ALERTS", "C0REVIEW", "C0MONITOR", "C0SECURITY", "C0RANDOM"] == list(
        state["messages"]
    )
    assert "/release" in [each["command"] for each in state["commands"]]
    assert ("http", True) == (state["app"]["mode"], state["app"]["connected"])


async def test_what_is_meant_for_a_bot_that_only_starts_waits_for_it(
    slack: PracticeSlack, session: aiohttp.ClientSession, app: Endpoint
) -> None:
    slack.control.opening.begin()
    asking = {"as": "U02OMAR", "do": "command", "command": "/ops", "text": "help", "channel": "C0ALERTS"}
    sent = asyncio.create_task(_post(session, slack, "act", asking))
    assert (await _get(session, slack, "state"))["app"]["starting"]
    assert [] == app.received
    slack.control.opening.end()
    assert (await sent)["ok"]
    assert ["help"] == [each.payload["text"] for each in app.received]
    assert not (await _get(session, slack, "state"))["app"]["starting"]


async def test_the_stream_tells_what_happens_after_the_state(
    slack: PracticeSlack, session: aiohttp.ClientSession
) -> None:
    state = await _get(session, slack, "state")
    async with session.get(f"{slack.url}/practice/stream?since={state['seq']}") as stream:
        act = {"as": "U02OMAR", "do": "message", "channel": "C0CRITICAL", "text": "hello"}
        ts = (await _post(session, slack, "act", act))["ts"]
        first, second = await _next_events(stream, 2)
    assert ("message", "C0CRITICAL", ts) == (first["type"], first["channel"], first["message"]["ts"])
    assert "delivery" == second["type"]
    assert [state["seq"] + 1, state["seq"] + 2] == [first["seq"], second["seq"]]


async def test_the_stream_goes_on_where_a_reader_left(
    slack: PracticeSlack, session: aiohttp.ClientSession
) -> None:
    for text in ("one", "two"):
        await slack.act("U02OMAR", "message", channel="C0CRITICAL", text=text)
    await slack.settled()
    headers = {"Last-Event-ID": "1"}
    async with session.get(f"{slack.url}/practice/stream", headers=headers) as stream:
        (event,) = await _next_events(stream, 1)
    assert 2 == event["seq"]


async def test_a_reader_of_another_run_is_told_to_begin_anew(
    slack: PracticeSlack, session: aiohttp.ClientSession
) -> None:
    headers = {"Last-Event-ID": "999999"}
    async with session.get(f"{slack.url}/practice/stream", headers=headers) as stream:
        (event,) = await _next_events(stream, 1)
    assert "reset" == event["type"]


async def test_a_refused_act_is_an_answer(slack: PracticeSlack, session: aiohttp.ClientSession) -> None:
    act = {"as": "U0GUEST", "do": "message", "channel": "C0ALERTS", "text": "x"}
    told = await _post(session, slack, "act", act)
    assert (False, "not_in_channel") == (told["ok"], told["error"])
    assert (
        "invalid_arguments"
        == (await _post(session, slack, "act", {"as": "U0NONE", "do": "message"}))["error"]
    )
    assert "invalid_arguments" == (await _post(session, slack, "act", ["list"]))["error"]


async def test_every_call_of_the_app_is_listed_without_its_token(
    slack: PracticeSlack, session: aiohttp.ClientSession, client: AsyncWebClient
) -> None:
    await client.chat_postMessage(channel="C0CRITICAL", text="x", blocks=[{"type": "divider"}])
    await error(client.users_info(user="U0NONE"))
    calls = await _get(session, slack, "calls")
    assert [(1, "chat.postMessage", True), (2, "users.info", False)] == [
        (each["n"], each["method"], each["ok"]) for each in calls
    ]
    assert ([{"type": "divider"}], "user_not_found") == (calls[0]["args"]["blocks"], calls[1]["error"])
    assert slack.app.bot_token not in json.dumps(calls)
    assert [2] == [each["n"] for each in await _get(session, slack, "calls?since=1")]


# -- faults


async def _fault(session: aiohttp.ClientSession, slack: PracticeSlack, **fault: Any) -> str:
    fault_id: str = (await _post(session, slack, "fault", fault))["id"]
    return fault_id


def _post_message(client: AsyncWebClient, channel: str = "C0CRITICAL") -> Any:
    return client.chat_postMessage(channel=channel, text="x")


async def test_a_fault_hits_its_method_and_channel_so_many_times(
    slack: PracticeSlack, session: aiohttp.ClientSession, client: AsyncWebClient
) -> None:
    await _fault(
        session,
        slack,
        kind="error",
        method="chat.postMessage",
        channel="C0CRITICAL",
        error="fatal_error",
        times=1,
    )
    await _post_message(client, "C0ALERTS")
    assert "fatal_error" == await error(_post_message(client, "#ops-critical"))
    await _post_message(client)
    assert [] == (await _get(session, slack, "state"))["faults"]


async def test_rate_limited_answers_429(
    slack: PracticeSlack, session: aiohttp.ClientSession, client: AsyncWebClient
) -> None:
    await _fault(session, slack, kind="rate_limited", retry_after=7, times=1)
    with pytest.raises(SlackApiError) as caught:
        await _post_message(client)
    assert (429, "7") == (caught.value.response.status_code, caught.value.response.headers["Retry-After"])


async def test_http_answers_html(slack: PracticeSlack, session: aiohttp.ClientSession) -> None:
    await _fault(session, slack, kind="http", status=502, times=1)
    async with session.post(f"{slack.api_url}auth.test") as response:
        assert (502, "text/html") == (response.status, response.content_type)


async def test_hang_answers_late(
    slack: PracticeSlack, session: aiohttp.ClientSession, client: AsyncWebClient
) -> None:
    await _fault(session, slack, kind="hang", seconds=30, times=1)
    call = asyncio.create_task(_post_message(client))
    await until(lambda: not slack.faults.state())
    assert not call.done()
    await _post(session, slack, "clock", {"advance": 30})
    assert (await call)["ok"]


@pytest.mark.parametrize(("after_effect", "posted"), [(True, 1), (False, 0)])
async def test_cut_drops_the_line_with_or_without_the_effect(
    slack: PracticeSlack,
    session: aiohttp.ClientSession,
    client: AsyncWebClient,
    after_effect: bool,
    posted: int,
) -> None:
    client.retry_handlers.clear()
    await _fault(session, slack, kind="cut", method="chat.postMessage", times=1, after_effect=after_effect)
    with pytest.raises(aiohttp.ClientError):
        await _post_message(client)
    assert posted == len(slack.messages("C0CRITICAL"))


async def test_a_missing_scope_is_named(
    slack: PracticeSlack, session: aiohttp.ClientSession, client: AsyncWebClient
) -> None:
    fault_id = await _fault(session, slack, kind="missing_scope", scope="chat:write")
    assert "missing_scope" == await error(_post_message(client))
    await _post(session, slack, "fault", {"clear": fault_id})
    assert (await _post_message(client))["ok"]


async def test_down_refuses_everything_until_cleared(
    slack: PracticeSlack, app: Endpoint, session: aiohttp.ClientSession
) -> None:
    await _fault(session, slack, kind="down")
    async with session.post(f"{slack.api_url}auth.test") as response:
        assert 503 == response.status
    act = {"as": "U02OMAR", "do": "message", "channel": "C0CRITICAL", "text": "x"}
    assert "slack_is_down" == (await _post(session, slack, "act", act))["error"]
    await _post(session, slack, "fault", {"clear": True})
    assert (await _post(session, slack, "act", act))["ok"]


async def test_an_unknown_fault_is_refused(slack: PracticeSlack, session: aiohttp.ClientSession) -> None:
    assert "invalid_arguments" == (await _post(session, slack, "fault", {"kind": "gremlin"}))["error"]
    assert (
        "invalid_arguments" == (await _post(session, slack, "fault", {"kind": "down", "volume": 11}))["error"]
    )


# -- administration


async def test_an_administrator_changes_groups_people_and_channels(
    slack: PracticeSlack, app: Endpoint, session: aiohttp.ClientSession, client: AsyncWebClient
) -> None:
    for wanted in (
        {"do": "group_members", "group": "S03APPROVERS", "users": ["U03RUTH", "U0NOOR"]},
        {"do": "user", "user": "U03IVO", "set": {"deleted": True}},
        {"do": "archive", "channel": "C0ALERTS"},
        {"do": "member", "channel": "C0RANDOM", "user": "U0COUNTER", "in": True},
    ):
        assert (await _post(session, slack, "admin", wanted))["ok"]
    await slack.settled()
    assert ["U03RUTH", "U0NOOR"] == (await client.usergroups_users_list(usergroup="S03APPROVERS"))["users"]
    assert (await client.users_info(user="U03IVO"))["user"]["deleted"]
    assert "is_archived" == await error(_post_message(client, "C0ALERTS"))
    assert (await client.conversations_info(channel="C0RANDOM"))["channel"]["is_member"]
    expected = {
        "subteam_members_changed",
        "subteam_updated",
        "user_change",
        "channel_archive",
        "member_joined_channel",
    }
    assert expected == {each["type"] for each in app.events()}


async def test_administration_that_does_not_exist_is_refused(
    slack: PracticeSlack, session: aiohttp.ClientSession
) -> None:
    for wanted in ({"do": "shout"}, {"do": "user", "user": "U03IVO", "set": {"id": "U1"}}):
        assert "invalid_arguments" == (await _post(session, slack, "admin", wanted))["error"]


# -- who may use it


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Host": "evil.example"}])
async def test_another_site_may_not_act(
    slack: PracticeSlack, session: aiohttp.ClientSession, headers: dict[str, str]
) -> None:
    act = {"as": "U03RUTH", "do": "message", "channel": "C0CRITICAL", "text": "APPROVED"}
    async with session.post(f"{slack.url}/practice/act", json=act, headers=headers) as response:
        assert 403 == response.status
    assert [] == slack.messages("C0CRITICAL")


@pytest.mark.parametrize("wrong", [{"values": "garbage"}, {"text": 7}, {"do": ["submit"]}, {"as": {}}])
async def test_an_act_of_another_shape_is_a_bad_request_with_the_reason(
    slack: PracticeSlack, session: aiohttp.ClientSession, wrong: dict[str, Any]
) -> None:
    act = {"as": "U03RUTH", "do": "submit", **wrong}
    async with session.post(f"{slack.url}/practice/act", json=act) as response:
        told = await response.json()
    assert (400, "invalid_arguments") == (response.status, told["error"])
    assert f"`{next(iter(wrong))}` must be" in told["message"]


async def test_a_form_of_another_site_is_no_json(
    slack: PracticeSlack, session: aiohttp.ClientSession
) -> None:
    async with session.post(f"{slack.url}/practice/act", data={"as": "U03RUTH"}) as response:
        assert 415 == response.status
