"""A setting, a manifest and a backup of Provability-Fabric: each made once, wherever a replica dies."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pyrage import decrypt

from tests.chaos.approved import ApprovedStory, asked
from tests.chaos.written import now_at, writes
from tests.scenarios.opening import BACKUP_KEY
from tests.scenarios.room import CRITICAL, IVO, RUTH, Room
from tests.scenarios.workloads import cluster_says, deployment

SYSTEM = "provability-fabric"
SETTINGS = f"/api/v1/namespaces/{SYSTEM}/configmaps"
NAME, FOLLOWER = "egress-policies", "egress-firewall"
POLICIES = f"/apis/networking.k8s.io/v1/namespaces/{SYSTEM}/networkpolicies"
MADE = "emergency-isolation"
"""What the manifest makes."""
REQUEST = "countersign.dev/request"


@dataclass
class SettingStory(ApprovedStory):
    """A threshold is set, and what reads it restarted (PF-37)."""

    wanted: str
    since: str
    generation: int

    async def changed_once(self, room: Room) -> None:
        found = await cluster_says(room, f"{SETTINGS}/{NAME}")
        assert 1 == await writes(room, SETTINGS, NAME, self.since)
        stamp = found["metadata"]["annotations"][REQUEST]
        assert (self.wanted, self.request) == (found["data"]["pii_threshold"], stamp)
        restarted = await deployment(room, SYSTEM, FOLLOWER)
        stamp = restarted["spec"]["template"]["metadata"]["annotations"][REQUEST]
        assert (self.generation + 1, self.request) == (restarted["metadata"]["generation"], stamp)


async def a_setting(room: Room) -> SettingStory:
    """To another value than it has."""
    before = (await cluster_says(room, f"{SETTINGS}/{NAME}"))["data"]["pii_threshold"]
    wanted = "0.8" if before != "0.8" else "0.7"
    since = await now_at(room, SETTINGS)
    generation = (await deployment(room, SYSTEM, FOLLOWER))["metadata"]["generation"]
    words = f"{SYSTEM} patch-config {NAME} pii_threshold={wanted} because too strict"
    return SettingStory(*await asked(room, words, CRITICAL), wanted, since, generation)


@dataclass
class ManifestStory(ApprovedStory):
    """External traffic is blocked by a manifest that policy names (PF-50)."""

    since: str

    async def changed_once(self, room: Room) -> None:
        (made,) = (await cluster_says(room, POLICIES))["items"]
        assert self.request == made["metadata"]["annotations"][REQUEST]
        assert 1 == await writes(room, POLICIES, made["metadata"]["name"], self.since)


async def a_manifest(room: Room) -> ManifestStory:
    """The cluster is as at first each time."""
    room.cluster.reset()
    since = await now_at(room, POLICIES)
    words = f"{SYSTEM} apply emergency-network-policy because data exposure"
    return ManifestStory(*await asked(room, words, CRITICAL), since)


class WithdrawalStory(ManifestStory):
    """What the bot's manifest made goes again (PF-56)."""

    async def changed_once(self, room: Room) -> None:
        """It is gone, which is the one thing that became of it."""
        assert [] == (await cluster_says(room, POLICIES))["items"]
        assert 1 == await writes(room, POLICIES, MADE, self.since)


async def a_manifest_taken_away(room: Room) -> WithdrawalStory:
    """The bot has applied it."""
    made = await a_manifest(room)
    await room.say(RUTH, "APPROVED - block it", made.thread, channel=CRITICAL)
    await room.sees(f"{made.request}.*is done and was read back", made.thread, channel=CRITICAL)
    since = await now_at(room, POLICIES)
    words = f"{SYSTEM} unapply emergency-network-policy because it is over"
    return WithdrawalStory(*await asked(room, words, CRITICAL), since)


class BackupStory(ApprovedStory):
    """The secrets are saved, encrypted to a key that the bot does not have (PF-58)."""

    async def changed_once(self, room: Room) -> None:
        """One file of this request, whole, and no half of another."""
        (saved,) = room.evidence.glob(f"*{self.request}*.age")
        items = json.loads(decrypt(saved.read_bytes(), [BACKUP_KEY]))["items"]
        assert ["receipt-signing-key", "egress-signing-key"] == [one["metadata"]["name"] for one in items]
        lines = (room.evidence / "manifest.jsonl").read_text().splitlines()
        assert 1 == len([one for one in map(json.loads, lines) if one["request"] == self.request])


async def a_backup(room: Room) -> BackupStory:
    """Ivo asks, as it takes one who may approve."""
    words = f"{SYSTEM} backup-secrets because keys are rotated"
    return BackupStory(*await asked(room, words, CRITICAL, IVO))
