"""Named manifests are applied on the server's side, and what they made is taken away again (PF-50, PF-56)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.systems.kubernetes.namespace import Namespace
from bot.systems.kubernetes.opening import opened
from handlers.actions import Observation, Order, Verified
from handlers.errors import DoNotRetry, OutcomeUnknown, TargetChanged
from policies.cluster import ClusterRules
from tests.contracts.kubernetes.administrator import administrator
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.objects import RULES, Change, change
from tests.contracts.kubernetes.place import order
from tests.contracts.kubernetes.scripted import losing_writes, scripted

APPLY, UNAPPLY = (change(name, "", manifest="maintenance") for name in ("apply", "unapply"))
NAME = "maintenance"


@dataclass
class Place:
    """The adapter, and the administrator, in one namespace."""

    namespace: Namespace
    ground: Ground

    def path(self, name: str = NAME, resource: str = "configmaps", api: str = "api/v1") -> str:
        return f"/{api}/namespaces/{self.ground.namespace}/{resource}/{name}"

    async def raw(self, path: str = "") -> dict[str, Any] | None:
        """The object; None when there is none."""
        async with administrator(self.ground.admin) as cluster:
            status, found = await cluster.ask("GET", path or self.path())
        assert status in (200, 404)
        return found if status == 200 else None

    async def somebody_applies(self, data: dict[str, str], manager: str = "kubectl") -> None:
        """Another one applies the object with this data."""
        made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": NAME}, "data": data}
        async with administrator(self.ground.admin) as cluster:
            path = f"{self.path()}?fieldManager={manager}"
            status, found = await cluster.ask("PATCH", path, made, "application/apply-patch+yaml")
        assert status in (200, 201), found

    async def sealed(self, one: Change, request: str) -> Order:
        observed = await one.action.look(self.namespace, one.params)
        return order(request, one.params, json.loads(json.dumps(observed.sealed)))

    async def do(self, one: Change, request: str = "R-1") -> Verified:
        return await one.action.run(self.namespace, await self.sealed(one, request))


@pytest.fixture
def place(ground: Ground, connect: Callable[..., Namespace]) -> Place:
    return Place(connect(ground.bot, namespace=ground.namespace, rules=RULES), ground)


async def test_what_is_not_there_is_made_in_the_systems_own_namespace_with_its_stamp(place: Place) -> None:
    observed = await APPLY.action.look(place.namespace, APPLY.params)
    assert any("+data:" in text and "+  mode: 'on'" in text for _, text in observed.diffs)

    done = await place.do(APPLY)

    found = await place.raw()
    assert found is not None
    assert {"mode": "on", "message": "Back soon."} == found["data"]
    meta = found["metadata"]
    assert (place.ground.namespace, "R-1") == (
        meta["namespace"],
        meta["annotations"]["countersign.dev/request"],
    )
    assert [("countersign", "Apply")] == [(one["manager"], one["operation"]) for one in meta["managedFields"]]
    assert (f"ConfigMap {NAME} is there as the manifest says; this request made it.",) == done.lines
    assert f"unapply {NAME}" == done.way_back


@pytest.mark.parametrize("name", sorted(RULES.manifests))
async def test_every_kind_that_a_manifest_may_be_is_made_and_taken_away(place: Place, name: str) -> None:
    made, taken = change("apply", "", manifest=name), change("unapply", "", manifest=name)
    rule = RULES.manifests[name]

    await place.do(made, "R-1")
    assert (await place.namespace.manifests.read(rule)).there
    gone = await place.do(taken, "R-2")

    assert not (await place.namespace.manifests.read(rule)).there
    assert f"apply {name}" == gone.way_back


async def test_a_field_of_another_manager_is_not_taken_and_whose_it_is_is_told(place: Place) -> None:
    await place.somebody_applies({"mode": "off"}, manager="team-tool")

    with pytest.raises(DoNotRetry, match=r"\.data\.mode: conflict with .team-tool") as no:
        await APPLY.action.look(place.namespace, APPLY.params)

    assert "owned" == no.value.code
    assert {"mode": "off"} == (await place.raw() or {})["data"]


async def test_fields_of_others_stay_and_what_the_bot_added_goes_again(place: Place) -> None:
    await place.somebody_applies({"contact": "the team"})
    assert "can be put back as it was" in told_of(await APPLY.action.look(place.namespace, APPLY.params))

    done = await place.do(APPLY)

    assert {"mode": "on", "message": "Back soon.", "contact": "the team"} == (await place.raw() or {})["data"]
    assert "was there and now says what the manifest says" in done.lines[0]
    assert "kubectl" in done.lines[1]
    assert f"unapply {NAME}" == done.way_back
    observed = await UNAPPLY.action.look(place.namespace, UNAPPLY.params)
    assert {} == {key: value for key, value in done.leaves.items() if observed.sealed[key] != value}
    assert "it says again what it said before" in told_of(observed)
    assert any("-  mode: 'on'" in text for _, text in observed.diffs)

    back = await place.do(UNAPPLY, "R-2")

    assert {"contact": "the team"} == (await place.raw() or {})["data"]
    assert f"ConfigMap {NAME} says again what it said before" in back.lines[0]
    assert f"apply {NAME}" == back.way_back
    with pytest.raises(DoNotRetry, match="its fields are written by"):
        await UNAPPLY.action.look(place.namespace, UNAPPLY.params)


def told_of(observed: Observation) -> str:
    return " ".join(value for _, value in observed.shown)


def saying(data: dict[str, str]) -> ClusterRules:
    """The same policies, with another text of the manifest."""
    rule = RULES.manifests[NAME]
    other = rule.model_copy(update={"body": {**rule.body, "data": data}})
    return RULES.model_copy(update={"manifests": {**RULES.manifests, NAME: other}})


@pytest.fixture
async def twice(place: Place, connect: Callable[..., Namespace]) -> Place:
    """Applied, and applied again after its text was changed."""
    await place.do(APPLY, "R-1")
    rules = saying({"mode": "closed", "until": "Monday"})
    later = Place(connect(place.ground.bot, namespace=place.ground.namespace, rules=rules), place.ground)
    done = await later.do(APPLY, "R-2")
    assert f"unapply {NAME}" == done.way_back
    return later


async def test_an_object_of_the_bot_says_again_what_its_manifest_said_before(twice: Place) -> None:
    assert {"mode": "closed", "until": "Monday"} == (await twice.raw() or {})["data"]

    await twice.do(UNAPPLY, "R-3")

    assert {"mode": "on", "message": "Back soon."} == (await twice.raw() or {})["data"]
    await twice.do(UNAPPLY, "R-4")
    assert await twice.raw() is None, "then it is taken away, because the bot made it"


async def test_recovery_tells_whether_it_was_put_back(twice: Place) -> None:
    wanted = await twice.sealed(UNAPPLY, "R-3")
    assert await UNAPPLY.action.ask(twice.namespace, wanted) is None

    done = await UNAPPLY.action.run(twice.namespace, wanted)

    assert done == await UNAPPLY.action.ask(twice.namespace, wanted)
    assert done == await UNAPPLY.action.run(twice.namespace, wanted)


async def test_a_field_that_somebody_took_since_is_not_taken_back(twice: Place) -> None:
    async with administrator(twice.ground.admin) as cluster:
        await cluster.patch(twice.path(), {"data": {"mode": "team"}})

    with pytest.raises(DoNotRetry, match=r"\.data\.mode: conflict with"):
        await UNAPPLY.action.look(twice.namespace, UNAPPLY.params)

    assert "team" == (await twice.raw() or {})["data"]["mode"]


async def test_an_apply_between_voids_the_way_back(twice: Place, place: Place) -> None:
    wanted = await twice.sealed(UNAPPLY, "R-3")
    await place.do(APPLY, "R-9")

    with pytest.raises(TargetChanged):
        await UNAPPLY.action.run(twice.namespace, wanted)


@pytest.mark.parametrize(
    "forged",
    ["{", "[]", '{"status": {}}', '{"metadata": {"finalizers": ["x"]}}',
     '{"metadata": {"annotations": {"countersign.dev/request": "R-8"}}}'],
)  # fmt: skip
async def test_what_no_manifest_could_have_said_is_not_put_back(twice: Place, forged: str) -> None:
    async with administrator(twice.ground.admin) as cluster:
        named = {"annotations": {"countersign.dev/before": forged}}
        await cluster.patch(twice.path(), {"metadata": named})

    assert (await twice.namespace.manifests.read(RULES.manifests[NAME])).before is None


async def test_of_a_secret_no_value_is_kept_and_none_is_put_back(place: Place) -> None:
    key = change("apply", "", manifest="key"), change("unapply", "", manifest="key")
    path = place.path("new-signing-key", "secrets")
    made = {"kind": "Secret", "metadata": {"name": "new-signing-key"}, "data": {"k": "dg=="}}
    async with administrator(place.ground.admin) as cluster:
        await cluster.create(path.rpartition("/")[0], {"apiVersion": "v1", **made})
    await place.do(key[0], "R-1")
    named = (await place.raw(path) or {})["metadata"]["annotations"]
    assert "dg==" not in json.dumps(named)
    async with administrator(place.ground.admin) as cluster:
        smuggled = {"annotations": {"countersign.dev/before": '{"data": {"k": "eA=="}}'}}
        await cluster.patch(path, {"metadata": smuggled})

    assert (await place.namespace.manifests.read(RULES.manifests["key"])).before is None


async def test_what_the_bot_did_not_make_is_not_taken_away(place: Place) -> None:
    await place.somebody_applies({"mode": "on"}, manager="countersign")

    with pytest.raises(DoNotRetry, match="nobody who left a stamp"):
        await UNAPPLY.action.look(place.namespace, UNAPPLY.params)


@pytest.mark.parametrize("one", [APPLY, UNAPPLY], ids=["apply", "unapply"])
async def test_recovery_tells_what_was_done_and_what_was_not(place: Place, one: Change) -> None:
    if one is UNAPPLY:
        await place.do(APPLY, "R-0")
    wanted = await place.sealed(one, "R-1")
    assert await one.action.ask(place.namespace, wanted) is None

    done = await one.action.run(place.namespace, wanted)

    assert done == await one.action.ask(place.namespace, wanted)


@pytest.mark.parametrize("one", [APPLY, UNAPPLY], ids=["apply", "unapply"])
async def test_an_answer_that_is_lost_is_looked_for(
    place: Place, connect: Callable[..., Namespace], tmp_path: Path, one: Change
) -> None:
    if one is UNAPPLY:
        await place.do(APPLY, "R-0")
    wanted = await place.sealed(one, "R-1")
    async with scripted([losing_writes(place.ground.bot)]) as server:
        kubeconfig = server.write_kubeconfig(tmp_path / "between")
        between = connect(kubeconfig, namespace=place.ground.namespace, rules=RULES)
        done = await one.action.run(between, wanted)

    assert done == await one.action.ask(place.namespace, wanted)


async def test_what_was_approved_for_one_cluster_is_applied_in_no_other(place: Place) -> None:
    """Policy names another context by the time that it runs; nothing is there yet to have a uid."""
    wanted = await place.sealed(APPLY, "R-1")
    kubeconfig = place.ground.bot
    context = json.loads(kubeconfig.read_text())["current-context"]
    settings = {"namespace": place.ground.namespace, "context": context}
    async with opened(settings, SystemClock(), {"KUBECONFIG": str(kubeconfig)}, RULES) as elsewhere:
        with pytest.raises(TargetChanged, match=r"what was sealed has changed \(namespace\)"):
            await APPLY.action.run(elsewhere, wanted)

    assert await place.raw() is None


async def test_an_object_that_changed_since_it_was_sealed_stops_it(place: Place) -> None:
    wanted = await place.sealed(APPLY, "R-1")
    await place.somebody_applies({"contact": "the team"})

    with pytest.raises(TargetChanged, match="what was sealed has changed"):
        await APPLY.action.run(place.namespace, wanted)

    assert {"contact": "the team"} == (await place.raw() or {})["data"]


async def test_one_that_was_taken_away_by_somebody_else_is_told_apart(place: Place) -> None:
    await place.do(APPLY, "R-0")
    wanted = await place.sealed(UNAPPLY, "R-1")
    async with administrator(place.ground.admin) as cluster:
        await cluster.delete(place.path())
    await place.somebody_applies({"mode": "on"})

    asked = await UNAPPLY.action.ask(place.namespace, wanted)

    assert asked is not None
    assert "that was sealed is gone; another one" in asked.lines[0]
    assert "" == asked.way_back
    assert {"mode": "on"} == (await place.raw() or {})["data"]


async def test_where_it_looks_done_without_its_stamp_nobody_can_tell(place: Place) -> None:
    wanted = await place.sealed(APPLY, "R-1")
    await place.do(APPLY, "R-2")

    with pytest.raises(OutcomeUnknown, match="does not carry this request's stamp"):
        await APPLY.action.ask(place.namespace, wanted)


async def test_a_manifest_that_policy_does_not_list_is_refused_with_those_it_lists(place: Place) -> None:
    one = change("apply", "", manifest="anything")

    with pytest.raises(DoNotRetry, match="It lists: isolation, maintenance, key, spare"):
        await one.action.look(place.namespace, one.params)


async def test_a_secret_s_manifest_leaves_the_values_that_are_there(place: Place) -> None:
    """PF-29: the secret is there with its labels, and `rotate-secret` makes its key."""
    made = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "new-signing-key"},
        "data": {"k": "dg=="},
    }
    async with administrator(place.ground.admin) as cluster:
        await cluster.create(place.path("", "secrets").rstrip("/"), made)

    await place.do(change("apply", "", manifest="key"))

    found = await place.raw(place.path("new-signing-key", "secrets")) or {}
    assert ({"k": "dg=="}, "auditron") == (found["data"], found["metadata"]["labels"]["app"])
