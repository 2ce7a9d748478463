"""files.*: a text is uploaded in three steps and shared as a message, and what Slack refuses on the way."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.server import PracticeSlack
from tests.sandbox.wanted import error, refusal

TEXT = "".join(f"line {number} & <more>\n" for number in range(1, 8))


async def shared(client: AsyncWebClient, channel: str, **more: Any) -> dict[str, Any]:
    """Upload as slack_sdk does; the file object."""
    told = await client.files_upload_v2(
        channel=channel, filename="pods.txt", title="7 pods", content=TEXT, snippet_type="text", **more
    )
    file: dict[str, Any] = told["file"]
    return file


async def announced(client: AsyncWebClient, session: aiohttp.ClientSession, content: bytes) -> str:
    """The id of a file that was uploaded and is not shared yet."""
    told = await client.files_getUploadURLExternal(filename="pods.txt", length=len(content))
    async with session.post(told["upload_url"], data=content) as response:
        assert 200 == response.status
    return str(told["file_id"])


async def test_a_file_is_shared_in_a_channel_with_its_comment(
    client: AsyncWebClient, slack: PracticeSlack
) -> None:
    await shared(client, "C0CRITICAL", initial_comment="all of them")
    (message,) = slack.messages("C0CRITICAL")
    assert ("file_share", "all of them") == (message["subtype"], message["text"])
    (file,) = message["files"]
    assert ("pods.txt", "7 pods", "snippet", len(TEXT), 7, 2) == tuple(
        file[name] for name in ("name", "title", "mode", "size", "lines", "lines_more")
    )
    assert "\n".join(TEXT.splitlines()[:5]) == file["preview"]


async def test_a_file_is_shared_in_a_thread(client: AsyncWebClient, slack: PracticeSlack) -> None:
    ts = (await client.chat_postMessage(channel="C0CRITICAL", text="root"))["ts"]
    await shared(client, "C0CRITICAL", thread_ts=ts)
    assert ts == slack.messages("C0CRITICAL")[-1]["thread_ts"]


async def test_a_shared_file_can_be_read_as_text(
    client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    file = await shared(client, "C0CRITICAL")
    async with session.get(file["url_private"]) as response:
        assert ("text/plain", TEXT) == (response.content_type, await response.text())


async def test_a_file_that_is_not_shared_cannot_be_read(
    client: AsyncWebClient, slack: PracticeSlack, session: aiohttp.ClientSession
) -> None:
    file_id = await announced(client, session, b"secret")
    async with session.get(f"{slack.url}/files-pri/T0PRACTICE-{file_id}/pods.txt") as response:
        assert 404 == response.status


@pytest.mark.parametrize("wanted", ["files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_files_need_their_scope(client: AsyncWebClient, slack: PracticeSlack, wanted: str) -> None:
    slack.app.scopes.discard("files:write")
    body = await refusal(client.api_call(wanted, params={"filename": "a.txt", "length": 1}))
    assert ("missing_scope", "files:write") == (body["error"], body["needed"])


async def test_a_file_goes_to_a_conversation_by_its_id_alone(
    client: AsyncWebClient, slack: PracticeSlack
) -> None:
    for given in ("U02OMAR", "#ops-critical", "C0NOWHERE"):
        assert "channel_not_found" == await error(shared(client, given))
    direct = (await client.conversations_open(users="U02OMAR"))["channel"]["id"]
    await shared(client, direct)
    assert "U02OMAR" == slack.workspace.channels[direct].im_user


async def test_a_file_goes_only_where_the_bot_is_a_member(
    client: AsyncWebClient, slack: PracticeSlack
) -> None:
    assert "not_in_channel" == await error(shared(client, "C0RANDOM"))
    slack.workspace.channels["C0ALERTS"].is_archived = True
    assert "is_archived" == await error(shared(client, "C0ALERTS"))


async def test_what_was_not_uploaded_or_is_shared_already_is_not_found(
    client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    told = await client.files_getUploadURLExternal(filename="a.txt", length=3)
    for file_id in (told["file_id"], "F0NOTHERE"):
        assert "file_not_found" == await error(client.files_completeUploadExternal(files=[{"id": file_id}]))
    again = await announced(client, session, b"abc")
    await client.files_completeUploadExternal(files=[{"id": again}])
    assert "file_not_found" == await error(client.files_completeUploadExternal(files=[{"id": again}]))


async def test_an_upload_is_as_long_as_it_was_announced(
    client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    told = await client.files_getUploadURLExternal(filename="a.txt", length=3)
    async with session.post(told["upload_url"], data=b"abcd") as response:
        assert 400 == response.status


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"filename": "a.txt"}, "invalid_arguments"),
        ({"length": 3}, "invalid_arguments"),
        ({"filename": "a.txt", "length": 0}, "invalid_arguments"),
        ({"filename": "a.txt", "length": "three"}, "invalid_arguments"),
        ({"filename": "../a.txt", "length": 3}, "invalid_arguments"),
        ({"filename": "a.txt", "length": 2_000_000}, "file_upload_size_restricted"),
    ],
)
async def test_an_announcement_that_cannot_be_is_refused(
    client: AsyncWebClient, arguments: dict[str, Any], code: str
) -> None:
    assert code == await error(client.api_call("files.getUploadURLExternal", params=arguments))
