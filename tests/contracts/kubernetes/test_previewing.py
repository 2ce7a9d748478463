"""Before anybody approves, the server itself says what the very write would change, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.systems.kubernetes.namespace import Namespace
from handlers.actions import Observation
from handlers.actions.kubernetes.objects import REHEARSAL
from handlers.actions.kubernetes.previewing import EFFECT
from handlers.actions.kubernetes.vocabulary import RollbackParams, ScaleParams
from handlers.errors import DoNotRetry, TargetChanged
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.place import NAME, Place, order
from tests.contracts.kubernetes.sealing import ACTIONS, Asked
from tests.contracts.kubernetes.waiting import wait_for

EVERY = pytest.mark.parametrize("one", [ACTIONS[name] for name in sorted(ACTIONS)], ids=sorted(ACTIONS))
NOISE = {"metadata": {"labels": {"noise": "1"}, "annotations": {"kubernetes.io/change-cause": "noise"}}}


def diff(observation: Observation) -> str:
    ((_, text),) = observation.diffs
    return text


@EVERY
async def test_a_look_says_what_would_change_and_changes_nothing(place: Place, one: Asked) -> None:
    await one.look(place)
    before = await place.raw()

    observation = await one.action.look(place.namespace, one.params)

    assert before == await place.raw()
    changed = [line for line in diff(observation).splitlines() if line[:1] in "+-"]
    assert len(changed) > 2
    assert "countersign.dev/earlier-requests" not in diff(observation)


async def test_the_diff_of_a_scale_is_its_one_line(place: Place) -> None:
    assert diff(await ACTIONS["scale"].look(place)).splitlines() == [
        f"--- deployment {NAME} as it is",
        f"+++ deployment {NAME} as it would be",
        "@@ spec @@",
        f"   namespace: {place.ground.namespace}",
        " spec:",
        "   progressDeadlineSeconds: 600",
        "-  replicas: 3",
        "+  replicas: 5",
        "   revisionHistoryLimit: 10",
        "   selector:",
        "     matchLabels:",
    ]


async def test_a_rollback_shows_the_templates_against_each_other(place: Place) -> None:
    """AU-32."""
    shown = diff(await ACTIONS["rollback"].look(place))

    assert "@@ spec.template.spec.containers @@" in shown
    assert "-        image: auditron/api:2.4.1\n+        image: auditron/api:2.4.0" in shown


async def test_the_time_of_a_restart_is_that_of_the_run(place: Place) -> None:
    shown = diff(await ACTIONS["restart"].look(place))

    assert "kubectl.kubernetes.io/restartedAt: (the time of the run)" in shown
    assert "countersign.dev/request: (this request)" in shown


@EVERY
async def test_noise_changes_neither_what_is_sealed_nor_the_diff(place: Place, one: Asked) -> None:
    first = await one.look(place)
    if one.action.name not in ("rollback", "set-image"):  # these write the change cause themselves
        await place.administer(NOISE)
    await place.administer({"metadata": {"labels": {"noise": "2"}}})

    second = await one.look(place)

    assert first.sealed == second.sealed
    assert changed_lines(first) == changed_lines(second)
    assert first.precondition != second.precondition


def changed_lines(observation: Observation) -> list[str]:
    return [line for line in diff(observation).splitlines() if line[:1] in "+-"]


async def test_what_lies_beside_the_effect_is_sealed_only_where_the_action_reads_it(place: Place) -> None:
    one = ACTIONS["restart"]
    first = await one.look(place)
    await place.administer({"spec": {"template": {"metadata": {"annotations": {"added": "since"}}}}})

    second = await one.look(place)

    assert first.sealed["template"] != second.sealed["template"]
    assert first.sealed[EFFECT] == second.sealed[EFFECT]


@EVERY
async def test_the_card_names_what_it_touches_and_marks_what_is_sealed(place: Place, one: Asked) -> None:
    observation = await one.look(place)

    told = dict(observation.shown)
    assert f"resourceVersion {observation.precondition}" == told["Looked at"]
    assert "3 of 3 ready" in told["Health"]
    assert told["Touches"].startswith("3 pods on ")
    assert "keeps it between 3 and 10" in told["Autoscaler"]
    assert "auditron-api keeps at least 2 available and would let" in told["Disruption budgets"]
    labels = {*told, *(label for label, _ in observation.diffs)}
    assert set(observation.covered) <= labels
    assert {"Looked at", "Health", "Touches"}.isdisjoint(observation.covered)


async def test_what_must_not_be_seen_is_on_no_card(place: Place) -> None:
    """A password may stand in a value whose name does not say so, and in the cause of a change."""
    url = {"name": "DATABASE_URL", "value": "postgres://auditron:invented-one@postgres:5432/auditron"}
    cause = {"kubernetes.io/change-cause": "migrate --password invented-two"}
    before = (await place.now()).revision
    await place.administer(
        [
            {"op": "add", "path": "/spec/template/spec/containers/0/env", "value": [url]},
            {"op": "replace", "path": "/metadata/annotations/kubernetes.io~1change-cause", "value": "x"},
        ]
    )
    await place.administer({"metadata": {"annotations": cause}})
    await wait_for(place.at_rest)

    async def kept() -> bool:
        """Controllers copy the cause to the revision in their own time."""
        known = await place.namespace.revisions(await place.now())
        return any(one.cause.startswith("migrate") for one in known)

    await wait_for(kept)
    seen = await ACTIONS["rollback"].action.look(
        place.namespace, RollbackParams(deployment=NAME, revision=before)
    )
    causes = [one.cause for one in await place.namespace.revisions(await place.now())]

    assert "postgres://auditron:[password hidden]@postgres:5432/auditron" in diff(seen)
    assert "migrate --password [secret hidden]" in causes
    assert "invented" not in f"{seen}{causes}"


async def test_an_autoscaler_does_not_keep_anybody_from_stopping_a_service(place: Place) -> None:
    """PF-49."""
    nothing = ScaleParams(deployment=NAME, replicas=0)
    observation = await ACTIONS["scale"].action.look(place.namespace, nothing)
    assert dict(observation.shown)["Autoscaler"].startswith("does nothing at 0; once scaled up, it keeps it")

    await ACTIONS["scale"].run(place.namespace, order("R-1", nothing, dict(observation.sealed)))

    async def stays() -> bool:
        scaler = await place.namespace.autoscaler(NAME)
        return scaler is not None and scaler.idle == "ScalingDisabled"

    await wait_for(stays)
    assert 0 == (await place.now()).replicas
    back = await ACTIONS["scale"].action.look(place.namespace, ScaleParams(deployment=NAME, replicas=3))
    assert "keeps it between 3 and 10; it may change the number again" in dict(back.shown)["Autoscaler"]


@EVERY
async def test_who_may_not_write_is_told_at_the_look(
    place: Place, ground: Ground, connect: Callable[..., Namespace], one: Asked
) -> None:
    await one.look(place)
    reader = connect(ground.reader, namespace=ground.namespace)

    with pytest.raises(DoNotRetry, match=r"does not let the bot patch deployments\.apps") as no:
        await one.action.look(reader, one.params)
    assert "403" == no.value.code


async def test_a_rehearsal_of_what_is_stale_says_that_it_moved(place: Place) -> None:
    stale = await place.now()
    await place.administer(NOISE)

    with pytest.raises(TargetChanged):
        await place.namespace.rehearse(lambda dry: dry.scale(stale, REHEARSAL, 5))


async def test_several_writes_are_rehearsed_together(place: Place) -> None:
    now = await place.now()

    async def write(dry: Any) -> None:
        await dry.scale(now, REHEARSAL, 5)
        await dry.restart(now, REHEARSAL)

    first, second = await place.namespace.rehearse(write)

    assert first.what == second.what == f"deployment {NAME}"
    assert "replicas: 5" in first.after
    assert "replicas: 3" in second.after
    assert first.sha256 != second.sha256
