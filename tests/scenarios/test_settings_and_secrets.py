"""A setting is changed and a secret's key is made anew, by two people, and pods are restarted for it."""

from __future__ import annotations

import base64
import json
import re

import pytest
from pyrage import decrypt

from tests.scenarios.opening import BACKUP_KEY
from tests.scenarios.room import ALERTS, CRITICAL, IVO, OMAR, RUTH, VERA, Json, Room, text_of
from tests.scenarios.workloads import asked, cluster_says, deployment, outcome

FABRIC = "/api/v1/namespaces/provability-fabric"
SETTINGS = f"{FABRIC}/configmaps/egress-policies"


async def template_stamp(room: Room, namespace: str, name: str) -> str:
    """The request for which a deployment's pods were replaced."""
    template = (await deployment(room, namespace, name))["spec"]["template"]["metadata"]
    return str(template["annotations"]["countersign.dev/request"])


async def asked_of_fabric(room: Room, words: str) -> Json:
    known = {one["ts"] for one in room.from_bot()}
    await room.command(OMAR, "/ops", f"provability-fabric {words}")
    return await room.new_card(known)


async def test_a_threshold_is_raised_and_put_back_as_it_is_written(room: Room) -> None:
    """PF-37: two people, the value before is recorded, the firewall is restarted."""
    card = await asked_of_fabric(room, "patch-config egress-policies pii_threshold=0.8 because too strict")
    shown = text_of(card)
    assert "0.7 → 0.8" in shown
    assert "egress-firewall restarted after it" in shown

    await room.say(RUTH, "APPROVED - the false positives were looked through", card["ts"])

    done = text_of(await room.sees("is done and was read back", card["ts"]))
    assert "pii_threshold in config map egress-policies is 0.8 (it was 0.7)." in done
    assert "egress-firewall is restarted with it" in done
    data = (await cluster_says(room, SETTINGS))["data"]
    assert ("0.8", "0.9") == (data["pii_threshold"], data["secret_threshold"])
    assert room.request_id(card) == await template_stamp(room, "provability-fabric", "egress-firewall")
    way = re.search(r"The way back: `/ops provability-fabric ([^`]*)`", done)
    assert way is not None
    assert "patch-config egress-policies pii_threshold=0.7 because …" == way[1]

    back = await asked_of_fabric(room, way[1].replace("…", "it is over"))
    await room.say(RUTH, "APPROVED - back to the stricter value", back["ts"])
    await room.sees("is done and was read back", back["ts"])
    assert "0.7" == (await cluster_says(room, SETTINGS))["data"]["pii_threshold"]


async def test_an_approval_of_a_weaker_control_needs_its_reason(room: Room) -> None:
    card = await asked_of_fabric(room, "patch-config egress-policies pii_threshold=0.8 because too strict")

    await room.say(RUTH, "APPROVED", card["ts"])

    await room.sees("This approval needs a reason", card["ts"])
    assert "0.7" == (await cluster_says(room, SETTINGS))["data"]["pii_threshold"]


async def test_what_policy_does_not_list_is_refused_in_private(room: Room) -> None:
    words = "provability-fabric patch-config egress-policies"
    for change, told in {
        "secret_threshold=0.1": "no key secret_threshold .*It lists: pii_threshold",
        "pii_threshold=7": "does not let pii_threshold of egress-policies be `7`",
        "pii_threshold=0.7": "already is 0.7. Nothing need be done",
    }.items():
        await room.command(OMAR, "/ops", f"{words} {change} because I want to")
        await room.hears(OMAR, told)
    await room.command(VERA, "/ops", f"{words} pii_threshold=0.8 because I want to")
    await room.hears(VERA, "may request patch-config")
    assert [] == room.from_bot(channel=CRITICAL)


async def test_a_threshold_that_moved_while_people_decided_voids_the_approval(room: Room) -> None:
    card = await asked_of_fabric(room, "patch-config egress-policies pii_threshold=0.8 because too strict")
    await cluster_says(room, SETTINGS, "PATCH", {"data": {"pii_threshold": "0.95"}})

    await room.say(RUTH, "APPROVED - looked through", card["ts"])

    await room.sees("is void: what was sealed has changed .before.", card["ts"])
    assert "0.95" == (await cluster_says(room, SETTINGS))["data"]["pii_threshold"]


async def test_a_secret_s_key_is_made_anew_and_its_readers_are_restarted(room: Room) -> None:
    """AU-43: the other keys stay, which the runbook's own command would have taken away."""
    path = "/api/v1/namespaces/auditron/secrets/auditron-secrets"
    before = (await cluster_says(room, path))["data"]
    card = await asked(room, "/ops", "auditron rotate-secret auditron-secrets jwt-secret because it leaked")
    shown = text_of(card)
    assert "43 characters of base64url, made when it runs and shown to nobody" in shown
    assert "3; they stay as they are" in shown

    await room.say(RUTH, "APPROVED", card["ts"], channel=ALERTS)

    done = text_of(await outcome(room, card, "is done and was read back"))
    assert "jwt-secret of secret auditron-secrets has a new value" in done
    assert "The way back" not in done
    after = (await cluster_says(room, path))["data"]
    assert re.fullmatch(r"[\w-]{43}", base64.b64decode(after["jwt-secret"]).decode())
    assert before | {"jwt-secret": after["jwt-secret"]} == after != before
    for name in ("auditron-api", "auditron-worker"):
        assert f"{name} is restarted with it" in done
        assert room.request_id(card) == await template_stamp(room, "auditron", name)


async def test_external_traffic_is_blocked_by_a_named_manifest_and_let_in_again(room: Room) -> None:
    """PF-50: the text that was approved is the text that is applied."""
    policies = "/apis/networking.k8s.io/v1/namespaces/provability-fabric/networkpolicies"
    card = await asked_of_fabric(room, "apply emergency-network-policy because data exposure")
    assert "Block external traffic (NetworkPolicy emergency-isolation)" in text_of(card)
    assert "+  podSelector" in text_of(card)

    await room.say(RUTH, "APPROVED - contain it", card["ts"])

    done = text_of(await room.sees("is done and was read back", card["ts"]))
    assert "NetworkPolicy emergency-isolation is there as the manifest says; this request made it." in done
    (made,) = (await cluster_says(room, policies))["items"]
    assert ("emergency-isolation", []) == (made["metadata"]["name"], made["spec"].get("ingress", []))
    back = await asked_of_fabric(room, "unapply emergency-network-policy because it is over")
    await room.say(RUTH, "APPROVED - it is over", back["ts"])
    await room.sees("NetworkPolicy emergency-isolation is gone", back["ts"])
    assert [] == (await cluster_says(room, policies))["items"]


async def test_a_manifest_that_policy_does_not_list_is_refused(room: Room) -> None:
    await room.command(OMAR, "/ops", "provability-fabric apply cluster-admin because I want to")

    await room.hears(OMAR, "It lists: emergency-network-policy, maintenance-mode, receipt-signing-key")


async def test_a_migration_runs_after_a_backup_and_brings_its_log(room: Room) -> None:
    """AU-11: `prisma:migrate deploy` without a shell in a pod, and backup first."""
    await room.command(OMAR, "/ops", "auditron run-job migrate because the release needs it")
    await room.hears(OMAR, "migrate runs only after db-backup.*Ask for `run-job db-backup` first")
    for job in ("db-backup", "migrate"):
        await room.command(OMAR, "/ops", f"auditron run-job {job} because the release needs it")
        card = await room.sees(f"Run a job {job} .*waiting for approval", channel=ALERTS)
        await room.say(RUTH, "APPROVED", card["ts"], channel=ALERTS)
        done = text_of(await outcome(room, card, "is done and was read back"))
        assert f"Job {job}-{room.request_id(card).lower()} ended with exit code 0" in done
    assert "npm run prisma:migrate deploy" in text_of(await room.sees("prisma:migrate", channel=ALERTS))


async def test_what_is_no_value_of_a_job_never_reaches_the_cluster(room: Room) -> None:
    words = "provability-fabric run-job regenerate-certificates"
    await room.command(OMAR, "/ops", f"{words} timerange=1hour;reboot because certificates are missing")
    await room.hears(OMAR, "timerange: .*1hour, 6hours, 24hours")

    jobs = await cluster_says(room, "/apis/batch/v1/namespaces/provability-fabric/jobs")
    assert [] == jobs["items"]


async def test_a_signing_key_is_rotated_only_once_it_is_backed_up_as_it_stands(room: Room) -> None:
    """PF-58 goes before PF-60: the folder's manifest says whether this very version is in it."""
    path = f"{FABRIC}/secrets/receipt-signing-key"
    before = (await cluster_says(room, path))["data"]["key.pem"]
    card = await asked_of_fabric(room, "rotate-secret receipt-signing-key key.pem because it leaked")
    assert "none of it as it stands now within the last 1d: `backup-secrets` first" in text_of(card)
    await room.say(RUTH, "APPROVED - it leaked", card["ts"])
    await room.sees("cannot be approved yet. Not met: It is backed up as it stands", card["ts"])
    await backed_up(room)
    await room.sees("as it stands now, in provability-fabric-secrets-.*age")
    await room.sees("looked at again and is now revision 2", card["ts"])

    await room.say(RUTH, "APPROVED - it leaked", card["ts"])

    done = text_of(await room.sees("is done and was read back", card["ts"]))
    assert "key.pem of secret receipt-signing-key has a new value" in done
    assert before != (await cluster_says(room, path))["data"]["key.pem"]


async def backed_up(room: Room) -> None:
    await room.command(IVO, "/ops", "provability-fabric backup-secrets because keys are rotated")
    card = await room.sees("Save the secrets, encrypted.*waiting for approval")
    await room.say(RUTH, "APPROVED", card["ts"])
    await room.sees("is done and was read back", card["ts"])


async def test_secrets_are_saved_for_whoever_has_the_key_and_slack_hears_names_and_digest(room: Room) -> None:
    """PF-58."""
    known = {one["ts"] for one in room.from_bot()}
    await room.command(IVO, "/ops", "provability-fabric backup-secrets because keys are rotated")
    card = await room.new_card(known)
    await room.say(RUTH, "APPROVED", card["ts"])

    done = text_of(await room.sees("is done and was read back", card["ts"]))

    assert "Saved, encrypted: receipt-signing-key, egress-signing-key in provability-fabric-secrets-" in done
    (saved,) = room.evidence.glob("*.age")
    items = json.loads(decrypt(saved.read_bytes(), [BACKUP_KEY]))["items"]
    assert ["receipt-signing-key", "egress-signing-key"] == [one["metadata"]["name"] for one in items]


FOR_A_TIME = {
    "provability-fabric patch-config egress-policies pii_threshold=0.8 for 2h": "0.8 → 0.7",
    "provability-fabric apply maintenance-mode for 2h": "Take away what a manifest made maintenance-mode",
    "auditron pause-rollout auditron-worker for 2h": "Resume a rollout auditron-worker",
    "clinchat-rag cordon practice-node-1 for 2h": "Let a node take pods again practice-node-1",
}
"""What is asked for a time, and what its way back says (PF-37, PF-56, CC-55)."""


@pytest.mark.parametrize("words", FOR_A_TIME)
async def test_what_is_changed_for_a_time_is_proposed_to_go_back(room: Room, words: str) -> None:
    channel = CRITICAL if words.startswith("provability") else ALERTS
    await room.command(OMAR, "/ops", f"{words} because it is only for now")
    card = await room.sees("waiting for approval.*only for now", channel=channel)
    await room.say(RUTH, "APPROVED - for now", card["ts"], channel=channel)
    await room.sees("is done and was read back.*It ends", card["ts"], channel=channel)

    room.advance(hours=2, minutes=1)

    back = await room.sees(
        f"{FOR_A_TIME[words]}.*waiting for approval|waiting.*{FOR_A_TIME[words]}", card["ts"], channel=channel
    )
    assert "This undoes" in text_of(back)
