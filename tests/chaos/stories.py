"""Every story in which a replica dies: what it does, the port calls that are its effects, where it dies.

Each action has one, and `tests/chaos/test_kill_points.py` compares this list with that of all actions. None
is exempt: those that only save evidence leave a file and a line of the manifest, which must be there once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tests.chaos.alone import Prepare, a_containment, a_release
from tests.chaos.asked import (
    a_classification,
    a_cleaning,
    a_key_revoked,
    a_resolution,
    a_resumption,
    a_silence_ended,
    a_withdrawal,
    an_exposure,
    events_saved,
    logs_saved,
)
from tests.chaos.containments import a_cordon, a_drain, a_letting_back, an_isolation, an_uncordon
from tests.chaos.deployments import (
    a_restart,
    a_rollback,
    a_rollout_paused,
    a_rollout_resumed,
    a_scaling,
    an_image,
)
from tests.chaos.fabric import a_backup, a_manifest, a_manifest_taken_away, a_setting
from tests.chaos.follows import a_following
from tests.chaos.jobs import a_job
from tests.chaos.lengthened import an_extension
from tests.chaos.reruns import a_rerun
from tests.chaos.rotations import a_rotation
from tests.chaos.routed_changes import a_pause, a_revocation
from tests.chaos.silences import a_silence

AROUND_THE_EFFECT = r"systems\.|store\.commit"
"""The way to the effect is the same for every action; the target and what is written of it differ."""
AT_THE_TARGET = r"systems\."
"""Where another action of the same target dies at the commits already."""
FROM_CLAIM_TO_END = r"store\.commit#[4-8]$"
"""Where nothing but the store is changed: the claim is the fifth commit or so, the effect the seventh."""
AT_THE_FIRST_LOOK = r"logs\.follow#1$|store\.commit#[12]$"
"""What is looked at again and again is the same each time."""


@dataclass(frozen=True)
class Case:
    """A story, the port calls that are its effects, and where it dies: at every point, or where they match.

    `effects` are by action: an alert's story has those of two.
    """

    prepare: Prepare
    effects: Mapping[str, str]
    points: str = ""
    shards: int = 1

    def chosen(self, points: list[str]) -> list[str]:
        """The points at which it dies."""
        return [point for point in points if re.search(self.points, point)]


def _one(action: str, prepare: Prepare, effect: str, points: str = AT_THE_TARGET, shards: int = 1) -> Case:
    return Case(prepare, {action: effect}, points, shards)


_ACTIONS = (
    Case(a_containment, {"quarantine": "files.quarantine", "open-case": "cases.open"}, shards=4),
    _one("release", a_release, "files.release", points="", shards=4),
    _one("scale", a_scaling, "auditron.scale", AROUND_THE_EFFECT),
    _one("restart", a_restart, "auditron.restart", AROUND_THE_EFFECT),
    _one("rollback", a_rollback, "auditron.roll_back", AROUND_THE_EFFECT),
    _one("set-image", an_image, "clinchat-rag.set_image"),
    _one("pause-rollout", a_rollout_paused, "auditron.pause"),
    _one("resume-rollout", a_rollout_resumed, "auditron.pause"),
    _one("patch-config", a_setting, "config_maps.set"),
    _one("rotate-secret", a_rotation, "auditron.secrets.rotate", AROUND_THE_EFFECT),
    _one("backup-secrets", a_backup, "backups.take"),
    _one("apply", a_manifest, "manifests.apply"),
    _one("unapply", a_manifest_taken_away, "manifests.delete"),
    _one("run-job", a_job, "auditron.jobs.start", AROUND_THE_EFFECT),
    _one("cordon", a_cordon, "nodes.cordon"),
    _one("uncordon", an_uncordon, "nodes.cordon"),
    _one("drain", a_drain, "clinchat-rag.nodes.evict", AROUND_THE_EFFECT, shards=2),
    _one("isolate", an_isolation, "provability-fabric.isolation.stop", AROUND_THE_EFFECT),
    _one("un-isolate", a_letting_back, "isolation.reconnect"),
    _one("preserve-evidence", an_exposure, "evidence.take_logs"),
    _one("preserve-logs", logs_saved, "evidence.take_logs"),
    _one("preserve-events", events_saved, "evidence.take_events"),
    _one("silence", a_silence, "auditron.make"),
    _one("unsilence", a_silence_ended, "auditron.expire"),
    _one("rerun", a_rerun, "reruns.approve", AROUND_THE_EFFECT),
    _one("withdraw-rerun", a_withdrawal, "reruns.withdraw"),
    _one("classify-case", a_classification, "cases.amend"),
    _one("resolve-case", a_resolution, "cases.amend"),
    # Policy's own routes go the same way to one call.
    _one("revoke-tokens", a_revocation, ".send", AROUND_THE_EFFECT),
    _one("queue-pause", a_pause, ".send", AROUND_THE_EFFECT),
    _one("queue-resume", a_resumption, ".send"),
    _one("queue-clean", a_cleaning, ".send"),
    _one("revoke-key", a_key_revoked, ".send"),
)
_OTHERS = (
    # A reading that goes on, and the end of another request put off: neither is an action.
    _one("follow", a_following, "logs.follow", AT_THE_FIRST_LOOK),
    _one("extend", an_extension, "store.commit", FROM_CLAIM_TO_END),
)
STORIES = {"+".join(case.effects): case for case in (*_ACTIONS, *_OTHERS)}
TOLD_OF = frozenset(action for case in _ACTIONS for action in case.effects)
"""The actions that have a story."""
