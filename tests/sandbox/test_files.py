"""files.*: a text is uploaded in three steps and shared as a message, and what Slack refuses on the way."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.files import PROCESSING_SECONDS
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


PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\x60\x60\x60\x60\x00\x00\x00\x05\x00\x01\xa5\xf6\x45\x40\x00\x00\x00\x00IEND\xaeB\x60\x82"
)
"""One transparent point."""


def shows(**slack_file: str) -> list[dict[str, Any]]:
    return [{"type": "image", "alt_text": "a chart", "slack_file": slack_file}]


async def private_picture(client: AsyncWebClient, slack: PracticeSlack, content: bytes = PNG) -> str:
    """The id of an image that nobody but the app has, and that Slack has looked at."""
    told = await client.files_upload_v2(filename="chart.png", title="chart", content=content)
    slack.clock.advance(PROCESSING_SECONDS)
    return str(told["file"]["id"])


async def test_a_private_image_is_shown_in_a_block_by_its_id_or_address(
    client: AsyncWebClient, slack: PracticeSlack, session: aiohttp.ClientSession
) -> None:
    file_id = await private_picture(client, slack)
    address = f"{slack.url}/files-pri/T0PRACTICE-{file_id}/chart.png"
    for named in (shows(id=file_id), shows(url=address)):
        await client.chat_postMessage(channel="C0CRITICAL", text="chart", blocks=named)
    assert 2 == len(slack.messages("C0CRITICAL"))
    async with session.get(address) as response:
        assert ("image/png", PNG) == (response.content_type, await response.read())


async def test_an_image_that_slack_has_not_looked_at_yet_is_no_image(
    client: AsyncWebClient, slack: PracticeSlack
) -> None:
    told = await client.files_upload_v2(filename="chart.png", title="chart", content=PNG)
    file_id = told["file"]["id"]
    assert "" == told["file"]["mimetype"]
    ts = (await client.chat_postMessage(channel="C0CRITICAL", text="root"))["ts"]
    show = {"channel": "C0CRITICAL", "ts": ts, "text": "root", "blocks": shows(id=file_id)}
    body = await refusal(client.chat_update(**show))
    expected = ["invalid slack file [json-pointer:/blocks/0/slack_file]"]
    assert ("invalid_blocks", expected) == (body["error"], body["errors"])
    slack.clock.advance(PROCESSING_SECONDS)
    assert (await client.chat_update(**show))["ok"]


async def test_only_an_image_that_was_completed_is_shown(
    client: AsyncWebClient, slack: PracticeSlack, session: aiohttp.ClientSession
) -> None:
    text = await private_picture(client, slack, b"no image at all")
    waiting = await announced(client, session, PNG)
    for named in (text, waiting, "F0123456789"):
        post = client.chat_postMessage(channel="C0CRITICAL", text="chart", blocks=shows(id=named))
        assert "invalid_blocks" == await error(post)


async def test_a_file_is_named_by_an_id_or_an_address_and_never_by_both(
    client: AsyncWebClient, slack: PracticeSlack
) -> None:
    file_id = await private_picture(client, slack)
    wrong = (shows(), shows(id=file_id, url=f"{slack.url}/files-pri/T0PRACTICE-{file_id}/a"), shows(id="f-1"))
    for named in wrong:
        post = client.chat_postMessage(channel="C0CRITICAL", text="chart", blocks=named)
        assert "invalid_blocks" == await error(post)


async def test_a_view_shows_an_image_as_a_message_does(client: AsyncWebClient, slack: PracticeSlack) -> None:
    file_id = await private_picture(client, slack)
    for named, taken in ((file_id, True), ("F0123456789", False)):
        home = {"type": "home", "blocks": shows(id=named)}
        publish = client.views_publish(user_id="U02OMAR", view=home)
        if taken:
            assert (await publish)["ok"]
        else:
            assert "invalid_arguments" == await error(publish)
