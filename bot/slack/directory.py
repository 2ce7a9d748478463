"""`handlers.ports.slack.Directory` over Slack's Web API, with short memories."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.calls import asked
from handlers.errors import DoNotRetry
from handlers.ports.clock import Clock
from handlers.ports.slack import Person

_V = TypeVar("_V")
_KEPT_SECONDS = 300.0
_KEPT_NAMES = 10_000


class _Recent(Generic[_V]):
    """Answers kept for a few minutes; the oldest go when there are too many."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[float, _V]] = {}

    def get(self, name: str) -> _V | None:
        at, value = self._kept.get(name, (0.0, None))
        return value if self._clock.now().timestamp() - at < _KEPT_SECONDS else None

    def put(self, name: str, value: _V) -> None:
        self._kept.pop(name, None)
        self._kept[name] = (self._clock.now().timestamp(), value)
        if len(self._kept) > _KEPT_NAMES:
            self._kept.pop(next(iter(self._kept)))

    def forget(self, name: str) -> None:
        self._kept.pop(name, None)


class SlackDirectory:
    """People and user groups. Roles are decided elsewhere; here stands only what Slack says."""

    def __init__(self, client: AsyncWebClient, clock: Clock, workspace: str, enterprise: str = "") -> None:
        self._client = client
        self._workspace = workspace
        self._enterprise = enterprise
        self._people: _Recent[Person] = _Recent(clock)
        self._groups: _Recent[frozenset[str]] = _Recent(clock)

    async def person(self, user_id: str, *, fresh: bool = False) -> Person | None:
        """See `Directory.person`. https://docs.slack.dev/reference/objects/user-object"""
        known = None if fresh else self._people.get(user_id)
        if known is not None:
            return known
        try:
            answer = await asked(self._client.users_info(user=user_id))
        except DoNotRetry as no:
            if no.code in ("user_not_found", "user_not_visible"):
                return None
            raise
        user = answer["user"]
        person = Person(
            id=str(user["id"]),
            name=str(user.get("real_name") or user.get("name") or user_id),
            deleted=bool(user.get("deleted")),
            bot=bool(user.get("is_bot") or user.get("is_workflow_bot")) or user_id == "USLACKBOT",
            guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
            home=self._is_home(user),
        )
        self._people.put(user_id, person)
        return person

    def _is_home(self, user: dict[str, object]) -> bool:
        """Ours: not marked as a stranger, and of this workspace or, on Enterprise Grid, this enterprise."""
        if user.get("is_stranger"):
            return False
        grid = user.get("enterprise_user")
        enterprise = grid.get("enterprise_id") if isinstance(grid, dict) else None
        if self._enterprise and enterprise == self._enterprise:
            return True
        return user.get("team_id") == self._workspace

    async def members(self, group_id: str, *, fresh: bool = False) -> frozenset[str]:
        """See `Directory.members`. Reads the whole list: events cut it at 500."""
        known = None if fresh else self._groups.get(group_id)
        if known is not None:
            return known
        try:
            answer = await asked(self._client.usergroups_users_list(usergroup=group_id))
        except DoNotRetry as no:
            if no.code != "no_such_subteam":
                raise
            answer = {}  # deleted or switched off: it gives its role to nobody, and others keep theirs
        members = frozenset(str(user) for user in answer.get("users", []))
        self._groups.put(group_id, members)
        return members

    async def look_up(
        self, user_id: str, group_ids: Sequence[str], *, fresh: bool = False
    ) -> tuple[Person | None, Mapping[str, frozenset[str]]]:
        """See `Directory.look_up`. What is remembered needs no task of its own."""
        person = None if fresh else self._people.get(user_id)
        known = {one: members for one in group_ids if (members := self._groups.get(one)) is not None}
        if person is not None and len(known) == len(group_ids):
            return person, known
        person, listed = await asyncio.gather(
            self.person(user_id, fresh=fresh),
            asyncio.gather(*(self.members(one, fresh=fresh) for one in group_ids)),
        )
        return person, dict(zip(group_ids, listed, strict=True))

    def forget_group(self, group_id: str) -> None:
        """Slack says that the group changed."""
        self._groups.forget(group_id)

    def forget_person(self, user_id: str) -> None:
        """Slack says that the account changed."""
        self._people.forget(user_id)
