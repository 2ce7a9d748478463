"""Who a bearer token is, and what that account may do: RBAC as far as the practice needs it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sandbox.cluster.paths import Target
from sandbox.cluster.resources import ACCESS_REVIEWS, READ
from sandbox.cluster.status import forbidden, may_not_impersonate, nobody_impersonated, unauthorized

if TYPE_CHECKING:
    from multidict import MultiMapping

EVERYTHING = "*"
_AS_USER, _AS_GROUP = "Impersonate-User", "Impersonate-Group"


@dataclass(frozen=True)
class Asked:
    """What somebody wants to do: a verb on a resource (`deployments/scale`), of one name or of all."""

    verb: str
    group: str
    resource: str
    namespace: str = ""
    name: str = ""


@dataclass(frozen=True)
class Rule:
    """Verbs on resources (`deployments`, `deployments/scale`); `namespaces` empty means everywhere, and
    `names` empty every name. A rule with names allows nothing that has none, such as a list.
    """

    verbs: tuple[str, ...]
    resources: tuple[str, ...]
    namespaces: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    groups: tuple[str, ...] = (EVERYTHING,)

    def allows(self, asked: Asked) -> bool:
        return (
            (asked.verb in self.verbs or EVERYTHING in self.verbs)
            and (asked.group in self.groups or EVERYTHING in self.groups)
            and (asked.resource in self.resources or EVERYTHING in self.resources)
            and (not self.namespaces or asked.namespace in self.namespaces)
            and (not self.names or asked.name in self.names)
        )


@dataclass(frozen=True)
class Account:
    """A service account and its rules."""

    name: str
    rules: tuple[Rule, ...]

    def may(self, asked: Asked) -> bool:
        """Whether one of its rules allows that."""
        return any(rule.allows(asked) for rule in self.rules)


@dataclass(frozen=True)
class Grant:
    """Rules that are bound to a `User` or a `Group`."""

    kind: str
    name: str
    rules: tuple[Rule, ...]


def service_account(namespace: str, name: str) -> str:
    """The user that a service account is."""
    return f"system:serviceaccount:{namespace}:{name}"


READ_ALL = Rule(READ, (EVERYTHING,))
WRITE = ("create", "patch", "update", "delete")
BOT = Account(
    "system:serviceaccount:countersign:countersign",
    (
        READ_ALL,
        Rule(("patch", "update"), ("deployments", "deployments/scale", "nodes")),
        Rule(WRITE, ("configmaps", "secrets", "networkpolicies", "jobs")),
        Rule(("create",), ("pods/eviction", "deployments")),
    ),
)
READER = Account("system:serviceaccount:countersign:reader", (READ_ALL,))
AUDITRON_ONLY = Account(
    "system:serviceaccount:auditron:operator",
    (
        Rule(READ, (EVERYTHING,), ("auditron",)),
        Rule(("patch", "update"), ("deployments", "deployments/scale"), ("auditron",)),
    ),
)
ADMIN = Account("practice-admin", (Rule((EVERYTHING,), (EVERYTHING,)),))
ACCOUNTS = {"bot": BOT, "reader": READER, "auditron": AUDITRON_ONLY, "admin": ADMIN}


@dataclass
class Access:
    """The accounts of one practice cluster, with fresh tokens."""

    accounts: dict[str, Account] = field(default_factory=lambda: dict(ACCOUNTS))
    tokens: dict[str, str] = field(default_factory=lambda: {name: _token(name) for name in ACCOUNTS})

    grants: list[Grant] = field(default_factory=list)

    def admit(self, name: str, user: str) -> None:
        """Give a user a token, under a name for its kubeconfig."""
        self.accounts[name] = Account(user, ())
        self.tokens[name] = _token(name)

    def account(self, authorization: str | None) -> Account:
        """Whose `Authorization` header that is; raises ApiError Unauthorized."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer":
            raise unauthorized()
        for name, known in self.tokens.items():
            if secrets.compare_digest(known.encode(), token.strip().encode()):
                return self._with_grants(self.accounts[name], ())
        raise unauthorized()

    def acting(self, account: Account, headers: MultiMapping[str]) -> Account:
        """In whose name it asks: the account itself, or whom it may impersonate. Raises ApiError."""
        user, groups = headers.get(_AS_USER, ""), headers.getall(_AS_GROUP, [])
        if not user and not groups:
            return account
        if not user:
            raise nobody_impersonated(groups)
        for kind, name in (("users", user), *(("groups", group) for group in groups)):
            if not account.may(Asked("impersonate", "", kind, name=name)):
                raise may_not_impersonate(account.name, kind, name)
        return self._with_grants(Account(user, ()), groups)

    def _with_grants(self, account: Account, groups: Sequence[str]) -> Account:
        held = {("User", account.name), *(("Group", group) for group in groups)}
        rules = (rule for one in self.grants if (one.kind, one.name) in held for rule in one.rules)
        return replace(account, rules=(*account.rules, *rules))


def _token(name: str) -> str:
    return f"practice-{name}-{secrets.token_urlsafe(18)}"


def authorize(account: Account, target: Target) -> None:
    """Raises ApiError Forbidden, in the original's words, unless a rule allows it."""
    resource, verb = target.resource, target.verb
    path = f"{resource.plural}/{target.subresource}" if target.subresource else resource.plural
    asked = Asked(verb, resource.group, path, target.namespace, target.name)
    if resource is ACCESS_REVIEWS or account.may(asked):
        return
    scope = f'in the namespace "{target.namespace}"' if target.namespace else "at the cluster scope"
    raise forbidden(
        resource,
        target.name,
        f'User "{account.name}" cannot {verb} resource "{path}" in API group "{resource.group}" {scope}',
    )
