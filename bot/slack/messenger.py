"""`handlers.ports.slack.Messenger` over Slack's Web API."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.blocks import card_blocks, fallback
from bot.slack.calls import RATE_LIMITED, REPLY_URL, asked, pages, retry_after, told
from bot.slack.forms import form_view
from bot.slack.metadata import metadata_of, payload_of
from bot.slack.plainness import is_plain
from handlers.errors import AskAgainWithNewTrigger, DoNotRetry, OutcomeUnknown, TryAgainLater
from handlers.messages import Card, Form, TextFile
from handlers.ports.slack import Reply, Spoken
from handlers.work import Delivery, Sending

_STALE = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "trigger_expired"})
_API_HOST, _REPLY_HOST = "slack.com", "hooks.slack.com"
_NOT_THERE = frozenset({"not_in_channel", "channel_not_found", "user_not_in_channel", "is_archived"})
"""Why a whisper has no place in its channel: it is said in the direct conversation instead."""
_UPLOADS = 4
"""Attempts to upload a file before its reader is told that it does not come."""
_APART = timedelta(minutes=10)
"""How far Slack's clock may be from the bot's when a post is looked for."""
_PERMALINKS = 2000
"""Addresses that are remembered: they never change, and lists ask for them again and again."""


class SlackMessenger:
    """Posts, updates, whispers, reads back, opens modals. One instance a process."""

    def __init__(self, client: AsyncWebClient, session: aiohttp.ClientSession, bot_user: str) -> None:
        self._client = client
        self._session = session
        self._bot_user = bot_user
        self._channels: dict[str, str] = {}
        self._permalinks: dict[tuple[str, str], str] = {}
        api = urlsplit(client.base_url)
        self._replies = ("https", _REPLY_HOST) if api.netloc == _API_HOST else (api.scheme, api.netloc)

    async def send(self, sending: Sending, links: Mapping[str, str]) -> tuple[str, str]:
        """See `Messenger.send`."""
        delivery = sending.delivery
        words: dict[str, Any] = {"text": fallback(delivery.card), "blocks": card_blocks(delivery.card, links)}
        if delivery.whisper_to and delivery.file is not None:
            taken = delivery.file if sending.attempt <= _UPLOADS else None
            return await self._hand_over(delivery.whisper_to, taken, words)
        if delivery.whisper_to:
            return await self._whisper(delivery, words)
        if sending.posted_ts:
            call = self._client.chat_update(
                channel=sending.posted_channel, ts=sending.posted_ts, metadata=metadata_of(sending), **words
            )
            answer = await told(call)
            return sending.posted_channel, str(answer.get("ts", sending.posted_ts))
        answer = await told(
            self._client.chat_postMessage(
                channel=sending.root_channel or delivery.channel,
                thread_ts=sending.root_ts or None,
                **words,
                metadata=metadata_of(sending),
                unfurl_links=False,
                unfurl_media=False,
            )
        )
        self._channels[delivery.channel] = str(answer["channel"])
        return str(answer["channel"]), str(answer["ts"])

    async def _whisper(self, delivery: Delivery, words: dict[str, Any]) -> tuple[str, str]:
        if delivery.reply_url and self.is_slacks(delivery.reply_url):
            return await self._answer_url(delivery.reply_url, words)
        call = self._client.chat_postEphemeral(
            channel=delivery.channel, user=delivery.whisper_to, thread_ts=delivery.thread_ts or None, **words
        )
        try:
            answer = await told(call)
        except DoNotRetry as no:
            if no.code not in _NOT_THERE:
                raise
            answer = await told(self._client.chat_postMessage(channel=delivery.whisper_to, **words))
        return delivery.channel, str(answer.get("message_ts", ""))

    async def _hand_over(self, user: str, file: TextFile | None, words: dict[str, Any]) -> tuple[str, str]:
        """Upload a file to the direct conversation; where Slack does not take it, say so there.

        Slack tells no ts of the message it makes. https://docs.slack.dev/messaging/working-with-files
        """
        channel = await self._direct(user)
        try:
            if file is None:
                raise DoNotRetry("Slack has not taken it several times", "upload")
            call = self._client.files_upload_v2(
                channel=channel, filename=file.name, title=file.title, content=file.text, snippet_type="text"
            )
            await told(call)
        except DoNotRetry:
            await told(self._client.chat_postMessage(channel=channel, **words))
        return channel, ""

    def is_slacks(self, url: str) -> bool:
        """A response_url is only followed to Slack, or to the stand-in that replaces it."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        return (parts.scheme, parts.netloc) == self._replies

    async def _answer_url(self, url: str, words: dict[str, Any]) -> tuple[str, str]:
        """Answer through a response_url: five uses in thirty minutes, works where the bot is no member."""
        body = {"response_type": "ephemeral", "replace_original": False, **words}
        try:
            async with self._session.post(url, json=body, allow_redirects=False) as response:
                status, patience = response.status, retry_after(response.headers)
        except aiohttp.ClientConnectorError as error:
            raise TryAgainLater("Slack cannot be reached", after=2) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise OutcomeUnknown(f"Slack's answer was lost ({type(error).__name__})") from error
        if status == 429:
            RATE_LIMITED.labels(REPLY_URL).inc()
            raise TryAgainLater("Slack asks for patience", after=patience)
        if status >= 500:
            raise OutcomeUnknown(f"Slack answered {status}")
        if status != 200:
            raise DoNotRetry(f"Slack refused the response_url ({status})", f"http-{status}")
        return "", ""

    async def find(self, sending: Sending) -> tuple[str, str] | None:
        """See `Messenger.find`."""
        channel = sending.root_channel or await self._channel_id(sending.delivery.channel)
        since = sending.queued_at - _APART
        async for message in self._messages(channel, sending.root_ts, since):
            payload = payload_of(message)
            if payload.get("outbox_id") == sending.id and message.get("user") == self._bot_user:
                return channel, str(message["ts"])
        return None

    async def _messages(self, channel: str, thread_ts: str, since: datetime) -> AsyncIterator[dict[str, Any]]:
        """Messages of a thread, its earliest first, or of a channel since then, with metadata."""
        which = {"channel": channel, "include_all_metadata": True, "limit": 200, "oldest": _stamp(since)}
        if thread_ts:
            read = pages(self._client.conversations_replies, ts=thread_ts, **which)
        else:
            read = pages(self._client.conversations_history, **which)
        async for page in read:
            for message in page.get("messages", []):
                yield message

    async def read_back(self, channel: str, thread_ts: str, ts: str) -> Spoken | None:
        """See `Messenger.read_back`."""
        call = self._client.conversations_replies(
            channel=channel, ts=thread_ts, oldest=ts, latest=ts, inclusive=True, limit=10
        )
        answer = await asked(call)
        for message in answer.get("messages", []):
            if message.get("ts") == ts:
                return Spoken(
                    user=str(message.get("user", "")),
                    text=str(message.get("text", "")),
                    edited="edited" in message,
                    bot=bool(message.get("bot_id")),
                    plain=is_plain(message),
                )
        return None

    async def replies(self, channel: str, thread_ts: str, since: datetime) -> tuple[Reply, ...]:
        """See `Messenger.replies`."""
        read = pages(
            self._client.conversations_replies,
            channel=channel,
            ts=thread_ts,
            oldest=_stamp(since),
            limit=200,
        )
        found = [one async for page in read for one in page.get("messages", [])]
        return tuple(_reply(channel, thread_ts, one) for one in found if one.get("ts") != thread_ts)

    async def root_slot(self, channel: str, thread_ts: str) -> str | None:
        """See `Messenger.root_slot`."""
        call = self._client.conversations_replies(
            channel=channel, ts=thread_ts, limit=1, include_all_metadata=True
        )
        try:
            answer = await asked(call)
        except DoNotRetry as no:
            if no.code in ("thread_not_found", "channel_not_found", "not_in_channel"):
                return None
            raise
        root: dict[str, Any] = next(iter(answer.get("messages", [])), {})
        if root.get("user") != self._bot_user:
            return None
        return payload_of(root).get("slot") or None

    async def take_back(self, channel: str, ts: str) -> None:
        """See `Messenger.take_back`."""
        try:
            await told(self._client.chat_delete(channel=channel, ts=ts))
        except DoNotRetry as no:
            if no.code != "message_not_found":
                raise

    async def permalink(self, channel: str, ts: str) -> str:
        """See `Messenger.permalink`."""
        place = (channel, ts)
        if place not in self._permalinks:
            answer = await asked(self._client.chat_getPermalink(channel=channel, message_ts=ts))
            if len(self._permalinks) >= _PERMALINKS:
                self._permalinks.pop(next(iter(self._permalinks)))
            self._permalinks[place] = str(answer["permalink"])
        return self._permalinks[place]

    async def publish_home(self, user: str, card: Card, links: Mapping[str, str]) -> None:
        """See `Messenger.publish_home`. https://docs.slack.dev/reference/methods/views.publish"""
        view = {"type": "home", "blocks": card_blocks(card, links)}
        await told(self._client.views_publish(user_id=user, view=view))

    async def upload(self, name: str, title: str, content: bytes) -> str:
        """See `Messenger.upload`. Without a channel the file is the bot's alone until a block shows it.

        https://docs.slack.dev/reference/block-kit/composition-objects/slack-file-object
        """
        answer = await told(self._client.files_upload_v2(filename=name, title=title, file=content))
        return str((answer.get("file") or {})["id"])

    async def open_form(self, trigger_id: str, form: Form) -> None:
        """See `Messenger.open_form`."""
        try:
            await told(self._client.views_open(trigger_id=trigger_id, view=form_view(form)))
        except DoNotRetry as no:
            if no.code in _STALE:
                raise AskAgainWithNewTrigger(no.code) from no
            raise

    async def _direct(self, user: str) -> str:
        """The id of the direct conversation with somebody."""
        if user not in self._channels:
            answer = await asked(self._client.conversations_open(users=user))
            self._channels[user] = str(answer["channel"]["id"])
        return self._channels[user]

    async def _channel_id(self, name: str) -> str:
        """The id of a channel that policy names; Slack reads channels by id alone."""
        if name.startswith(_PERSON):
            return await self._direct(name)
        if not name.startswith("#"):
            return name
        if name not in self._channels:
            async for page in pages(self._client.conversations_list, limit=1000):
                self._channels |= {f"#{one['name']}": one["id"] for one in page.get("channels", [])}
        if name not in self._channels:
            raise DoNotRetry(f"there is no channel {name}", "channel_not_found")
        return self._channels[name]


_PERSON = ("U", "W")
"""How ids of people begin; a message to one goes to the direct conversation with the bot."""


def _reply(channel: str, thread_ts: str, message: Mapping[str, Any]) -> Reply:
    """A message of a thread; its event is made as Slack makes one, without what no listener looks at."""
    ts, user = str(message.get("ts", "")), str(message.get("user") or message.get("bot_id") or "")
    event = {**message, "type": "message", "channel": channel, "thread_ts": thread_ts}
    payload = {"type": "event_callback", "event_id": f"read/{channel}/{ts}", "event": event}
    return Reply(
        ts=ts,
        user=user,
        text=str(message.get("text", "")),
        edited="edited" in message,
        bot=bool(message.get("bot_id")) or message.get("subtype") == "bot_message",
        plain=is_plain(message),
        event=json.dumps(payload),
    )


def _stamp(when: datetime) -> str:
    return f"{when.timestamp():.6f}"
