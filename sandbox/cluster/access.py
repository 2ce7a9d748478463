"""Who a bearer token is, and what that account may do: RBAC as far as the practice needs it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from sandbox.cluster.resources import ACCESS_REVIEWS, READ, Resource
from sandbox.cluster.status import forbidden, unauthorized

EVERYTHING = "*"


@dataclass(frozen=True)
class Rule:
    """Verbs on resources (`deployments`, `deployments/scale`); `namespaces` empty means everywhere."""

    verbs: tuple[str, ...]
    resources: tuple[str, ...]
    namespaces: tuple[str, ...] = ()

    def allows(self, verb: str, resource: str, namespace: str) -> bool:
        return (
            (verb in self.verbs or EVERYTHING in self.verbs)
            and (resource in self.resources or EVERYTHING in self.resources)
            and (not self.namespaces or namespace in self.namespaces)
        )


@dataclass(frozen=True)
class Account:
    """A service account and its rules."""

    name: str
    rules: tuple[Rule, ...]

    def may(self, verb: str, resource: str, namespace: str) -> bool:
        """Whether one of its rules allows that."""
        return any(rule.allows(verb, resource, namespace) for rule in self.rules)


READ_ALL = Rule(READ, (EVERYTHING,))
BOT = Account(
    "system:serviceaccount:countersign:countersign",
    (READ_ALL, Rule(("patch", "update"), ("deployments", "deployments/scale"))),
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
    """The tokens of one practice cluster: fresh ones, made when it is made."""

    tokens: dict[str, str] = field(
        default_factory=lambda: {name: f"practice-{name}-{secrets.token_urlsafe(18)}" for name in ACCOUNTS}
    )

    def account(self, authorization: str | None) -> Account:
        """Whose `Authorization` header that is; raises ApiError Unauthorized."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer":
            raise unauthorized()
        for name, known in self.tokens.items():
            if secrets.compare_digest(known.encode(), token.strip().encode()):
                return ACCOUNTS[name]
        raise unauthorized()


def authorize(
    account: Account, verb: str, resource: Resource, subresource: str, namespace: str, name: str
) -> None:
    """Raises ApiError Forbidden, in the original's words, unless a rule allows it."""
    path = f"{resource.plural}/{subresource}" if subresource else resource.plural
    if resource is ACCESS_REVIEWS or account.may(verb, path, namespace):
        return
    scope = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    raise forbidden(
        resource,
        name,
        f'User "{account.name}" cannot {verb} resource "{path}" in API group "{resource.group}" {scope}',
    )
