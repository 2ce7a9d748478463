"""Who somebody is right now, and which roles that gives them. Uncertain identity means no (invariant 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel

from handlers import texts
from handlers.changes import Cause, Draft, settle
from handlers.identity import wording as w
from handlers.messages import Card, Tone, User
from handlers.ports.slack import Person
from handlers.work import Key
from handlers.world import World
from policies.decisions import held_roles
from policies.schema import PolicyBook


class Membership(BaseModel):
    """Since when each member of a user group is known to be one; None for those of the first look."""

    since: dict[str, datetime | None] = {}


@dataclass(frozen=True)
class Standing:
    """A person and the roles they hold now. `nobody` says why they count as no one, empty when they count."""

    user: str
    name: str
    roles: frozenset[str]
    nobody: str = ""


async def standing(
    world: World, user: str, *, fresh: bool = False, roles: Iterable[str] | None = None
) -> Standing:
    """Look somebody up. `fresh` asks Slack again; `roles` limits the groups that are read to what matters.

    Raises TryAgainLater or DoNotRetry when Slack does not say.
    """
    groups = _groups(world.book, roles)
    person, members = await world.directory.look_up(user, groups, fresh=fresh)
    nobody = why_nobody(person)
    if person is None or nobody:
        return Standing(user, person.name if person else user, frozenset(), nobody)
    settled = await _settled_groups(world, user, members)
    return Standing(user, person.name, frozenset(held_roles(world.book, user, settled)))


def why_nobody(person: Person | None) -> str:
    """Why an account never counts, in words for people; empty when it is a member of this workspace."""
    if person is None:
        return w.NOBODY_UNKNOWN
    reasons = {
        w.NOBODY_DELETED: person.deleted,
        texts.NOBODY_BOT: person.bot,
        w.NOBODY_STRANGER: not person.home,
        w.NOBODY_GUEST: person.guest,
    }
    return next((why for why, holds in reasons.items() if holds), "")


def _groups(book: PolicyBook, roles: Iterable[str] | None) -> tuple[str, ...]:
    wanted = book.roles if roles is None else {name for role in roles for name in book.counting_as(role)}
    return tuple(dict.fromkeys(group for name in wanted for group in book.roles[name].groups))


async def _settled_groups(world: World, user: str, members: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The groups that count for this person: listed by Slack, and for long enough (`settle` in policy)."""
    mine = [group for group, listed in members.items() if user in listed]
    known = await note_members(world, members)
    now = world.clock.now()
    counts = set()
    for group in mine:
        since = known[group].since.get(user, now)
        if since is None or since + world.book.settle_time(group) <= now:
            counts.add(group)
    return frozenset(counts)


async def note_members(world: World, members: Mapping[str, frozenset[str]]) -> Mapping[str, Membership]:
    """Remember since when people are in a group; record and announce who came and who left."""
    keys = {group: Key("group", group) for group in members}
    stored = await world.store.read(tuple(keys.values()))
    known: dict[str, Membership] = {}
    for group, key in keys.items():
        body = stored[key].body
        known[group] = Membership.model_validate_json(body) if body else Membership()
        if not body or known[group].since.keys() != members[group]:
            known[group] = await _note_change(world, group, members[group])
    return known


async def _note_change(world: World, group: str, listed: frozenset[str]) -> Membership:
    now = world.clock.now()
    key = Key("group", group)
    result = Membership()

    async def decide(draft: Draft) -> None:
        nonlocal result
        before = draft.load((await world.store.read((key,)))[key], Membership)
        first_look = before is None
        since = {} if before is None else before.since
        result = Membership(since={user: since.get(user, None if first_look else now) for user in listed})
        came, left = sorted(listed - since.keys()), sorted(since.keys() - listed)
        if not (first_look or came or left):
            return  # Slack tells one change as two events: the other one's handling was faster
        draft.save(key, result)
        draft.record("group-first-seen" if first_look else "group-changed", group, came=came, left=left)
        if not first_look:
            slot = f"group/{group}/{int(now.timestamp() * 1000)}"
            draft.show(world.book.announce, slot, _announcement(world.book, group, came, left))

    await settle(world.store, Cause(f"group/{group}", "slack", now), decide)
    return result


def _announcement(book: PolicyBook, group: str, came: list[str], left: list[str]) -> Card:
    titles = ", ".join(role.title for role in book.roles.values() if group in role.groups) or group
    body = [texts.say(w.GROUP_CAME, who=User(id=user), role=titles) for user in came]
    body += [texts.say(w.GROUP_LEFT, who=User(id=user), role=titles) for user in left]
    return Card(tone=Tone.WARNING, body=tuple(body), summary=f"Members of {titles} changed")
