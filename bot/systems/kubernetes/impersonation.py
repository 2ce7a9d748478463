"""Acting as the person who asked: the cluster's audit log names them, and its own rules decide too.

https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.systems.kubernetes.permissions import Permission
from handlers.actions import Signatory
from handlers.errors import DoNotRetry

SETTING = "impersonate"
_WORDS: Mapping[str, bool] = {"on": True, "off": False}
BAD_SETTING = "The setting impersonate is `on` or `off`."

USER, GROUP = "Impersonate-User", "Impersonate-Group"


def is_on(settings: Mapping[str, str]) -> bool:
    """Off unless policy says otherwise. Raises DoNotRetry (`bad-setting`)."""
    try:
        return _WORDS[settings.get(SETTING, "off")]
    except KeyError:
        raise DoNotRetry(BAD_SETTING, "bad-setting") from None


def user_named(user: str) -> str:
    """What the cluster calls a person: `slack:U02OMAR`."""
    return f"slack:{user}"


def group_named(role: str) -> str:
    """What the cluster calls a role of the policies: `countersign:o2`."""
    return f"countersign:{role}"


def headers_of(person: Signatory) -> list[tuple[str, str]]:
    """What a call carries in their name: one header a group."""
    groups = ((GROUP, group_named(role)) for role in person.roles)
    return [(USER, user_named(person.user)), *groups]


def permissions_to_act(people: Iterable[str], roles: Iterable[str]) -> frozenset[Permission]:
    """What the bot must be given to act as exactly these people, with exactly these roles."""
    users = (one_of("users", user_named(user)) for user in people)
    return frozenset((*users, *(one_of("groups", group_named(role)) for role in roles)))


def one_of(kind: str, name: str) -> Permission:
    """To act as one of the `users` or `groups`."""
    return Permission("", "", kind, "impersonate", name)
