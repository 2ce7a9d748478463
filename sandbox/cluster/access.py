"""Who a bearer token is, and what that account may do: RBAC as far as the practice needs it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from sandbox.cluster.paths import Target
from sandbox.cluster.resources import ACCESS_REVIEWS, READ
from sandbox.cluster.status import forbidden, unauthorized

EVERYTHING = "*"


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

    def admit(self, name: str, account: Account) -> None:
        """Give an account a token, under a name for its kubeconfig; rules of a known one are replaced."""
        self.accounts[name] = account
        self.tokens.setdefault(name, _token(name))

    def account(self, authorization: str | None) -> Account:
        """Whose `Authorization` header that is; raises ApiError Unauthorized."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer":
            raise unauthorized()
        for name, known in self.tokens.items():
            if secrets.compare_digest(known.encode(), token.strip().encode()):
                return self.accounts[name]
        raise unauthorized()


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
