"""After a crash the deployment is asked what happened: its stamps tell, or nobody can."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from bot.systems.kubernetes.namespace import Namespace
from handlers.actions import Verified
from handlers.errors import DoNotRetry, OutcomeUnknown, TargetChanged
from tests.contracts.kubernetes.place import Place, order, stamp
from tests.contracts.kubernetes.scripted import WAITING, Answer, answer, cut, losing_writes, scripted, status
from tests.contracts.kubernetes.sealing import ACTIONS, Asked, sealed

AWAY: Answer = answer(503, status(503, "ServiceUnavailable"))
EVERY = pytest.mark.parametrize("one", [ACTIONS[name] for name in sorted(ACTIONS)], ids=sorted(ACTIONS))


def at_that_moment(told: Verified) -> Verified:
    """Without how far the rollout is, which goes on between two looks."""
    return told.model_copy(update={"lines": tuple(line.partition(". ")[0] for line in told.lines)})


@EVERY
async def test_what_was_not_begun_is_known_not_to_have_happened(place: Place, one: Asked) -> None:
    wanted = order("R-1", one.params, await sealed(place, one))

    assert await one.ask(place.namespace, wanted) is None


@EVERY
async def test_what_was_done_is_found_by_its_stamp(place: Place, one: Asked) -> None:
    wanted = order("R-1", one.params, await sealed(place, one))
    verified = await one.run(place.namespace, wanted)

    found = await one.ask(place.namespace, wanted)
    assert found is not None
    assert at_that_moment(verified) == at_that_moment(found)


@EVERY
async def test_what_was_done_is_found_after_other_requests_were_done(place: Place, one: Asked) -> None:
    wanted = order("R-1", one.params, await sealed(place, one))
    await one.run(place.namespace, wanted)
    for number in range(2, 10):
        await place.written(
            partial(place.namespace.scale, stamp=stamp(f"R-{number}"), replicas=3 + number % 2)
        )

    assert await one.ask(place.namespace, wanted) is not None


@EVERY
async def test_a_write_whose_answer_was_lost_is_not_made_again(
    place: Place, connect: Callable[..., Namespace], tmp_path: Path, one: Asked
) -> None:
    wanted = order("R-1", one.params, await sealed(place, one))
    async with scripted([losing_writes(place.ground.bot)]) as server:
        between = connect(server.write_kubeconfig(tmp_path / "between"), namespace=place.ground.namespace)
        with pytest.raises(OutcomeUnknown):
            await one.run(between, wanted)

    assert await one.ask(place.namespace, wanted) is not None


@EVERY
async def test_running_again_what_is_done_already_changes_nothing(place: Place, one: Asked) -> None:
    """A replica that was paused before its write, while another one finished its work."""
    wanted = order("R-1", one.params, await sealed(place, one))
    await one.run(place.namespace, wanted)
    before = await place.raw()

    with pytest.raises((TargetChanged, DoNotRetry)):
        await one.run(place.namespace, wanted)

    assert before["spec"] == (await place.raw())["spec"]


@EVERY
async def test_where_the_stamps_were_taken_away_nobody_can_tell(place: Place, one: Asked) -> None:
    """`kubectl rollout undo` puts back the annotations of the revision it goes to."""
    wanted = order("R-1", one.params, await sealed(place, one))
    await one.run(place.namespace, wanted)
    gone = {"countersign.dev/request": None, "countersign.dev/earlier-requests": None}
    await place.administer({"metadata": {"annotations": gone}})

    with pytest.raises(OutcomeUnknown, match="does not carry this request's stamp"):
        await one.ask(place.namespace, wanted)


async def test_a_cluster_that_was_away_for_a_moment_is_asked_again(
    connect: Callable[..., Namespace], tmp_path: Path
) -> None:
    one = ACTIONS["restart"]
    stamped = {**WAITING["metadata"], "annotations": {"countersign.dev/request": "R-1"}}
    async with scripted() as server:
        server.answers = [AWAY, cut, answer(200, WAITING | {"metadata": stamped})]
        namespace = connect(server.write_kubeconfig(tmp_path / "scripted"))

        assert await one.ask(namespace, order("R-1", one.params, {"uid": "u-1", "template": ""})) is not None
    assert 3 == len(server.asked)


@EVERY
async def test_a_cluster_that_is_away_before_the_write_has_changed_nothing(
    place: Place, connect: Callable[..., Namespace], tmp_path: Path, one: Asked
) -> None:
    wanted = order("R-1", one.params, await sealed(place, one))
    async with scripted([AWAY]) as server:
        away = connect(server.write_kubeconfig(tmp_path / "away"), namespace=place.ground.namespace)
        with pytest.raises(DoNotRetry, match="error of its own") as no:
            await one.run(away, wanted)

    assert await one.ask(place.namespace, wanted) is None
    assert "away" == no.value.code


async def test_what_somebody_changed_afterwards_is_told(place: Place) -> None:
    one = ACTIONS["scale"]
    wanted = order("R-1", one.params, await sealed(place, one))
    await one.run(place.namespace, wanted)
    await place.administer({"spec": {"replicas": 8}})

    verified = await one.ask(place.namespace, wanted)

    assert verified is not None
    assert "was set to 5 and is 8 now: something else has changed it since" in verified.lines[0]
    assert "scale auditron-api 3" == verified.way_back
