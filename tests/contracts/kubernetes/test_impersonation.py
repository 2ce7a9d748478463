"""Where policy says `impersonate: on`, the rights of whoever asked decide, and not the bot's."""

from __future__ import annotations

import re
from contextlib import AsyncExitStack

import pytest

from handlers.errors import DoNotRetry
from tests.contracts.kubernetes.administrator import administrator
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.named import PIA, VERA, named, scale_as
from tests.contracts.kubernetes.place import NAME, OMAR

ACT_AS_PIA = '- {apiGroups: [""], resources: [users], resourceNames: ["slack:U02PIA"], verbs: [impersonate]}'


async def test_what_the_role_of_whoever_asked_may_do_is_done(ground: Ground, stack: AsyncExitStack) -> None:
    namespace = await named(ground, stack)

    done = await scale_as(namespace, OMAR)

    assert done.lines[0].startswith(f"spec.replicas of {NAME} is 5 (it was 3)")


async def test_who_has_no_right_is_told_which_rule_their_role_lacks_and_nothing_is_changed(
    ground: Ground, stack: AsyncExitStack
) -> None:
    """The bot's own account could do it."""
    namespace = await named(ground, stack)

    with pytest.raises(DoNotRetry) as no:
        await scale_as(namespace, VERA)

    told = str(no.value)
    assert re.match(r"The cluster does not let O1 Vera \(slack:U01VERA\) \w+ \S+ in namespace", told)
    assert "or to one of countersign:o1, lacks the rule `- {apiGroups: " in told
    assert 3 == (await namespace.deployment(NAME)).replicas


async def test_somebody_as_whom_the_bot_may_not_act_is_told_with_the_rule_of_the_bot(
    ground: Ground, stack: AsyncExitStack
) -> None:
    namespace = await named(ground, stack)

    with pytest.raises(DoNotRetry) as no:
        await scale_as(namespace, PIA)

    assert "does not let the bot impersonate users in the whole cluster (403)" in str(no.value)
    assert f"Its ClusterRole lacks the rule `{ACT_AS_PIA}`" in str(no.value)
    assert 3 == (await namespace.deployment(NAME)).replicas


async def test_where_it_is_off_the_bots_own_rights_decide(ground: Ground, stack: AsyncExitStack) -> None:
    namespace = await named(ground, stack, impersonate=False)

    done = await scale_as(namespace, VERA)

    assert done.lines[0].startswith(f"spec.replicas of {NAME} is 5 (it was 3)")


async def test_a_group_without_a_user_is_nobody(ground: Ground) -> None:
    async with (
        administrator(ground.admin) as cluster,
        cluster.session.get("/api/v1/namespaces", headers={"Impersonate-Group": "countersign:o3"}) as answer,
    ):
        told = await answer.json()

    assert (400, "BadRequest") == (answer.status, told["reason"])
    assert told["message"].endswith("without impersonating a user name")
    assert 'Groups:[]string{"countersign:o3"}' in told["message"]
