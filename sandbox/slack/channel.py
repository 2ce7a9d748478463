"""A conversation of the workspace: who is in it, and its messages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sandbox.slack.people import BOT_USER, TEAM
from sandbox.slack.shapes import Json


@dataclass
class Channel:
    """A conversation; `messages` by ts, oldest first, deleted ones included."""

    id: str
    name: str
    created: int
    members: list[str]
    is_shared: bool = False
    is_archived: bool = False
    is_private: bool = False
    im_user: str | None = None
    messages: dict[str, Json] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """`channel_type` as events name it."""
        if self.im_user:
            return "im"
        return "group" if self.is_private else "channel"

    def living(self) -> Iterator[Json]:
        """Messages that can still be read, oldest first; a tombstone counts, as in Slack."""
        return (each for each in self.messages.values() if not each.get("deleted") or "subtype" in each)

    def find(self, ts: str) -> Json | None:
        message = self.messages.get(ts)
        return None if message is None or message.get("deleted") else message

    def replies(self, root_ts: str) -> list[Json]:
        return [each for each in self.living() if each.get("thread_ts") == root_ts and each["ts"] != root_ts]

    def to_slack(self, bot: str = BOT_USER) -> Json:
        if self.im_user:
            return {
                "id": self.id,
                "created": self.created,
                "is_im": True,
                "is_org_shared": False,
                "user": self.im_user,
                "is_user_deleted": False,
                "is_archived": False,
                "is_open": True,
                "context_team_id": TEAM,
            }
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": not self.is_private,
            "is_group": self.is_private,
            "is_im": False,
            "is_mpim": False,
            "is_private": self.is_private,
            "created": self.created,
            "is_archived": self.is_archived,
            "is_general": False,
            "is_shared": self.is_shared,
            "is_ext_shared": self.is_shared,
            "is_org_shared": False,
            "is_member": bot in self.members,
            "creator": "U03RUTH",
            "context_team_id": TEAM,
            "topic": {"value": "", "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
            "previous_names": [],
            "num_members": len(self.members),
        }
