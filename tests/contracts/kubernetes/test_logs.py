"""What is read of logs, and what does not leave the adapter (rows AU-05, AU-21, CC-36, CC-40, PF-25)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.systems.kubernetes.namespace import Namespace
from handlers.actions.kubernetes.logs_ports import LogsOf, Window
from handlers.errors import DoNotRetry
from handlers.redaction import Kind
from tests.contracts.kubernetes.administrator import administrator
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.place import NAME, Place
from tests.contracts.kubernetes.waiting import wait_for

WHOLE = Window(tail=2000)
PASSWORDS = ("invented-password", "practice-password")
"""What the two clusters' pods write into their logs."""


async def pods_of(place: Place) -> list[str]:
    return [one.name for one in await place.namespace.pods() if one.name.startswith(f"{NAME}-")]


async def test_the_logs_of_a_deployment_are_those_of_all_its_pods_in_their_order(place: Place) -> None:
    found = await place.namespace.logs.read(LogsOf(NAME), WHOLE)

    assert {*await pods_of(place)} == {*found.sources} == {line.source for line in found.lines}
    assert sorted(line.at for line in found.lines) == [line.at for line in found.lines]
    assert all(line.text for line in found.lines)


async def test_a_password_in_a_log_does_not_leave_the_adapter_and_is_counted(place: Place) -> None:
    found = await place.namespace.logs.read(LogsOf(NAME), WHOLE)

    shown = "\n".join(line.text for line in found.lines)
    assert not any(password in shown for password in PASSWORDS)
    assert "postgres://auditron:[password hidden]@postgres:5432/auditron" in shown
    assert shown.count("[password hidden]") == found.hidden[Kind.PASSWORD]


async def test_nobody_can_search_for_what_is_hidden(place: Place) -> None:
    for password in PASSWORDS:
        found = await place.namespace.logs.read(LogsOf(NAME), Window(tail=2000, grep=password))
        assert () == found.lines


async def test_a_search_finds_a_word_in_any_letter_case_and_nothing_else(place: Place) -> None:
    found = await place.namespace.logs.read(LogsOf(NAME), Window(tail=3, grep="POSTGRES://"))

    assert 1 <= len(found.lines) <= 3
    assert all("postgres://" in line.text for line in found.lines)


async def test_only_so_many_of_the_newest_lines_are_read(place: Place) -> None:
    whole = await place.namespace.logs.read(LogsOf(NAME), WHOLE)
    few = await place.namespace.logs.read(LogsOf(NAME), Window(tail=2))

    assert 2 == len(few.lines)
    assert few.lines[0].at >= whole.lines[0].at


async def test_lines_before_a_time_are_left_out(place: Place) -> None:
    async def some_are_newer() -> bool:
        whole = await place.namespace.logs.read(LogsOf(NAME), WHOLE)
        recent = await place.namespace.logs.read(LogsOf(NAME), Window(2000, since=timedelta(seconds=2)))
        return 0 < len(recent.lines) < len(whole.lines)

    await wait_for(some_are_newer)


async def test_a_pod_is_read_by_its_name_and_a_label_by_its_value(place: Place) -> None:
    pod = (await pods_of(place))[0]
    by_pod = await place.namespace.logs.read(LogsOf(pod), WHOLE)
    by_label = await place.namespace.logs.read(LogsOf(app=NAME), WHOLE)

    assert (pod,) == by_pod.sources
    assert {*await pods_of(place)} == {*by_label.sources}


async def test_a_container_is_named_or_the_ones_that_are_there(place: Place) -> None:
    raw = await place.raw()
    (container,) = raw["spec"]["template"]["spec"]["containers"]
    found = await place.namespace.logs.read(LogsOf(NAME, container=container["name"]), WHOLE)
    assert found.lines

    with pytest.raises(DoNotRetry, match=f"no-such. There are: {container['name']}") as no:
        await place.namespace.logs.read(LogsOf(NAME, container="no-such"), WHOLE)
    assert "no-container" == no.value.code


async def test_a_container_that_never_ran_before_has_no_previous_log(place: Place) -> None:
    with pytest.raises(DoNotRetry, match="has not been restarted") as no:
        await place.namespace.logs.read(LogsOf(NAME), Window(tail=10, previous=True))
    assert "no-log" == no.value.code


@pytest.mark.parametrize("of", [LogsOf("nothing-here"), LogsOf(app="nothing-here")], ids=["name", "label"])
async def test_what_is_not_there_is_named(place: Place, of: LogsOf) -> None:
    with pytest.raises(DoNotRetry, match="nothing-here") as no:
        await place.namespace.logs.read(of, WHOLE)
    assert "404" == no.value.code


async def test_a_pod_that_has_not_started_says_why_it_has_no_log(place: Place) -> None:
    broken = [
        {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "auditron/api:broken"}
    ]
    await place.administer(broken)

    async def told() -> bool:
        found = await place.namespace.logs.read(LogsOf(NAME), WHOLE)
        return any(re.search("waiting to start|is not available", one) for one in found.remarks)

    await wait_for(told)


async def test_pods_of_what_policy_does_not_list_are_not_read(
    connect: Callable[..., Namespace], ground: Ground, place: Place
) -> None:
    listed = connect(ground.bot, namespace=ground.namespace, listed=("auditron-worker",))
    pod = (await pods_of(place))[0]
    for of in (LogsOf(NAME), LogsOf(pod), LogsOf(app=NAME)):
        with pytest.raises(DoNotRetry, match="It lists: auditron-worker") as no:
            await listed.logs.read(of, WHOLE)
        assert "not-listed" == no.value.code
    assert (await listed.logs.read(LogsOf("auditron-worker"), WHOLE)).lines


async def test_a_deployment_that_knows_its_pods_by_an_expression_gives_nobody_else_away(
    connect: Callable[..., Namespace], ground: Ground
) -> None:
    labels = {"track": "canary"}
    container = {"name": "api", "image": "auditron/api:2.4.0"}
    made = {
        "metadata": {"name": "canary"},
        "spec": {
            "selector": {"matchExpressions": [{"key": "track", "operator": "In", "values": ["canary"]}]},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }
    async with administrator(ground.admin) as cluster:
        await cluster.create(f"/apis/apps/v1/namespaces/{ground.namespace}/deployments", made)
    listed = connect(ground.bot, namespace=ground.namespace, listed=("canary",))

    async def written() -> bool:
        try:
            return bool((await listed.logs.read(LogsOf("canary"), WHOLE)).lines)
        except DoNotRetry:
            return False  # it has no pod yet, or none that has begun

    await wait_for(written)
    assert 1 == len(await listed.logs.containers(LogsOf("canary")))
    assert 1 == len(await listed.logs.containers(LogsOf(label="track in (canary),app!=x")))
    with pytest.raises(DoNotRetry, match="It lists: canary"):
        await listed.logs.read(LogsOf(app=NAME), WHOLE)


async def test_where_patients_may_be_in_the_logs_no_line_leaves_and_all_are_counted(
    connect: Callable[..., Namespace], ground: Ground
) -> None:
    kept = connect(ground.bot, namespace=ground.namespace, raw_logs=False)

    with pytest.raises(DoNotRetry, match="raw_logs: never") as no:
        await kept.logs.read(LogsOf(NAME), WHOLE)
    counts = await kept.logs.count(LogsOf(NAME), WHOLE)

    assert "raw-logs" == no.value.code
    assert counts.lines == sum(one.count for one in counts.levels)
    assert {"INFO", "DEBUG"} <= {one.what for one in counts.levels}
    assert all(one.first <= one.last for one in (*counts.levels, *counts.signs))
