"""Commands of the runbooks run as Jobs: once a request, with exit code and log (AU-10, AU-11, CC-37)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.systems.kubernetes.namespace import Namespace
from handlers.actions import Order, Sighting
from handlers.errors import DoNotRetry, OutcomeUnknown, StoppedMidway, TargetChanged
from tests.contracts.kubernetes.administrator import administrator
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.objects import RULES, Change, change
from tests.contracts.kubernetes.place import NAME, OMAR, RUTH, order
from tests.contracts.kubernetes.scripted import losing_writes, scripted


def job(template: str, *values: str) -> Change:
    return replace(
        change("run-job", "", template=template),
        params=change("run-job", "", template=template).params.model_copy(update={"values": values}),
    )


BACKUP, BROKEN, SLOW = job("backup"), job("broken"), job("slow")
REPORT = job("report", "limit=3", "table=Job")


@dataclass
class Place:
    """The adapter, and the administrator, in one namespace."""

    namespace: Namespace
    ground: Ground

    @property
    def path(self) -> str:
        return f"/apis/batch/v1/namespaces/{self.ground.namespace}/jobs"

    async def jobs(self) -> list[dict[str, Any]]:
        async with administrator(self.ground.admin) as cluster:
            found: list[dict[str, Any]] = (await cluster.get(self.path))["items"]
            return found

    async def sealed(self, one: Change, request: str = "R-1") -> Order:
        observed = await one.action.look(self.namespace, one.params)
        return order(request, one.params, json.loads(json.dumps(observed.sealed)))


@pytest.fixture
def place(ground: Ground, connect: Callable[..., Namespace]) -> Place:
    return Place(connect(ground.bot, namespace=ground.namespace, rules=RULES), ground)


async def test_a_job_runs_once_and_its_log_and_exit_code_come_back(place: Place) -> None:
    done = await BACKUP.action.run(place.namespace, await place.sealed(BACKUP))

    (made,) = await place.jobs()
    assert "backup-r-1" == made["metadata"]["name"]
    told = made["metadata"]["annotations"]
    assert "R-1" == told["countersign.dev/request"]
    people = (OMAR.signed, RUTH.signed)
    assert people == (told["countersign.dev/requested-by"], told["countersign.dev/approved-by"])
    assert (0, 86400) == (made["spec"]["backoffLimit"], made["spec"]["ttlSecondsAfterFinished"])
    assert "Job backup-r-1 ended with exit code 0. The end of its log:" == done.lines[0]
    assert len(done.lines) > 1
    assert done.over


async def test_looking_makes_nothing(place: Place) -> None:
    await BACKUP.action.look(place.namespace, BACKUP.params)

    assert [] == await place.jobs()


async def test_values_stand_where_they_belong_and_secrets_are_only_named(place: Place) -> None:
    await BACKUP.action.run(place.namespace, await place.sealed(BACKUP, "R-0"))
    wanted = await place.sealed(REPORT)
    image = (await place.namespace.deployment(NAME)).template.images[0]

    await REPORT.action.run(place.namespace, wanted)

    made = next(one for one in await place.jobs() if one["metadata"]["name"] == "report-r-1")
    (container,) = made["spec"]["template"]["spec"]["containers"]
    assert ["report"] == container["command"]
    assert ["--limit=3", "--table", "Job"] == container["args"]
    assert image == container["image"] == wanted.sealed["image"]
    named = {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "signing-key", "key": "other"}}}
    assert [{"name": "MODE", "value": "Job"}, named] == container["env"]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (("limit=3",), "takes: limit=… table=…"),
        (("limit=10", "table=Job"), "limit: "),
        (("limit=3", "table=Job; rm -rf /"), "table: "),
        (("limit=3", "table=Job", "more=1"), "does not take `more=1`"),
    ],
)
async def test_a_value_of_another_form_is_refused(place: Place, values: tuple[str, ...], told: str) -> None:
    with pytest.raises(DoNotRetry, match=told):
        await REPORT.action.look(place.namespace, job("report", *values).params)


async def test_what_must_go_before_is_asked_for_first(place: Place) -> None:
    with pytest.raises(DoNotRetry, match="Ask for `run-job backup` first") as no:
        await REPORT.action.look(place.namespace, REPORT.params)
    assert "not-before" == no.value.code

    await BACKUP.action.run(place.namespace, await place.sealed(BACKUP))

    observed = await REPORT.action.look(place.namespace, REPORT.params)
    assert any("backup succeeded" in value for _, value in observed.shown)


async def test_a_job_that_fails_says_so_with_its_exit_code_and_log(place: Place) -> None:
    wanted = await place.sealed(BROKEN)

    with pytest.raises(StoppedMidway, match=r"broken-r-1 failed \(BackoffLimitExceeded\), with exit code 1"):
        await BROKEN.action.run(place.namespace, wanted)

    assert await BROKEN.action.ask(place.namespace, wanted) is None
    with pytest.raises(StoppedMidway, match="exit code 1"):
        await BROKEN.action.run(place.namespace, wanted)
    assert 1 == len(await place.jobs())


async def test_a_job_that_takes_its_time_is_watched_to_its_end(place: Place) -> None:
    done = await SLOW.action.run(place.namespace, await place.sealed(SLOW))

    assert "Job slow-r-1 is made and runs; its end is told here." == done.lines[0]
    assert not done.over
    assert SLOW.action.watch is not None
    assert await SLOW.action.watch(place.namespace, SLOW.params, "R-1") is None
    async with administrator(place.ground.admin) as cluster:
        await cluster.ask("DELETE", f"{place.path}/slow-r-1?propagationPolicy=Background")
    gone = await SLOW.action.watch(place.namespace, SLOW.params, "R-1")
    assert isinstance(gone, Sighting)
    assert not gone.well


async def test_who_takes_over_finds_the_job_and_makes_no_second(place: Place) -> None:
    wanted = await place.sealed(BACKUP)
    assert await BACKUP.action.ask(place.namespace, wanted) is None
    done = await BACKUP.action.run(place.namespace, wanted)

    assert done == await BACKUP.action.ask(place.namespace, wanted)
    assert done == await BACKUP.action.run(place.namespace, wanted)
    assert 1 == len(await place.jobs())


async def test_a_job_that_was_approved_for_one_namespace_runs_in_no_other(
    place: Place, connect: Callable[..., Namespace]
) -> None:
    """Policy names another namespace by the time that it runs; nothing of it is there yet to have a uid."""
    wanted = await place.sealed(BACKUP)
    elsewhere = connect(place.ground.admin, namespace="default", rules=RULES)
    with pytest.raises(TargetChanged, match=r"what was sealed has changed \(.*namespace"):
        await BACKUP.action.run(elsewhere, wanted)

    assert [] == await place.jobs()


async def test_an_answer_that_is_lost_makes_no_second_job(
    place: Place, connect: Callable[..., Namespace], tmp_path: Path
) -> None:
    wanted = await place.sealed(BACKUP)
    async with scripted([losing_writes(place.ground.bot)]) as server:
        kubeconfig = server.write_kubeconfig(tmp_path / "between")
        between = connect(kubeconfig, namespace=place.ground.namespace, rules=RULES)
        done = await BACKUP.action.run(between, wanted)

    assert "exit code 0" in done.lines[0]
    assert 1 == len(await place.jobs())


async def test_a_job_that_may_have_been_forgotten_is_not_run_again(place: Place) -> None:
    """It ended, was kept a day and taken away by the cluster, while no replica was there."""
    wanted = await place.sealed(BACKUP)
    late = replace(wanted, since=wanted.at - timedelta(days=2))

    with pytest.raises(OutcomeUnknown, match="no Job of backup is there"):
        await BACKUP.action.ask(place.namespace, late)


async def test_a_release_since_the_approval_stops_a_job_of_its_image(place: Place) -> None:
    await BACKUP.action.run(place.namespace, await place.sealed(BACKUP, "R-0"))
    wanted = await place.sealed(REPORT)

    with pytest.raises(TargetChanged, match="image"):
        await REPORT.action.run(
            place.namespace, replace(wanted, sealed={**wanted.sealed, "image": "api:old"})
        )

    assert ["backup-r-0"] == [one["metadata"]["name"] for one in await place.jobs()]
