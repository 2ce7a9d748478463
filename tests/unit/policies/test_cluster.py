"""What policy lists of a namespace: its forms, its manifests, what its authors are told (PF-37, AU-43)."""
# ruff: noqa: E501

from __future__ import annotations

from datetime import timedelta

import pytest

from policies.catalog import Catalog, Kind
from policies.cluster import MadeValue, matches
from policies.faults import PolicyFaults
from policies.loading import load
from policies.schema import PolicyBook
from tests.unit.policies.folder import CATALOG, OUTSIDE, shipped

FABRIC, POLICY = "systems/fabric.yaml", "manifests/fabric/emergency.yaml"
KINDS: Catalog = {
    **CATALOG,
    "kubernetes": Kind(
        actions=frozenset({"patch-config", "rotate-secret", "apply", "run-job"}),
        gates=frozenset({"backed-up", "documented"}),
        recent={"backed-up": frozenset({"rotate-secret"})},
        settings=frozenset({"namespace"}),
        optional_settings=frozenset({"deployments"}),
        cluster=True,
    ),
}
TEXT = """\
system: fabric
kinds: [kubernetes]
title: Fabric
channel: "#ops-critical"
settings:
  namespace: fabric
  deployments: gateway, firewall
actions:
  patch-config: {title: Patch, request: [o2], approve: {roles: [o3]}}
  rotate-secret: {title: Rotate, request: [o2], approve: {roles: [o3]}}
  apply: {title: Apply, request: [o2], approve: {roles: [o3]}}
  run-job: {title: Run, request: [o2], approve: {roles: [o3]}}
cluster:
  config_maps:
    egress-policies: {keys: {pii_threshold: "0[.][0-9]+"}, restarts: [firewall]}
  secrets:
    signing-key: {keys: {key: {length: 48, alphabet: base64url}}, restarts: [gateway]}
    tls: {}
  evidence:
    exposure: {title: A day, since: 1d, logs: [app=gateway, firewall]}
  manifests:
    emergency: {kind: NetworkPolicy, name: emergency-isolation}
  jobs:
    backup: {title: Back up, image: "db:1", command: [pg_dump]}
    query:
      title: Look
      image_of: gateway
      command: [psql, --csv]
      args: [--limit, $limit]
      env: {TABLE: $table}
      secrets: {DATABASE_URL: {secret: db, key: url}}
      takes: {limit: {type: number, least: 1, most: 9}, table: {choices: [Job, ApiKey]}}
      after: {job: backup, within: 1h}
"""
MANIFEST = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: emergency-isolation
  labels: {app: fabric}
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
"""


def folder(text: str = TEXT, manifest: str = MANIFEST) -> dict[str, str]:
    return shipped() | {FABRIC: text, POLICY: manifest}


def book(files: dict[str, str] | None = None) -> PolicyBook:
    return load(files or folder(), KINDS, OUTSIDE)


def faults(files: dict[str, str]) -> list[tuple[str, str, str]]:
    with pytest.raises(PolicyFaults) as caught:
        load(files, KINDS, OUTSIDE)
    return [(one.file, one.key, one.message) for one in caught.value.faults]


def test_what_is_listed_is_read_with_the_objects_of_its_manifests() -> None:
    rules = book().systems["fabric"].cluster

    assert ("firewall",) == rules.config_maps["egress-policies"].restarts
    assert MadeValue(length=48, alphabet="base64url") == rules.secrets["signing-key"].keys["key"]
    assert {} == rules.secrets["tls"].keys
    assert "networkpolicies.networking.k8s.io" == rules.manifests["emergency"].resource
    assert {"podSelector": {}, "policyTypes": ("Ingress", "Egress")} == rules.manifests["emergency"].body[
        "spec"
    ]


@pytest.mark.parametrize(
    ("text", "whole"), [("0.8", True), ("1.8", False), ("0.8\n", False), ("x0.8", False), ("", False)]
)
def test_a_pattern_matches_whole_values_only(text: str, whole: bool) -> None:
    assert whole == matches("0[.][0-9]+", text)


@pytest.mark.parametrize(
    ("action", "old", "new"),
    [
        ("patch-config", "0[.][0-9]+", "[01][.][0-9]+"),
        ("rotate-secret", "length: 48", "length: 64"),
        ("apply", "name: emergency-isolation}", "name: emergency-isolation, title: Isolate}"),
        ("run-job", "[pg_dump]", "[pg_dumpall]"),
    ],
)
def test_a_rule_counts_its_own_part_and_no_other(action: str, old: str, new: str) -> None:
    assert old in TEXT
    changed = book(folder(TEXT.replace(old, new)))
    now = book()

    differ = [
        name
        for name in now.systems["fabric"].actions
        if now.rule_digest("fabric", name) != changed.rule_digest("fabric", name)
    ]
    assert [action] == differ


def test_a_changed_manifest_is_another_rule() -> None:
    opened = book(folder(manifest=MANIFEST.replace("[Ingress, Egress]", "[Ingress]")))

    assert book().rule_digest("fabric", "apply") != opened.rule_digest("fabric", "apply")
    assert book().revision != opened.revision


@pytest.mark.parametrize(
    ("old", "new", "key", "told"),
    [
        ("restarts: [firewall]", "restarts: [ledger]", "cluster.config_maps.egress-policies.restarts[0]",
         "unknown deployment `ledger`: the deployments are firewall, gateway"),
        ('"0[.][0-9]+"', '"(?=0)"', "cluster.config_maps.egress-policies.keys.pii_threshold",
         "`(?=0)` is no pattern; write a regular expression without look-around"),
        ("length: 48", "length: 12", "cluster.secrets.signing-key.keys.key",
         "12 characters of base64url can be guessed; write 22 or more"),
        ("kind: NetworkPolicy", "kind: ClusterRole", "cluster.manifests.emergency.kind",
         "`ClusterRole` is not known here; write one of 'ConfigMap', 'NetworkPolicy', 'PodDisruptionBudget' or 'Secret'"),
        ("[psql, --csv]", "[psql, $table]", "cluster.jobs.query.command",
         "a value cannot be the command; write it into `args`"),
        ("app=gateway, firewall", "app=gateway, ledger", "cluster.evidence.exposure.logs[1]",
         "unknown deployment `ledger`: the deployments are firewall, gateway"),
        ("app=gateway, firewall", "app=Gate way", "cluster.evidence.exposure.logs[0]",
         "`app=Gate way` names no logs; write a deployment, or a label as `app=retrieval-gateway`"),
        ("logs: [app=gateway, firewall]", "logs: []", "cluster.evidence.exposure", "this saves nothing"),
        ("since: 1d", "since: 8d", "cluster.evidence.exposure", "logs are read a week back at most"),
        ("[--limit, $limit]", "[--limit, $most]", "cluster.jobs.query.args",
         "unknown value `most`"),
        ("{TABLE: $table}", "{TABLE: Job}", "cluster.jobs.query.takes.table",
         "`table` is asked for and never used; write `$table` in `args`"),
        ("job: backup,", "job: dump,", "cluster.jobs.query.after.job", "unknown job `dump`: the jobs are backup, query"),
        ("image_of: gateway", "image_of: gatway", "cluster.jobs.query.image_of",
         "unknown deployment `gatway`; did you mean `gateway`?"),
        ('image: "db:1", ', "", "cluster.jobs.backup", "say what runs: write either `image` or `image_of`"),
        ("name: emergency-isolation}", "name: emergency-isolation, body: {a: b}}", "cluster.manifests.emergency.body",
         "the object stands in manifests/fabric/emergency.yaml; take it out here"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_where_it_stands(old: str, new: str, key: str, told: str) -> None:
    assert old in TEXT

    found = faults(folder(TEXT.replace(old, new)))

    assert (FABRIC, key) == found[0][:2]
    assert told in found[0][2]


@pytest.mark.parametrize(
    ("old", "new", "key", "told"),
    [
        ("kind: NetworkPolicy", "kind: Secret", "kind", "policy lists a NetworkPolicy; write `networking.k8s.io/v1`"),
        ("name: emergency-isolation", "name: other", "metadata.name", "policy lists `emergency-isolation`"),
        ("  labels:", "  namespace: kube-system\n  labels:", "metadata.namespace", "its system's own; take it out"),
        ("  labels:", "  ownerReferences: []\n  labels:", "metadata.ownerReferences", "the cluster's own"),
        ("{app: fabric}", '{"countersign.dev/request": R-1}', "metadata.labels.countersign.dev/request", "stamps"),
        ("spec:", "status: {}\nspec:", "status", "the status is the cluster's own"),
    ],
)  # fmt: skip
def test_a_manifest_is_the_one_object_that_policy_lists(old: str, new: str, key: str, told: str) -> None:
    assert old in MANIFEST

    found = faults(folder(manifest=MANIFEST.replace(old, new)))

    assert (POLICY, key) == found[0][:2]
    assert told in found[0][2]


@pytest.mark.parametrize("material", ["data: {key: c2VjcmV0}", "stringData: {key: secret}"])
def test_a_secret_s_value_never_stands_in_a_manifest(material: str) -> None:
    text = TEXT.replace("kind: NetworkPolicy, name: emergency-isolation", "kind: Secret, name: signing-key")
    manifest = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: signing-key}}\n{material}\n"

    found = faults(folder(text, manifest))

    why = "a secret's value never stands in a file here; take it out, and use rotate-secret"
    assert [(POLICY, material.partition(":")[0], why)] == found


def test_a_listed_manifest_must_be_there_and_a_file_must_be_listed() -> None:
    files = folder()
    files["manifests/fabric/stray.yaml"] = files.pop(POLICY)

    told = {file: message for file, _, message in faults(files)}

    assert f"there is no {POLICY}; write the object there" == told[FABRIC]
    assert "systems/fabric.yaml does not list it" in told["manifests/fabric/stray.yaml"]


def test_only_a_system_with_a_namespace_lists_its_objects() -> None:
    text = shipped()["systems/credit-monitoring.yaml"]
    files = shipped() | {"systems/credit-monitoring.yaml": f"{text}cluster:\n  secrets: {{tls: {{}}}}\n"}

    (fault,) = faults(files)

    assert "only a system of kind `kubernetes` has these; add it to `kinds`" == fault[2]


@pytest.mark.parametrize(
    ("action", "gate", "key", "told"),
    [
        ("rotate-secret", "{gate: backed-up, text: Saved}", "actions.rotate-secret.gates[0]",
         "`backed-up` must be recent; write how recent, such as `within: 1h`"),
        ("apply", "{gate: backed-up, text: Saved, within: 1h}", "actions.apply.gates[0]",
         "`apply` does not judge `backed-up`; only `rotate-secret` does"),
        ("apply", "{gate: documented, text: Written, within: 1h}", "actions.apply.gates[0].within",
         "`documented` holds at any time; take `within` out"),
    ],
)  # fmt: skip
def test_a_gate_that_nobody_would_judge_is_a_fault(action: str, gate: str, key: str, told: str) -> None:
    granted = next(line for line in TEXT.splitlines() if line.startswith(f"  {action}:"))

    found = faults(folder(TEXT.replace(granted, f"{granted[:-1]}, gates: [{gate}]}}")))

    assert [(FABRIC, key, told)] == found


def test_how_recent_a_gate_asks_is_part_of_the_rule_and_no_gate_is_as_before() -> None:
    gated = TEXT.replace(
        "rotate-secret: {title: Rotate,",
        "rotate-secret: {title: Rotate, gates: [{gate: backed-up, text: Saved, within: 1h}],",
    )
    longer = gated.replace("within: 1h", "within: 2h")

    digests = {book(folder(text)).rule_digest("fabric", "rotate-secret") for text in (TEXT, gated, longer)}

    assert 3 == len(digests)
    assert {"rotate-secret": {"backed-up": timedelta(hours=1)}} == {
        name: gates for name, gates in book(folder(gated)).systems["fabric"].recent_gates.items() if gates
    }
