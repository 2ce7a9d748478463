"""A deployment is cut off the network and stopped, and let back as it was (rows PF-49, PF-50, PF-51)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from handlers.actions import Action, Order
from handlers.actions.kubernetes import KIND
from handlers.actions.kubernetes.vocabulary import IsolateParams
from handlers.actions.registry import REGISTRY
from handlers.errors import DoNotRetry, OutcomeUnknown, StoppedMidway, TargetChanged
from tests.contracts.kubernetes.administrator import administrator
from tests.contracts.kubernetes.place import NAME, Place, order
from tests.contracts.kubernetes.waiting import wait_for

POLICY = f"countersign-isolates-{NAME}"
PARAMS = IsolateParams(deployment=NAME)


def action(name: str) -> Action:
    return REGISTRY.find((KIND,), name)


async def ordered(place: Place, name: str, request: str = "R-1") -> Order:
    observed = await action(name).look(place.namespace, PARAMS)
    return order(request, PARAMS, json.loads(json.dumps(observed.sealed)))


async def isolated(place: Place, request: str = "R-1") -> Order:
    """What is isolated, by this order."""
    wanted = await ordered(place, "isolate", request)
    await action("isolate").run(place.namespace, wanted)
    return wanted


def policies(place: Place) -> str:
    return f"/apis/networking.k8s.io/v1/namespaces/{place.ground.namespace}/networkpolicies"


async def policy(place: Place) -> Any:
    """The emergency policy, None when there is none."""
    async with administrator(place.ground.admin) as cluster:
        status, found = await cluster.ask("GET", f"{policies(place)}/{POLICY}")
    assert status in (200, 404)
    return found if status == 200 else None


async def make_policy(place: Place, name: str, spec: Any) -> None:
    async with administrator(place.ground.admin) as cluster:
        await cluster.create(policies(place), {"metadata": {"name": name}, "spec": spec})


async def take_policy(place: Place) -> None:
    async with administrator(place.ground.admin) as cluster:
        await cluster.delete(f"{policies(place)}/{POLICY}")


class Halfway:
    """A system that goes no further after the first of its two steps."""

    def __init__(self, place: Place, method: str) -> None:
        self._place, self._method = place, method

    def __getattr__(self, name: str) -> Any:
        return getattr(self._place.namespace, name)

    @property
    def isolation(self) -> Any:
        return _Refusing(self._place.namespace.isolation, self._method)


class _Refusing:
    def __init__(self, port: Any, method: str) -> None:
        self._port, self._method = port, method

    def __getattr__(self, name: str) -> Any:
        if name != self._method:
            return getattr(self._port, name)

        async def refuse(*_: Any) -> Any:
            raise DoNotRetry("a webhook of the cluster refuses it")

        return refuse


async def test_an_isolated_deployment_has_no_pods_and_no_traffic_and_both_are_stamped(place: Place) -> None:
    done = await action("isolate").run(place.namespace, await ordered(place, "isolate"))

    assert f"The network policy {POLICY} denies all traffic to and from pods of {NAME}" in done.lines[0]
    assert f"spec.replicas of {NAME} is 0 (it was 3); no pod is left." == done.lines[1]
    assert f"un-isolate {NAME}" == done.way_back
    found, raw = await policy(place), await place.raw()
    assert raw["spec"]["selector"] == found["spec"]["podSelector"]
    assert {"Ingress", "Egress"} == set(found["spec"]["policyTypes"])
    assert not found["spec"].get("ingress")
    assert not found["spec"].get("egress")
    for one in (found, raw):
        assert "R-1" == one["metadata"]["annotations"]["countersign.dev/request"]
        assert "3" == one["metadata"]["annotations"]["countersign.dev/replicas-before"]


async def test_what_was_isolated_comes_back_as_it_was(place: Place) -> None:
    await isolated(place)

    done = await action("un-isolate").run(place.namespace, await ordered(place, "un-isolate", "R-2"))

    assert f"spec.replicas of {NAME} is 3, as before it was isolated; 3 of 3 ready." == done.lines[0]
    assert f"isolate {NAME}" == done.way_back
    assert await policy(place) is None
    raw = await place.raw()
    assert 3 == raw["spec"]["replicas"]
    assert "countersign.dev/replicas-before" not in raw["metadata"]["annotations"]


async def test_the_card_says_what_the_autoscaler_does_and_what_must_be_kept_first(place: Place) -> None:
    shown = dict((await action("isolate").look(place.namespace, PARAMS)).shown)

    assert "3 → 0" == shown["Replicas"]
    assert "auditron-api does nothing while replicas is 0" in shown["Autoscaler"]
    assert "what must be kept, keep first (PF-51)" in shown["Evidence"]
    await isolated(place)
    shown = dict((await action("un-isolate").look(place.namespace, PARAMS)).shown)
    assert "0 → 3" == shown["Replicas"]
    assert "kept as evidence (PF-51)?" in shown["Evidence"]


async def test_looking_at_the_way_back_takes_nothing_away(place: Place) -> None:
    await isolated(place)

    await ordered(place, "un-isolate", "R-2")

    assert await policy(place) is not None


async def test_a_dry_run_in_the_query_counts_for_nothing_beside_options_in_the_body(place: Place) -> None:
    """Why a rehearsed deletion says so in both."""
    await make_policy(place, "kept", {"podSelector": {}})
    path, kept = f"{policies(place)}/kept", {"dryRun": ["All"]}
    async with administrator(place.ground.admin) as cluster:
        assert 200 == (await cluster.ask("DELETE", f"{path}?dryRun=All"))[0]
        assert 200 == (await cluster.ask("DELETE", path, kept, "application/json"))[0]
        assert 200 == (await cluster.ask("GET", path))[0]
        assert 200 == (await cluster.ask("DELETE", f"{path}?dryRun=All", {}, "application/json"))[0]
        assert 404 == (await cluster.ask("GET", path))[0]


async def test_policies_that_let_traffic_through_all_the_same_are_named(place: Place) -> None:
    selector = {"matchLabels": {"app": NAME}}
    await make_policy(place, "lets-in", {"podSelector": selector, "ingress": [{}]})
    await make_policy(place, "another", {"podSelector": {"matchLabels": {"app": "other"}}, "ingress": [{}]})

    shown = dict((await action("isolate").look(place.namespace, PARAMS)).shown)

    assert "these policies still let some through, because policies only add up: lets-in" in shown["Network"]
    assert "another" not in shown["Network"]


async def test_what_is_so_already_is_refused(place: Place) -> None:
    with pytest.raises(DoNotRetry, match="is not isolated") as no:
        await ordered(place, "un-isolate")
    assert "already-so" == no.value.code
    await isolated(place)
    with pytest.raises(DoNotRetry, match="is isolated already"):
        await ordered(place, "isolate", "R-2")


async def test_a_policy_of_that_name_that_is_not_the_bots_own_is_left_alone(place: Place) -> None:
    await make_policy(place, POLICY, {"podSelector": {}})

    with pytest.raises(DoNotRetry, match="is not the bot's own") as no:
        await ordered(place, "isolate")
    assert "name-taken" == no.value.code


async def loosen_policy(place: Place) -> None:
    """Somebody lets traffic in through the policy that the bot made."""
    body = {"spec": {"ingress": [{}], "policyTypes": ["Ingress"]}}
    async with administrator(place.ground.admin) as cluster:
        await cluster.patch(f"{policies(place)}/{POLICY}", body)


async def test_a_policy_of_the_bots_own_that_somebody_loosened_is_no_isolation(place: Place) -> None:
    await isolated(place)
    await loosen_policy(place)
    with pytest.raises(DoNotRetry, match=r"changed it: .*does not deny all.*`un-isolate .*` takes it away"):
        await ordered(place, "isolate", "R-2")

    await action("un-isolate").run(place.namespace, await ordered(place, "un-isolate", "R-3"))
    await isolated(place, "R-4")
    assert ["Ingress", "Egress"] == (await policy(place))["spec"]["policyTypes"]


async def test_a_policy_that_was_loosened_since_is_not_called_a_cut(place: Place) -> None:
    wanted = await isolated(place)
    await loosen_policy(place)
    told = await action("isolate").ask(place.namespace, wanted)

    assert told is not None
    assert "it does not deny all traffic" in told.lines[0]


async def test_letting_back_says_so_where_another_policy_cuts_it_off_by_now(place: Place) -> None:
    await isolated(place)
    back = await ordered(place, "un-isolate", "R-2")
    await action("un-isolate").run(place.namespace, back)
    await isolated(place, "R-3")
    told = await action("un-isolate").ask(place.namespace, back)

    assert told is not None
    assert f"is still cut off: the network policy {POLICY} is there" in told.lines[1]


class _Retaken:
    """A system in which somebody takes the policy's name as soon as a step is done."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def __getattr__(self, name: str) -> Any:
        return getattr(self._place.namespace, name)

    @property
    def isolation(self) -> Any:
        return self

    async def of(self, name: str) -> Any:
        return await self._place.namespace.isolation.of(name)

    async def cut_off(self, *told: Any) -> Any:
        return await self._place.namespace.isolation.cut_off(*told)

    async def start(self, *told: Any) -> Any:
        return await self._place.namespace.isolation.start(*told)

    async def stop(self, *told: Any) -> Any:
        stopped = await self._place.namespace.isolation.stop(*told)
        await take_policy(self._place)
        await make_policy(self._place, POLICY, {"podSelector": {}})
        return stopped

    async def reconnect(self, *told: Any) -> None:
        await self._place.namespace.isolation.reconnect(*told)
        await make_policy(self._place, POLICY, {"podSelector": {}})


@pytest.mark.parametrize("name", ["isolate", "un-isolate"])
async def test_what_is_done_and_cannot_be_read_back_is_unknown_and_not_refused(
    place: Place, name: str
) -> None:
    """A policy of somebody else's stands under the name by now."""
    if name == "un-isolate":
        await isolated(place)
    wanted = await ordered(place, name, "R-2")
    with pytest.raises(OutcomeUnknown, match="is not the bot's own"):
        await action(name).run(_Retaken(place), wanted)


async def test_somebody_who_scales_meanwhile_voids_it_and_nothing_is_cut_off(place: Place) -> None:
    wanted = await ordered(place, "isolate")
    await place.administer({"spec": {"replicas": 4}})

    with pytest.raises(TargetChanged, match="replicas"):
        await action("isolate").run(place.namespace, wanted)

    assert await policy(place) is None


async def test_what_stops_after_the_policy_says_so_and_can_be_taken_back(place: Place) -> None:
    wanted = await ordered(place, "isolate")

    with pytest.raises(StoppedMidway, match="a webhook of the cluster") as stopped:
        await action("isolate").run(Halfway(place, "stop"), wanted)

    assert "denies all traffic" in stopped.value.lines[0]
    assert f"spec.replicas of {NAME} is 3: it was not set to 0." == stopped.value.lines[1]
    assert f"un-isolate {NAME}" == stopped.value.way_back
    assert await action("isolate").ask(place.namespace, wanted) is None
    await action("un-isolate").run(place.namespace, await ordered(place, "un-isolate", "R-2"))
    assert await policy(place) is None
    assert 3 == (await place.raw())["spec"]["replicas"]


async def test_what_a_dead_replica_began_is_ended_by_another(place: Place) -> None:
    wanted = await ordered(place, "isolate")
    assert await action("isolate").ask(place.namespace, wanted) is None
    with pytest.raises(StoppedMidway):
        await action("isolate").run(Halfway(place, "stop"), wanted)
    assert await action("isolate").ask(place.namespace, wanted) is None

    done = await action("isolate").run(place.namespace, wanted)

    assert 0 == (await place.raw())["spec"]["replicas"]
    assert done == await action("isolate").ask(place.namespace, wanted)


async def test_letting_back_is_not_over_while_the_policy_is_there(place: Place) -> None:
    await isolated(place)
    wanted = await ordered(place, "un-isolate", "R-2")
    assert await action("un-isolate").ask(place.namespace, wanted) is None
    with pytest.raises(StoppedMidway) as stopped:
        await action("un-isolate").run(Halfway(place, "reconnect"), wanted)
    assert f"{NAME} runs again and is still cut off" in stopped.value.lines[1]
    assert await action("un-isolate").ask(place.namespace, wanted) is None

    await action("un-isolate").run(place.namespace, wanted)

    assert await policy(place) is None
    assert await action("un-isolate").ask(place.namespace, wanted) is not None


async def test_a_policy_that_somebody_took_away_since_is_told(place: Place) -> None:
    wanted = await isolated(place)
    await take_policy(place)

    told = await action("isolate").ask(place.namespace, wanted)

    assert told is not None
    assert "is not there any more: something else has taken it away since" in told.lines[0]


async def test_where_the_stamps_of_an_isolation_were_taken_away_nobody_can_tell(place: Place) -> None:
    wanted = await isolated(place)
    gone = {"countersign.dev/request": None, "countersign.dev/earlier-requests": None}
    await place.administer({"metadata": {"annotations": gone}})
    await take_policy(place)

    with pytest.raises(OutcomeUnknown):
        await action("isolate").ask(place.namespace, wanted)


async def test_an_autoscaler_leaves_what_is_isolated_alone(place: Place) -> None:
    """Replicas 0 switches it off, whatever its least number is: its own condition says so."""
    await isolated(place)
    path = f"/apis/autoscaling/v2/namespaces/{place.ground.namespace}/horizontalpodautoscalers/{NAME}"

    async def off() -> bool:
        async with administrator(place.ground.admin) as cluster:
            conditions = (await cluster.get(path))["status"].get("conditions", [])
        return ("ScalingActive", "False", "ScalingDisabled") in {
            (one["type"], one["status"], one["reason"]) for one in conditions
        }

    await wait_for(off)
    assert 0 == (await place.raw())["spec"]["replicas"]
