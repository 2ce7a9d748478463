"""Asks the API server what the account may do (SelfSubjectAccessReview): it weighs all of its own rules.

https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from bot.systems.kubernetes.calls import Call
from bot.systems.kubernetes.connection import Connection
from bot.systems.kubernetes.permissions import Permission
from handlers.errors import OutcomeUnknown, TryAgainLater

REVIEWS = "selfsubjectaccessreviews.authorization.k8s.io"
_AT_ONCE = 8


async def missing(connection: Connection, wanted: Iterable[Permission]) -> frozenset[Permission]:
    """Those that the account has not. Raises DoNotRetry or TryAgainLater when the cluster does not say."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def lacks(one: Permission) -> bool:
        async with turns:
            return not await _may(connection, one)

    asked = sorted(wanted)
    lacking = await asyncio.gather(*(lacks(one) for one in asked))
    return frozenset(one for one, lacks_it in zip(asked, lacking, strict=True) if lacks_it)


async def _may(connection: Connection, one: Permission) -> bool:
    resource, _, part = one.resource.partition("/")
    given = {"namespace": one.namespace, "name": one.name, "subresource": part}
    attributes = {"verb": one.verb, "group": one.group, "resource": resource, **given}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {key: value for key, value in attributes.items() if value}},
    }
    try:
        answer = await connection.call(Call("create", REVIEWS, body=review))
    except OutcomeUnknown as lost:
        # It changes nothing, so a lost answer leaves nothing unknown.
        raise TryAgainLater(str(lost)) from lost
    return bool((answer.get("status") or {}).get("allowed"))
