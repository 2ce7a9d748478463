"""Slack: who people are, and messages, forms and files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from handlers.messages import Card, Form
from handlers.work import Sending


@dataclass(frozen=True)
class Person:
    """A Slack account as Slack describes it now. `home` is False for other workspaces (Slack Connect)."""

    id: str
    name: str
    deleted: bool
    bot: bool
    guest: bool
    home: bool


class Directory(Protocol):
    """Who people are. Raises `TryAgainLater` or `DoNotRetry` when Slack does not say."""

    async def person(self, user_id: str, *, fresh: bool = False) -> Person | None:
        """The account, or None when Slack knows no such user."""
        ...

    async def members(self, group_id: str, *, fresh: bool = False) -> frozenset[str]:
        """User ids of a user group. `fresh` asks Slack, otherwise a recent answer will do."""
        ...

    async def look_up(
        self, user_id: str, group_ids: Sequence[str], *, fresh: bool = False
    ) -> tuple[Person | None, Mapping[str, frozenset[str]]]:
        """An account and the user ids of groups, asked at once: one answer's time of Slack, not several."""
        ...


@dataclass(frozen=True)
class Spoken:
    """A message as Slack tells it when asked with the bot's token. `plain` is False for shares and files."""

    user: str
    text: str
    edited: bool
    bot: bool
    plain: bool


@dataclass(frozen=True)
class Reply:
    """A message of a thread as Slack tells it; `event` is the payload that Slack sends for it."""

    ts: str
    user: str
    text: str
    edited: bool
    bot: bool
    plain: bool
    event: str = ""


class Messenger(Protocol):
    """Slack's messages. Raises `TryAgainLater`, `DoNotRetry` or `OutcomeUnknown`."""

    async def send(self, sending: Sending, links: Mapping[str, str]) -> tuple[str, str]:
        """Post, update or whisper; returns (channel id, ts). A post carries the outbox id as metadata.

        `links` holds the permalink of each slot that the card links to.
        """
        ...

    async def take_back(self, channel: str, ts: str) -> None:
        """Delete a message of the bot's own that stands elsewhere already; gone before is well too."""
        ...

    async def permalink(self, channel: str, ts: str) -> str:
        """The address of a message."""
        ...

    async def find(self, sending: Sending) -> tuple[str, str] | None:
        """Look for a post that an earlier attempt may have made, by its outbox id."""
        ...

    async def read_back(self, channel: str, thread_ts: str, ts: str) -> Spoken | None:
        """A message as it stands in Slack now; None when it is gone."""
        ...

    async def replies(self, channel: str, thread_ts: str, since: datetime) -> Sequence[Reply]:
        """What was said in a thread since then, the earliest first; without its root."""
        ...

    async def root_slot(self, channel: str, thread_ts: str) -> str | None:
        """The slot that the root of a thread carries as metadata, when the bot itself posted it."""
        ...

    async def publish_home(self, user: str, card: Card, links: Mapping[str, str]) -> None:
        """Set what a person's Home tab shows; `links` as for `send`."""
        ...

    async def upload(self, name: str, title: str, content: bytes) -> str:
        """Give Slack a picture that nobody sees until a message shows it; returns the file's id."""
        ...

    async def open_form(self, trigger_id: str, form: Form) -> None:
        """Open a modal. Raises AskAgainWithNewTrigger when the trigger is stale."""
        ...
