"""What an administrator of the workspace changes, and the events that the app gets from it."""

from __future__ import annotations

from sandbox.slack.channel import Channel
from sandbox.slack.errors import RefusedAct
from sandbox.slack.people import ROLES, TEAM, Group, User
from sandbox.slack.shapes import Json
from sandbox.slack.workspace import Workspace

SUBTEAM_EVENT_USERS = 500
"""subteam_updated cuts its list of users here (docs.slack.dev/reference/events/subteam_updated)."""


def set_group_members(workspace: Workspace, group: Group, users: list[str]) -> None:
    """Replace the members of a group: subteam_members_changed, then subteam_updated."""
    before, previous = group.users, group.date_update
    group.users = list(dict.fromkeys(users))
    group.date_update = int(workspace.clock.wall())
    added = [each for each in group.users if each not in before]
    removed = [each for each in before if each not in group.users]
    workspace.log.append("group", group=group.to_slack(include_users=True))
    event: Json = {
        "type": "subteam_members_changed",
        "subteam_id": group.id,
        "team_id": TEAM,
        "date_previous_update": previous,
        "date_update": group.date_update,
        "added_users": added,
        "added_users_count": len(added),
        "removed_users": removed,
        "removed_users_count": len(removed),
    }
    workspace.tell(event, "subteam_members_changed")
    told = group.to_slack() | {"users": group.users[:SUBTEAM_EVENT_USERS]}
    workspace.tell({"type": "subteam_updated", "subteam": told}, "subteam_updated")


def change_user(workspace: Workspace, user: User, changes: Json) -> None:
    """Set fields of a person, such as `deleted`; a deactivated person leaves every user group."""
    settable = {"deleted", "is_restricted", "is_ultra_restricted", "is_stranger", "real_name", "handle", "tz"}
    if unknown := set(changes) - settable:
        raise RefusedAct("invalid_arguments", f"Not a field that can be set: {', '.join(sorted(unknown))}.")
    for name, value in changes.items():
        setattr(user, name, value)
    user.updated = int(workspace.clock.wall())
    if user.deleted:
        for group in workspace.groups.values():
            if user.id in group.users:
                set_group_members(workspace, group, [each for each in group.users if each != user.id])
    workspace.log.append("user", user=user.to_slack() | {"role": ROLES.get(user.id)})
    workspace.tell({"type": "user_change", "user": user.to_slack(), "cache_ts": user.updated}, "user_change")


def set_archived(workspace: Workspace, channel: Channel, *, archived: bool, by: str = "U03RUTH") -> None:
    channel.is_archived = archived
    workspace.log.append("channel", channel=workspace.channel_state(channel))
    kind = "channel_archive" if archived else "channel_unarchive"
    workspace.tell({"type": kind, "channel": channel.id, "user": by, "is_moved": 0}, kind, channel)


def set_membership(workspace: Workspace, channel: Channel, user: User, *, member: bool) -> None:
    """Let somebody join or leave a channel."""
    if member == (user.id in channel.members):
        return
    event: Json = {"user": user.id, "channel": channel.id, "channel_type": "C", "team": user.team_id}
    if member:
        channel.members.append(user.id)
        workspace.tell({"type": "member_joined_channel", **event}, "member_joined_channel", channel)
    else:
        # Told before the app leaves: a bot that was removed still hears of its own removal.
        workspace.tell({"type": "member_left_channel", **event}, "member_left_channel", channel)
        channel.members.remove(user.id)
    workspace.log.append("channel", channel=workspace.channel_state(channel))
