"""Every row of the runbooks that a cluster answers, and the words that do it in Slack.

A row is a line of a team's runbook, by its id. `{pod}` is a pod of the deployment that the words name.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.scenarios.room import IVO, OMAR, RUTH, VERA

FABRIC, CLINIC, AUDIT = "provability-fabric", "clinchat-rag", "auditron"


@dataclass(frozen=True)
class Words:
    """What somebody types after `/ops`, and what (a regular expression) answers it.

    `confirm` is the name to type where the values are dangerous.
    """

    text: str
    answer: str
    who: str
    confirm: str = ""


def sees(text: str, answer: str, who: str = VERA) -> Words:
    """A look: answered to the person alone."""
    return Words(text, answer, who)


def asks(text: str, card: str, who: str = OMAR, confirm: str = "") -> Words:
    """A change: it gets a card that waits for somebody else's approval."""
    return Words(f"{text} because the runbook says so", card, who, confirm)


def saves(text: str) -> Words:
    """Evidence: saved at once, with its digest."""
    return Words(f"{text} because the runbook says so", "SHA-256 [0-9a-f]{64}", OMAR)


def not_here(text: str, instead: str) -> Words:
    """What does not run from Slack: refused, with what there is instead."""
    return Words(text, f"does not run here.*{instead}", VERA)


GATEWAY, FIREWALL, API = "retrieval-gateway", "egress-firewall", "clinchat-rag-api"
DIGEST = "0a" * 32
IMAGE = f"ghcr.io/yourorg/api@sha256:{DIGEST}"

LOOKS: dict[str, tuple[Words, ...]] = {
    "PF-10": (sees(f"{FABRIC} not-running", "pods in all namespaces"),),
    "PF-18": (sees(f"{FABRIC} deployments-everywhere", "9 deployments in all namespaces"),),
    "PF-25": (
        sees(f"{FABRIC} pods label=app={GATEWAY}", "3 pods, all ready"),
        sees(f"{FABRIC} logs app={GATEWAY} tail=100", f"100 lines of app={GATEWAY}"),
    ),
    "PF-27": (sees(f"{FABRIC} logs app=ledger tail=100", "100 lines of app=ledger"),),
    "PF-28": (sees(f"{FABRIC} secret-keys receipt-signing-key", "1 key, .*key.pem", RUTH),),
    "PF-36": (sees(f"{FABRIC} config-map egress-policies", "pii_threshold: 0.7"),),
    "PF-38": (
        sees(f"{FABRIC} pods {FIREWALL}", "2 pods, all ready"),
        sees(f"{FABRIC} logs app={FIREWALL} tail=100", f"100 lines of app={FIREWALL}"),
    ),
    "PF-47": (
        sees(f"{FABRIC} top-pods-everywhere cpu", "of CPU.*by cpu"),
        sees(f"{FABRIC} top-pods-everywhere memory", "of memory.*by memory"),
    ),
    "PF-48": (
        sees(f"{FABRIC} logs app={GATEWAY} since=1h grep=ERROR", f"lines? of app={GATEWAY}"),
        sees(f"{FABRIC} logs app={FIREWALL} since=1h grep=ERROR", f"lines? of app={FIREWALL}"),
    ),
    "PF-53": (sees(f"{FABRIC} logs app=sidecar-watcher since=1h grep=capability", "sidecar-watcher"),),
    "PF-56": (sees(f"{FABRIC} not-running", "pods in all namespaces"),),
    "CC-14": (
        sees(f"{CLINIC} deployments", f"{API}.*3 of 3"),
        sees(f"{CLINIC} history {API}", "v1.8.1.*v1.9.0|v1.9.0.*v1.8.1"),
    ),
    "CC-16": (sees(f"{CLINIC} rollout-status {API}", "The rollout is over"),),
    "CC-24": (
        sees(f"{CLINIC} pods", "pods, all ready"),
        sees(f"{CLINIC} services", "services?.*ClusterIP"),
        sees(f"{CLINIC} describe {API}", f"Deployment {API}"),
        sees(f"{CLINIC} logs {API} tail=100", f"lines of {API}.*counted and not shown", OMAR),
    ),
    "CC-36": (
        sees(f"{CLINIC} pods {API}", "3 pods, all ready"),
        sees(f"{CLINIC} logs {{pod}}", "counted and not shown", OMAR),
        sees(f"{CLINIC} events", "no events|When .UTC."),
    ),
    "CC-37": (sees(f"{CLINIC} top-pods", "pods use .*of CPU"),),
    "CC-40": (
        sees(f"{CLINIC} follow {API}", "raw_logs: never.*https://logs.clinchat-rag.example.com", OMAR),
        sees(f"{CLINIC} logs {API}", "log system .index clinchat-rag-", OMAR),
    ),
    "CC-67": (
        sees(f"{CLINIC} pods", "pods, all ready"),
        sees(f"{CLINIC} services", "services?.*ClusterIP"),
        sees(f"{CLINIC} ingresses", "ingress"),
        sees(f"{CLINIC} logs {API} tail=50", f"lines of {API}", OMAR),
    ),
    "AU-04": (
        sees(f"{AUDIT} pods", "pods, all ready"),
        sees(f"{AUDIT} services", "auditron-api.*ClusterIP"),
    ),
    "AU-05": (
        sees(f"{AUDIT} logs auditron-api tail=100", "100 lines of auditron-api"),
        sees(f"{AUDIT} logs {{pod}}", "lines of auditron-api-"),
        sees(f"{AUDIT} logs app=auditron-api", "lines of app=auditron-api, from 3 containers"),
    ),
    "AU-07": (
        sees(f"{AUDIT} deployments", "auditron-api.*3 of 3"),
        sees(f"{AUDIT} autoscalers", "3 to 10"),
    ),
    "AU-20": (
        sees(f"{AUDIT} top-pods", "pods use .*of CPU"),
        sees(f"{AUDIT} top-nodes", "nodes use"),
    ),
    "AU-21": (
        sees(f"{AUDIT} top-pods memory", "of memory"),
        sees(f"{AUDIT} logs auditron-api grep=heap", "auditron-api"),
    ),
    "AU-24": (sees(f"{AUDIT} logs auditron-worker", "lines of auditron-worker"),),
    "AU-30": (sees(f"{AUDIT} rollout-status auditron-api", "The rollout is over; 3 of 3 ready"),),
    "AU-32": (sees(f"{AUDIT} history auditron-api", "2.4.0"),),
    "AU-50": (
        sees(f"{AUDIT} overview", "deployment.*pod.*service"),
        sees(f"{AUDIT} describe {{pod}}", "Pod auditron-api-"),
        sees(f"{AUDIT} events", "no events|When .UTC."),
    ),
}
"""What is looked at."""

FOLLOWED: dict[str, tuple[Words, ...]] = {
    "AU-05": (sees(f"{AUDIT} follow auditron-api", "The newest lines of auditron-api"),),
    "AU-31": (sees(f"{AUDIT} follow auditron-api for 5m", "The newest lines of auditron-api"),),
}
"""What goes on in a message that the channel sees."""

EVIDENCE: dict[str, tuple[Words, ...]] = {
    "PF-16": (saves(f"{FABRIC} preserve-evidence triage"),),
    "PF-51": (saves(f"{FABRIC} preserve-evidence exposure"),),
    "CC-56": (saves(f"{CLINIC} preserve-events 24h"), saves(f"{CLINIC} preserve-logs {API} 24h")),
}
"""What is saved at once."""

CHANGES: dict[str, tuple[Words, ...]] = {
    "PF-26": (asks(f"{FABRIC} restart {GATEWAY}", f"Restart a deployment {GATEWAY}"),),
    "PF-29": (asks(f"{FABRIC} apply receipt-signing-key", "Apply a manifest receipt-signing-key"),),
    "PF-36": (asks(f"{FABRIC} run-job analyze-certificates", "Run a job analyze-certificates"),),
    "PF-37": (
        asks(
            f"{FABRIC} patch-config egress-policies pii_threshold=0.8", "0.7 → 0.8.*egress-firewall restarted"
        ),
    ),
    "PF-39": (
        asks(f"{FABRIC} restart {FIREWALL}", f"Restart a deployment {FIREWALL}"),
        asks(f"{FABRIC} run-job regenerate-certificates timerange=1hour", "regenerate-certificates"),
    ),
    "PF-49": (asks(f"{FABRIC} scale {GATEWAY} 0", "3 → 0", confirm=GATEWAY),),
    "PF-50": (
        asks(f"{FABRIC} apply emergency-network-policy", "emergency-isolation"),
        asks(f"{FABRIC} isolate {GATEWAY}", f"Cut a deployment off and stop it {GATEWAY}", confirm=GATEWAY),
    ),
    "PF-56": (asks(f"{FABRIC} apply maintenance-mode", "Apply a manifest maintenance-mode"),),
    "PF-58": (asks(f"{FABRIC} backup-secrets", "receipt-signing-key, egress-signing-key", IVO),),
    "PF-60": (
        asks(f"{FABRIC} rotate-secret receipt-signing-key key.pem", f"{GATEWAY} restarted after it"),
        asks(f"{FABRIC} rotate-secret egress-signing-key key.pem", f"{FIREWALL} restarted after it"),
    ),
    "CC-16": (asks(f"{CLINIC} set-image {API} api={IMAGE}", DIGEST, confirm=API),),
    "CC-27": (asks(f"{CLINIC} rollback {API}", f"Roll a deployment back {API}"),),
    "CC-28": (asks(f"{CLINIC} scale {API} 10", "3 → 10"),),
    "CC-37": (
        asks(f"{CLINIC} scale {API} 5", "3 → 5"),
        asks(f"{CLINIC} run-job check-db-performance", "check-db-performance"),
        asks(f"{CLINIC} run-job check-opensearch-health", "check-opensearch-health"),
    ),
    "CC-55": (
        asks(f"{CLINIC} cordon practice-node-1", "Let a node take no new pods practice-node-1"),
        asks(f"{CLINIC} drain practice-node-2", "Drain a node practice-node-2"),
    ),
    "CC-67": (
        asks(f"{CLINIC} scale {API} 5", "3 → 5"),
        asks(f"{CLINIC} rollback {API}", f"Roll a deployment back {API}"),
    ),
    "AU-06": (asks(f"{AUDIT} scale auditron-api 5", "3 → 5"),),
    "AU-08": (asks(f"{AUDIT} restart auditron-api", "Restart a deployment auditron-api"),),
    "AU-09": (asks(f"{AUDIT} rollback auditron-api", "Roll a deployment back auditron-api"),),
    "AU-10": (asks(f"{AUDIT} run-job db-size", "pg_database_size"),),
    "AU-11": (asks(f"{AUDIT} run-job db-backup", "Run a job db-backup"),),
    "AU-20": (asks(f"{AUDIT} scale auditron-api 5", "3 → 5"),),
    "AU-21": (asks(f"{AUDIT} restart auditron-api", "Restart a deployment auditron-api"),),
    "AU-24": (asks(f"{AUDIT} scale auditron-worker 4", "2 → 4"),),
    "AU-32": (asks(f"{AUDIT} rollback auditron-api to 3", "2.4.0"),),
    "AU-43": (asks(f"{AUDIT} rotate-secret auditron-secrets jwt-secret", "43 characters of base64url"),),
}
"""What is changed, once somebody else agrees."""

REFUSED: dict[str, tuple[Words, ...]] = {
    "AU-10": (not_here("auditron psql -U auditron", "overview|queue-stats"),),
    "AU-11": (
        Words(
            f"{AUDIT} run-job migrate because the runbook says so",
            "migrate runs only after db-backup.*Ask for `run-job db-backup` first",
            OMAR,
        ),
    ),
    "AU-51": (
        not_here("auditron exec auditron-api -- /bin/sh", "describe"),
        not_here("auditron port-forward svc/auditron-api 8080:80", "health"),
    ),
    "AU-52": (
        not_here("docker ps", "pods"),
        not_here("docker logs auditron_api", "logs"),
        not_here("docker exec -it auditron_api sh", "describe"),
        not_here("docker system prune -a", "nodes"),
    ),
}
"""What is not done from here, or not yet, and what there is instead."""

ROWS = frozenset().union(LOOKS, FOLLOWED, EVIDENCE, CHANGES, REFUSED)
COUNTED = {FABRIC: 21, CLINIC: 11, AUDIT: 18}
"""How many rows each runbook has that a cluster answers."""
