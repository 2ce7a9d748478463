"""A config map's key is set, a secret's key is made anew, and pods are restarted for it (PF-37, AU-43)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bot.systems.kubernetes.namespace import Namespace
from handlers.errors import DoNotRetry, OutcomeUnknown, StoppedMidway, TargetChanged
from tests.contracts.kubernetes.administrator import administrator
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.objects import (
    FOLLOWER,
    MAP,
    OLD_KEY,
    OTHER_KEY,
    ROTATE,
    RULES,
    SECRET,
    SET,
    Change,
    Objects,
    change,
)
from tests.contracts.kubernetes.scripted import losing_writes, scripted

BOTH = pytest.mark.parametrize("one", [SET, ROTATE], ids=["patch-config", "rotate-secret"])
PAUSED = {"spec": {"paused": True}}


@pytest.fixture
async def objects(ground: Ground, connect: Callable[..., Namespace]) -> Objects:
    made = Objects(connect(ground.bot, namespace=ground.namespace, rules=RULES), ground)
    await made.make()
    return made


class Dead(BaseException):
    """The replica is gone."""


class DiesBeforeRestart:
    """The adapter of a replica that dies between the two steps."""

    def __init__(self, namespace: Namespace) -> None:
        self._namespace = namespace

    def __getattr__(self, name: str) -> Any:
        return getattr(self._namespace, name)

    async def restart(self, *_: Any) -> None:
        raise Dead


async def test_a_key_is_set_the_others_stay_and_the_follower_is_restarted(objects: Objects) -> None:
    observed = await SET.action.look(objects.namespace, SET.params)
    assert ("pii_threshold", "0.75 → 0.8") in observed.shown

    verified = await SET.action.run(objects.namespace, await SET.order(objects))

    assert {"pii_threshold": "0.8", "mode": "block"} == await objects.values(MAP)
    assert f"pii_threshold in config map {MAP} is 0.8 (it was 0.75)." == verified.lines[0]
    assert f"{FOLLOWER} is restarted with it" in verified.lines[1]
    assert f"patch-config {MAP} pii_threshold=0.75" == verified.way_back
    assert ("R-1",) == await objects.restarts()
    annotations = (await objects.raw(MAP))["metadata"]["annotations"]
    assert ("R-1", "O3 Ruth (U03RUTH)") == (
        annotations["countersign.dev/request"],
        annotations["countersign.dev/approved-by"],
    )


async def test_a_key_is_made_anew_and_neither_value_is_told_to_anybody(objects: Objects) -> None:
    observed = await ROTATE.action.look(objects.namespace, ROTATE.params)
    wanted = await ROTATE.order(objects)

    verified = await ROTATE.action.run(objects.namespace, wanted)

    values = await objects.values(SECRET)
    assert re.fullmatch("[0-9a-f]{48}", values["key"])
    assert OTHER_KEY == values["other"]
    assert ("R-1",) == await objects.restarts()
    raw = await objects.raw(SECRET)
    told = repr((observed, wanted, verified, raw["metadata"], await objects.namespace.secrets.read(SECRET)))
    for value in (values["key"], raw["data"]["key"], OLD_KEY, OTHER_KEY, raw["data"]["other"]):
        assert value not in told
    assert "" == verified.way_back


async def test_a_signing_key_is_a_key_that_signs(objects: Objects) -> None:
    one = change("rotate-secret", SECRET, secret=SECRET, key="key.pem")

    await one.action.run(objects.namespace, await one.order(objects))

    made = load_pem_private_key((await objects.values(SECRET))["key.pem"].encode(), password=None)
    assert isinstance(made, Ed25519PrivateKey)


@BOTH
async def test_what_was_not_begun_is_known_not_to_have_happened(objects: Objects, one: Change) -> None:
    assert await one.action.ask(objects.namespace, await one.order(objects)) is None


@BOTH
async def test_what_was_done_is_found_by_its_stamps(objects: Objects, one: Change) -> None:
    wanted = await one.order(objects)
    verified = await one.action.run(objects.namespace, wanted)

    assert verified == await one.action.ask(objects.namespace, wanted)


@BOTH
async def test_who_takes_over_between_the_steps_does_only_the_second(objects: Objects, one: Change) -> None:
    wanted = await one.order(objects)
    with pytest.raises(Dead):
        await one.action.run(DiesBeforeRestart(objects.namespace), wanted)
    between = await objects.raw(one.object)

    assert await one.action.ask(objects.namespace, wanted) is None
    assert () == await objects.restarts()
    await one.action.run(objects.namespace, wanted)

    assert between == await objects.raw(one.object)
    assert ("R-1",) == await objects.restarts()
    assert await one.action.ask(objects.namespace, wanted) is not None


@BOTH
async def test_running_again_what_is_done_already_changes_nothing(objects: Objects, one: Change) -> None:
    wanted = await one.order(objects)
    await one.action.run(objects.namespace, wanted)
    before = await objects.raw(one.object)

    await one.action.run(objects.namespace, wanted)

    assert before == await objects.raw(one.object)
    assert ("R-1",) == await objects.restarts()


@BOTH
async def test_answers_that_are_lost_are_looked_for_and_nothing_is_done_twice(
    objects: Objects, connect: Callable[..., Namespace], tmp_path: Path, one: Change
) -> None:
    wanted = await one.order(objects)
    async with scripted([losing_writes(objects.ground.bot)]) as server:
        kubeconfig = server.write_kubeconfig(tmp_path / "between")
        between = connect(kubeconfig, namespace=objects.ground.namespace, rules=RULES)
        verified = await one.action.run(between, wanted)
        patched = {path for method, path, _ in server.asked if method == "PATCH"}

    assert 2 == len(patched)
    assert verified.lines
    assert ("R-1",) == await objects.restarts()


@BOTH
async def test_a_change_of_what_was_sealed_stops_it_with_nothing_changed(
    objects: Objects, one: Change
) -> None:
    wanted = await one.order(objects)
    somebody = {"data": {"pii_threshold": "0.5"} if one is SET else {"key": "bmV3"}}
    await objects.administer(one.object, somebody)
    before = await objects.raw(one.object)

    with pytest.raises(TargetChanged, match="what was sealed has changed"):
        await one.action.run(objects.namespace, wanted)

    assert before == await objects.raw(one.object)
    assert () == await objects.restarts()


async def test_another_key_of_a_config_map_is_noise(objects: Objects) -> None:
    wanted = await SET.order(objects)
    await objects.administer(MAP, {"data": {"mode": "observe"}})

    await SET.action.run(objects.namespace, wanted)

    assert {"pii_threshold": "0.8", "mode": "observe"} == await objects.values(MAP)


@BOTH
async def test_a_follower_that_cannot_be_restarted_is_told_before_anything_is_changed(
    objects: Objects, one: Change
) -> None:
    await objects.administer_deployment(PAUSED)

    with pytest.raises(DoNotRetry, match=f"{FOLLOWER} is paused"):
        await one.action.look(objects.namespace, one.params)


@BOTH
async def test_a_follower_that_is_paused_between_the_steps_leaves_it_midway_and_says_so(
    objects: Objects, one: Change
) -> None:
    wanted = await one.order(objects)
    with pytest.raises(Dead):
        await one.action.run(DiesBeforeRestart(objects.namespace), wanted)
    await objects.administer_deployment(PAUSED)

    with pytest.raises(StoppedMidway, match="is paused") as stopped:
        await one.action.run(objects.namespace, wanted)

    first, second = stopped.value.lines
    assert one.object in first
    assert f"{FOLLOWER} was not restarted" in second
    assert f"`restart {FOLLOWER}`" in second


@BOTH
async def test_where_the_stamps_were_taken_away_nobody_can_tell(objects: Objects, one: Change) -> None:
    wanted = await one.order(objects)
    await one.action.run(objects.namespace, wanted)
    gone = {"countersign.dev/request": None, "countersign.dev/earlier-requests": None}
    await objects.administer(one.object, {"metadata": {"annotations": gone}})

    with pytest.raises(OutcomeUnknown, match="does not carry this request's stamp"):
        await one.action.ask(objects.namespace, wanted)


@BOTH
async def test_what_is_immutable_is_refused(objects: Objects, one: Change) -> None:
    await objects.administer(one.object, {"immutable": True})

    with pytest.raises(DoNotRetry, match="is immutable"):
        await one.action.look(objects.namespace, one.params)


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("patch-config", {"config_map": "kube-root-ca.crt", "change": "ca.crt=0.8"}, f"It lists: {MAP}."),
        ("patch-config", {"config_map": MAP, "change": "mode=off"}, "lists no key mode .* pii_threshold"),
        ("patch-config", {"config_map": MAP, "change": "pii_threshold=1.8"}, "it must match 0"),
        ("patch-config", {"config_map": MAP, "change": "pii_threshold=0.75"}, "already is 0.75"),
        ("rotate-secret", {"secret": "default-token", "key": "token"}, f"It lists: {SECRET}."),
        ("rotate-secret", {"secret": SECRET, "key": "other"}, "lists no key other .* key"),
    ],
)
async def test_what_policy_does_not_list_is_refused_with_what_it_lists(
    objects: Objects, name: str, values: dict[str, str], told: str
) -> None:
    one = change(name, "", **values)

    with pytest.raises(DoNotRetry, match=told):
        await one.action.look(objects.namespace, one.params)


async def test_a_value_that_policy_would_not_let_be_set_has_no_way_back(objects: Objects) -> None:
    await objects.administer(MAP, {"data": {"pii_threshold": "not a number"}})

    verified = await SET.action.run(objects.namespace, await SET.order(objects))

    assert "(it was not a number)" in verified.lines[0]
    assert "" == verified.way_back


async def test_what_must_not_be_seen_of_a_setting_is_told_nowhere_and_sealed_all_the_same(
    objects: Objects, ground: Ground, connect: Callable[..., Namespace]
) -> None:
    """A password may stand in a value whose name does not say so."""
    url = "postgres://auditron:{}@postgres:5432/auditron"
    await objects.administer(MAP, {"data": {"store": url.format("invented-one")}})
    rules = RULES.model_validate({"config_maps": {MAP: {"keys": {"store": ".+"}, "restarts": (FOLLOWER,)}}})
    objects.namespace = connect(ground.bot, namespace=ground.namespace, rules=rules)
    one = change("patch-config", MAP, config_map=MAP, change=f"store={url.format('invented-two')}")
    told = url.format("[password hidden]")

    observed = await one.action.look(objects.namespace, one.params)
    wanted = await one.order(objects)
    await objects.administer(MAP, {"data": {"store": url.format("invented-three")}})
    with pytest.raises(TargetChanged, match="what was sealed has changed"):
        await one.action.run(objects.namespace, wanted)
    await objects.administer(MAP, {"data": {"store": url.format("invented-one")}})
    verified = await one.action.run(objects.namespace, wanted)

    assert ("store", f"{told} → {told} (another value)") in observed.shown
    assert told == observed.sealed["before"]
    assert f"store in config map {MAP} is {told} (another value) (it was {told})." == verified.lines[0]
    assert "" == verified.way_back
    assert "invented" not in f"{observed.shown}{observed.diffs}{verified}"
    assert url.format("invented-two") == (await objects.values(MAP))["store"]


async def test_a_key_that_is_not_there_yet_is_made(objects: Objects) -> None:
    await objects.administer(SECRET, {"data": {"key": None}})

    await ROTATE.action.run(objects.namespace, await ROTATE.order(objects))

    assert {"key", "other"} == {*await objects.values(SECRET)}


async def test_a_secret_whose_values_follow_a_form_of_their_own_is_not_made_by_chance(
    objects: Objects, ground: Ground, connect: Callable[..., Namespace]
) -> None:
    made = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/basic-auth",
        "metadata": {"name": "login"},
        "stringData": {"username": "practice"},
    }
    async with administrator(ground.admin) as cluster:
        await cluster.create(f"/api/v1/namespaces/{ground.namespace}/secrets", made)
    rules = RULES.model_validate({"secrets": {"login": {"keys": {"password": {}}}}})
    namespace = connect(ground.admin, namespace=ground.namespace, rules=rules)
    one = change("rotate-secret", "login", secret="login", key="password")

    with pytest.raises(DoNotRetry, match=r"of type kubernetes\.io/basic-auth"):
        await one.action.look(namespace, one.params)
