"""How each action is tried: what is prepared, with which values it is asked for, what shows its effect."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.contracts.actions.place import NOW, Place, Values

CASE = "CASE-20261120-ABC123"
DOCUMENTED = {
    "root_cause": "Misconfig",
    "analysis": "an unbounded iterator",
    "mitigation": "max_items is 1000",
    "evidence": "nothing was read",
}


@dataclass(frozen=True)
class Trial:
    """`prepare` brings the place to where the action makes sense and returns its values.

    `state` is what the action changes, comparable between two places: what an effect that happened twice
    would show as well. `restored` is the part of it that the way back brings back as it was.
    """

    prepare: Callable[[Place], Awaitable[Values]]
    state: Callable[[Place], Awaitable[Any]]
    restored: Callable[[Any], Any] = lambda state: None
    back: str = ""
    """What the way back's own way back is, where it is not the action itself."""


def _with(**values: Any) -> Callable[[Place], Awaitable[Values]]:
    async def prepare(place: Place) -> Values:
        return values

    return prepare


# -- deployments


async def _told(place: Place, path: str) -> Any:
    """What the cluster tells its administrator."""
    headers = {"Authorization": f"Bearer {place.cluster.tokens['admin']}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"{place.cluster.url}{path}") as response,
    ):
        return await response.json()


def _of_deployment(name: str) -> Callable[[Place], Awaitable[Any]]:
    async def state(place: Place) -> Any:
        """Replicas, whether it is paused, what the pods are made of, and how many writes there were."""
        found = await _told(place, f"/apis/apps/v1/namespaces/{place.system}/deployments/{name}")
        spec = found["spec"]
        paused = spec.get("paused", False)
        return found["metadata"]["generation"], spec["replicas"], paused, spec["template"]["spec"]

    return state


def _without_count(state: Any) -> Any:
    return state[1:]


BY_DIGEST = f"ghcr.io/yourorg/api@sha256:{'0a' * 32}"


def _paused_rollout(name: str) -> Callable[[Place], Awaitable[Values]]:
    async def prepare(place: Place) -> Values:
        await place.do("pause-rollout", {"deployment": name}, "R-0")
        return {"deployment": name}

    return prepare


def _deployment(name: str, replicas: int) -> dict[str, Trial]:
    state = _of_deployment(name)
    return {
        "set-image": Trial(_with(deployment=name, image=BY_DIGEST), state, _without_count, back="rollback"),
        "pause-rollout": Trial(_with(deployment=name), state, _without_count),
        "resume-rollout": Trial(_paused_rollout(name), state, _without_count),
        "scale": Trial(_with(deployment=name, replicas=replicas), state, _without_count),
        "restart": Trial(_with(deployment=name), state),
        "rollback": Trial(_with(deployment=name), state, _without_count),
    }


# -- config maps and secrets


def _of_config_map(name: str, follower: str) -> Callable[[Place], Awaitable[Any]]:
    async def state(place: Place) -> Any:
        """What it holds, and how often its follower was changed."""
        found = await _told(place, f"/api/v1/namespaces/{place.system}/configmaps/{name}")
        return found["data"], (await _of_deployment(follower)(place))[0]

    return state


def _of_secret(name: str, *followers: str) -> Callable[[Place], Awaitable[Any]]:
    async def state(place: Place) -> Any:
        """How long its values are (each differs), its stamps, and how often its followers were changed."""
        found = await _told(place, f"/api/v1/namespaces/{place.system}/secrets/{name}")
        sizes = {key: len(value) for key, value in found["data"].items()}
        stamps = found["metadata"].get("annotations")
        return sizes, stamps, [(await _of_deployment(one)(place))[0] for one in followers]

    return state


# -- isolation

GATEWAY = "retrieval-gateway"


async def _of_isolation(place: Place) -> Any:
    """How often the deployment was written, its replicas, and which network policies there are."""
    written, replicas, *_ = await _of_deployment(GATEWAY)(place)
    found = await _told(place, f"/apis/networking.k8s.io/v1/namespaces/{place.system}/networkpolicies")
    return written, replicas, [one["metadata"]["name"] for one in found["items"]]


async def _cut_off(place: Place) -> Values:
    await place.do("isolate", {"deployment": GATEWAY}, "R-0")
    return {"deployment": GATEWAY}


# -- nodes

NODE = "practice-node-3"


async def _of_node(place: Place) -> Any:
    """Whether it takes pods, and how many of those that a drain moves are on it."""
    node = await _told(place, f"/api/v1/nodes/{NODE}")
    pods = await _told(place, f"/api/v1/pods?fieldSelector=spec.nodeName%3D{NODE}")
    owners = [one["metadata"]["ownerReferences"][0]["kind"] for one in pods["items"]]
    return node["spec"].get("unschedulable", False), owners.count("ReplicaSet")


async def _to_uncordon(place: Place) -> Values:
    await place.do("cordon", {"node": NODE}, "R-0")
    return {"node": NODE}


async def _to_drain(place: Place) -> Values:
    """Its budget wants three pods of the API to stay, of three."""
    await place.do("scale", {"deployment": "clinchat-rag-api", "replicas": 5}, "R-0")
    return {"node": NODE}


def _takes_pods(state: Any) -> Any:
    return state[0]


NODES = {
    "cordon": Trial(_with(node=NODE), _of_node, _takes_pods),
    "uncordon": Trial(_to_uncordon, _of_node, _takes_pods),
    "drain": Trial(_to_drain, _of_node, _takes_pods, back="cordon"),
}
# -- jobs


async def _of_jobs(place: Place) -> Any:
    """Every Job, what it runs and for which request it was made."""
    found = await _told(place, f"/apis/batch/v1/namespaces/{place.system}/jobs")
    return {one["metadata"]["name"]: one["metadata"]["annotations"] for one in found["items"]}


# -- manifests

POLICIES = "networking.k8s.io/v1", "networkpolicies"


async def _of_policies(place: Place) -> Any:
    """The network policies, each with what it says and whose stamp it carries."""
    (version, plural), at = POLICIES, place.system
    found = await _told(place, f"/apis/{version}/namespaces/{at}/{plural}")
    items = {one["metadata"]["name"]: one for one in found["items"]}
    return {name: (one["spec"], one["metadata"]["annotations"]) for name, one in items.items()}


async def _isolated(place: Place) -> Values:
    await place.do("apply", {"manifest": "emergency-network-policy"}, "R-0")
    return {"manifest": "emergency-network-policy"}


# -- HTTP


async def _of_queue(place: Place) -> Any:
    """What the admin API shows, and for which requests it changed something."""
    keys = {key for _, _, key in place.admin.calls}
    shown = [[row["id"], row["cells"]] for part in place.admin.sections() for row in part["rows"]]
    return shown, sorted(keys)


def _shown(state: Any) -> Any:
    return state[0]


async def _paused(place: Place) -> Values:
    await place.do("queue-pause", {}, "R-0")
    return {}


async def _of_tokens(place: Place) -> Any:
    return place.ledger.active(), sorted({key for _, _, key in place.ledger.calls})


# -- runs and cases


async def _of_run(place: Place) -> Any:
    """Where every file lies, and what companion, cases and approvals say and whose stamps they carry."""
    files = [path for path in place.monitor.root.rglob("*") if path.is_file() and ".locks" not in path.parts]
    told = [json.loads(path.read_text()) for path in files if _is_told(path)]
    where = sorted(str(path.relative_to(place.monitor.root)) for path in files)
    return where, sorted(json.dumps(one, sort_keys=True) for one in told)


def _is_told(path: Path) -> bool:
    """Whether the bot itself writes this file."""
    return path.name.endswith(".companion.json") or not {"cases", "APPROVALS"}.isdisjoint(path.parts)


async def _a_run(place: Place) -> dict[str, Any]:
    made = place.monitor.record("EMAIL_SEND_001", "SEV0", NOW)
    place.monitor.write_run(made)
    return {"run_id": made["Run_ID"]}


async def _quarantined(place: Place) -> Values:
    run = await _a_run(place)
    await place.do("quarantine", run, "R-0")
    return run


async def _to_open(place: Place) -> Values:
    return {**await _a_run(place), "case_id": CASE, "title": "Spike", "severity": "SEV0"}


async def _opened(place: Place) -> Values:
    values = await _to_open(place)
    await place.do("open-case", values, "R-00")
    return values


async def _to_classify(place: Place) -> Values:
    await _opened(place)
    return {"case_id": CASE, "root_cause": "Misconfig"}


async def _to_resolve(place: Place) -> Values:
    values = await _opened(place)
    return {"case_id": CASE, "run_id": values["run_id"], **DOCUMENTED}


async def _to_release(place: Place) -> Values:
    values = await _to_resolve(place)
    await place.do("resolve-case", values, "R-000")
    await place.do("quarantine", {"run_id": values["run_id"]}, "R-0")
    return {"run_id": values["run_id"], "case_id": CASE}


async def _approved_rerun(place: Place) -> Values:
    run = await _quarantined(place)
    await place.do("rerun", run, "R-00")
    return run


# -- evidence


async def _of_evidence(place: Place) -> Any:
    """Every file, whole or not, what the manifest says of each, and whether it has a line before."""
    manifest = place.evidence / "manifest.jsonl"
    lines = manifest.read_text().splitlines() if manifest.exists() else []
    files = sorted(path.name for path in place.evidence.iterdir() if path.is_file())
    entered = [json.loads(line) for line in lines]
    return files, [(one["request"], one["what"], one["why"], bool(one["previous"])) for one in entered]


async def _of_backups(place: Place) -> Any:
    """Every encrypted file, and for which requests some were entered."""
    manifest = place.evidence / "manifest.jsonl"
    lines = manifest.read_text().splitlines() if manifest.exists() else []
    return sorted(path.name for path in place.evidence.glob("*.age")), [
        json.loads(one)["request"] for one in lines
    ]


# -- silences


QUIET = {"matchers": ("alertname=HighLatency", "for", "2h")}


async def _of_silences(place: Place) -> Any:
    """What is hidden and what was, with who asked for it; ids and moments are Alertmanager's own."""
    kept = place.alertmanager.kept.values()
    return sorted((one.state(NOW), sorted(map(str, one.matchers)), one.comment) for one in kept)


def _hidden(state: Any) -> Any:
    return [matchers for state, matchers, _ in state if state == "active"]


async def _silenced(place: Place) -> Values:
    await place.do("silence", QUIET, "R-0")
    (silence,) = place.alertmanager.kept
    return {"silence": silence}


KEY = {"key_id": "key-acme-1"}
AUDITRON = {
    "silence": Trial(_with(**QUIET), _of_silences, _hidden),
    "unsilence": Trial(_silenced, _of_silences, _hidden),
    **{name: one for name, one in _deployment("auditron-api", 5).items() if name != "set-image"},
    "run-job": Trial(_with(template="db-size"), _of_jobs),
    "backup-secrets": Trial(_with(), _of_backups),
    "rotate-secret": Trial(
        _with(secret="auditron-secrets", key="jwt-secret"),
        _of_secret("auditron-secrets", "auditron-api", "auditron-worker"),
    ),
    "queue-pause": Trial(_with(), _of_queue, _shown),
    "queue-resume": Trial(_paused, _of_queue, _shown),
    "queue-clean": Trial(_with(), _of_queue),
    "revoke-key": Trial(_with(**KEY), _of_queue),
}
MONITOR = {
    "quarantine": Trial(_a_run, _of_run),
    "release": Trial(_to_release, _of_run),
    "open-case": Trial(_to_open, _of_run),
    "classify-case": Trial(_to_classify, _of_run),
    "resolve-case": Trial(_to_resolve, _of_run),
    "rerun": Trial(_quarantined, _of_run),
    "withdraw-rerun": Trial(_approved_rerun, _of_run),
}
FABRIC = {
    name: trial for name, trial in _deployment("retrieval-gateway", 5).items() if name in ("scale", "restart")
} | {
    "isolate": Trial(_with(deployment=GATEWAY), _of_isolation, _without_count),
    "un-isolate": Trial(_cut_off, _of_isolation, _without_count),
    "revoke-tokens": Trial(_with(token_ids=("token123", "token456")), _of_tokens),
    "backup-secrets": Trial(_with(), _of_backups),
    "run-job": Trial(_with(template="regenerate-certificates", values=("timerange=1hour",)), _of_jobs),
    "apply": Trial(_with(manifest="emergency-network-policy"), _of_policies, lambda state: sorted(state)),
    "unapply": Trial(_isolated, _of_policies, lambda state: sorted(state)),
    "patch-config": Trial(
        _with(config_map="egress-policies", change="pii_threshold=0.8"),
        _of_config_map("egress-policies", "egress-firewall"),
        lambda state: state[0],
    ),
    "rotate-secret": Trial(
        _with(secret="receipt-signing-key", key="key.pem"),
        _of_secret("receipt-signing-key", "retrieval-gateway"),
    ),
    "preserve-logs": Trial(_with(app="retrieval-gateway", since="1h"), _of_evidence),
    "preserve-evidence": Trial(_with(evidence="exposure"), _of_evidence),
}
CLINIC = _deployment("clinchat-rag-api", 5) | {
    "run-job": Trial(_with(template="check-db-performance"), _of_jobs),
    "preserve-logs": Trial(_with(name="clinchat-rag-api"), _of_evidence),
    "preserve-events": Trial(_with(since="24h"), _of_evidence),
}
TRIALS: dict[tuple[str, str], Trial] = {
    (system, name): trial
    for system, trials in {
        "auditron": AUDITRON,
        "clinchat-rag": CLINIC | NODES,
        "credit-monitoring": MONITOR,
        "provability-fabric": FABRIC,
    }.items()
    for name, trial in trials.items()
}
