"""Who is in the practice workspace: people, bots, user groups; and where they sit."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.slack.shapes import Json

TEAM = "T0PRACTICE"
PARTNER_TEAM = "T0PARTNER"
BOT_USER = "U0COUNTER"
BOT_ID = "B0COUNTER"
APP_ID = "A0COUNTER"
BOT_NAME = "countersign"


@dataclass
class User:
    """A member as Slack's user object tells it (docs.slack.dev/reference/objects/user-object)."""

    id: str
    handle: str
    real_name: str
    team_id: str = TEAM
    deleted: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    bot_id: str | None = None
    app_id: str | None = None
    tz: str = "Europe/London"
    updated: int = 0

    def to_slack(self) -> Json:
        profile: Json = {"real_name": self.real_name, "display_name": self.handle, "team": self.team_id}
        if self.bot_id:
            profile |= {"bot_id": self.bot_id, "api_app_id": self.app_id or ""}
        user: Json = {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.handle,
            "deleted": self.deleted,
            "real_name": self.real_name,
            "profile": profile,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": self.updated,
        }
        if self.deleted:
            return user
        user |= {
            "tz": self.tz,
            "tz_label": self.tz,
            "tz_offset": 0,
            "is_admin": False,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
        }
        if self.is_stranger:
            user["is_stranger"] = True
        return user


@dataclass
class Group:
    """A user group; `users` is the list that usergroups.users.list gives."""

    id: str
    handle: str
    name: str
    users: list[str]
    date_update: int = 0
    is_enabled: bool = True

    def to_slack(self, *, include_users: bool = False) -> Json:
        group: Json = {
            "id": self.id,
            "team_id": TEAM,
            "is_usergroup": True,
            "is_subteam": True,
            "name": self.name,
            "description": "",
            "handle": self.handle,
            "is_external": False,
            "date_create": self.date_update,
            "date_update": self.date_update,
            "date_delete": 0 if self.is_enabled else self.date_update,
            "auto_type": None,
            "created_by": "U03RUTH",
            "updated_by": "U03RUTH",
            "deleted_by": None,
            "prefs": {"channels": [], "groups": []},
            "user_count": len(self.users),
        }
        if include_users:
            group["users"] = list(self.users)
        return group


@dataclass(frozen=True)
class ChannelSeed:
    id: str
    name: str
    members: tuple[str, ...]
    shared: bool = False


@dataclass
class Seed:
    """The workspace as it stands when the practice Slack starts."""

    users: list[User] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    channels: list[ChannelSeed] = field(default_factory=list)


STAFF = ("U01VERA", "U02OMAR", "U02PIA", "U03RUTH", "U03IVO", "U0NOOR")
ROLES = {"U01VERA": "O1", "U02OMAR": "O2", "U02PIA": "O2", "U03RUTH": "O3", "U03IVO": "O3"}


def practice_seed(now: int) -> Seed:
    """The people and places of the contract; `now` stamps them, in whole seconds."""
    users = [
        User("U01VERA", "vera", "Vera Lind"),
        User("U02OMAR", "omar", "Omar Haddad"),
        User("U02PIA", "pia", "Pia Costa"),
        User("U03RUTH", "ruth", "Ruth Adeyemi"),
        User("U03IVO", "ivo", "Ivo Novak"),
        User("U0NOOR", "noor", "Noor Aziz"),
        User("U0GUEST", "gus", "Gus Guest", is_restricted=True, is_ultra_restricted=True),
        User("W0STRANGE", "sasha", "Sasha Partner", team_id=PARTNER_TEAM, is_stranger=True),
        User(
            "U0MONITOR",
            "credit-monitor",
            "Credit Monitor",
            is_bot=True,
            bot_id="B0MONITOR",
            app_id="A0MONITOR",
        ),
        User(BOT_USER, BOT_NAME, BOT_NAME, is_bot=True, bot_id=BOT_ID, app_id=APP_ID),
    ]
    groups = [
        Group("S01VIEWERS", "o1", "O1 viewers", ["U01VERA"]),
        Group("S02OPERATORS", "o2", "O2 operators", ["U02OMAR", "U02PIA"]),
        Group("S03APPROVERS", "o3", "O3 approvers", ["U03RUTH", "U03IVO"]),
        Group("S03ONCALL", "oncall-o3", "O3 on call", ["U03RUTH"]),
        Group("S04ENGLEAD", "eng-lead", "Engineering lead", ["U03IVO"]),
    ]
    for user in users:
        user.updated = now
    for group in groups:
        group.date_update = now
    inside = (*STAFF, "U0MONITOR", BOT_USER)
    channels = [
        ChannelSeed("C0CRITICAL", "ops-critical", (*inside, "U0GUEST", "W0STRANGE"), shared=True),
        ChannelSeed("C0ALERTS", "ops-alerts", inside),
        ChannelSeed("C0REVIEW", "ops-review", inside),
        ChannelSeed("C0MONITOR", "ops-monitoring", inside),
        ChannelSeed("C0SECURITY", "security-incidents", inside),
        ChannelSeed("C0RANDOM", "random", (*STAFF, "U0MONITOR", "W0STRANGE"), shared=True),
    ]
    return Seed(users, groups, channels)
