"""A replica dies at every port call of a story; another one finishes it (invariants 1 to 4)."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.chaos.alone import (
    Prepare,
    a_containment,
    a_release,
    hand_over,
    points_of,
    share,
    until_stopped,
    victim_of,
    visit,
)
from tests.chaos.asked import a_classification, a_resolution, a_withdrawal, an_exposure
from tests.chaos.containments import a_drain, an_isolation
from tests.chaos.deployments import a_restart, a_rollback, a_scaling, an_image
from tests.chaos.fabric import a_backup, a_manifest, a_setting
from tests.chaos.follows import a_following
from tests.chaos.jobs import a_job
from tests.chaos.lengthened import an_extension
from tests.chaos.reruns import a_rerun
from tests.chaos.rotations import a_rotation
from tests.chaos.victim import TUNING
from tests.scenarios.room import Room, ops_room


@dataclass(frozen=True)
class Case:
    """A story, the port call that is its effect, and where it dies: at every point, or where they match."""

    prepare: Prepare
    effect: str
    points: str = ""
    shards: int = 4


AROUND_THE_EFFECT = r"systems\.|store\.commit"
"""The way to the effect is the same for every action; the target and what is written of it differ."""
AT_THE_TARGET = r"systems\."
"""Where another action of the same target dies at the commits already."""
FROM_CLAIM_TO_END = r"store\.commit#[4-8]$"
"""Where nothing but the store is changed: the claim is the fifth commit or so, the effect the seventh."""
AT_THE_FIRST_LOOK = r"logs\.follow#1$|store\.commit#[12]$"
"""What is looked at again and again is the same each time."""
STORIES = {
    "release": Case(a_release, "files.release"),
    "containment": Case(a_containment, "files.quarantine"),
    "scale": Case(a_scaling, "auditron.scale", AROUND_THE_EFFECT, shards=1),
    "restart": Case(a_restart, "auditron.restart", AROUND_THE_EFFECT, shards=1),
    "rollback": Case(a_rollback, "auditron.roll_back", AROUND_THE_EFFECT, shards=1),
    "set-image": Case(an_image, "clinchat-rag.set_image", AT_THE_TARGET, shards=1),
    "patch-config": Case(a_setting, "config_maps.set", AT_THE_TARGET, shards=1),
    "apply": Case(a_manifest, "manifests.apply", AT_THE_TARGET, shards=1),
    "backup-secrets": Case(a_backup, "backups.take", AT_THE_TARGET, shards=1),
    "follow": Case(a_following, "logs.follow", AT_THE_FIRST_LOOK, shards=1),
    "run-job": Case(a_job, "auditron.jobs.start", AROUND_THE_EFFECT, shards=1),
    "rotate-secret": Case(a_rotation, "auditron.secrets.rotate", AROUND_THE_EFFECT, shards=1),
    "drain": Case(a_drain, "clinchat-rag.nodes.evict", AROUND_THE_EFFECT, shards=2),
    "isolate": Case(an_isolation, "provability-fabric.isolation.stop", AROUND_THE_EFFECT, shards=1),
    "rerun": Case(a_rerun, "reruns.approve", AROUND_THE_EFFECT, shards=1),
    "withdraw-rerun": Case(a_withdrawal, "reruns.withdraw", AT_THE_TARGET, shards=1),
    "classify-case": Case(a_classification, "cases.amend", AT_THE_TARGET, shards=1),
    "preserve-evidence": Case(an_exposure, "evidence.take_logs", AT_THE_TARGET, shards=1),
    "extend": Case(an_extension, "store.commit", FROM_CLAIM_TO_END, shards=1),
    "resolve-case": Case(a_resolution, "cases.amend", AT_THE_TARGET, shards=1),
}


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with ops_room(tmp_path, tuning=TUNING) as opened:
        yield opened


async def dies(room: Room, prepare: Prepare, log: Path, point: str) -> bool:
    """Whether a victim died at this point; the survivor must have finished its story either way."""
    story = await prepare(room)
    async with victim_of(room, story, log, point, signal.SIGKILL) as victim:
        await story.begin(room)
        died = await until_stopped(room, victim)
        await victim.end()  # also where the point did not come: no lease may be taken after time has passed
        hand_over(room, victim)
        await story.again(room)
        try:
            await story.ended_once(room)
        except AssertionError as error:
            raise AssertionError(f"killed {point}: {error}") from error
    return died


@pytest.mark.parametrize(
    ("name", "shard"), [(name, shard) for name, case in STORIES.items() for shard in range(case.shards)]
)
async def test_a_story_survives_a_replica_that_dies_at_any_port_call(
    room: Room, tmp_path: Path, name: str, shard: int, capsys: pytest.CaptureFixture[str]
) -> None:
    case = STORIES[name]
    points = await points_of(room, case.prepare, tmp_path / "unharmed.log")
    assert any(case.effect in point for point in points)
    mine = [point for point in share(points, shard, case.shards) if re.search(case.points, point)]
    missed = await visit(mine, lambda point, log: dies(room, case.prepare, tmp_path / log, point))
    with capsys.disabled():  # on stderr, which reaches the terminal from xdist's workers too
        print(f"\n{name} {shard}/{case.shards}: killed {', '.join(mine)}; not met: {missed}", file=sys.stderr)
    assert [] == [point for point in missed if "systems." in point]
    assert len(missed) <= len(mine) / 4
